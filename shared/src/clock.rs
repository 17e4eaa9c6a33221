//! The only reader of the time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Seconds since the Unix epoch, the unit of every time that Atrium stores.
pub type Seconds = i64;

/// Tells the time: the system's, or one that a test has fixed.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `now` until [`Clock::advance`] moves it. Clones move together.
    #[must_use]
    pub fn fixed(now: Seconds) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(now))))
    }

    /// The time in seconds since the Unix epoch.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn now(&self) -> Seconds {
        match &self.0 {
            Source::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |elapsed| elapsed.as_secs().cast_signed()),
            Source::Fixed(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a fixed clock by `seconds`. The system's clock stays as it is.
    pub fn advance(&self, seconds: Seconds) {
        if let Source::Fixed(now) = &self.0 {
            now.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}
