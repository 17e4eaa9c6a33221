//! The contract `tenant`, for the web app and for client apps, and the way to a provider and back.

use super::{
    Fact::{Dead, Items, Live, Opens, Shut},
    ROW, Row,
};

const CLIENT_APP: &[(&str, &str)] = &[("starcedu-tenant-authorization", "<tenant>")];
const WITH_TOKEN: &[(&str, &str)] =
    &[("starcedu-tenant-authorization", "<tenant>"), ("authorization", "bearer <jwt>")];
const WEB: &[(&str, &str)] = &[("connect.sid", "web")];

const ANN: &str = r#"{"username":"ann@example.com","password":"<password>"}"#;
const WRONG: &str = r#"{"username":"ann@example.com","password":"<other>"}"#;
const NEW: &str = r#"{"username":"new@example.com","password":"<password>"}"#;
const CHANGE: &str = r#"{"old_password":"<password>","new_password":"<other>"}"#;

const CHANGED: &[super::Fact] = &[
    Opens("ann@example.com", "<other>"),
    Shut("ann@example.com", "<password>"),
    Dead("sessionid", "sessionid"),
    Dead("x-api-key", "key"),
    Dead("token", "contact"),
    Dead("_session", "_session"),
];

pub(super) const ROWS: &[Row] = &[
    Row {
        endpoint: "POST /api/user/signin",
        case: "the web app, with a session",
        body: ANN,
        wears: WEB,
        answer: (200, "authenticate successfully"),
        before: &[Live("connect.sid", "web")],
        after: &[Dead("connect.sid", "web"), Live("bearer", "jwt")],
        hands_out: Some(("connect.sid", "ann@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signin",
        case: "the web app, a wrong password",
        body: WRONG,
        answer: (400, "credentials invalid"),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Live("connect.sid", "web")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signin",
        case: "a client app",
        body: ANN,
        headers: CLIENT_APP,
        answer: (200, "authenticate successfully"),
        hands_out: Some(("bearer", "ann@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signin",
        case: "a client app, a wrong password",
        body: WRONG,
        headers: CLIENT_APP,
        answer: (400, "credentials invalid"),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Live("bearer", "jwt")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signin",
        case: "an identity is bound",
        body: ANN,
        wears: &[("connect.sid", "ida-waits")],
        answer: (200, "authenticate and bind successfully"),
        again: &[(200, "authenticate successfully")],
        before: &[Items("oauth#", "#ida", 0)],
        after: &[Items("oauth#", "#ida", 1)],
        hands_out: Some(("connect.sid", "ann@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signup",
        case: "the web app",
        body: NEW,
        answer: (200, "register successfully"),
        again: &[(400, "user with this username already existed")],
        before: &[Shut("new@example.com", "<password>"), Items("email#new@example.com", "", 0)],
        after: &[Opens("new@example.com", "<password>")],
        hands_out: Some(("connect.sid", "new@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signup",
        case: "a client app",
        body: NEW,
        headers: CLIENT_APP,
        answer: (200, "register successfully"),
        again: &[(400, "user with this username already existed")],
        before: &[Shut("new@example.com", "<password>"), Items("email#new@example.com", "", 0)],
        after: &[Opens("new@example.com", "<password>")],
        hands_out: Some(("bearer", "new@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signup",
        case: "a taken address",
        body: WRONG,
        answer: (400, "user with this username already existed"),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Shut("ann@example.com", "<other>")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signup",
        case: "an identity is bound",
        body: NEW,
        wears: &[("connect.sid", "ida-waits")],
        answer: (200, "bind and register successfully"),
        again: &[(400, "user with this username already existed")],
        before: &[Shut("new@example.com", "<password>"), Items("oauth#", "#ida", 0)],
        after: &[Opens("new@example.com", "<password>"), Items("oauth#", "#ida", 1)],
        hands_out: Some(("connect.sid", "new@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signout",
        case: "the web app",
        body: "{}",
        wears: WEB,
        answer: (200, "sign out successfully"),
        again: &[(401, "user unauthenticated")],
        before: &[Live("connect.sid", "web")],
        after: &[Dead("connect.sid", "web"), Live("bearer", "jwt")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/user/signout",
        case: "a client app",
        body: "{}",
        headers: WITH_TOKEN,
        answer: (200, "sign out successfully"),
        again: &[(401, "user unauthenticated")],
        before: &[Live("bearer", "jwt")],
        after: &[Dead("bearer", "jwt"), Live("connect.sid", "web")],
        ..ROW
    },
    Row {
        endpoint: "PUT /api/user/update_password",
        case: "the web app",
        body: CHANGE,
        wears: WEB,
        answer: (200, "authenticate successfully"),
        again: &[(400, "credentials invalid")],
        before: &[Opens("ann@example.com", "<password>"), Live("sessionid", "sessionid")],
        after: CHANGED,
        ..ROW
    },
    Row {
        endpoint: "PUT /api/user/update_password",
        case: "a client app",
        body: CHANGE,
        headers: WITH_TOKEN,
        answer: (200, "authenticate successfully"),
        again: &[(400, "credentials invalid")],
        before: &[Opens("ann@example.com", "<password>"), Live("sessionid", "sessionid")],
        after: CHANGED,
        ..ROW
    },
    Row {
        endpoint: "PUT /api/user/update_password",
        case: "a wrong password",
        body: r#"{"old_password":"<other>","new_password":"3Jd-uVw8yX_"}"#,
        wears: WEB,
        answer: (400, "credentials invalid"),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Live("sessionid", "sessionid")],
        ..ROW
    },
    Row {
        endpoint: "GET /.well-known/jwks.json",
        case: "the keys",
        answer: (200, r#"{"keys":["#),
        ..ROW
    },
    Row {
        endpoint: "GET /.well-known/openid-configuration",
        case: "the issuer",
        answer: (200, "issuer"),
        ..ROW
    },
    Row {
        endpoint: "GET /oauth/{provider}/start",
        case: "to the provider",
        path: "/oauth/local/start",
        answer: (302, "/authorize?"),
        asks_provider: true,
        ..ROW
    },
    Row {
        endpoint: "GET /oauth/{provider}/callback",
        case: "somebody who has bound it",
        answer: (302, "https://api.test"),
        hands_out: Some(("connect.sid", "gus@example.com")),
        asks_provider: true,
        visitor: Some("gus"),
        ..ROW
    },
    Row {
        endpoint: "GET /oauth/{provider}/callback",
        case: "somebody who has not",
        answer: (302, "https://api.test"),
        after: &[Items("oauth#", "#hal", 0)],
        asks_provider: true,
        visitor: Some("hal"),
        ..ROW
    },
    Row {
        endpoint: "GET /oauth/{provider}/callback",
        case: "somebody else's visit",
        path: "<gus-back>",
        wears: &[("connect.sid", "hal-visit")],
        answer: (400, "oauth request illigal"),
        refuses: true,
        asks_provider: true,
        ..ROW
    },
];
