//! What may be, and what was.

use std::fmt;

use crate::{attack::Tally, oversized::Oversized, times::Times};

/// How much longer others may wait beside an attack: than beside as many requests that cost no hash,
/// or, for a sign-in, than undisturbed.
const SLOWER: f64 = 1.5;
/// How long a refusal of what is too large may take, in milliseconds.
const OVERSIZED_MS: f64 = 10.0;
/// What requests may take besides the hashes: connections, bodies, the allocator's reserves.
const ELSE_KIB: u64 = 32 * 1024;
/// The tables of the server are in its memory: what a request may leave there.
const ROWS_KIB: u64 = 4;
/// How many hashes an account may be hammered into.
const GUESSES: u64 = 10;

/// What the server took at most.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Before there was any hash.
    pub(crate) rest_kib: u64,
    pub(crate) peak_kib: u64,
    pub(crate) hashes_at_once: u32,
    pub(crate) hash_kib: u64,
    pub(crate) requests: u64,
}

impl Memory {
    /// What its settings say that it may take.
    fn bound_kib(&self) -> u64 {
        let hashes = u64::from(self.hashes_at_once) * self.hash_kib;
        self.rest_kib + hashes + ELSE_KIB + ROWS_KIB * self.requests
    }

    fn holds(&self) -> bool {
        self.peak_kib <= self.bound_kib()
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seconds: u64,
    /// How many attacked at once.
    pub(crate) crowd: u32,
    pub(crate) memory: Memory,
    /// Of sessions, when nobody else asked for anything.
    pub(crate) alone: Times,
    /// Of sessions, beside a crowd that costs no hash and beside the flood.
    pub(crate) checks: (Times, Times),
    pub(crate) harmless: Tally,
    pub(crate) flood: Tally,
    /// Of another account, before one was hammered and meanwhile.
    pub(crate) sign_ins: (Times, Times),
    pub(crate) hammer: Tally,
    pub(crate) oversized: Oversized,
}

impl Report {
    pub(crate) fn holds(&self) -> bool {
        self.memory.holds()
            && slower(&self.checks) <= SLOWER
            && slower(&self.sign_ins) <= SLOWER
            && self.flood.sent() > 0
            && self.flood.failures() == 0
            && self.harmless.failures() == 0
            && self.hammer.failures() == 0
            && self.is_stopped()
            && self.oversized.times.percentile(99) < OVERSIZED_MS
            && self.oversized.strays == 0
            && self.oversized.hashes == 0
    }

    /// Whether those who hammered were stopped after as many passwords as may be tried.
    fn is_stopped(&self) -> bool {
        let stopped = self.hammer.of(429);
        stopped > 0 && self.hammer.sent() - stopped <= GUESSES
    }
}

/// By how much the second's 99th percentile is greater.
fn slower((before, during): &(Times, Times)) -> f64 {
    during.percentile(99) / before.percentile(99)
}

fn verdict(holds: bool) -> &'static str {
    if holds { "ok" } else { "MISS" }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seconds,
            crowd,
            memory,
            alone,
            checks,
            harmless,
            flood,
            sign_ins,
            hammer,
            oversized,
        } = self;
        let mib = |kib: u64| kib as f64 / 1024.0;
        writeln!(f, "{crowd} attack at once, {seconds} s for each part\n")?;
        writeln!(
            f,
            "memory at most        {:.0} MiB, allowed {:.0}: {:.0} at rest, {} × {:.0} for hashes, {:.0} for requests, {:.0} for rows  {}",
            mib(memory.peak_kib),
            mib(memory.bound_kib()),
            mib(memory.rest_kib),
            memory.hashes_at_once,
            mib(memory.hash_kib),
            mib(ELSE_KIB),
            mib(ROWS_KIB * memory.requests),
            verdict(memory.holds())
        )?;
        writeln!(
            f,
            "undisturbed checks    p50 {:.2} ms; p99 {:.2} ms ({})",
            alone.percentile(50),
            alone.percentile(99),
            alone.len()
        )?;
        for (name, times) in [("session checks", checks), ("others' sign-ins", sign_ins)] {
            let (before, during) = times;
            writeln!(
                f,
                "{name:<21} p50 {:.2} ms, then {:.2}; p99 {:.2} ms ({}), then {:.2} ({}): {:.2} times, allowed {SLOWER}  {}",
                before.percentile(50),
                during.percentile(50),
                before.percentile(99),
                before.len(),
                during.percentile(99),
                during.len(),
                slower(times),
                verdict(slower(times) <= SLOWER)
            )?;
        }
        writeln!(
            f,
            "the flood             {} sign-ins of nobody, {} failures; {} without a hash, {} failures  {}",
            flood.sent(),
            flood.failures(),
            harmless.sent(),
            harmless.failures(),
            verdict(flood.failures() == 0 && flood.sent() > 0 && harmless.failures() == 0)
        )?;
        writeln!(
            f,
            "the hammered account  {} passwords, {} of them looked at, {} failures  {}",
            hammer.sent(),
            hammer.sent() - hammer.of(429),
            hammer.failures(),
            verdict(self.is_stopped() && hammer.failures() == 0)
        )?;
        writeln!(
            f,
            "hostile bodies        {} refused, p99 {:.2} ms, allowed {OVERSIZED_MS}; {} hashes, {} not refused  {}",
            oversized.times.len(),
            oversized.times.percentile(99),
            oversized.hashes,
            oversized.strays,
            verdict(
                oversized.times.percentile(99) < OVERSIZED_MS
                    && oversized.strays == 0
                    && oversized.hashes == 0
            )
        )?;
        write!(
            f,
            "\ndos: peak {:.0} of {:.0} MiB, session checks {:.2} times, sign-ins {:.2} times, oversized {:.2} ms, {} hashes … {}",
            mib(memory.peak_kib),
            mib(memory.bound_kib()),
            slower(checks),
            slower(sign_ins),
            oversized.times.percentile(99),
            oversized.hashes,
            if self.holds() { "ok" } else { "MISS" }
        )
    }
}
