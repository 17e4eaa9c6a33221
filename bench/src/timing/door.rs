//! Where one signs in.

use std::fmt;

use anyhow::Result;
use http::{HeaderName, HeaderValue, Request, header};
use serde_json::json;

use crate::person::Person;

/// A password that none of them has.
const WRONG: &str = "k9#Lw2!pQy";

/// A way to sign in by a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    ApiKey,
    Cookie,
    Users,
    Email,
    Phone,
    /// The contract `tenant`, as the web app.
    Web,
    /// The contract `tenant`, with a tenant's credentials.
    ClientApp,
}

impl Door {
    pub(crate) const ALL: [Self; 7] = [
        Self::ApiKey,
        Self::Cookie,
        Self::Users,
        Self::Email,
        Self::Phone,
        Self::Web,
        Self::ClientApp,
    ];

    /// A wrong password for this person.
    pub(crate) fn request(
        self,
        person: &Person,
        tenant: &(HeaderName, HeaderValue),
    ) -> Result<Request<String>> {
        let who = person.identifier();
        let (path, body) = match self {
            Self::ApiKey => ("/user/signin", json!({ "email": who, "password": WRONG })),
            Self::Cookie => ("/api/v1/user/login/", json!({ "username": who, "password": WRONG })),
            Self::Users => {
                ("/users/sign_in", json!({ "user": { "email": who, "password": WRONG } }))
            }
            Self::Email => ("/email/token", json!({ "email": who, "password": WRONG })),
            Self::Phone => ("/phone/token", json!({ "phone": who, "password": WRONG })),
            Self::Web | Self::ClientApp => {
                ("/api/user/signin", json!({ "username": who, "password": WRONG }))
            }
        };
        let request = Request::post(path)
            .header(header::HOST, "api.example.com")
            .header(header::CONTENT_TYPE, "application/json");
        let request = match self {
            Self::ClientApp => request.header(tenant.0.clone(), tenant.1.clone()),
            Self::ApiKey | Self::Cookie | Self::Users | Self::Email | Self::Phone | Self::Web => {
                request
            }
        };
        Ok(request.body(body.to_string())?)
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ApiKey => "api_key",
            Self::Cookie => "cookie",
            Self::Users => "users",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Web => "web app",
            Self::ClientApp => "client app",
        })
    }
}
