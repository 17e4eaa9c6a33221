//! What each contract says to what a request comes to, to the letter.

use http::Method;
use serde_json::{Value, json};
use shared::credential::Kind;

use super::{
    names::Names,
    state::{Account, CookieChange, Effects, Refusal, State},
    step::{SignInDoor, SignUpDoor, Step},
    wire::{Contract, Held, Request, cookie_name},
};
use crate::support::{Reply, cookie_error, tenant_error, users_error};

/// A reply, as far as contracts and browsers care.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) retry_after: Option<i64>,
    /// The cookies that it sets, whole.
    pub(super) cookies: Vec<String>,
}

impl Answer {
    pub(super) fn of(reply: &Reply) -> Self {
        let cookies = reply.headers.get_all("set-cookie").iter();
        Self {
            status: reply.status.as_u16(),
            body: reply.json(),
            retry_after: reply.header("retry-after").map(|seconds| seconds.parse().unwrap()),
            cookies: cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect(),
        }
    }

    /// What the contract has to answer.
    pub(super) fn expected(
        step: &Step,
        request: &Request,
        outcome: Result<Option<usize>, Refusal>,
        (state, effects, held): (&State, &Effects, &Held),
    ) -> Self {
        let (status, body) = match outcome {
            Ok(about) => (200, done(step, request, about, (state, effects, held))),
            Err(refusal) => refused(request, refusal),
        };
        let retry_after = match outcome {
            Err(Refusal::TooMany(used_up)) => Some(used_up.0),
            _ => None,
        };
        let cookies = effects.cookie.iter().map(|change| set_cookie(*change, state, held));
        Self { status, body, retry_after, cookies: cookies.collect() }
    }
}

fn set_cookie(change: CookieChange, state: &State, held: &Held) -> String {
    let (kind, value, seconds) = match change {
        CookieChange::Set(credential, seconds) => {
            (state.credentials[credential].kind, held.tokens[credential].as_str(), seconds)
        }
        CookieChange::Cleared(kind) => (kind, "", 0),
    };
    let name = cookie_name(kind).unwrap();
    format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax; Secure")
}

/// The body of a success.
fn done(
    step: &Step,
    request: &Request,
    about: Option<usize>,
    (state, effects, held): (&State, &Effects, &Held),
) -> Value {
    let names = state.names;
    let token = || held.tokens[effects.handed.unwrap()].as_str();
    let about = about.map(|account| (&state.accounts[account], held.ids[account]));
    match (request.contract, about) {
        (Contract::ApiKey, None) => json!({}),
        (Contract::ApiKey, Some((_, id))) => json!({ "api_key": token(), "user_id": id }),
        (Contract::Cookie, Some((account, id))) => match step {
            Step::SignUp { .. } => json!({ "status": "success", "user_id": id }),
            Step::SignOut { .. } => json!({ "status": "success", "uid": id }),
            _ => json!({
                "status": "success",
                "username": account.shown_username(names),
                "email": account.shown_email(names),
                "uid": id.to_string(),
            }),
        },
        (Contract::Users, about) => {
            let (url, method) = (&request.path, request.method.as_str());
            let mut body = json!({ "result": "Success", "url": url, "method": method });
            if let Some((account, id)) = about {
                let name = account.shown_name(names);
                body["user"] = match step {
                    Step::LookAt { .. } => json!({ "name": name, "upload_emoji": [] }),
                    _ => json!({ "id": id, "name": name, "email": account.shown_email(names) }),
                };
            }
            body
        }
        (Contract::ContactByPhone, Some((account, id)))
            if matches!(step, Step::RegisterByPhone { .. }) =>
        {
            let phone = names.phone(account.phone.unwrap());
            json!({ "content": { "id": id, "phone": phone }, "state": 200, "msg": "success" })
        }
        (Contract::ContactByEmail | Contract::ContactByPhone, _) => contact(200, "success"),
        (Contract::Tenant, Some((account, id))) => {
            let token = effects.handed.filter(|_| request.by_client_app).map(|_| token());
            tenant(step, account, id, token, names)
        }
        (Contract::Cookie | Contract::Tenant, None) => unreachable!("{step:?} is about nobody"),
    }
}

fn tenant(step: &Step, account: &Account, id: u64, token: Option<&str>, names: Names) -> Value {
    let message = match step {
        Step::SignUp { .. } => "register successfully",
        Step::SignOut { .. } => {
            return json!({ "data": {}, "message": "sign out successfully" });
        }
        _ => "authenticate successfully",
    };
    let mut data = json!({ "id": id.to_string(), "username": account.shown_email(names) });
    if let Some(token) = token {
        data["token"] = token.into();
    }
    json!({ "data": data, "message": message })
}

fn contact(state: u16, message: &str) -> Value {
    json!({ "state": state, "msg": message })
}

/// Status and body of a refusal.
fn refused(request: &Request, refusal: Refusal) -> (u16, Value) {
    match request.contract {
        Contract::ApiKey => match refusal {
            Refusal::TooMany(_) => (429, json!({ "error_name": "too many requests" })),
            _ => (403, json!({ "error_name": "does not match" })),
        },
        Contract::Cookie => refused_by_cookie(refusal),
        Contract::Users => refused_by_users(request, refusal),
        Contract::ContactByEmail => refused_by_contact(refusal, "email not exists"),
        Contract::ContactByPhone => refused_by_contact(refusal, "phone not exists"),
        Contract::Tenant => refused_by_tenant(refusal),
    }
}

