//! The server that is flooded: what `cargo run` serves, with the settings in the environment, in a
//! process of its own.

use std::{env, fs, process::Stdio, str::FromStr};

use anyhow::{Context as _, Result};
use http::Uri;
use local::{Options, hashes_at_once, serve as serve_locally};
use shared::config::process_environment;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// What a hash takes unless the settings say otherwise.
const HASH_KIB: u64 = 19_456;

/// A running server. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: Uri,
    /// How many hashes it computes at once.
    pub(crate) hash_concurrency: u32,
    /// How much memory each of them takes.
    pub(crate) hash_kib: u64,
    process: Child,
}

impl Server {
    /// Starts this program once more, as the server.
    pub(crate) async fn start() -> Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let lines = process.stdout.take().context("the server has no output")?;
        let line = BufReader::new(lines).lines().next_line().await?;
        let url = line.context("the server did not start")?.parse()?;
        Ok(Self {
            url,
            hash_concurrency: setting("HASH_CONCURRENCY", u32::try_from(hashes_at_once())?)?,
            hash_kib: setting("ARGON2_MEMORY_KIB", HASH_KIB)?,
            process,
        })
    }

    /// The most memory that it ever had at once, in KiB.
    pub(crate) fn peak_kib(&self) -> Result<u64> {
        let id = self.process.id().context("the server has stopped")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))
            .context("the peak of a process's memory is told by Linux alone")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("no VmHWM in /proc")?.parse()?)
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }
}

/// Serves until it is killed.
pub(crate) async fn serve() -> Result<()> {
    let options = Options { environment: process_environment(), ..Options::default() };
    let ready = |ready: local::Ready| println!("http://{}", ready.api);
    serve_locally(options, std::future::pending(), ready).await
}

fn setting<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    name: &str,
    default: T,
) -> Result<T> {
    match process_environment().get(name) {
        Some(value) => Ok(value.parse().with_context(|| format!("{name} is no number"))?),
        None => Ok(default),
    }
}
