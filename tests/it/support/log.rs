//! What the product logs, for a test that looks into it.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing::{Dispatch, Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{Registry, filter::LevelFilter, fmt::MakeWriter};

use super::canaries;

/// Everything that is logged on this thread.
pub(crate) struct Log {
    lines: Lines,
    logging: DefaultGuard,
    _spare: Dispatch,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Begins to listen, at the loudest level.
    pub(crate) fn begin() -> Self {
        let lines = Lines::default();
        let format = tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false);
        Self::listen(lines, format.with_max_level(LevelFilter::TRACE).finish())
    }

    /// Begins to listen to what is logged on Lambda, in the form that it has there.
    pub(crate) fn begin_as_on_lambda() -> Self {
        let lines = Lines::default();
        let format = tracing_subscriber::fmt().with_target(false).without_time();
        let format = format.with_max_level(LevelFilter::INFO).with_writer(lines.clone());
        Self::listen(lines, format.json().finish())
    }

    fn listen(lines: Lines, subscriber: impl Subscriber + Send + Sync) -> Self {
        canaries::listen();
        // With one subscriber alone, tracing asks whichever test first comes by a line whether it is
        // logged, and the others log nothing.
        let spare = Dispatch::new(Registry::default());
        Self { lines, logging: tracing::subscriber::set_default(subscriber), _spare: spare }
    }

    /// Ends, and answers with what was logged.
    pub(crate) fn end(self) -> String {
        drop(self.logging);
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        // What this listener hears, that of the whole process does not.
        canaries::hear(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
