//! What other teams' APIs ask before they answer: whose credential a request presents.
//!
//! It is a Lambda authorizer of HTTP APIs, payload format 2.0 with simple responses ([AWS]), and no
//! contract: it has no endpoint, hands out nothing, ends nothing and renews nothing. What it accepts
//! and passes on is in `docs/authorizer.md`.
//!
//! [AWS]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html

mod event;
mod slot;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::{
    app::App,
    directory::{Holder, Whose},
    error::{Error, Outage},
    identifier::TenantId,
};

use event::Event;
use slot::{contract, presented};

/// The authorizer. Clones share its parts.
#[derive(Clone, Debug)]
pub struct Authorizer {
    app: App,
}

/// What comes of a request, unless there is an outage.
enum Outcome {
    /// It is this account's.
    Authorized(Holder),
    /// It is not, or not only, one account's. The text is for the log.
    Refused(&'static str),
}

impl Authorizer {
    /// An authorizer on these parts.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app }
    }

    /// Answers an event of the gateway: one round trip, none where nothing is presented.
    ///
    /// # Errors
    ///
    /// [`Outage`]. The gateway then refuses the request with 500: nobody gets in while it cannot be
    /// known who they are, and nobody is told that they are not signed in.
    pub async fn answer(&self, event: Value) -> Result<Value, Outage> {
        let started = Instant::now();
        let event = Event::read(event);
        let request_id = event.as_ref().map(Event::request_id).unwrap_or_default().to_owned();
        let outcome = match event {
            Some(event) => self.decide(&event).await,
            None => Ok(Outcome::Refused("unreadable event")),
        };
        log(&request_id, &outcome, started.elapsed());
        outcome.map(|outcome| response(&outcome))
    }

    async fn decide(&self, event: &Event) -> Result<Outcome, Outage> {
        let Some(presented) = presented(&self.app, event).await? else {
            return Ok(Outcome::Refused("too many credentials"));
        };
        if presented.is_empty() {
            return Ok(Outcome::Refused("nothing presented"));
        }
        match self.app.directory.identify(&presented).await {
            Ok(Whose::Ones(holder)) => Ok(Outcome::Authorized(holder)),
            Ok(Whose::Nobodys) => Ok(Outcome::Refused("not signed in")),
            Ok(Whose::Severals) => Ok(Outcome::Refused("two accounts")),
            Err(Error::Unavailable(outage)) => Err(outage),
            // It refuses nothing and has no budget; and what cannot be is not let in.
            Err(error @ (Error::Denied(_) | Error::Throttled { .. })) => {
                Err(Outage::new(error.to_string()))
            }
        }
    }
}

/// What the gateway reads. The values of a context are texts: it turns numbers and nothing into texts
/// where it logs them or puts them into headers.
fn response(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Authorized(holder) => json!({
            "isAuthorized": true,
            "context": {
                "accountId": holder.account.to_string(),
                "contract": contract(holder.kind),
                "tenant": holder.tenant.as_ref().map(TenantId::as_str).unwrap_or_default(),
            },
        }),
        Outcome::Refused(_) => json!({ "isAuthorized": false }),
    }
}

/// The line that every request leaves. Like the doors', it has nothing that came with the request but
/// the gateway's own id for it.
fn log(request_id: &str, outcome: &Result<Outcome, Outage>, took: Duration) {
    let milliseconds = took.as_millis();
    match outcome {
        Ok(Outcome::Authorized(holder)) => {
            let contract = contract(holder.kind);
            tracing::info!(request_id, contract, milliseconds, outcome = "authorized");
        }
        Ok(Outcome::Refused(outcome)) => {
            tracing::info!(request_id, contract = "none", milliseconds, outcome);
        }
        Err(cause) => {
            tracing::error!(
                request_id,
                contract = "none",
                milliseconds,
                %cause,
                outcome = "unavailable"
            );
        }
    }
}
