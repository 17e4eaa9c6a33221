//! What must not be told apart, and what must.

use std::fmt;

use crate::{
    door::Door,
    person::State,
    sample::{Comparison, Samples},
};

/// The most that the medians may differ by in process. Over HTTP, connections have them wander by
/// more than that.
const MEDIAN_MS: f64 = 0.5;
const MEDIAN_PERCENT: f64 = 1.0;
/// The most that the median of an imported hash may differ by, however few samples: it fills as much
/// memory as any, but in two smaller pieces, which takes a processor's cache a little less time.
const IMPORTED_PERCENT: f64 = 20.0;
/// What tells the control without a decoy apart.
const TOLD_APART: f64 = 0.99;

/// What may be told apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Whether the medians have a bound, too.
    medians: bool,
    /// The most that the area under the curve may differ from a half by.
    auc: f64,
    /// Of so many samples. Fewer are allowed what chance does to fewer.
    samples: f64,
}

impl Bounds {
    /// 3.5 standard errors of the area.
    pub(crate) const IN_PROCESS: Self = Self { medians: true, auc: 0.02, samples: 5_000.0 };
    pub(crate) const OVER_HTTP: Self = Self { medians: false, auc: 0.05, samples: 2_000.0 };

    fn hold(&self, state: State, found: &Comparison) -> bool {
        match state {
            State::Undefended => found.auc.max(1.0 - found.auc) > TOLD_APART,
            State::Imported => found.median_percent().abs() <= IMPORTED_PERCENT,
            State::Unknown
            | State::UnknownToo
            | State::Wrong
            | State::Banned
            | State::Pending
            | State::Passwordless => {
                let more = self.widening(found.count);
                let medians = found.median_ms.abs() <= MEDIAN_MS * more
                    && found.median_percent().abs() <= MEDIAN_PERCENT * more;
                (medians || !self.medians) && (found.auc - 0.5).abs() <= self.auc * more
            }
        }
    }

    /// How much wider the bounds are for so few samples.
    fn widening(&self, count: usize) -> f64 {
        (self.samples / count as f64).sqrt().max(1.0)
    }
}

/// What came of a run.
pub(crate) struct Report {
    bounds: Bounds,
    rows: Vec<Row>,
}

/// A state, at all doors together and at each.
struct Row {
    state: State,
    all: Comparison,
    doors: Vec<(Door, Comparison)>,
}

impl Report {
    pub(crate) fn of(samples: &Samples, bounds: Bounds) -> Self {
        let rows = State::ALL.into_iter().filter(|state| *state != State::Unknown).map(|state| {
            let doors = Door::ALL.map(|door| (door, samples.compare(door, state)));
            let all = Comparison::mean(&doors.map(|(_, comparison)| comparison));
            Row { state, all, doors: doors.to_vec() }
        });
        Self { bounds, rows: rows.collect() }
    }

    /// Whether every state is as it must be.
    pub(crate) fn holds(&self) -> bool {
        let mut found = self.rows.iter().flat_map(|row| {
            let doors = row.doors.iter().map(|(_, comparison)| comparison);
            doors.chain([&row.all]).map(|comparison| (row.state, comparison))
        });
        found.all(|(state, comparison)| self.bounds.hold(state, comparison))
    }

