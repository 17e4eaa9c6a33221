//! The local server as a process would be: ports, data that survives, a clean stop.

use std::{collections::HashMap, path::Path};

use axum::body::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use local::{Clients, Options, Ready, SIGNING_KEYS_SECRET, serve};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A server on ports of its own.
struct Server {
    addresses: Ready,
    stop: oneshot::Sender<()>,
    served: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    async fn start(data: Option<&Path>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (ready, listening) = oneshot::channel();
        let options = Options {
            data: data.map(Path::to_owned),
            environment: HashMap::from([("REPLIES".to_owned(), "uniform".to_owned())]),
            ..Options::default()
        };
        let served = tokio::spawn(serve(options, async { drop(stopped.await) }, |addresses| {
            ready.send(addresses).unwrap();
        }));
        Self { addresses: listening.await.unwrap(), stop, served }
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let request = Request::post(format!("http://{}{path}", self.addresses.api))
            .header("content-type", "application/json")
            .body(Full::from(body.to_string()))
            .unwrap();
        let response = client.request(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// The keys by which its functions sign tokens, as they read them.
    async fn signing_keys(&self) -> String {
        let clients = Clients::of(self.addresses.api, &HashMap::new());
        let read = clients.secrets.get_secret_value().secret_id(SIGNING_KEYS_SECRET).send().await;
        read.unwrap().secret_string.unwrap()
    }

    async fn stop(self) {
        drop(self.stop);
        self.served.await.unwrap().unwrap();
    }
}

fn account() -> Value {
    json!({ "username": "test1234", "password": "12345678", "email": "test1234@abc.com" })
}

#[tokio::test(flavor = "multi_thread")]
async fn data_survives_a_restart() {
    let data = tempfile::tempdir().unwrap();
    // The directory is made if it is not there.
    let data = data.path().join("atrium");
    let server = Server::start(Some(&data)).await;
    let (_, registered) = server.post("/api/v1/user/register/", account()).await;
    assert_eq!(registered["status"], "success");
    let keys = server.signing_keys().await;
    server.stop().await;

    let server = Server::start(Some(&data)).await;
    let (_, taken) = server.post("/api/v1/user/register/", account()).await;
    assert_eq!(taken["error_code"], 105);
    let (_, login) = server.post("/api/v1/user/login/", account()).await;
    assert_eq!(login["uid"], registered["user_id"].to_string());
    assert_eq!(server.signing_keys().await, keys);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_directory_nothing_is_kept() {
    for _ in 0..2 {
        let server = Server::start(None).await;
        let (_, registered) = server.post("/api/v1/user/register/", account()).await;
        assert_eq!(registered["status"], "success");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_come_from_the_environment_and_paths_outside_are_the_gateways() {
    let server = Server::start(None).await;
    let unknown = json!({ "user": { "email": "nobody@abc.com", "password": "12345678" } });
    let (status, reply) = server.post("/users/sign_in", unknown).await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (400, &json!(2)));
    let (status, reply) = server.post("/nope", json!({})).await;
    assert_eq!((status.as_u16(), reply), (404, json!({ "message": "Not Found" })));
    server.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_flag_that_chooses_another() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    for (options, flag) in [
        (Options { port, ..Options::default() }, "--port"),
        (Options { dynamodb_port: port, ..Options::default() }, "--dynamodb-port"),
    ] {
        let error = serve(options, async {}, |_| panic!("it started")).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains(&port.to_string()) && message.contains(flag), "{message}");
    }
}

#[tokio::test]
async fn a_bad_setting_is_named() {
    let environment = HashMap::from([("REPLIES".to_owned(), "friendly".to_owned())]);
    let options = Options { environment, ..Options::default() };
    let error = serve(options, async {}, |_| panic!("it started")).await.unwrap_err();
    assert!(format!("{error:#}").contains("REPLIES"), "{error:#}");
}
