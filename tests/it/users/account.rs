//! `POST /users`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{
    CREATE, EMAIL, SIGN_IN, SIGN_OUT, app_with_account, create, credentials, newcomer, user,
};
use crate::support::{PASSWORD, TestApp};

/// What a new account needs to be shown its name.
async fn shown_name(app: &TestApp, fields: Value) -> Value {
    let reply = CREATE.ask(&mut app.browser(), fields).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()["user"]["name"].clone()
}

#[tokio::test]
async fn the_documents_example_makes_an_account_and_does_not_sign_in() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let reply = browser.post("/users", user(newcomer("Ann", "ANN@Example.com", PASSWORD))).await;
    assert_snapshot!(reply, @r#"
    200 OK

    {"result":"Success","url":"/users","method":"POST","user":{"id":"[id]","name":"Ann","email":"ann@example.com"}}
    "#);
    SIGN_OUT.refused(&SIGN_OUT.ask(&mut browser, json!({})).await, 0, "not signed in");
    let reply = SIGN_IN.ask(&mut browser, credentials("ann@example.com", PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn refusals_carry_the_real_url_and_method() {
    let app = app_with_account().await;
    assert_snapshot!(app.post("/users", json!({})).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"POST","error":{"code":0,"message":"Bad parameter."}}
    "#);
    assert_snapshot!(app.post("/users", user(newcomer("Ann", EMAIL, PASSWORD))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"POST","error":{"code":1,"message":"This email address has used."}}
    "#);
    let easy = user(newcomer("Ann", "ann@example.com", "password"));
    assert_snapshot!(app.post("/users", easy).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"POST","error":{"code":2,"message":"This password is too easy."}}
    "#);
    let mut differing = newcomer("Ann", "ann@example.com", PASSWORD);
    differing["password_confirm"] = "k9#Lw2!pQZ".into();
    assert_snapshot!(app.post("/users", user(differing)).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"POST","error":{"code":3,"message":"These passwords do not match."}}
    "#);
}

#[tokio::test]
async fn two_faults_are_told_in_the_order_of_the_checks() {
    let app = app_with_account().await;
    let hashes = app.directory.hasher().computed();
    let with_confirm = |mut fields: Value, confirm: &str| {
        fields["password_confirm"] = confirm.into();
        fields
    };
    for (case, fields, code) in [
        ("ill-formed, differing", with_confirm(newcomer("Ann", "x", PASSWORD), "other one"), 0),
        ("ill-formed, easy", newcomer("Ann", "x", "password"), 0),
        ("name, used", newcomer(&"x".repeat(65), EMAIL, PASSWORD), 0),
        ("short, differing", with_confirm(newcomer("Ann", EMAIL, "k9#Lw2!"), PASSWORD), 0),
        ("control, differing", with_confirm(newcomer("Ann", EMAIL, "k9#Lw2!pQz\0"), PASSWORD), 0),
        ("differing, easy", with_confirm(newcomer("Ann", "a@b.cd", "password"), PASSWORD), 3),
        ("differing, used", with_confirm(newcomer("Ann", EMAIL, PASSWORD), "something else"), 3),
        ("easy, used", newcomer("Ann", EMAIL, "password"), 2),
        ("used", newcomer("Ann", "Peggy@EXAMPLE.com ", PASSWORD), 1),
    ] {
        CREATE.refused(&CREATE.ask(&mut app.browser(), fields).await, code, case);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_email_address_of_any_contract_is_used() {
    let app = TestApp::new().await;
    app.register("test1234", "12345678", "test1234@abc.com").await;
    for email in ["test1234@abc.com", "TEST1234@abc.com", "\ttest1234@ABC.com"] {
        let reply = CREATE.ask(&mut app.browser(), newcomer("Ann", email, PASSWORD)).await;
        CREATE.refused(&reply, 1, email);
    }
    // A name is no identifier.
    create(&app, "test1234", "ann@example.com").await;
    create(&app, "test1234", "bob@example.com").await;
    assert_eq!(app.audited().await, 3);
}

#[tokio::test]
async fn names_have_1_to_64_code_points_and_no_controls() {
    let app = TestApp::new().await;
    let mut number = 0;
    let mut fields = |name: &str| {
        number += 1;
        newcomer(name, &format!("u{number}@example.com"), PASSWORD)
    };
    for unit in ["a", "é", "密", "🚀", "\u{301}"] {
        for length in [1, 64] {
            let name = unit.repeat(length);
            assert_eq!(shown_name(&app, fields(&name)).await, name, "{length} times {unit}");
        }
        let reply = CREATE.ask(&mut app.browser(), fields(&unit.repeat(65))).await;
        CREATE.refused(&reply, 0, &format!("65 times {unit}"));
    }
    let trimmed = format!(" \n{}\u{3000}", "x".repeat(64));
    assert_eq!(shown_name(&app, fields(&trimmed)).await, "x".repeat(64));
    for name in ["<b>{{7*7}}</b>", "O'Hara \"Bob\" \\", "Ann  Lee", "peggy@example.com"] {
        assert_eq!(shown_name(&app, fields(name)).await, name);
    }
    for name in ["a\0b", "a\nb", "a\tb", "a\u{7f}b", "a\u{85}b", "\u{1b}[31mred"] {
        CREATE.refused(&CREATE.ask(&mut app.browser(), fields(name)).await, 0, name);
    }
}

#[tokio::test]
async fn new_passwords_have_8_to_128_code_points() {
    let app = TestApp::new().await;
    let mut number = 0;
    for unit in ["a", "é", "e\u{301}", "密", "🚀", " "] {
        for (length, accepted) in [(7, false), (8, true), (128, true), (129, false)] {
            number += 1;
            let password = format!("k9#Lw2{}", unit.repeat(length - 6));
            let email = format!("u{number}@example.com");
            let reply = CREATE.ask(&mut app.browser(), newcomer("Ann", &email, &password)).await;
            if accepted {
                assert_eq!(reply.status, 200, "{length} with {unit}: {reply}");
                let reply = SIGN_IN.ask(&mut app.browser(), credentials(&email, &password)).await;
                assert_eq!(reply.status, 200, "{length} with {unit}: {reply}");
            } else {
                CREATE.refused(&reply, 0, &format!("{length} with {unit}"));
            }
        }
    }
    for control in ["k9#Lw2!pQz\n", "\u{0}k9#Lw2!pQz", "k9#Lw\u{1b}2!pQz", "k9#Lw2!pQz\u{85}"] {
        let reply = CREATE.ask(&mut app.browser(), newcomer("Ann", EMAIL, control)).await;
        CREATE.refused(&reply, 0, control);
    }
}

#[tokio::test]
async fn a_repetition_matches_if_it_is_the_same_password() {
    let app = TestApp::new().await;
    let password = "k9#Lw2!pQzé";
    for (number, (repetition, matches)) in [
        ("k9#Lw2!pQze\u{301}", true),
        ("k9#Lw2!pQzé ", false),
        (" k9#Lw2!pQzé", false),
        ("K9#Lw2!pQzé", false),
        ("k9#Lw2!pQz", false),
        ("k9#Lw2!pQze", false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut fields = newcomer("Ann", &format!("u{number}@example.com"), password);
        fields["password_confirm"] = repetition.into();
        let reply = CREATE.ask(&mut app.browser(), fields).await;
        if matches {
            assert_eq!(reply.status, 200, "{repetition}: {reply}");
        } else {
            CREATE.refused(&reply, 3, repetition);
        }
    }
}

#[tokio::test]
async fn a_password_that_is_guessed_early_or_holds_the_accounts_own_words_is_too_easy() {
    let app = TestApp::new().await;
    for password in ["password", "12345678", "aaaaaaaaaaaa", "qwertyuiop", "iloveyou1"] {
        let reply = CREATE.ask(&mut app.browser(), newcomer("Ann", EMAIL, password)).await;
        CREATE.refused(&reply, 2, password);
    }
    let password = "xK9-mArGaReT-7qPz";
    for (name, email) in [
        ("Margaret", EMAIL),
        ("MARGARET", EMAIL),
        ("gare", EMAIL),
        ("Ann", "margaret@example.com"),
        ("Ann", "RET-@example.com"),
    ] {
        let reply = CREATE.ask(&mut app.browser(), newcomer(name, email, password)).await;
        CREATE.refused(&reply, 2, &format!("{name} {email}"));
    }
    let reply = CREATE.ask(&mut app.browser(), newcomer("Élodie", EMAIL, "xK9-éLODIE-7qPz")).await;
    CREATE.refused(&reply, 2, "Élodie");
    for (name, email) in [
        ("Ann", "mar@example.com"),
        ("Margarete", "peggy@example.com"),
        ("Ann", "ann@margaret.com"),
        ("Ann", "margaret.a@example.com"),
    ] {
        let reply = CREATE.ask(&mut app.browser(), newcomer(name, email, password)).await;
        assert_eq!(reply.status, 200, "{name} {email}: {reply}");
    }
}

#[tokio::test]
async fn a_hardened_policy_finds_the_most_common_passwords_too_easy() {
    let app = TestApp::with(&[("PASSWORD_POLICY", "hardened")]).await;
    for common in ["12345678", "password", "PASSWORD", "11111111", "qwertyui", "baseball"] {
        let reply = CREATE.ask(&mut app.browser(), newcomer("Ann", EMAIL, common)).await;
        CREATE.refused(&reply, 2, common);
    }
    create(&app, "Ann", EMAIL).await;
}
