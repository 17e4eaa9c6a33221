//! What was measured, and what can be said of two sets of it.

use std::{collections::BTreeMap, time::Duration};

use crate::{door::Door, person::State};

/// The first part of what is measured, in percent, warms up caches and connections.
const WARM_UP_PERCENT: usize = 5;

/// How many have to be measured for so many to be left.
pub(crate) const fn with_warm_up(left: usize) -> usize {
    (left * 100).div_ceil(100 - WARM_UP_PERCENT)
}

/// How long refusals took, in milliseconds, by door and state, in the order in which they were asked.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<(Door, State), Vec<f64>>);

impl Samples {
    pub(crate) fn add(&mut self, door: Door, state: State, took: Duration) {
        self.0.entry((door, state)).or_default().push(took.as_secs_f64() * 1e3);
    }

    /// Forgets the first of each.
    pub(crate) fn warm_up(&mut self) {
        for times in self.0.values_mut() {
            times.drain(..times.len() * WARM_UP_PERCENT / 100);
        }
    }

    /// What tells a state from the unknown at one door.
    pub(crate) fn compare(&self, door: Door, state: State) -> Comparison {
        let of = |state| self.0.get(&(door, state)).map(Vec::as_slice).unwrap_or_default();
        Comparison::of(of(State::Unknown), of(state))
    }
}

/// Two sets of times, side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    /// How many times there are of each.
    pub(crate) count: usize,
    /// The median of the first, in milliseconds.
    pub(crate) base_ms: f64,
    /// By how much the second's median is greater.
    pub(crate) median_ms: f64,
    /// By how much its tenth percentile is greater: the fastest are disturbed least.
    pub(crate) tenth_ms: f64,
    /// How often one of the second takes longer than one of the first: 0.5 if nothing tells them
    /// apart (the area under the curve, from [Mann and Whitney's U]).
    ///
    /// [Mann and Whitney's U]: https://en.wikipedia.org/wiki/Mann%E2%80%93Whitney_U_test
    pub(crate) auc: f64,
}

impl Comparison {
    pub(crate) fn of(base: &[f64], other: &[f64]) -> Self {
        let median = |times| percentile(times, 50);
        Self {
            count: base.len().min(other.len()),
            base_ms: median(base),
            median_ms: median(other) - median(base),
            tenth_ms: percentile(other, 10) - percentile(base, 10),
            auc: auc(base, other),
        }
    }

    /// The mean of several doors' comparisons, each within its own: doors differ from each other.
    pub(crate) fn mean(doors: &[Self]) -> Self {
        let count = doors.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| doors.iter().map(of).sum::<f64>() / count;
        Self {
            count: doors.iter().map(|door| door.count).sum(),
            base_ms: mean(|door| door.base_ms),
            median_ms: mean(|door| door.median_ms),
            tenth_ms: mean(|door| door.tenth_ms),
            auc: mean(|door| door.auc),
        }
    }

    /// The difference of the medians, in percent of the first.
    pub(crate) fn median_percent(&self) -> f64 {
        100.0 * self.median_ms / self.base_ms
    }
}

fn percentile(times: &[f64], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() * percent / 100).copied().unwrap_or(f64::NAN)
}

fn auc(base: &[f64], other: &[f64]) -> f64 {
    let mut base = base.to_vec();
    base.sort_by(f64::total_cmp);
    let wins = |time: &f64| {
        let below = base.partition_point(|it| it < time);
        let equal = base.partition_point(|it| it <= time) - below;
        below as f64 + equal as f64 / 2.0
    };
    other.iter().map(wins).sum::<f64>() / (base.len() * other.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Samples, with_warm_up};
    use crate::{door::Door, person::State};

    #[test]
    fn as_many_are_left_as_were_asked_for() {
        for left in [1, 10, 60, 715] {
            let mut samples = Samples::default();
            for _ in 0..with_warm_up(left) {
                samples.add(Door::ApiKey, State::Unknown, std::time::Duration::ZERO);
            }
            samples.warm_up();
            let count = samples.compare(Door::ApiKey, State::Unknown).count;
            assert!((left..=left + 1).contains(&count), "{count} of {left}");
        }
    }

    #[test]
    fn what_is_the_same_is_not_told_apart() {
        let times: Vec<f64> = (0..1000).map(f64::from).collect();
        let same = Comparison::of(&times, &times);
        assert_eq!((same.auc, same.median_ms, same.tenth_ms), (0.5, 0.0, 0.0));
    }

    #[test]
    fn what_takes_longer_is() {
        let times: Vec<f64> = (1..=100).map(f64::from).collect();
        let later: Vec<f64> = times.iter().map(|time| time + 10.0).collect();
        let found = Comparison::of(&times, &later);
        // Of the 10,000 pairs, 90 × 91 / 2 have the first later, and 90 are ties.
        assert_eq!(found.auc, 1.0 - (90.0 * 91.0 / 2.0 - 90.0 / 2.0) / 10_000.0);
        assert_eq!((found.median_ms, found.tenth_ms), (10.0, 10.0));
        let always: Vec<f64> = times.iter().map(|time| time + 100.0).collect();
        assert_eq!(Comparison::of(&times, &always).auc, 1.0);
        assert_eq!(Comparison::of(&always, &times).auc, 0.0);
    }
}
