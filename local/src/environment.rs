//! The environment of functions that run in processes of their own on this machine, and what stands
//! in for AWS in another one.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    net::SocketAddr,
};

use anyhow::{Result, ensure};

use crate::{
    Template,
    outbox::{SES_PATH, SNS_PATH},
    secrets::SECRETS_PATH,
};

/// The topic of the function `bounces`, which the template cannot name and the events in `events/` do.
const MAIL_EVENTS_TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail-events";

/// What the SDK reads to find the engine, the stand-ins, and the functions at `lambda`, with
/// credentials that open nothing.
#[must_use]
pub fn endpoints(
    dynamodb: SocketAddr,
    stand_ins: SocketAddr,
    lambda: &str,
) -> BTreeMap<String, String> {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{dynamodb}")),
        ("AWS_ENDPOINT_URL_SES", format!("http://{stand_ins}{SES_PATH}")),
        ("AWS_ENDPOINT_URL_SNS", format!("http://{stand_ins}{SNS_PATH}")),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("http://{stand_ins}{SECRETS_PATH}")),
        ("AWS_ENDPOINT_URL_LAMBDA", lambda.to_owned()),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}

/// What only some of the functions have in their environment.
#[must_use]
pub fn own_environments(template: &Template) -> BTreeMap<String, String> {
    let own = template.own_environments.values().flatten();
    let mut own: BTreeMap<_, _> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    own.insert("MAIL_EVENTS_TOPIC".to_owned(), MAIL_EVENTS_TOPIC.to_owned());
    own
}

/// The environment of all functions, for those of `settings` that the template has or that are
/// different on this machine.
pub(crate) fn of_functions(
    template: &Template,
    settings: &HashMap<String, String>,
    endpoints: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut environment = own_environments(template);
    environment.extend(endpoints);
    let known = |name: &str| {
        template.environment.contains_key(name) || crate::functions::LOCAL_SETTINGS.contains(&name)
    };
    let settings = settings.iter().filter(|(name, value)| known(name) && !value.is_empty());
    environment.extend(settings.map(|(name, value)| (name.clone(), value.clone())));
    environment
}

/// The text of a file for `cargo lambda watch --env-file`: a variable in each line.
///
/// # Errors
///
/// When a value cannot stand in such a file.
pub(crate) fn env_file(environment: &BTreeMap<String, String>) -> Result<String> {
    let mut text = String::new();
    for (name, value) in environment {
        // Between these nothing has a meaning but they themselves.
        ensure!(!value.contains(['\'', '\n']), "{name} has a quote or a line break in it");
        writeln!(text, "{name}='{value}'")?;
    }
    Ok(text)
}
