//! AWS's runtime interface emulator: runs a program as Lambda does, and hands it events.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::body::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use crate::packages;

/// A busy machine takes a while to start a process; nothing here waits that long unless something is
/// wrong.
const START: Duration = Duration::from_secs(60);

/// What Lambda has in the environment of every function, and the emulator leaves to whoever starts it.
const LAMBDA: [(&str, &str); 4] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "function"),
    ("AWS_LAMBDA_FUNCTION_TIMEOUT", "10"),
    ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
];

/// An emulator with a program of its own. It starts the program at the first event, and ends with it
/// when it is dropped.
pub(crate) struct Emulator {
    process: Child,
    address: SocketAddr,
    output: Output,
}

/// What emulator and program have written.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Emulator {
    /// An emulator of this program, which has nothing but this in its environment.
    pub(crate) async fn start(program: &Path, environment: &BTreeMap<String, String>) -> Self {
        assert!(program.exists(), "{} has not been built", program.display());
        let (address, api) = addresses().await;
        let mut process = Command::new(packages::emulator())
            .args(["--log-level", "error"])
            .args(["--runtime-interface-emulator-address", &address.to_string()])
            .args(["--runtime-api-address", &api.to_string()])
            .arg(program)
            .env_clear()
            .envs(LAMBDA)
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = Output::default();
        output.follow(process.stdout.take().unwrap());
        output.follow(process.stderr.take().unwrap());
        let deadline = Instant::now() + START;
        while TcpStream::connect(address).await.is_err() {
            let status = process.try_wait().unwrap();
            assert!(status.is_none(), "the emulator has ended, {status:?}:\n{}", output.text());
            assert!(Instant::now() < deadline, "the emulator does not listen:\n{}", output.text());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self { process, address, output }
    }

    /// Hands over an event; what the program answers, or what the emulator says if it does not.
    pub(crate) async fn invoke(&self, event: &Value) -> Value {
        let answer = invoke(self.address, event.to_string().into()).await;
        serde_json::from_slice(&answer).unwrap_or_else(|error| {
            let answer = String::from_utf8_lossy(&answer);
            panic!("{error}: {answer}\n{}", self.output())
        })
    }

    /// Where it takes events.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process of the program, as soon as there is one.
    pub(crate) fn program(&self) -> Option<u32> {
        children(self.process.id()?).first().copied()
    }

    /// What was written so far by both.
    pub(crate) fn output(&self) -> String {
        self.output.text()
    }

    /// How long the first event took, in milliseconds. The program is started meanwhile.
    pub(crate) fn first_milliseconds(&self) -> Option<f64> {
        let output = self.output();
        let (_, rest) = output.split_once("\tDuration: ")?;
        rest.split_once(" ms")?.0.parse().ok()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(program) = self.program() {
            kill(program);
        }
    }
}

impl Output {
    fn follow(&self, mut from: impl AsyncRead + Send + Unpin + 'static) {
        let Self(kept) = self.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut buffer).await {
                kept.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Two addresses that nobody listens at. They are of a host that nobody else on this machine uses, so
/// that nobody takes them before the emulator does.
async fn addresses() -> (SocketAddr, SocketAddr) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let [_, _, a, b] = std::process::id().to_be_bytes();
    let number = NEXT.fetch_add(1, Ordering::Relaxed) % 250;
    let host = Ipv4Addr::new(127, a | 1, b, u8::try_from(number).unwrap() + 2);
    let one = TcpListener::bind((host, 0)).await.unwrap();
    let other = TcpListener::bind((host, 0)).await.unwrap();
    (one.local_addr().unwrap(), other.local_addr().unwrap())
}

/// What the emulator at this address answers to an event.
pub(crate) async fn invoke(emulator: SocketAddr, event: Bytes) -> Bytes {
    // It knows the function by this name, whatever it is called.
    let uri = format!("http://{emulator}/2015-03-31/functions/function/invocations");
    let request = Request::post(uri).body(Full::new(event)).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    response.into_body().collect().await.unwrap().to_bytes()
}

/// Ends a process as nothing but the kernel can.
pub(crate) fn kill(process: u32) {
    let kill = std::process::Command::new("kill").args(["-9", &process.to_string()]).status();
    // It may have ended by itself in between.
    drop(kill);
}

/// The processes that a process has started, whichever of its threads did.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split(' ').filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}
