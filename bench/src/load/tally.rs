//! What came of the requests.

use std::{collections::BTreeMap, time::Duration};

/// How many wrong replies are shown.
const SHOWN: usize = 10;

/// Times and failures. Those of all workers are added up.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    times: BTreeMap<&'static str, Vec<Duration>>,
    failures: BTreeMap<Failure, u64>,
    complaints: Vec<String>,
}

/// What can be wrong with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// A status of 500 or more.
    Server,
    /// It did not come in time.
    Hang,
    /// The connection failed.
    Broken,
    /// The contract says another one.
    Mismatch,
}

impl Failure {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Server, "5xx"),
        (Self::Hang, "hangs"),
        (Self::Broken, "broken connections"),
        (Self::Mismatch, "mismatches"),
    ];
}

impl Tally {
    /// Counts a request.
    pub(crate) fn count(&mut self, kind: &'static str, took: Duration) {
        self.times.entry(kind).or_default().push(took);
    }

    /// Counts a failed one.
    pub(crate) fn fail(&mut self, failure: Failure, complaint: String) {
        *self.failures.entry(failure).or_default() += 1;
        if self.complaints.len() < SHOWN {
            self.complaints.push(complaint);
        }
    }

    /// Adds another worker's.
    pub(crate) fn add(&mut self, other: Self) {
        for (kind, times) in other.times {
            self.times.entry(kind).or_default().extend(times);
        }
        for (failure, count) in other.failures {
            *self.failures.entry(failure).or_default() += count;
        }
        let room = SHOWN - self.complaints.len();
        self.complaints.extend(other.complaints.into_iter().take(room));
    }

    /// Whether nothing failed.
    pub(crate) fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }

    /// All of it, for a person. The requests took so long together.
    pub(crate) fn report(&self, took: Duration) -> String {
        let mut report = format!(
            "{:<42}{:>8}{:>10}{:>10}{:>10}{:>10}\n",
            "milliseconds", "count", "p50", "p95", "p99", "max"
        );
        let mut all = Vec::new();
        for (kind, times) in &self.times {
            all.extend_from_slice(times);
            report.push_str(&row(kind, times.clone()));
        }
        let total = all.len();
        report.push_str(&row("all", all));
        let rate = total as f64 / took.as_secs_f64();
        let seconds = took.as_secs_f64();
        report += &format!("\n{total} requests in {seconds:.1} s, {rate:.1} a second");
        for (failure, name) in Failure::ALL {
            let count = self.failures.get(&failure).copied().unwrap_or_default();
            report += &format!("; {name}: {count}");
        }
        for complaint in &self.complaints {
            report += &format!("\n{complaint}");
        }
        report
    }
}

fn row(kind: &str, mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let [p50, p95, p99, max] =
        [50, 95, 99, 100].map(|percent| percentile(&times, percent).as_secs_f64() * 1000.0);
    let count = times.len();
    format!("{kind:<42}{count:>8}{p50:>10.1}{p95:>10.1}{p99:>10.1}{max:>10.1}\n")
}

/// The least of the sorted times that so many percent do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::percentile;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let sorted: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        let of = |percent| percentile(&sorted, percent).as_millis();
        assert_eq!([of(50), of(95), of(99), of(100)], [100, 190, 198, 200]);
        assert_eq!(percentile(&sorted[..1], 50).as_millis(), 1);
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
