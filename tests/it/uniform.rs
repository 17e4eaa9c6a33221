//! Replies that do not tell who has an account: the same to the byte, at the same cost.

use serde_json::json;

use crate::{
    phone,
    support::{
        Browser, Door, PASSWORD, Seen, SignIn, SignUp, TestApp, create, enrol, register,
        users_error,
    },
};

const WRONG: &str = "k9#Lw2!pQy";

/// What the contract `tenant` says to parameters that no account can have.
const USERNAME_ILLIGAL: &str = r#"{"message":"provided username illigal"}"#;
const PASSWORD_ILLIGAL: &str = r#"{"message":"provided password illigal"}"#;

async fn see(
    app: &TestApp,
    browser: &mut Browser,
    door: Door,
    identifier: &str,
    password: &str,
) -> (SignIn, Seen) {
    let (seen, reply) = Seen::of(app, door.ask(browser, identifier, password)).await;
    (door.sign_in_outcome(&reply), seen)
}

/// An app with accounts that cannot be signed in to for all kinds of reasons, each with a username
/// and an email address that are named after the reason.
async fn app_with_reasons(replies: &str) -> TestApp {
    let app = TestApp::with(&[("REPLIES", replies), ("LIMIT_GUESSES_PER_ACCOUNT", "2")]).await;
    for reason in ["wrong", "banned", "passwordless", "deleted"] {
        let email = format!("{reason}@example.com");
        let id = register(&mut app.browser(), &format!("{reason}.one"), &email).await.id();
        match reason {
            "banned" => app.ban(&email).await,
            "passwordless" => app.forget(id, "password").await,
            "deleted" => {
                let user = json!({ "user": { "email": email, "password": PASSWORD } });
                assert_eq!(app.delete("/users", user).await.status, 200);
            }
            _ => {}
        }
    }
    app
}

/// The doors that tell nobody why, and whether to name an email address there or a username.
fn silent_doors(replies: &str) -> Vec<(Door, &'static str)> {
    let mut doors = vec![
        (Door::ApiKey, "@example.com"),
        (Door::Cookie, "@example.com"),
        (Door::Cookie, ".one"),
        (Door::Tenant, "@example.com"),
    ];
    if replies == "uniform" {
        doors.push((Door::Users, "@example.com"));
    }
    doors
}

/// Two guesses from one address, and a third that is too many.
async fn guess(app: &TestApp, door: Door, identifier: &str, password: &str) -> [Seen; 3] {
    // What others have guessed is forgotten.
    app.clock.advance(15 * 60);
    let mut browser = app.browser();
    let mut seen = Vec::new();
    for outcome in [SignIn::Refused, SignIn::Refused, SignIn::TooMany] {
        let (found, this) = see(app, &mut browser, door, identifier, password).await;
        assert_eq!(found, outcome, "{door:?} {identifier}");
        seen.push(this);
    }
    seen.try_into().unwrap()
}

