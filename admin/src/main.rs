//! The operator's command line, on the process's own arguments and streams.

use std::{
    io::{IsTerminal as _, stderr, stdin, stdout},
    process::ExitCode,
};

use admin::{Console, connect, start};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (mut out, mut err, mut input) = (stdout(), stderr(), stdin().lock());
    let mut console = Console {
        progress: err.is_terminal(),
        answers: if input.is_terminal() { Some(&mut input) } else { None },
        out: &mut out,
        err: &mut err,
    };
    start(std::env::args_os(), connect, &mut console).await
}