fn refused_by_cookie(refusal: Refusal) -> (u16, Value) {
    let (status, code, description) = match refusal {
        Refusal::Unknown | Refusal::PasswordWrong => (200, 102, "user name or password incorrect"),
        Refusal::Banned => (200, 109, "user banned"),
        Refusal::EmailTaken => (200, 106, "email taken"),
        Refusal::UsernameTaken => (200, 105, "username taken"),
        Refusal::NotSignedIn => (401, 101, "login required"),
        Refusal::TooMany(_) => (429, 108, "too many requests"),
        _ => unreachable!("{refusal:?} at cookie"),
    };
    (status, cookie_error(code, description))
}

fn refused_by_users(request: &Request, refusal: Refusal) -> (u16, Value) {
    let (method, url) = (&request.method, request.path.as_str());
    let changes_password = url == "/users/password";
    let (status, code, message) = match refusal {
        Refusal::Unknown if *method == Method::GET => (404, 0, "There is not this user."),
        Refusal::Unknown if *method == Method::DELETE => {
            (400, 1, "This email address is incorrect.")
        }
        Refusal::Unknown => (400, 1, "There is not this email address."),
        Refusal::PasswordWrong => {
            (400, if changes_password { 3 } else { 2 }, "This password is incorrect.")
        }
        Refusal::Banned => (400, 3, "This user is banned."),
        Refusal::EmailTaken => (400, 1, "This email address has used."),
        Refusal::NotSignedIn if url == "/users/sign_out" => (403, 0, "You have not sign in yet."),
        Refusal::NotSignedIn => (400, 2, "You have not sign in yet."),
        Refusal::TooMany(_) => (429, 429, "Too Many Requests"),
        _ => unreachable!("{refusal:?} at users"),
    };
    (status, users_error(method.as_str(), url, code, message))
}

fn refused_by_contact(refusal: Refusal, unknown: &str) -> (u16, Value) {
    let empty = |state, message| (200, json!({ "content": null, "state": state, "msg": message }));
    match refusal {
        Refusal::Unknown => (200, contact(404, unknown)),
        Refusal::PasswordWrong => (200, contact(404, "wrong password")),
        Refusal::Banned => (200, contact(403, "user banned")),
        Refusal::EmailTaken => (200, contact(402, "email has exist")),
        Refusal::PhoneTaken => empty(402, "phone has exist"),
        Refusal::SentTooOften => (200, contact(402, "send too frequently")),
        Refusal::CodeWrong => (200, contact(404, "wrong code")),
        Refusal::LinkInvalid => empty(404, "email not found"),
        Refusal::TooMany(_) => (429, contact(429, "too many requests")),
        Refusal::UsernameTaken | Refusal::NotSignedIn | Refusal::TenantUnauthenticated => {
            unreachable!("{refusal:?} at contact")
        }
    }
}

fn refused_by_tenant(refusal: Refusal) -> (u16, Value) {
    let plain = |message| (400, json!({ "message": message }));
    match refusal {
        Refusal::Unknown | Refusal::PasswordWrong => plain("credentials invalid"),
        Refusal::Banned => plain("user banned"),
        Refusal::EmailTaken => plain("user with this username already existed"),
        Refusal::NotSignedIn => (401, tenant_error(401, "user unauthenticated")),
        Refusal::TenantUnauthenticated => (401, tenant_error(401, "tenant unauthenticated")),
        Refusal::TooMany(_) => (429, tenant_error(429, "too many requests")),
        _ => unreachable!("{refusal:?} at tenant"),
    }
}

/// The secret that a success hands out: the text of a credential.
pub(super) fn handed_out(reply: &Reply, kind: Kind) -> Option<String> {
    match cookie_name(kind) {
        Some(name) => {
            let cookies = reply.cookies();
            cookies.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
        }
        None => {
            let body = reply.json();
            let token = body["api_key"].as_str().or_else(|| body["data"]["token"].as_str());
            token.map(str::to_owned)
        }
    }
}

/// The id of the account that a success says to have made.
pub(super) fn made(reply: &Reply) -> Option<u64> {
    let body = reply.json();
    let number = [&body["user_id"], &body["user"]["id"], &body["content"]["id"]]
        .into_iter()
        .find_map(Value::as_u64);
    number.or_else(|| body["data"]["id"].as_str()?.parse().ok())
}

/// The name of the door of a step, for the report.
pub(super) const fn door(step: &Step) -> Option<&'static str> {
    match step {
        Step::SignUp { door, .. } => Some(match door {
            SignUpDoor::Cookie(_) => "cookie",
            SignUpDoor::Users => "users",
            SignUpDoor::WebApp => "web app",
            SignUpDoor::ClientApp => "client app",
        }),
        Step::SignIn { door, .. } => Some(match door {
            SignInDoor::ApiKey(_) => "api_key",
            SignInDoor::Cookie(_) => "cookie",
            SignInDoor::CookieByUsername(_) => "cookie, username",
            SignInDoor::Users(_) => "users",
            SignInDoor::ContactByEmail(_) => "contact, email",
            SignInDoor::ContactByPhone(_) => "contact, phone",
            SignInDoor::WebApp(_) => "web app",
            SignInDoor::ClientApp(_) => "client app",
        }),
        _ => None,
    }
}
