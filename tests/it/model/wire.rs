//! Steps as requests to the product.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use shared::credential::Kind;

use super::{
    names::{Email, Given, Identifier, Names, Password, Phone, Place, Spelling},
    state::State,
    step::{Following, Pick, Shown, SignInDoor, SignUpDoor, Step},
};

/// Whose words a reply is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contract {
    ApiKey,
    Cookie,
    Users,
    ContactByEmail,
    ContactByPhone,
    Tenant,
}

/// A request, and who is asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) contract: Contract,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) cookie: Option<(&'static str, String)>,
    pub(super) by_client_app: bool,
    /// What stands for the session of a client app.
    pub(super) bearer: Option<String>,
    pub(super) place: Place,
}

/// The secrets that were handed out so far, in the order of what they stand for in the model.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The ids of the accounts.
    pub(super) ids: Vec<u64>,
    /// The texts of the credentials.
    pub(super) tokens: Vec<String>,
    /// The paths of the links: to the account, and to "this was not me".
    pub(super) links: Vec<[String; 2]>,
    /// The codes, the newest last.
    pub(super) codes: BTreeMap<Phone, Vec<String>>,
}

/// What the picks of a step come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aim {
    /// The credential that the step is about, or that comes with it.
    pub(super) credential: Option<usize>,
    pub(super) other: Option<usize>,
    pub(super) link: Option<usize>,
    pub(super) account: Option<usize>,
    /// The password that is shown for that of an account.
    pub(super) password: Option<Password>,
    /// Whether the code that is shown is the newest one; nothing if none is shown.
    pub(super) code: Option<bool>,
}

/// A session that nobody was handed.
fn forged() -> String {
    format!("{:016x}{}", 1, "0123456789abcdef".repeat(4))
}

/// The cookie of a kind, if it is one.
pub(super) const fn cookie_name(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::CookieSession => Some("sessionid"),
        Kind::UsersSession => Some("_session"),
        Kind::ContactSession => Some("token"),
        Kind::WebSession => Some("connect.sid"),
        Kind::ApiKey | Kind::TenantToken => None,
    }
}

