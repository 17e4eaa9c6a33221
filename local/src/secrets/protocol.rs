//! The AWS JSON protocol, version 1.1: the operation in a header, JSON in, JSON out ([Smithy]).
//!
//! [Smithy]: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::Secrets;

/// Why a request is refused: the code, and the words that AWS has for it.
struct Refusal(&'static str, String);

impl Refusal {
    fn new(code: &'static str, message: &str) -> Self {
        Self(code, message.to_owned())
    }
}

/// `POST /_local/secretsmanager`
pub(super) async fn answer(
    State(secrets): State<Secrets>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let input: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answered = match target {
        Some("secretsmanager.GetSecretValue") => get_secret_value(&secrets, &input),
        Some("secretsmanager.PutSecretValue") => put_secret_value(&secrets, &input),
        _ => Err(Refusal(
            "UnknownOperationException",
            format!("the local stand-in has no operation {target:?}"),
        )),
    };
    let (status, body) = match answered {
        Ok(output) => (StatusCode::OK, output),
        Err(Refusal(code, message)) => {
            (StatusCode::BAD_REQUEST, json!({ "__type": code, "Message": message }))
        }
    };
    let headers =
        [(header::CONTENT_TYPE, "application/x-amz-json-1.1"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

fn get_secret_value(secrets: &Secrets, input: &Value) -> Result<Value, Refusal> {
    let name = text(input, "SecretId")?;
    let mut state = secrets.state();
    state.reads += 1;
    if state.failing {
        let message = "Secrets Manager can't decrypt the protected secret text using the \
                       provided KMS key.";
        return Err(Refusal::new("DecryptionFailure", message));
    }
    let stored = state.secrets.get(name).ok_or_else(no_secret)?;
    let Some((version, value)) = stored.versions.last() else {
        let message = "Secrets Manager can't find the specified secret value for staging label: \
                       AWSCURRENT";
        return Err(Refusal::new("ResourceNotFoundException", message));
    };
    Ok(described(name, version, Some(value)))
}

fn put_secret_value(secrets: &Secrets, input: &Value) -> Result<Value, Refusal> {
    let (name, version) = (text(input, "SecretId")?, text(input, "ClientRequestToken")?);
    let value = text(input, "SecretString")?;
    if !(32..=64).contains(&version.len()) {
        let message = "ClientRequestToken must be 32-64 characters long.";
        return Err(Refusal::new("InvalidParameterException", message));
    }
    let mut state = secrets.state();
    if state.failing {
        let message = "Secrets Manager can't encrypt the protected secret text using the \
                       provided KMS key.";
        return Err(Refusal::new("EncryptionFailure", message));
    }
    let stored = state.secrets.get_mut(name).ok_or_else(no_secret)?;
    // A version never changes: the same again is no change, and something else is refused.
    match stored.versions.iter().find(|(known, _)| known == version) {
        Some((_, known)) if known == value => {}
        Some(_) => {
            let message = "You can't modify an existing version of a secret.";
            return Err(Refusal::new("ResourceExistsException", message));
        }
        None => stored.add(version.to_owned(), value.to_owned()).map_err(|error| {
            Refusal("InternalServiceError", format!("the file cannot be written: {error}"))
        })?,
    }
    Ok(described(name, version, None))
}

fn no_secret() -> Refusal {
    let message = "Secrets Manager can't find the specified secret.";
    Refusal::new("ResourceNotFoundException", message)
}

fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let missing = || Refusal("InvalidParameterException", format!("{name} is missing"));
    input.get(name).and_then(Value::as_str).ok_or_else(missing)
}

fn described(name: &str, version: &str, value: Option<&String>) -> Value {
    let arn = format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}-000000");
    let described =
        json!({ "ARN": arn, "Name": name, "VersionId": version, "VersionStages": ["AWSCURRENT"] });
    let value = value.map(|value| ("SecretString".to_owned(), Value::from(value.as_str())));
    described.as_object().cloned().unwrap_or_default().into_iter().chain(value).collect()
}
