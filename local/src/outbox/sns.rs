//! The stand-in for Amazon SNS.

use axum::{body::Bytes, extract::State, response::Response};

use super::{
    Outbox,
    query::{Parameters, Refusal, reply},
};

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// `POST /_local/sns`
pub(super) async fn answer(State(outbox): State<Outbox>, body: Bytes) -> Response {
    let parameters = Parameters::parse(&body);
    match parameters.get("Action") {
        Some(action @ "Publish") => reply(NAMESPACE, action, publish(&outbox, &parameters)),
        _ => reply(NAMESPACE, "", Err(Refusal::unknown_action(&parameters))),
    }
}

/// Message attributes, such as the sender's name and the kind of SMS, change nothing here.
fn publish(outbox: &Outbox, parameters: &Parameters) -> Result<u64, Refusal> {
    let required = |name| {
        let missing = || Refusal::new("InvalidParameter", format!("Invalid parameter: {name}"));
        parameters.get(name).ok_or_else(missing)
    };
    Ok(outbox.keep_sms(required("PhoneNumber")?, required("Message")?))
}
