//! What a sweep has come to.

use std::{collections::BTreeMap, fmt};

use super::{
    fault::{Kind, Reach},
    point::First,
};

/// How many points there were, and what became of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) rows: usize,
    pub(super) calls: usize,
    points: BTreeMap<(Kind, First), usize>,
    reaches: BTreeMap<Reach, usize>,
    healed: usize,
    late: usize,
    wrong: usize,
}

impl Tally {
    /// Adds a point that went as it should.
    pub(super) fn add(&mut self, kind: Kind, reach: Reach, first: First, is_late: bool) {
        *self.points.entry((kind, first)).or_default() += 1;
        *self.reaches.entry(reach).or_default() += 1;
        if is_late {
            self.late += 1;
        } else {
            self.healed += 1;
        }
    }

    /// Adds one that did not.
    pub(super) fn add_wrong(&mut self) {
        self.wrong += 1;
    }

    /// Adds what another one has.
    pub(super) fn merge(&mut self, other: &Self) {
        for (key, count) in &other.points {
            *self.points.entry(*key).or_default() += count;
        }
        for (key, count) in &other.reaches {
            *self.reaches.entry(*key).or_default() += count;
        }
        self.rows += other.rows;
        self.calls += other.calls;
        self.healed += other.healed;
        self.late += other.late;
        self.wrong += other.wrong;
    }

    /// How many points were run.
    pub(super) fn points(&self) -> usize {
        self.count(|_, _| true) + self.wrong
    }

    fn count(&self, wanted: impl Fn(Kind, First) -> bool) -> usize {
        let points = self.points.iter();
        points.filter(|((kind, first), _)| wanted(*kind, *first)).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = [First::Success, First::Refused, First::Unavailable, First::Died];
        writeln!(
            f,
            "{:<22}{:>8}{:>9}{:>9}{:>7}{:>7}",
            "fault", "points", "success", "refused", "503", "died"
        )?;
        for kind in Kind::ALL {
            let all = self.count(|other, _| other == kind);
            let [success, refused, unavailable, died] =
                columns.map(|first| self.count(|other, came| other == kind && came == first));
            let kind = format!("{kind:?}");
            writeln!(f, "{kind:<22}{all:>8}{success:>9}{refused:>9}{unavailable:>7}{died:>7}")?;
        }
        let all = self.count(|_, _| true);
        let [success, refused, unavailable, died] =
            columns.map(|first| self.count(|_, came| came == first));
        writeln!(f, "{:<22}{all:>8}{success:>9}{refused:>9}{unavailable:>7}{died:>7}", "all")?;
        for (reach, count) in &self.reaches {
            writeln!(f, "of one {}: {count}", format!("{reach:?}").to_lowercase())?;
        }
        let Self { rows, calls, healed, late, wrong, .. } = self;
        writeln!(f, "{rows} requests that make {calls} calls")?;
        writeln!(f, "{healed} healed by one retry, {late} by one a minute later")?;
        write!(f, "{wrong} violations")
    }
}
