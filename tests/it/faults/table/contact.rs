//! The contract `contact`: registering by mail and by phone, and its sessions.

use super::{
    Fact::{Dead, Items, Live, Opens, Shows, Shut},
    ROW, Row,
};

/// What a person's browser asks for.
const PAGE: &[(&str, &str)] = &[("accept", "text/html")];
const FORM: &[(&str, &str)] = &[("accept", "text/html"), ("origin", "https://api.test")];

const NEW_CONTENTS: &[super::Fact] =
    &[Shut("new@example.com", "<password>"), Items("email#new@example.com", "", 0)];

pub(super) const ROWS: &[Row] = &[
    Row {
        endpoint: "POST /email/users",
        case: "a new address",
        body: r#"{"email":"newer@example.com","password":"<password>"}"#,
        answer: (200, "success"),
        again: &[(200, "send too frequently")],
        after: &[Shut("newer@example.com", "<password>")],
        sends: true,
        ..ROW
    },
    Row {
        endpoint: "POST /email/users",
        case: "an address that its account has not proven",
        body: r#"{"email":"gus@example.com","password":"<other>"}"#,
        answer: (200, "success"),
        again: &[(200, "send too frequently")],
        after: &[Opens("gus@example.com", "<password>"), Shut("gus@example.com", "<other>")],
        sends: true,
        ..ROW
    },
    Row {
        endpoint: "POST /email/users",
        case: "a proven address",
        body: r#"{"email":"eve@example.com","password":"<other>"}"#,
        answer: (200, "email has exist"),
        refuses: true,
        after: &[Opens("eve@example.com", "<password>"), Shut("eve@example.com", "<other>")],
        ..ROW
    },
    Row {
        endpoint: "GET /email/users/active/{email}/{token}",
        case: "a program opens a link",
        path: "<new-open>",
        answer: (200, "success"),
        before: NEW_CONTENTS,
        after: &[Opens("new@example.com", "<password>")],
        ..ROW
    },
    Row {
        endpoint: "GET /email/users/active/{email}/{token}",
        case: "a person opens a link",
        path: "<new-open>",
        headers: PAGE,
        answer: (200, "Activate your account"),
        after: NEW_CONTENTS,
        ..ROW
    },
    Row {
        endpoint: "GET /email/users/active/{email}/{token}",
        case: "of an account that is not proven",
        path: "<ann-open>",
        headers: PAGE,
        answer: (200, "Choose a new password"),
        after: &[Opens("annabella", "<password>")],
        ..ROW
    },
    Row {
        endpoint: "GET /email/users/active/{email}/{token}",
        case: "a program, of an account that is not proven",
        path: "<ann-open>",
        answer: (200, "email has exist"),
        refuses: true,
        after: &[Opens("annabella", "<password>")],
        ..ROW
    },
    Row {
        endpoint: "POST /email/users/active/{email}/{token}",
        case: "the button",
        path: "<new-open>",
        headers: FORM,
        answer: (200, "Your account is active"),
        before: NEW_CONTENTS,
        after: &[Opens("new@example.com", "<password>")],
        ..ROW
    },
    Row {
        endpoint: "POST /email/users/active/{email}/{token}",
        case: "taking an account over",
        path: "<ann-open>",
        headers: FORM,
        body: "password=7Zq%21vB3%40mLr",
        answer: (200, "The account is yours"),
        // Who chose a password must not believe that it is the account's: it is only said once.
        again: &[(409, "There is an account already")],
        before: &[
            Opens("annabella", "<password>"),
            Live("_session", "_session"),
            Items("username#annabella", "", 1),
        ],
        after: &[
            Opens("ann@example.com", "<other>"),
            Shut("ann@example.com", "<password>"),
            Shut("annabella", "<other>"),
            Dead("_session", "_session"),
            Dead("x-api-key", "key"),
            Dead("bearer", "jwt"),
            Items("username#annabella", "", 0),
        ],
        ..ROW
    },
    Row {
        endpoint: "GET /email/users/cancel/{email}/{token}",
        case: "a page",
        path: "<new-cancel>",
        headers: PAGE,
        answer: (200, "This was not you?"),
        after: &[Shows("<new-cancel>", "This was not you?"), Items("email#new@example.com", "", 0)],
        ..ROW
    },
    Row {
        endpoint: "POST /email/users/cancel/{email}/{token}",
        case: "a registration that waits",
        path: "<new-cancel>",
        headers: FORM,
        answer: (200, "The registration is withdrawn"),
        again: &[(404, "This link is not valid")],
        before: &[Shows("<new-cancel>", "This was not you?")],
        after: &[Shows("<new-cancel>", "This link is not valid")],
        ..ROW
    },
    Row {
        endpoint: "POST /email/users/cancel/{email}/{token}",
        case: "an account that the link made",
        path: "<fay-cancel>",
        headers: FORM,
        answer: (200, "The registration is withdrawn"),
        again: &[(404, "This link is not valid")],
        before: &[Opens("fay@example.com", "<password>")],
        after: &[Shut("fay@example.com", "<password>"), Items("email#fay@example.com", "", 0)],
        ..ROW
    },
    Row {
        endpoint: "GET /email/token",
        case: "the right password, with a session",
        path: "/email/token?email=eve%40example.com&password=<password-in-query>",
        wears: &[("token", "eve-contact")],
        answer: (200, "success"),
        before: &[Live("token", "eve-contact")],
        after: &[Dead("token", "eve-contact")],
        hands_out: Some(("token", "eve@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /email/token",
        case: "the right password",
        body: r#"{"email":"eve@example.com","password":"<password>"}"#,
        answer: (200, "success"),
        hands_out: Some(("token", "eve@example.com")),
        ..ROW
    },
    Row {
        endpoint: "POST /email/token",
        case: "a wrong password",
        body: r#"{"email":"eve@example.com","password":"<other>"}"#,
        answer: (200, "wrong password"),
        refuses: true,
        after: &[Opens("eve@example.com", "<password>"), Live("token", "eve-contact")],
        ..ROW
    },
    Row {
        endpoint: "POST /email/token",
        case: "a banned account",
        body: r#"{"email":"bob@example.com","password":"<password>"}"#,
        answer: (200, "user banned"),
        refuses: true,
        ..ROW
    },
    Row {
        endpoint: "DELETE /email/token",
        case: "a live session",
        path: "/email/token?email=eve%40example.com",
        wears: &[("token", "eve-contact")],
        answer: (200, "success"),
        // Without a session there is no cookie to clear.
        again: &[(200, "success")],
        before: &[Live("token", "eve-contact")],
        after: &[Dead("token", "eve-contact")],
        ..ROW
    },
    Row {
        endpoint: "DELETE /email/token",
        case: "of nobody",
        path: "/email/token?email=nobody%40example.com",
        wears: &[("token", "eve-contact")],
        answer: (200, "email not exists"),
        refuses: true,
        after: &[Live("token", "eve-contact")],
        ..ROW
    },
    Row {
        endpoint: "GET /phone/users/code",
        case: "a new number",
        path: "/phone/users/code?phone=%2B8613700137000",
        answer: (200, "success"),
        again: &[(200, "send too frequently")],
        sends: true,
        ..ROW
    },
    Row {
        endpoint: "GET /phone/users/code",
        case: "too soon",
        path: "/phone/users/code?phone=%2B8613900139000",
        answer: (200, "send too frequently"),
        refuses: true,
        ..ROW
    },
    Row {
        endpoint: "POST /phone/users",
        case: "the right code",
        body: r#"{"phone":"+8613900139000","password":"<password>","code":"<code>"}"#,
        answer: (200, "success"),
        again: &[(200, "phone has exist")],
        before: &[Shut("+8613900139000", "<password>"), Items("phone#+8613900139000", "", 0)],
        after: &[Opens("+8613900139000", "<password>")],
        ..ROW
    },
    Row {
        endpoint: "POST /phone/users",
        case: "a wrong code",
        body: r#"{"phone":"+8613900139000","password":"<password>","code":"<wrong-code>"}"#,
        answer: (200, "wrong code"),
        refuses: true,
        after: &[Shut("+8613900139000", "<password>"), Items("phone#+8613900139000", "", 0)],
        ..ROW
    },
    Row {
        endpoint: "POST /phone/users",
        case: "a taken number",
        body: r#"{"phone":"+8613800138000","password":"<other>","code":"<code>"}"#,
        answer: (200, "phone has exist"),
        refuses: true,
        after: &[Opens("+8613800138000", "<password>"), Shut("+8613800138000", "<other>")],
        ..ROW
    },
    Row {
        endpoint: "GET /phone/token",
        case: "the right password",
        path: "/phone/token?phone=%2B8613800138000&password=<password-in-query>",
        answer: (200, "success"),
        hands_out: Some(("token", "+8613800138000")),
        ..ROW
    },
    Row {
        endpoint: "POST /phone/token",
        case: "the right password, with a session",
        body: r#"{"phone":"+8613800138000","password":"<password>"}"#,
        wears: &[("token", "phone-contact")],
        answer: (200, "success"),
        before: &[Live("token", "phone-contact")],
        after: &[Dead("token", "phone-contact")],
        hands_out: Some(("token", "+8613800138000")),
        ..ROW
    },
    Row {
        endpoint: "POST /phone/token",
        case: "a wrong password",
        body: r#"{"phone":"+8613800138000","password":"<other>"}"#,
        answer: (200, "wrong password"),
        refuses: true,
        after: &[Opens("+8613800138000", "<password>"), Live("token", "phone-contact")],
        ..ROW
    },
    Row {
        endpoint: "DELETE /phone/token",
        case: "a live session",
        path: "/phone/token?phone=%2B8613800138000",
        wears: &[("token", "phone-contact")],
        answer: (200, "success"),
        // Without a session there is no cookie to clear.
        again: &[(200, "success")],
        before: &[Live("token", "phone-contact")],
        after: &[Dead("token", "phone-contact")],
        ..ROW
    },
];
