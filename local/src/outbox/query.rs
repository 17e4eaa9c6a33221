//! The AWS Query protocol: a form in, XML out ([Smithy]).
//!
//! [Smithy]: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};

/// The parameters of a request.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A parameter's value. One that is empty is as good as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// The members of a list.
    pub(super) fn members(&self, list: &str) -> impl Iterator<Item = &str> {
        (1..).map_while(move |number: u32| self.get(&format!("{list}.member.{number}")))
    }
}

/// Why a request is refused. The sender is always to blame.
#[derive(Debug)]
pub(super) struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn unknown_action(parameters: &Parameters) -> Self {
        let action = parameters.get("Action").unwrap_or_default();
        Self::new("InvalidAction", format!("the local stand-in has no operation \"{action}\""))
    }
}

/// Answers an operation that sends with the message's id, or with the refusal.
pub(super) fn reply(namespace: &str, operation: &str, sent: Result<u64, Refusal>) -> Response {
    let (status, xml) = match sent {
        Ok(id) => (
            StatusCode::OK,
            format!(
                "<{operation}Response xmlns=\"{namespace}\">\
                 <{operation}Result><MessageId>local-{id}</MessageId></{operation}Result>\
                 <ResponseMetadata><RequestId>local-{id}</RequestId></ResponseMetadata>\
                 </{operation}Response>"
            ),
        ),
        Err(Refusal { code, message }) => (
            StatusCode::BAD_REQUEST,
            format!(
                "<ErrorResponse xmlns=\"{namespace}\">\
                 <Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error>\
                 <RequestId>local</RequestId>\
                 </ErrorResponse>",
                escape(&message)
            ),
        ),
    };
    (status, [(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}

/// Text as XML can hold it. Most control characters it cannot hold at all.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ if char.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(char),
        }
    }
    escaped
}
