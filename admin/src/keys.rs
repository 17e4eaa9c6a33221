//! The keys that tokens are signed by, and how one follows another.

use std::fmt;

use anyhow::{Context as _, anyhow, bail};
use aws_sdk_secretsmanager::{Client, error::ProvideErrorMetadata as _};
use serde::Serialize;
use shared::{
    aws_call::unavailable,
    clock::Seconds,
    credential::digest,
    secret::FromSecret as _,
    signed_token::{HEAD_START, KeyRefusal, SigningKey, SigningKeys},
};

use crate::{
    Connection, Console, Keys, KeysCommand, Outcome, connect::explain_secret, output::timestamp,
};

/// Carries a command about the signing keys out.
pub(crate) async fn run(
    Keys { secret, command }: Keys,
    json: bool,
    to: &Connection,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let now = to.app.clock().now();
    let lifetime = to.app.config.credentials.tenant_token;
    let held = Held::read(&to.secrets, &secret).await?;
    match command {
        KeysCommand::List => console.print(&List::new(&held.keys, now, lifetime), json)?,
        KeysCommand::Rotate { force, at_once } => {
            let at_once = at_once || held.keys.iter().next().is_none();
            let signs_from = if at_once { now } else { now + HEAD_START };
            let new = SigningKey::generate(now, signs_from)?;
            let kid = new.kid().to_owned();
            let Held { mut keys, version } = held;
            let taken = keys.rotate(new, now, lifetime, force).map_err(|refusal| why(&refusal))?;
            write(&keys, version.as_deref(), &to.secrets, &secret).await?;
            let retired = taken.iter().map(|key| key.kid().to_owned()).collect();
            console.print(&Rotated { kid, signs_from: timestamp(signs_from), retired }, json)?;
        }
        KeysCommand::Retire { kid } => {
            let Held { mut keys, version } = held;
            keys.retire(&kid, now).map_err(|refusal| why(&refusal))?;
            write(&keys, version.as_deref(), &to.secrets, &secret).await?;
            console.print(&Retired { kid, change: "retired" }, json)?;
        }
    }
    Ok(Outcome::Done)
}

/// The keys as they were read, and under which version.
struct Held {
    keys: SigningKeys,
    version: Option<String>,
}

impl Held {
    async fn read(client: &Client, secret: &str) -> anyhow::Result<Self> {
        let error = match client.get_secret_value().secret_id(secret).send().await {
            Ok(got) => {
                let keys = SigningKeys::from_secret(got.secret_string().unwrap_or_default());
                let keys = keys.with_context(|| format!("the secret `{secret}`"))?;
                return Ok(Self { keys, version: got.version_id });
            }
            Err(error) => error,
        };
        // The deployment makes the secret without a value. Its code is that of a secret that is not
        // there at all.
        let is_empty = error.code() == Some("ResourceNotFoundException")
            && error.message().is_some_and(|message| message.contains("staging label"));
        if is_empty {
            return Ok(Self { keys: SigningKeys::default(), version: None });
        }
        Err(explain_secret(&unavailable("GetSecretValue", &error), secret))
    }
}

/// Writes the keys, unless somebody else has written some since they were read: the new version is
/// named after the one that it follows, and Secrets Manager makes no version twice.
async fn write(
    keys: &SigningKeys,
    follows: Option<&str>,
    client: &Client,
    secret: &str,
) -> anyhow::Result<()> {
    let version = digest(&format!("{secret} after {}", follows.unwrap_or("nothing")));
    let put = client.put_secret_value().secret_id(secret).client_request_token(version);
    match put.secret_string(keys.to_secret()?).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("ResourceExistsException") => bail!(
            "the keys were changed after they were read: nothing was written; look at them and try \
             again"
        ),
        Err(error) => Err(explain_secret(&unavailable("PutSecretValue", &error), secret)),
    }
}

/// A refusal in the operator's words.
fn why(refusal: &KeyRefusal) -> anyhow::Error {
    match refusal {
        KeyRefusal::StillNeeded { until } => anyhow!(
            "there are two keys, and tokens that the older one has signed may still live: a third \
             one can be added from {}; --force takes the older one away now",
            timestamp(*until)
        ),
        KeyRefusal::NoneSigns => anyhow!(
            "no key would be left that signs already: add one first, that signs at once \
             (keys rotate --at-once)"
        ),
        KeyRefusal::Unknown => anyhow!("there is no such key"),
    }
}

/// The keys, the oldest first, without their private halves.
#[derive(Serialize)]
struct List<'a> {
    keys: Vec<Line<'a>>,
    /// When another key can be added; at once if not said.
    rotate_from: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    kid: &'a str,
    status: &'static str,
    created: String,
    signs_from: String,
}

impl<'a> List<'a> {
    fn new(keys: &'a SigningKeys, now: Seconds, lifetime: Seconds) -> Self {
        let signing = keys.signing(now).map(SigningKey::kid);
        let line = |key: &'a SigningKey| Line {
            kid: key.kid(),
            status: if signing == Some(key.kid()) {
                "signs"
            } else if key.signs_from() > now {
                "waits"
            } else {
                "verifies"
            },
            created: timestamp(key.created()),
            signs_from: timestamp(key.signs_from()),
        };
        let rotate_from = keys.rotatable_from(lifetime).filter(|from| now < *from);
        Self { keys: keys.iter().map(line).collect(), rotate_from: rotate_from.map(timestamp) }
    }
}

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line { kid, status, created, signs_from } in &self.keys {
            writeln!(f, "{kid}  {status:<8}  created {created}  signs from {signs_from}")?;
        }
        match &self.rotate_from {
            Some(time) => write!(f, "another key can be added from {time}"),
            None => write!(f, "another key can be added now"),
        }
    }
}

/// What a rotation has changed.
#[derive(Serialize)]
struct Rotated {
    kid: String,
    signs_from: String,
    retired: Vec<String>,
}

impl fmt::Display for Rotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {} signs from {}", self.kid, self.signs_from)?;
        self.retired.iter().try_for_each(|kid| write!(f, "\nkey {kid} is retired"))
    }
}

/// A key that is gone.
#[derive(Serialize)]
struct Retired {
    kid: String,
    change: &'static str,
}

impl fmt::Display for Retired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {} is retired", self.kid)
    }
}
