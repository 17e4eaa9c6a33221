//! What a client knows of an account of its own.

use serde_json::Value;

use crate::{
    client::Reply,
    contract::{Door, cookie, users},
};

/// An account, its password and its credentials.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) username: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) email: String,
    pub(crate) password: String,
    /// How many wrong passwords were tried.
    pub(crate) wrong_guesses: u32,
    pub(crate) api_key: Option<String>,
    /// The session of the contract `cookie`.
    pub(crate) cookie: Session,
    /// The session of the contract `users`.
    pub(crate) users: Session,
}

/// A cookie, and the last one that has ended.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) live: Option<String>,
    pub(crate) dead: Option<String>,
}

impl Session {
    fn begin(&mut self, token: Option<&str>) {
        self.end();
        self.live = token.map(str::to_owned);
    }

    /// It was signed out, or something else has ended it.
    pub(crate) fn end(&mut self) {
        if let Some(live) = self.live.take() {
            self.dead = Some(live);
        }
    }
}

impl Account {
    /// An account that nobody has signed in to.
    pub(crate) fn new(email: String, password: String) -> Self {
        Self {
            id: 0,
            username: None,
            name: None,
            email,
            password,
            wrong_guesses: 0,
            api_key: None,
            cookie: Session::default(),
            users: Session::default(),
        }
    }

    /// Under a name of its own and without a username.
    pub(crate) fn named(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    /// With a username and without a name of its own.
    pub(crate) fn with_username(self, username: String) -> Self {
        Self { username: Some(username), ..self }
    }

    /// The name that is shown.
    pub(crate) fn shown_name(&self) -> &str {
        self.name.as_deref().or(self.username.as_deref()).unwrap_or_default()
    }

    /// The username that is shown, and by which it signs in where that is asked for.
    pub(crate) fn shown_username(&self) -> &str {
        self.username.as_deref().unwrap_or(&self.email)
    }

    /// Takes the credential that a sign-in handed out. It replaces the one that was sent along.
    pub(crate) fn signed_in(&mut self, door: Door, reply: &Reply) {
        match door {
            Door::ApiKey => {
                let key = reply.field("/api_key").and_then(Value::as_str);
                self.api_key = key.map(str::to_owned);
            }
            Door::Cookie => self.cookie.begin(reply.cookie(cookie::COOKIE)),
            Door::Users => self.users.begin(reply.cookie(users::COOKIE)),
        }
    }

    /// The credential that was presented is dead.
    pub(crate) fn signed_out(&mut self, door: Door) {
        match door {
            Door::ApiKey => self.api_key = None,
            Door::Cookie => self.cookie.end(),
            Door::Users => self.users.end(),
        }
    }

    /// It was deleted, which ends every credential.
    pub(crate) fn end_all(&mut self) {
        self.api_key = None;
        self.cookie.end();
        self.users.end();
    }

    /// The password is another one now, which ends every credential but the one that asked.
    pub(crate) fn password_changed(&mut self, password: String) {
        self.password = password;
        self.api_key = None;
        self.cookie.end();
    }

    /// Takes the number that a sign-up answered with, in either contract.
    pub(crate) fn signed_up(&mut self, reply: &Reply) {
        let id = reply.field("/user_id").or_else(|| reply.field("/user/id"));
        self.id = id.and_then(Value::as_u64).unwrap_or_default();
    }
}
