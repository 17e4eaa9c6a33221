//! The doors of the directory: what each contract calls signing in and signing up, and its words
//! for the outcome. Reading a reply asserts that its words are the contract's own.

use serde_json::{Value, json};
use shared::credential::Kind;

use super::{Browser, Reply};

/// A password that every door takes: between 8 and 16 characters, and not easy.
pub(crate) const PASSWORD: &str = "k9#Lw2!pQz";

/// A contract by which accounts are signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    ApiKey,
    Cookie,
    Users,
    /// As the web app: without a tenant's header.
    Tenant,
}

/// What came of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// To the account with this id.
    Done(u64),
    /// Nobody has the identifier, or the password is not theirs, as far as the contract tells; also
    /// when it tells that nobody can have one of them.
    Refused,
    /// Told only to the right password, by the contracts that tell.
    Banned,
    TooMany,
}

/// What came of a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignUp {
    Done(u64),
    EmailTaken,
    UsernameTaken,
    /// An identifier is none.
    Invalid,
    TooMany,
}

impl Door {
    pub(crate) const ALL: [Self; 4] = [Self::ApiKey, Self::Cookie, Self::Users, Self::Tenant];

    /// The cookie that it hands out, if it does that.
    pub(crate) const fn cookie(self) -> Option<&'static str> {
        match self {
            Self::ApiKey => None,
            Self::Cookie => Some("sessionid"),
            Self::Users => Some("_session"),
            Self::Tenant => Some("connect.sid"),
        }
    }

    /// What it hands out, as the directory has it.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::ApiKey => Kind::ApiKey,
            Self::Cookie => Kind::CookieSession,
            Self::Users => Kind::UsersSession,
            Self::Tenant => Kind::WebSession,
        }
    }

    /// Signs in by an email address, or by a username at the door that takes one.
    pub(crate) async fn sign_in(
        self,
        browser: &mut Browser,
        identifier: &str,
        password: &str,
    ) -> SignIn {
        let reply = self.ask(browser, identifier, password).await;
        self.sign_in_outcome(&reply)
    }

    /// [`Door::sign_in`] with the reply as it came.
    pub(crate) async fn ask(
        self,
        browser: &mut Browser,
        identifier: &str,
        password: &str,
    ) -> Reply {
        match self {
            Self::ApiKey => {
                let body = json!({ "email": identifier, "password": password });
                browser.post("/user/signin", body).await
            }
            Self::Cookie => {
                let body = json!({ "username": identifier, "password": password });
                browser.post("/api/v1/user/login/", body).await
            }
            Self::Users => {
                let user = json!({ "email": identifier, "password": password });
                browser.post("/users/sign_in", json!({ "user": user })).await
            }
            Self::Tenant => {
                let body = json!({ "username": identifier, "password": password });
                browser.post("/api/user/signin", body).await
            }
        }
    }

    pub(crate) fn sign_in_outcome(self, reply: &Reply) -> SignIn {
        if reply.status == 429 {
            self.too_many("POST", "/users/sign_in", reply);
            return SignIn::TooMany;
        }
        let body = reply.json();
        match self {
            Self::ApiKey if reply.status == 200 => SignIn::Done(body["user_id"].as_u64().unwrap()),
            Self::ApiKey => {
                reply.is(403, json!({ "error_name": "does not match" }));
                SignIn::Refused
            }
            Self::Cookie => {
                assert_eq!(reply.status, 200, "{reply}");
                if body["status"] == "success" {
                    return SignIn::Done(body["uid"].as_str().unwrap().parse().unwrap());
                }
                if body["error_code"] == 109 {
                    reply.is(200, cookie_error(109, "user banned"));
                    return SignIn::Banned;
                }
                reply.is(200, cookie_error(102, "user name or password incorrect"));
                SignIn::Refused
            }
            Self::Users if reply.status == 200 => {
                SignIn::Done(body["user"]["id"].as_u64().unwrap())
            }
            Self::Users => {
                let (code, message, outcome) = match body["error"]["code"].as_u64() {
                    Some(1) => (1, "There is not this email address.", SignIn::Refused),
                    Some(2) => (2, "This password is incorrect.", SignIn::Refused),
                    _ => (3, "This user is banned.", SignIn::Banned),
                };
                reply.is(400, users_error("POST", "/users/sign_in", code, message));
                outcome
            }
            Self::Tenant if reply.status == 200 => SignIn::Done(tenant_id(&body)),
            Self::Tenant => {
                let message = body["message"].as_str().unwrap();
                let outcome = match message {
                    "credentials invalid"
                    | "provided username illigal"
                    | "provided password illigal"
                    | "username empty" => SignIn::Refused,
                    "user banned" => SignIn::Banned,
                    _ => panic!("{reply}"),
                };
                reply.is(400, json!({ "message": message }));
                outcome
            }
        }
    }

    /// Asserts that the reply is this contract's own to one request too many.
    pub(crate) fn too_many(self, method: &str, url: &str, reply: &Reply) {
        let retry_after: u64 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3600).contains(&retry_after), "{reply}");
        assert_eq!(reply.cookies(), []);
        reply.is(
            429,
            match self {
                Self::ApiKey => json!({ "error_name": "too many requests" }),
                Self::Cookie => cookie_error(108, "too many requests"),
                Self::Users => users_error(method, url, 429, "Too Many Requests"),
                Self::Tenant => tenant_error(429, "too many requests"),
            },
        );
    }
}