const fn contract_of(kind: Kind, by: Identifier) -> Contract {
    match (kind, by) {
        (Kind::ApiKey, _) => Contract::ApiKey,
        (Kind::CookieSession, _) => Contract::Cookie,
        (Kind::UsersSession, _) => Contract::Users,
        (Kind::ContactSession, Identifier::Phone(_)) => Contract::ContactByPhone,
        (Kind::ContactSession, _) => Contract::ContactByEmail,
        (Kind::WebSession | Kind::TenantToken, _) => Contract::Tenant,
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl State {
    /// What the picks of a step come to.
    pub(super) fn aim(&self, step: &Step, held: &Held) -> Aim {
        let credentials = |kinds: &[Kind]| -> Vec<usize> {
            let all = self.credentials.iter().enumerate();
            all.filter(|(_, it)| kinds.contains(&it.kind)).map(|(number, _)| number).collect()
        };
        let lives = |credential| self.is_live(credential);
        let of_kinds = |pick: Pick, kinds: &[Kind]| pick.of(&credentials(kinds), lives);
        let all: Vec<usize> = (0..self.credentials.len()).collect();
        let accounts: Vec<usize> = (0..self.accounts.len()).collect();
        let mut aim = Aim::default();
        match *step {
            Step::SignUp { door, presenting, .. } => {
                let web = presenting.filter(|_| door == SignUpDoor::WebApp);
                aim.credential = web.and_then(|pick| of_kinds(pick, &[Kind::WebSession]));
            }
            Step::SignIn { door, password, presenting, .. } => {
                aim.password = Some(self.given(password, self.holder(door.identifier())));
                let kind = door.kind();
                let cookie = presenting.filter(|_| cookie_name(kind).is_some());
                aim.credential = cookie.and_then(|pick| of_kinds(pick, &[kind]));
            }
            Step::SignOut { credential, .. } => aim.credential = credential.of(&all, lives),
            Step::ChangePassword { credential, old, .. } => {
                let kinds = [Kind::UsersSession, Kind::WebSession, Kind::TenantToken];
                aim.credential = of_kinds(credential, &kinds);
                let account = aim.credential.map(|it| self.credentials[it].account);
                aim.password = Some(self.given(old, account));
            }
            Step::ChangeProfile { credential, .. } => {
                aim.credential = of_kinds(credential, &[Kind::UsersSession]);
            }
            Step::Delete { email, password, presenting, .. } => {
                let holder = self.holder(Identifier::Email(email));
                aim.password = Some(self.given(password, holder));
                aim.credential = presenting.and_then(|pick| of_kinds(pick, &[Kind::UsersSession]));
            }
            Step::Present { credential, other } => {
                aim.credential = credential.of(&all, lives);
                // Two in one slot are none.
                let kind = aim.credential.map(|credential| self.credentials[credential].kind);
                let others: Vec<usize> = all
                    .iter()
                    .filter(|it| Some(self.credentials[**it].kind) != kind)
                    .copied()
                    .collect();
                aim.other = other.and_then(|pick| pick.of(&others, lives));
            }
            Step::Follow { link, .. } => {
                let links: Vec<usize> = (0..self.links.len()).collect();
                aim.link = link.of(&links, |it| self.links[it].opened.is_none());
            }
            Step::LookAt { account, .. } | Step::Operate { account, .. } => {
                aim.account = account.of(&accounts, |it| !self.accounts[it].gone);
            }
            Step::RegisterByPhone { phone, shown, .. } => {
                let shown = held.code(phone, shown);
                let newest = held.codes.get(&phone).and_then(|codes| codes.last());
                aim.code = shown.map(|shown| Some(&shown) == newest);
            }
            Step::AskForLink { .. }
            | Step::AskForCode { .. }
            | Step::EnableTenant(_)
            | Step::Wait { .. } => {}
        }
        aim
    }
}

impl State {
    /// The password that is shown. Nobody's is the one that most accounts have.
    fn given(&self, given: Given, account: Option<usize>) -> Password {
        match given {
            Given::This(password) => password,
            Given::Right => account.map_or(Password(0), |account| self.accounts[account].password),
        }
    }
}

impl Held {
    /// The text that stands for a credential.
    fn token(&self, credential: Option<usize>) -> String {
        credential.map_or_else(forged, |credential| self.tokens[credential].clone())
    }

    /// The code that is shown.
    fn code(&self, phone: Phone, shown: Shown) -> Option<String> {
        let codes = self.codes.get(&phone).map(Vec::as_slice).unwrap_or_default();
        let newest = codes.last().map_or("000000", String::as_str);
        match shown {
            Shown::Newest => Some(newest.to_owned()),
            Shown::Older => codes.iter().rev().nth(1).cloned(),
            Shown::Wrong => {
                Some(format!("{:06}", (newest.parse::<u32>().unwrap() + 1) % 1_000_000))
            }
            Shown::None => None,
        }
    }
}

/// What builds a request.
struct Draft(Request);

impl Draft {
    fn new(contract: Contract, method: Method, path: &str, place: Place, body: Value) -> Self {
        Self(Request {
            contract,
            method,
            path: path.to_owned(),
            body,
            cookie: None,
            by_client_app: false,
            bearer: None,
            place,
        })
    }

    /// With a credential in the slot of its kind.
    fn with(mut self, kind: Kind, token: Option<String>) -> Self {
        match (kind, cookie_name(kind)) {
            (_, Some(name)) => self.0.cookie = token.map(|token| (name, token)),
            (Kind::TenantToken, _) => {
                self.0.by_client_app = true;
                self.0.bearer = token;
            }
            _ => {}
        }
        self
    }
}

/// The request that a step is, unless it is none.
pub(super) fn request(step: &Step, aim: &Aim, state: &State, held: &Held) -> Option<Request> {
    let names = state.names;
    let kind = aim.credential.map_or(Kind::UsersSession, |it| state.credentials[it].kind);
    let presented = aim.credential.map(|credential| held.tokens[credential].clone());
    let session = held.token(aim.credential);
    let given = aim.password.map_or("", Names::password);
    let Draft(request) = match *step {
        Step::SignUp { door, email, spelling, password, place, .. } => {
            let email_text = names.spelled_email(email, spelling);
            let password = Names::password(password);
            match door {
                SignUpDoor::Cookie(username) => {
                    let username = names.spelled_username(username, spelling);
                    let body =
                        json!({ "username": username, "password": password, "email": email_text });
                    let path = "/api/v1/user/register/";
                    Draft::new(Contract::Cookie, Method::POST, path, place, body)
                }
                SignUpDoor::Users => {
                    let user = json!({
                        "name": Names::shown_name(email),
                        "email": email_text,
                        "password": password,
                        "password_confirm": password,
                    });
                    let body = json!({ "user": user });
                    Draft::new(Contract::Users, Method::POST, "/users", place, body)
                }
                SignUpDoor::WebApp | SignUpDoor::ClientApp => {
                    let kind = match door {
                        SignUpDoor::ClientApp => Kind::TenantToken,
                        _ => Kind::WebSession,
                    };
                    let body = json!({ "username": email_text, "password": password });
                    let path = "/api/user/signup";
                    Draft::new(Contract::Tenant, Method::POST, path, place, body)
                        .with(kind, presented)
                }
            }
        }
        Step::SignIn { door, spelling, place, .. } => {
            let identifier = names.identifier(door.identifier(), spelling);
            sign_in(door, &identifier, given, spelling, place).with(door.kind(), presented)
        }
        Step::SignOut { by, spelling, place, .. } => {
            sign_out(kind, &session, by, &names.identifier(by, spelling), place)
        }
        Step::ChangePassword { new, place, .. } => {
            let new = Names::password(new);
            let mut fields = json!({ "old_password": given, "new_password": new });
            let draft = if kind == Kind::UsersSession {
                fields["new_password_confirm"] = new.into();
                let body = json!({ "user": fields });
                Draft::new(Contract::Users, Method::PATCH, "/users/password", place, body)
            } else {
                let path = "/api/user/update_password";
                Draft::new(Contract::Tenant, Method::PUT, path, place, fields)
            };
            draft.with(kind, Some(session))
        }
        Step::ChangeProfile { rename, email, spelling, place, .. } => {
            let mut user = json!({ "email": names.spelled_email(email, spelling) });
            if rename {
                user["name"] = Names::shown_name(email).into();
            }
            let body = json!({ "user": user });
            Draft::new(Contract::Users, Method::PATCH, "/users", place, body)
                .with(Kind::UsersSession, Some(session))
        }
        Step::Delete { email, spelling, place, .. } => {
            let email = names.spelled_email(email, spelling);
            let body = json!({ "user": { "email": email, "password": given } });
            Draft::new(Contract::Users, Method::DELETE, "/users", place, body)
                .with(Kind::UsersSession, presented)
        }
        Step::AskForLink { email, spelling, password, place } => {
            let email = names.spelled_email(email, spelling);
            let body = json!({ "email": email, "password": Names::password(password) });
            Draft::new(Contract::ContactByEmail, Method::POST, "/email/users", place, body)
        }
        Step::Follow { following, place, .. } => follow(aim.link, following, names, held, place),
        Step::AskForCode { phone, spelling, place } => {
            let phone = encoded(&names.spelled_phone(phone, spelling));
            let path = format!("/phone/users/code?phone={phone}");
            Draft::new(Contract::ContactByPhone, Method::GET, &path, place, Value::Null)
        }
        Step::RegisterByPhone { phone, spelling, password, shown, place } => {
            let mut body = json!({
                "phone": names.spelled_phone(phone, spelling),
                "password": Names::password(password),
            });
            if let Some(code) = held.code(phone, shown) {
                body["code"] = code.into();
            }
            Draft::new(Contract::ContactByPhone, Method::POST, "/phone/users", place, body)
        }
        Step::LookAt { place, .. } => {
            let id = aim.account.map_or(1, |account| held.ids[account]);
            let path = format!("/users/{id}");
            Draft::new(Contract::Users, Method::GET, &path, place, Value::Null)
        }
        Step::Present { .. } | Step::Operate { .. } | Step::EnableTenant(_) | Step::Wait { .. } => {
            return None;
        }
    };
    Some(request)
}

fn sign_in(
    door: SignInDoor,
    identifier: &str,
    password: &str,
    spelling: Spelling,
    place: Place,
) -> Draft {
    let post = |contract, path, body| Draft::new(contract, Method::POST, path, place, body);
    let by_contact = |contract, path, name: &str| {
        if spelling.0 == 1 {
            return post(contract, path, json!({ name: identifier, "password": password }));
        }
        let (identifier, password) = (encoded(identifier), encoded(password));
        let path = format!("{path}?{name}={identifier}&password={password}");
        Draft::new(contract, Method::GET, &path, place, Value::Null)
    };
    let username = json!({ "username": identifier, "password": password });
    let email = json!({ "email": identifier, "password": password });
    match door {
        SignInDoor::ApiKey(_) => post(Contract::ApiKey, "/user/signin", email),
        SignInDoor::Cookie(_) | SignInDoor::CookieByUsername(_) => {
            post(Contract::Cookie, "/api/v1/user/login/", username)
        }
        SignInDoor::Users(_) => post(Contract::Users, "/users/sign_in", json!({ "user": email })),
        SignInDoor::ContactByEmail(_) => {
            by_contact(Contract::ContactByEmail, "/email/token", "email")
        }
        SignInDoor::ContactByPhone(_) => {
            by_contact(Contract::ContactByPhone, "/phone/token", "phone")
        }
        SignInDoor::WebApp(_) | SignInDoor::ClientApp(_) => {
            post(Contract::Tenant, "/api/user/signin", username)
        }
    }
}

fn sign_out(kind: Kind, token: &str, by: Identifier, identifier: &str, place: Place) -> Draft {
    let contract = contract_of(kind, by);
    let (method, path, body) = match contract {
        Contract::ApiKey => (Method::POST, "/user/signout", json!({ "api_key": token })),
        Contract::Cookie => (Method::POST, "/api/v1/user/logout/", json!({})),
        Contract::Users => (Method::DELETE, "/users/sign_out", json!({})),
        Contract::ContactByEmail => {
            (Method::DELETE, "/email/token", json!({ "email": identifier }))
        }
        Contract::ContactByPhone => {
            (Method::DELETE, "/phone/token", json!({ "phone": identifier }))
        }
        Contract::Tenant => (Method::POST, "/api/user/signout", json!({})),
    };
    Draft::new(contract, method, path, place, body).with(kind, Some(token.to_owned()))
}

fn follow(
    link: Option<usize>,
    following: Following,
    names: Names,
    held: &Held,
    place: Place,
) -> Draft {
    let [open, not_me] = link.map_or_else(
        || {
            let email = encoded(&names.email(Email(0)));
            let token = "0".repeat(64);
            ["active", "cancel"].map(|page| format!("/email/users/{page}/{email}/{token}"))
        },
        |link| held.links[link].clone(),
    );
    let (method, path, body) = match following {
        Following::Open => (Method::GET, open, Value::Null),
        Following::Press => (Method::POST, open, json!({})),
        Following::Choose(password) => {
            (Method::POST, open, json!({ "password": Names::password(password) }))
        }
        Following::TakeBack => (Method::POST, not_me, json!({})),
    };
    Draft::new(Contract::ContactByEmail, method, &path, place, body)
}
