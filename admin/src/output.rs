//! What the operator, or the operator's script, gets to see.

use std::{
    fmt,
    io::{self, BufRead, Write},
    process::ExitCode,
};

use aws_smithy_types::{DateTime, date_time::Format};
use serde::Serialize;
use serde_json::json;
use shared::clock::Seconds;

/// The streams that a command talks on.
pub struct Console<'a> {
    /// Takes the result.
    pub out: &'a mut dyn Write,
    /// Takes questions and the reasons of failures.
    pub err: &'a mut dyn Write,
    /// Where a person answers questions. `None` if nobody is there to be asked.
    pub answers: Option<&'a mut dyn BufRead>,
    /// Whether the process's standard error is there to show progress on. Never with `--json`.
    pub progress: bool,
}

impl fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console(..)")
    }
}

impl Console<'_> {
    /// Prints a result: for people as it displays, for scripts as it serializes.
    pub(crate) fn print(
        &mut self,
        result: &(impl fmt::Display + Serialize),
        json: bool,
    ) -> anyhow::Result<()> {
        if json {
            writeln!(self.out, "{}", serde_json::to_string(result)?)?;
        } else {
            writeln!(self.out, "{result}")?;
        }
        Ok(self.out.flush()?)
    }

    /// Asks a person to agree. `None` if nobody is there to be asked.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<Option<bool>> {
        let Some(answers) = self.answers.as_mut() else {
            return Ok(None);
        };
        write!(self.err, "{question} [y/N] ")?;
        self.err.flush()?;
        let mut answer = String::new();
        answers.read_line(&mut answer)?;
        let answer = answer.trim().to_ascii_lowercase();
        Ok(Some(["y", "yes"].contains(&answer.as_str())))
    }
}

/// Tells of a failure.
pub(crate) fn failure(error: &anyhow::Error, json: bool, console: &mut Console<'_>) -> ExitCode {
    tell(&format!("{error:#}"), json, console);
    ExitCode::FAILURE
}

/// Prints the help or the version that was asked for, or tells of arguments that cannot be.
pub(crate) fn usage(usage: &clap::Error, json: bool, console: &mut Console<'_>) -> ExitCode {
    let text = usage.render().to_string();
    if !usage.use_stderr() {
        return match write!(console.out, "{text}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    if json {
        let sentence = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = sentence.split_whitespace().collect();
        tell(words.join(" ").trim_start_matches("error: "), json, console);
    } else {
        drop(write!(console.err, "{text}"));
    }
    ExitCode::FAILURE
}

fn tell(sentence: &str, json: bool, console: &mut Console<'_>) {
    // Where even standard error is closed, the exit code still tells.
    drop(if json {
        writeln!(console.err, "{}", json!({ "error": sentence }))
    } else {
        writeln!(console.err, "error: {sentence}")
    });
}

/// A time as RFC 3339 has it, in UTC.
pub(crate) fn timestamp(seconds: Seconds) -> String {
    // Only a year beyond 9999 has no such form.
    DateTime::from_secs(seconds).fmt(Format::DateTime).unwrap_or_else(|_| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(1_735_732_800), "2025-01-01T12:00:00Z");
    }
}