    /// What differs most of what must not differ.
    fn worst(&self) -> Option<&Comparison> {
        let other = [State::Undefended, State::Imported];
        let rows = self.rows.iter().filter(|row| !other.contains(&row.state)).map(|row| &row.all);
        rows.max_by(|one, other| (one.auc - 0.5).abs().total_cmp(&(other.auc - 0.5).abs()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(worst) = self.worst() else { return Ok(()) };
        let (base, count, bounds) = (worst.base_ms, worst.count, self.bounds);
        let more = bounds.widening(count);
        writeln!(f, "{count} refusals of each state, against as many of nobody ({base:.2} ms)\n")?;
        writeln!(f, "{:<23} {:<11} {:>17} {:>12} {:>7}", "", "", "median", "10th", "AUC")?;
        for Row { state, all, doors } in &self.rows {
            line(f, *state, "all doors", all, bounds)?;
            for (door, comparison) in doors {
                if !bounds.hold(*state, comparison) {
                    line(f, *state, &door.to_string(), comparison, bounds)?;
                }
            }
        }
        write!(f, "\nallowed: ")?;
        if bounds.medians {
            write!(f, "{:.2} ms, {:.2} %, ", MEDIAN_MS * more, MEDIAN_PERCENT * more)?;
        }
        writeln!(
            f,
            "AUC {:.3} to {:.3}; no decoy: AUC beyond {TOLD_APART}; imported: {IMPORTED_PERCENT} %",
            0.5 - bounds.auc * more,
            0.5 + bounds.auc * more,
        )?;
        let verdict = if self.holds() { "ok" } else { "TOLD APART" };
        write!(
            f,
            "timing: median {:+.2} %, {:+.3} ms, AUC {:.3} at worst, {count} of each … {verdict}",
            worst.median_percent(),
            worst.median_ms,
            worst.auc
        )
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    state: State,
    door: &str,
    it: &Comparison,
    bounds: Bounds,
) -> fmt::Result {
    let Comparison { median_ms, tenth_ms, auc, .. } = it;
    let miss = if bounds.hold(state, it) { "" } else { "  miss" };
    let percent = it.median_percent();
    writeln!(
        f,
        "{state:<23} {door:<11} {median_ms:>+6.3} ms {percent:>+6.2} % {tenth_ms:>+9.3} ms {auc:>7.3}{miss}"
    )
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Comparison, State};

    fn found(count: usize, median_ms: f64, auc: f64) -> Comparison {
        Comparison { count, base_ms: 20.0, median_ms, tenth_ms: 0.0, auc }
    }

    fn holds(state: State, found: &Comparison) -> bool {
        Bounds::IN_PROCESS.hold(state, found)
    }

    #[test]
    fn over_http_more_may_be_told_apart() {
        let apart = found(5_000, 0.0, 0.549);
        assert!(!Bounds::IN_PROCESS.hold(State::Wrong, &apart));
        assert!(Bounds::OVER_HTTP.hold(State::Wrong, &apart));
        assert!(!Bounds::OVER_HTTP.hold(State::Wrong, &found(5_000, 0.0, 0.551)));

        let apart = found(5_000, 0.3, 0.5);
        assert!(!Bounds::IN_PROCESS.hold(State::Wrong, &apart));
        assert!(Bounds::OVER_HTTP.hold(State::Wrong, &apart));
    }

    #[test]
    fn a_state_is_told_apart_by_any_of_the_measures() {
        assert!(holds(State::Banned, &found(5_000, 0.19, 0.519)));
        assert!(!holds(State::Banned, &found(5_000, 0.21, 0.5)));
        assert!(!holds(State::Banned, &found(5_000, 0.0, 0.479)));
        assert!(!holds(State::Banned, &found(5_000, f64::NAN, 0.5)));
    }

    #[test]
    fn fewer_samples_may_differ_by_more() {
        assert!(!holds(State::Wrong, &found(1_250, 0.0, 0.541)));
        assert!(holds(State::Wrong, &found(1_250, 0.3, 0.539)));
    }

    #[test]
    fn an_imported_hash_may_be_near_and_not_far() {
        assert!(holds(State::Imported, &found(5_000, -3.9, 0.1)));
        assert!(!holds(State::Imported, &found(5_000, -4.1, 0.1)));
    }

    #[test]
    fn the_control_without_a_decoy_has_to_be_told_apart() {
        assert!(holds(State::Undefended, &found(100, -18.0, 0.0)));
        assert!(!holds(State::Undefended, &found(100, -18.0, 0.02)));
    }
}