/// Registers at the contract `cookie`.
pub(crate) async fn register(browser: &mut Browser, username: &str, email: &str) -> SignUp {
    let body = json!({ "username": username, "password": PASSWORD, "email": email });
    let reply = browser.post("/api/v1/user/register/", body).await;
    if reply.status == 429 {
        Door::Cookie.too_many("POST", "", &reply);
        return SignUp::TooMany;
    }
    assert_eq!(reply.status, 200, "{reply}");
    let body = reply.json();
    if body["status"] == "success" {
        return SignUp::Done(body["user_id"].as_u64().unwrap());
    }
    let (code, description, outcome) = match body["error_code"].as_u64() {
        Some(105) => (105, "username taken", SignUp::UsernameTaken),
        Some(106) => (106, "email taken", SignUp::EmailTaken),
        Some(107) => (107, "email invalid", SignUp::Invalid),
        _ => (103, "invalid parameters", SignUp::Invalid),
    };
    reply.is(200, cookie_error(code, description));
    outcome
}

/// Makes an account at the contract `users`.
pub(crate) async fn create(browser: &mut Browser, email: &str) -> SignUp {
    let user = json!({
        "name": "Somebody",
        "email": email,
        "password": PASSWORD,
        "password_confirm": PASSWORD,
    });
    let reply = browser.post("/users", json!({ "user": user })).await;
    if reply.status == 429 {
        Door::Users.too_many("POST", "/users", &reply);
        return SignUp::TooMany;
    }
    let body = reply.json();
    if reply.status == 200 {
        return SignUp::Done(body["user"]["id"].as_u64().unwrap());
    }
    let (code, message, outcome) = match body["error"]["code"].as_u64() {
        Some(1) => (1, "This email address has used.", SignUp::EmailTaken),
        _ => (0, "Bad parameter.", SignUp::Invalid),
    };
    reply.is(400, users_error("POST", "/users", code, message));
    outcome
}

/// Signs up at the contract `tenant`, as the web app.
pub(crate) async fn enrol(browser: &mut Browser, email: &str) -> SignUp {
    let body = json!({ "username": email, "password": PASSWORD });
    let reply = browser.post("/api/user/signup", body).await;
    if reply.status == 429 {
        Door::Tenant.too_many("POST", "/api/user/signup", &reply);
        return SignUp::TooMany;
    }
    let body = reply.json();
    if reply.status == 200 {
        return SignUp::Done(tenant_id(&body));
    }
    let (message, outcome) = match body["message"].as_str() {
        Some("provided username illigal") => ("provided username illigal", SignUp::Invalid),
        _ => ("user with this username already existed", SignUp::EmailTaken),
    };
    reply.is(400, json!({ "message": message }));
    outcome
}

impl SignUp {
    /// The id of the account that was made.
    #[track_caller]
    pub(crate) fn id(self) -> u64 {
        let Self::Done(id) = self else { panic!("{self:?}") };
        id
    }
}

/// The account's id in a success of the contract `tenant`.
fn tenant_id(body: &Value) -> u64 {
    body["data"]["id"].as_str().unwrap().parse().unwrap()
}

/// A refusal of the contract `tenant` of which its document does not speak.
pub(crate) fn tenant_error(status: u16, message: &str) -> Value {
    json!({ "code": status, "message": message })
}

/// A refusal of the contract `cookie`.
pub(crate) fn cookie_error(code: u16, description: &str) -> Value {
    json!({ "status": "failed", "desc": description, "error_code": code })
}

/// A refusal of the contract `users`.
pub(crate) fn users_error(method: &str, url: &str, code: u16, message: &str) -> Value {
    json!({
        "result": "Failed",
        "url": url,
        "method": method,
        "error": { "code": code, "message": message },
    })
}
