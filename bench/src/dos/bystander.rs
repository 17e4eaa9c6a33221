//! Somebody who has an account, is signed in, and has nothing to do with all this.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Reply},
    times::Times,
};

const PASSWORD: &str = "k9#Lw2!pQz";

/// How long they think before they ask again.
const PAUSE: Duration = Duration::from_millis(5);

/// A signed-in account.
#[derive(Clone, Debug)]
pub(crate) struct Bystander {
    pub(crate) email: String,
    client: Client,
    cookie: String,
}

/// Asks for what needs neither an account nor a hash.
pub(crate) async fn look_around(client: &Client) -> Result<()> {
    for _ in 0..200 {
        client.ask(Method::GET, "/users/1", &Value::Null, None).await?;
        client.ask(Method::PATCH, "/users/password", &json!({}), None).await?;
    }
    Ok(())
}

impl Bystander {
    /// Makes the account and signs in to it.
    pub(crate) async fn join(client: &Client, name: &str) -> Result<Self> {
        let email = format!("{name}@example.com");
        let user = json!({
            "email": email, "name": name, "password": PASSWORD, "password_confirm": PASSWORD,
        });
        let reply = client.post("/users", &json!({ "user": user })).await?;
        ensure!(reply.status == 200, "no account: {} {}", reply.status, reply.body);
        let reply = sign_in(client, &email).await?;
        let cookie = reply.cookie.context("a sign-in without a cookie")?;
        Ok(Self { email, client: client.clone(), cookie })
    }

    /// Has the session checked for so long.
    pub(crate) async fn watch(&self, lasts: Duration) -> Result<Times> {
        let (mut times, started) = (Times::default(), Instant::now());
        while started.elapsed() < lasts {
            // Without a live session the code is 2. With one, what is missing is told, and nothing
            // is written or hashed.
            let (path, nothing) = ("/users/password", json!({ "user": {} }));
            let cookie = Some(self.cookie.as_str());
            let reply = self.client.ask(Method::PATCH, path, &nothing, cookie).await?;
            let code = reply.body.pointer("/error/code");
            ensure!(code == Some(&json!(0)), "signed out: {} {}", reply.status, reply.body);
            times.add(reply.took);
            tokio::time::sleep(PAUSE).await;
        }
        Ok(times)
    }

    /// Signs in, again and again, for so long.
    pub(crate) async fn sign_in_for(&self, lasts: Duration) -> Result<Times> {
        let (mut times, started) = (Times::default(), Instant::now());
        while started.elapsed() < lasts {
            times.add(sign_in(&self.client, &self.email).await?.took);
            tokio::time::sleep(PAUSE).await;
        }
        Ok(times)
    }
}

async fn sign_in(client: &Client, email: &str) -> Result<Reply> {
    let user = json!({ "email": email, "password": PASSWORD });
    let reply = client.post("/users/sign_in", &json!({ "user": user })).await?;
    ensure!(reply.status == 200, "not signed in: {} {}", reply.status, reply.body);
    Ok(reply)
}