#[tokio::test]
async fn a_password_that_nobody_can_have_costs_as_little_for_a_known_account() {
    let app = app_with_reasons("uniform").await;
    let impossible = "x".repeat(129);
    for (door, suffix) in silent_doors("uniform") {
        if door == Door::Tenant {
            // It names what is bad, whoever it is for, before it looks for anyone.
            for reason in ["wrong", "unknown"] {
                let mut browser = app.browser();
                let email = format!("{reason}{suffix}");
                let (outcome, seen) = see(&app, &mut browser, door, &email, &impossible).await;
                assert_eq!((outcome, seen.calls), (SignIn::Refused, vec![]), "{reason}");
                assert_eq!((seen.hashes, seen.body.as_str()), (0, PASSWORD_ILLIGAL), "{reason}");
            }
            continue;
        }
        let known = guess(&app, door, &format!("wrong{suffix}"), &impossible).await;
        let unknown = guess(&app, door, &format!("unknown{suffix}"), &impossible).await;
        assert_eq!(known.each_ref().map(|seen| seen.hashes), [0, 0, 0], "{door:?}");
        assert_eq!(unknown, known, "{door:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_known_costs_the_same_as_any() {
    let app = app_with_reasons("uniform").await;
    for (door, suffix) in silent_doors("uniform") {
        app.clock.advance(15 * 60);
        let mut home = app.browser();
        let identifier = format!("wrong{suffix}");
        let outcome = door.sign_in(&mut home, &identifier, PASSWORD).await;
        assert!(matches!(outcome, SignIn::Done(_)), "{door:?} {outcome:?}");
        let (_, wrong) = see(&app, &mut home, door, &identifier, WRONG).await;
        let unknown = format!("unknown{suffix}");
        let (_, unknown) = see(&app, &mut home, door, &unknown, WRONG).await;
        assert_eq!(unknown.calls, wrong.calls, "{door:?}");
        assert_eq!(unknown.round_trips, wrong.round_trips, "{door:?}");
        assert_eq!((unknown.hashes, wrong.hashes), (1, 1), "{door:?}");
        let words = |seen: Seen| (seen.status, seen.headers, seen.body);
        assert_eq!(words(unknown), words(wrong), "{door:?}");
    }
}

#[tokio::test]
async fn what_is_no_identifier_is_refused_in_the_same_words() {
    let app = app_with_reasons("uniform").await;
    for (door, suffix) in silent_doors("uniform") {
        let wrong = door.ask(&mut app.browser(), &format!("wrong{suffix}"), WRONG).await;
        app.clock.advance(15 * 60);
        let words = match door {
            // What is no address, it says of whoever asks: that tells of nobody.
            Door::Tenant => USERNAME_ILLIGAL.to_owned(),
            Door::ApiKey | Door::Cookie | Door::Users => wrong.text.clone(),
        };
        for identifier in ["@", "wrong@", "@example.com", "a b@example.com", "wrong one"] {
            let reply = door.ask(&mut app.browser(), identifier, WRONG).await;
            assert_eq!(
                (reply.status, reply.headers, reply.text),
                (wrong.status, wrong.headers.clone(), words.clone()),
                "{door:?} {identifier}"
            );
        }
    }
}

#[tokio::test]
async fn documented_replies_tell_who_is_unknown_at_the_one_door_whose_document_does() {
    let app = app_with_reasons("documented").await;
    for (reason, code, message) in [
        ("unknown", 1, "There is not this email address."),
        ("deleted", 1, "There is not this email address."),
        ("wrong", 2, "This password is incorrect."),
        ("banned", 2, "This password is incorrect."),
        ("passwordless", 2, "This password is incorrect."),
    ] {
        let email = format!("{reason}@example.com");
        let reply = Door::Users.ask(&mut app.browser(), &email, WRONG).await;
        reply.is(400, users_error("POST", "/users/sign_in", code, message));
    }
}

#[tokio::test]
async fn sign_ups_tell_who_is_taken_in_either_mode() {
    for replies in ["documented", "uniform"] {
        let app = TestApp::with(&[("REPLIES", replies)]).await;
        register(&mut app.browser(), "test1234", "test1234@abc.com").await.id();
        let outcome = register(&mut app.browser(), "test1234", "other@abc.com").await;
        assert_eq!(outcome, SignUp::UsernameTaken, "{replies}");
        let outcome = register(&mut app.browser(), "other123", "test1234@abc.com").await;
        assert_eq!(outcome, SignUp::EmailTaken, "{replies}");
        let outcome = create(&mut app.browser(), "test1234@abc.com").await;
        assert_eq!(outcome, SignUp::EmailTaken, "{replies}");
        let outcome = enrol(&mut app.browser(), "test1234@abc.com").await;
        assert_eq!(outcome, SignUp::EmailTaken, "{replies}");
    }
}

#[tokio::test]
async fn a_sign_in_that_tells_nothing_is_not_counted_as_telling() {
    let settings = [("REPLIES", "uniform"), ("LIMIT_DISCLOSURES_PER_ADDRESS", "1")];
    let app = TestApp::with(&settings).await;
    let mut browser = app.browser();
    register(&mut browser, "test1234", "test1234@abc.com").await.id();
    for identifier in ["test1234@abc.com", "nobody@abc.com", "test1234@abc.com"] {
        let outcome = Door::Users.sign_in(&mut browser, identifier, WRONG).await;
        assert_eq!(outcome, SignIn::Refused, "{identifier}");
    }
    assert_eq!(create(&mut browser, "test1234@abc.com").await, SignUp::EmailTaken);
    for identifier in ["test1234@abc.com", "nobody@abc.com"] {
        let outcome = Door::Users.sign_in(&mut browser, identifier, WRONG).await;
        assert_eq!(outcome, SignIn::Refused, "{identifier}");
    }
    assert_eq!(create(&mut browser, "test1234@abc.com").await, SignUp::TooMany);
}

#[tokio::test]
async fn a_guess_at_an_outdated_hash_costs_what_one_at_nobody_costs() {
    const PHONE: &str = "+8613800138000";
    let app = TestApp::with(&[("REPLIES", "uniform")]).await;
    let by_email = register(&mut app.browser(), "test1234", "test1234@abc.com").await.id();
    for id in [by_email, phone::join(&app, PHONE).await] {
        // As an import brings it, or a time when less was asked for.
        let hash = app.recorded(id, "password").await.unwrap();
        let outdated = hash.replace("m=19456,t=2", "m=8192,t=1");
        assert_ne!(outdated, hash);
        app.record(id, "password", &outdated).await;
    }
    let spent = async |path: &str, body| {
        let hasher = app.directory.hasher();
        let before = (hasher.computed(), hasher.filled_kib());
        let reply = app.post(path, body).await;
        let spent = (hasher.computed() - before.0, hasher.filled_kib() - before.1);
        (reply.status, reply.text, spent)
    };
    let (email, username) = ("test1234@abc.com", "test1234");
    for (path, field, somebody, nobody) in [
        ("/user/signin", "email", email, "nobody@abc.com"),
        ("/api/v1/user/login/", "username", email, "nobody@abc.com"),
        ("/api/v1/user/login/", "username", username, "nobody12"),
        ("/users/sign_in", "email", email, "nobody@abc.com"),
        ("/api/user/signin", "username", email, "nobody@abc.com"),
        ("/email/token", "email", email, "nobody@abc.com"),
        ("/phone/token", "phone", PHONE, "+8613900139000"),
    ] {
        let body = |identifier| {
            let body = json!({ field: identifier, "password": WRONG });
            if path == "/users/sign_in" { json!({ "user": body }) } else { body }
        };
        let unknown = spent(path, body(nobody)).await;
        assert_eq!(unknown.2, (1, 2 * 19_456), "{path}");
        assert_eq!(spent(path, body(somebody)).await, unknown, "{path} {somebody}");
    }
}
