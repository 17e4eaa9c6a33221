//! The other end of the SDK's wire: records what is sent and answers as SES and SNS do.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    future::pending,
    io,
    sync::{Arc, Mutex, Once},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_ses::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use percent_encoding::percent_decode_str;

use crate::error::Error;

/// What comes of a request.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A reply with this status and body.
    Reply(u16, String),
    /// A refusal that asks to be left alone for an hour.
    InAnHour,
    /// The connection turns out to be dead.
    Reset,
    /// Nothing.
    Silence,
}

/// The reply by which a service takes a message.
pub(super) fn taken(operation: &str) -> Answer {
    let xml = format!(
        "<{operation}Response><{operation}Result><MessageId>0107</MessageId></{operation}Result>\
         <ResponseMetadata><RequestId>4a1c</RequestId></ResponseMetadata></{operation}Response>"
    );
    Answer::Reply(200, xml)
}

/// The reply by which a service refuses.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let xml = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>4a1c</RequestId></ErrorResponse>"
    );
    Answer::Reply(status, xml)
}

/// An HTTP client that gives one answer to each request, and allows no more requests than that.
/// Clones are one wire.
#[derive(Clone, Debug)]
pub(super) struct Wire(Arc<Mutex<Ends>>);

#[derive(Debug)]
struct Ends {
    answers: VecDeque<Answer>,
    requests: Vec<HttpRequest>,
}

impl Wire {
    pub(super) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = answers.into_iter().collect();
        Self(Arc::new(Mutex::new(Ends { answers, requests: Vec::new() })))
    }

    /// How many requests were made.
    pub(super) fn attempts(&self) -> usize {
        self.0.lock().expect("a wire").requests.len()
    }

    /// The parameters of the requests that were made, by name.
    pub(super) fn forms(&self) -> Vec<BTreeMap<String, String>> {
        self.0.lock().expect("a wire").requests.iter().map(form).collect()
    }

    /// The parameters of the only request that was made.
    pub(super) fn form(&self) -> BTreeMap<String, String> {
        let [form] = self.forms().try_into().expect("one request");
        form
    }

    /// A header of the only request that was made.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let ends = self.0.lock().expect("a wire");
        let [request] = ends.requests.as_slice() else { panic!("{ends:?}") };
        request.headers().get(name).map(str::to_owned)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut ends = self.0.lock().expect("a wire");
        ends.requests.push(request);
        let reply = |status: u16, body| {
            HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body))
        };
        HttpConnectorFuture::ready(match ends.answers.pop_front().expect("an answer") {
            Answer::Reply(status, body) => Ok(reply(status, body)),
            Answer::InAnHour => {
                let code = "<Error><Code>Throttling</Code></Error>";
                let mut response = reply(503, format!("<ErrorResponse>{code}</ErrorResponse>"));
                response.headers_mut().insert("x-amz-retry-after", "3600000");
                Ok(response)
            }
            Answer::Reset => {
                let reset = io::Error::from(io::ErrorKind::ConnectionReset);
                Err(ConnectorError::io(reset.into()))
            }
            Answer::Silence => return HttpConnectorFuture::new(pending()),
        })
    }
}

/// What the SDK's clients are made from, with this wire below them.
pub(super) fn sdk_config(wire: &Wire) -> SdkConfig {
    let credentials = Credentials::from_keys("AKIDEXAMPLE", "secret", None);
    let connector = SharedHttpConnector::new(wire.clone());
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build()
}

fn form(request: &HttpRequest) -> BTreeMap<String, String> {
    assert_eq!(request.method(), "POST");
    let kind = request.headers().get("content-type");
    assert_eq!(kind, Some("application/x-www-form-urlencoded"));
    let body = str::from_utf8(request.body().bytes().expect("a body")).expect("a form");
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().expect("UTF-8").into_owned()
    };
    let mut form = BTreeMap::new();
    for parameter in body.split('&') {
        let (name, value) = parameter.split_once('=').expect("a value");
        let repeated = form.insert(decode(name), decode(value));
        assert_eq!(repeated, None, "{name} twice");
    }
    form
}

/// The cause that an outage gives to the log.
pub(super) fn cause<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(error @ Error::Unavailable(_)) => {
            // Neither way to print it tells more.
            let (shown, debug) = (error.to_string(), format!("{error:?}"));
            assert_eq!(debug, format!("Unavailable(Outage({shown:?}))"));
            assert!(
                std::error::Error::source(&error).is_none_or(|outage| {
                    outage.to_string() == shown && outage.source().is_none()
                })
            );
            shown
        }
        other => panic!("{other:?}"),
    }
}

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Awaits the future. Tells what was logged meanwhile too, down to what helps to debug.
pub(super) async fn logged<T>(future: impl Future<Output = T>) -> (T, String) {
    static SUBSCRIBER: Once = Once::new();
    // For all threads: with a subscriber for one of them, the others would now and then turn off for
    // it what they come upon first.
    SUBSCRIBER.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(|| Lines)
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
    });
    tracing::callsite::rebuild_interest_cache();
    LINES.take();
    let outcome = future.await;
    (outcome, String::from_utf8(LINES.take()).expect("UTF-8"))
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
