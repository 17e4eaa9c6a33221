//! Signing up, in and out in the contracts `api_key`, `cookie` and `users`, and the functions that
//! have no contract.

use super::{
    Fact::{Dead, Items, Live, Opens, Shut},
    ROW, Row,
};

const ANN: &str = r#"{"email":"ann@example.com","password":"<password>"}"#;
const WRONG: &str = r#"{"email":"ann@example.com","password":"<other>"}"#;
const NOBODY: &str = r#"{"email":"nobody@example.com","password":"<password>"}"#;
const BANNED: &str = r#"{"email":"bob@example.com","password":"<password>"}"#;

/// Of a refused sign-in, nothing is left.
const ANN_IS_IN: &[super::Fact] =
    &[Opens("ann@example.com", "<password>"), Live("x-api-key", "key")];

pub(super) const ROWS: &[Row] = &[
    Row {
        endpoint: "POST /user/signin",
        case: "the right password",
        body: ANN,
        answer: (200, "api_key"),
        after: ANN_IS_IN,
        hands_out: Some(("x-api-key", "ann@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /user/signin",
        case: "a wrong password",
        body: WRONG,
        answer: (403, "does not match"),
        refuses: true,
        after: ANN_IS_IN,
        ..ROW
    },
    Row {
        endpoint: "POST /user/signin",
        case: "an unknown address",
        body: NOBODY,
        answer: (403, "does not match"),
        refuses: true,
        ..ROW
    },
    Row {
        endpoint: "POST /user/signin",
        case: "a banned account",
        body: BANNED,
        answer: (403, "does not match"),
        refuses: true,
        ..ROW
    },
    Row {
        endpoint: "POST /user/signout",
        case: "a live key",
        body: r#"{"api_key":"<key>"}"#,
        answer: (200, "{}"),
        before: &[Live("x-api-key", "key")],
        after: &[Dead("x-api-key", "key")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/v1/user/register",
        case: "a new account",
        body: r#"{"username":"newcomer","password":"<password>","email":"new@example.com"}"#,
        answer: (200, "success"),
        // The username is looked at first. The account is the client's own.
        again: &[(200, "username taken")],
        before: &[
            Shut("new@example.com", "<password>"),
            Shut("newcomer", "<password>"),
            Items("username#newcomer", "", 0),
        ],
        after: &[Opens("new@example.com", "<password>"), Opens("newcomer", "<password>")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/v1/user/register",
        case: "a taken username",
        body: r#"{"username":"Annabella","password":"<other>","email":"new@example.com"}"#,
        answer: (200, "username taken"),
        refuses: true,
        after: &[Opens("annabella", "<password>"), Shut("new@example.com", "<other>")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/v1/user/register",
        case: "a taken address",
        body: r#"{"username":"newcomer","password":"<other>","email":"ann@example.com"}"#,
        answer: (200, "email taken"),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Shut("newcomer", "<other>")],
        ..ROW
    },
    Row {
        endpoint: "POST /api/v1/user/login",
        case: "the right password, with a session",
        body: r#"{"username":"annabella","password":"<password>"}"#,
        wears: &[("sessionid", "sessionid")],
        answer: (200, "success"),
        before: &[Live("sessionid", "sessionid")],
        after: &[Dead("sessionid", "sessionid"), Live("_session", "_session")],
        hands_out: Some(("sessionid", "ann@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /api/v1/user/login",
        case: "a wrong password",
        body: r#"{"username":"annabella","password":"<other>"}"#,
        answer: (200, "user name or password incorrect"),
        refuses: true,
        after: ANN_IS_IN,
        ..ROW
    },
    Row {
        endpoint: "POST /api/v1/user/login",
        case: "a banned account",
        body: r#"{"username":"bob@example.com","password":"<password>"}"#,
        answer: (200, "user banned"),
        refuses: true,
        ..ROW
    },
    Row {
        endpoint: "POST /api/v1/user/logout",
        case: "a live session",
        body: "{}",
        wears: &[("sessionid", "sessionid")],
        answer: (200, "success"),
        again: &[(401, "login required")],
        before: &[Live("sessionid", "sessionid")],
        after: &[Dead("sessionid", "sessionid"), Live("_session", "_session")],
        ..ROW
    },
    Row {
        endpoint: "POST /users/sign_in",
        case: "the right password",
        body: r#"{"user":{"email":"ann@example.com","password":"<password>"}}"#,
        answer: (200, "Success"),
        hands_out: Some(("_session", "ann@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /users/sign_in",
        case: "a wrong password",
        body: r#"{"user":{"email":"ann@example.com","password":"<other>"}}"#,
        answer: (400, "This password is incorrect."),
        refuses: true,
        after: ANN_IS_IN,
        ..ROW
    },
    Row {
        endpoint: "POST /users/sign_in",
        case: "an unknown address",
        body: r#"{"user":{"email":"nobody@example.com","password":"<other>"}}"#,
        answer: (400, "There is not this email address."),
        refuses: true,
        ..ROW
    },
    Row {
        endpoint: "DELETE /users/sign_out",
        case: "a live session",
        wears: &[("_session", "_session")],
        answer: (200, "Success"),
        again: &[(403, "You have not sign in yet.")],
        before: &[Live("_session", "_session")],
        after: &[Dead("_session", "_session"), Live("sessionid", "sessionid")],
        ..ROW
    },
    Row {
        endpoint: "authorizer",
        case: "a live key",
        path: "x-api-key",
        body: "<key>",
        answer: (200, "<ann>"),
        after: ANN_IS_IN,
        ..ROW
    },
    Row {
        endpoint: "authorizer",
        case: "a tenant's token",
        path: "bearer",
        body: "<jwt>",
        answer: (200, "<ann>"),
        after: &[Live("bearer", "jwt")],
        ..ROW
    },
    Row {
        endpoint: "authorizer",
        case: "a dead cookie",
        path: "sessionid",
        body: "<_session>",
        answer: (200, r#"{"isAuthorized":false}"#),
        refuses: true,
        ..ROW
    },
    Row {
        endpoint: "bounces",
        case: "a mail that came back",
        body: include_str!("../../../../events/bounces/bounce.json"),
        answer: (200, ""),
        before: &[Items("undeliverable#", "", 0)],
        after: &[Items("undeliverable#", "", 1)],
        ..ROW
    },
    Row {
        endpoint: "bounces",
        case: "a complaint",
        body: include_str!("../../../../events/bounces/complaint.json"),
        answer: (200, ""),
        before: &[Items("undeliverable#", "", 0)],
        after: &[Items("undeliverable#", "", 1)],
        ..ROW
    },
];
