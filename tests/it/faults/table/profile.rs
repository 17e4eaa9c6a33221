//! Making, changing and deleting accounts in the contract `users`.

use super::{
    Fact::{Dead, Items, Live, Opens, Shows, Shut},
    ROW, Row,
};

const SIGNED_IN: &[(&str, &str)] = &[("_session", "_session")];

pub(super) const ROWS: &[Row] = &[
    Row {
        endpoint: "POST /users",
        case: "a new account",
        body: r#"{"user":{"name":"New","email":"new@example.com","password":"<password>","password_confirm":"<password>"}}"#,
        answer: (200, "Success"),
        again: &[(400, "This email address has used.")],
        before: &[Shut("new@example.com", "<password>"), Items("email#new@example.com", "", 0)],
        after: &[Opens("new@example.com", "<password>")],
        ..ROW
    },
    Row {
        endpoint: "POST /users",
        case: "a taken address",
        body: r#"{"user":{"name":"New","email":"ann@example.com","password":"<other>","password_confirm":"<other>"}}"#,
        answer: (400, "This email address has used."),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Shut("ann@example.com", "<other>")],
        ..ROW
    },
    Row {
        endpoint: "PATCH /users",
        case: "another name",
        body: r#"{"user":{"name":"Anna"}}"#,
        wears: SIGNED_IN,
        answer: (200, "Anna"),
        before: &[Shows("/users/<ann>", r#""name":"annabella""#)],
        after: &[Shows("/users/<ann>", r#""name":"Anna""#), Live("_session", "_session")],
        ..ROW
    },
    Row {
        endpoint: "PATCH /users",
        case: "another address",
        body: r#"{"user":{"email":"anna@example.com"}}"#,
        wears: SIGNED_IN,
        answer: (200, "anna@example.com"),
        before: &[
            Opens("ann@example.com", "<password>"),
            Shut("anna@example.com", "<password>"),
            Items("account#", "notice", 0),
        ],
        after: &[
            Opens("anna@example.com", "<password>"),
            Shut("ann@example.com", "<password>"),
            Items("email#ann@example.com", "", 0),
        ],
        ..ROW
    },
    Row {
        endpoint: "PATCH /users",
        case: "a taken address",
        body: r#"{"user":{"email":"bob@example.com"}}"#,
        wears: SIGNED_IN,
        answer: (400, "This email address has used."),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Live("_session", "_session")],
        ..ROW
    },
    Row {
        endpoint: "PATCH /users",
        case: "without a session",
        body: r#"{"user":{"name":"Anna"}}"#,
        wears: &[("_session", "sessionid")],
        answer: (400, "You have not sign in yet."),
        refuses: true,
        after: &[Shows("/users/<ann>", r#""name":"annabella""#)],
        ..ROW
    },
    Row {
        endpoint: "PATCH /users/password",
        case: "another password",
        body: r#"{"user":{"old_password":"<password>","new_password":"<other>","new_password_confirm":"<other>"}}"#,
        wears: SIGNED_IN,
        answer: (200, "Success"),
        // The old one is none any more.
        again: &[(400, "This password is incorrect.")],
        before: &[Opens("ann@example.com", "<password>"), Live("sessionid", "sessionid")],
        after: &[
            Opens("ann@example.com", "<other>"),
            Shut("ann@example.com", "<password>"),
            Live("_session", "_session"),
            Dead("sessionid", "sessionid"),
            Dead("x-api-key", "key"),
            Dead("bearer", "jwt"),
            Dead("token", "contact"),
            Dead("connect.sid", "web"),
        ],
        ..ROW
    },
    Row {
        endpoint: "PATCH /users/password",
        case: "a wrong password",
        body: r#"{"user":{"old_password":"<other>","new_password":"3Jd-uVw8yX_","new_password_confirm":"3Jd-uVw8yX_"}}"#,
        wears: SIGNED_IN,
        answer: (400, "This password is incorrect."),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Live("sessionid", "sessionid")],
        ..ROW
    },
    Row {
        endpoint: "DELETE /users",
        case: "an account",
        body: r#"{"user":{"email":"ann@example.com","password":"<password>"}}"#,
        wears: SIGNED_IN,
        answer: (200, "Success"),
        again: &[(400, "This email address is incorrect.")],
        before: &[Opens("ann@example.com", "<password>"), Live("_session", "_session")],
        after: &[
            Shut("ann@example.com", "<password>"),
            Shut("annabella", "<password>"),
            Dead("_session", "_session"),
            Dead("x-api-key", "key"),
            Dead("bearer", "jwt"),
            Items("email#ann@example.com", "", 0),
            Items("username#annabella", "", 0),
        ],
        ..ROW
    },
    Row {
        endpoint: "DELETE /users",
        case: "a wrong password",
        body: r#"{"user":{"email":"ann@example.com","password":"<other>"}}"#,
        answer: (400, "This password is incorrect."),
        refuses: true,
        after: &[Opens("ann@example.com", "<password>"), Live("_session", "_session")],
        ..ROW
    },
    Row {
        endpoint: "GET /users/{id}",
        case: "somebody",
        path: "/users/<ann>",
        answer: (200, r#""name":"annabella""#),
        ..ROW
    },
    Row {
        endpoint: "GET /users/{id}",
        case: "nobody",
        path: "/users/1",
        answer: (404, "There is not this user."),
        refuses: true,
        ..ROW
    },
];
