//! How long requests took.

use std::time::Duration;

/// How long requests took, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1e3);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What so many of a hundred did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let mut times = self.0.clone();
        times.sort_by(f64::total_cmp);
        let last = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(last).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Times;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let mut times = Times::default();
        assert!(times.percentile(99).is_nan());
        (1..=200).rev().for_each(|ms| times.add(Duration::from_millis(ms)));
        assert_eq!((times.percentile(50), times.percentile(99)), (100.0, 198.0));
        assert_eq!(times.percentile(100), 200.0);
    }
}
