//! Listening to all that is logged in this process.
//!
//! What a log would show besides (times, levels, which spans a line stands in) holds nothing of a
//! request, and to write it for each line of each test takes longer than many a test.

use std::{
    fmt::{self, Write as _},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};

/// Begins to listen, at the loudest level that is compiled in.
pub(crate) fn listen() {
    static LISTENING: LazyLock<()> = LazyLock::new(|| {
        tracing::subscriber::set_global_default(Ear { spans: AtomicU64::new(1) }).unwrap();
    });
    LazyLock::force(&LISTENING);
}

/// Hears the fields of each event and of each span.
struct Ear {
    spans: AtomicU64,
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line::default();
        span.record(&mut line);
        line.hear();
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line::default();
        values.record(&mut line);
        line.hear();
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        line.hear();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of a line.
#[derive(Default)]
struct Line(String);

impl Line {
    fn hear(self) {
        if !self.0.is_empty() {
            super::hear(self.0.as_bytes());
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push_str(field.name());
        self.0.push('=');
        self.0.push_str(value);
        self.0.push(' ');
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let begin = self.0.len();
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
        for counted in COUNTED {
            if self.0[begin..].contains(counted) {
                let text = self.0.split_off(begin);
                self.0.push_str(&without_counts(&text, counted));
            }
        }
    }
}

/// What stands before numbers that are a code now and then: the nanoseconds of a moment, and how many
/// clients of the SDK there have been.
const COUNTED: [&str; 2] = ["tv_nsec: ", "IdentityCachePartition("];

fn without_counts(text: &str, counted: &str) -> String {
    let parts = text.split(counted);
    parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
}
