//! What the tables hold: never a secret in clear.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

use insta::assert_snapshot;
use serde_json::json;
use shared::{
    config::HashingConfig,
    credential::digest,
    identifier::AccountId,
    password::{GivenPassword, Hasher, NewPassword},
};

use super::{EMAIL, Member};
use crate::support::{
    Door, PASSWORD, SignIn, TestApp, client, cookie_error, create, register, tenant_error,
    users_error,
};

async fn dump(app: &TestApp) -> String {
    format!("{:?}{:?}", app.dump("accounts").await, app.dump("tokens").await)
}

/// A hash as it was made when hashes cost less.
async fn old_hash(password: &str) -> String {
    let cheap = HashingConfig { memory_kib: 8192, passes: 2, concurrency: NonZeroU32::MIN };
    let password = NewPassword::parse(password, 128).unwrap();
    Hasher::new(cheap).unwrap().hash(&password).await.unwrap().as_phc().to_owned()
}

/// What the table is to remove, and when: each item's key, and its `ttl` from now on.
async fn removals(app: &TestApp) -> BTreeMap<String, i64> {
    let items = app.dump("tokens").await.into_iter().map(|item| {
        let key = item["pk"].as_s().unwrap().clone();
        let number = |name: &str| item.get(name).map(|it| it.as_n().unwrap().parse().unwrap());
        let ttl: i64 = number("ttl").unwrap_or_else(|| panic!("{key} is never removed"));
        // Whatever says for itself when it ends is there until then.
        for name in ["expires", "until"] {
            assert_eq!(number(name).unwrap_or(ttl), ttl, "{key}");
        }
        (key, ttl - app.clock.now())
    });
    items.collect()
}

#[tokio::test]
async fn whatever_ends_is_removed_by_the_table_when_it_has_ended() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    Door::Users.sign_in(&mut app.browser(), EMAIL, "a-wrong-Pa55word").await;
    let request = json!({ "email": "new@example.com", "password": PASSWORD });
    assert_eq!(app.post("/email/users", request).await.status, 200);
    let reply = app.get("/phone/users/code?phone=%2B8613800138000").await;
    assert_eq!(reply.status, 200, "{reply}");
    app.directory.begin_visit("example", &client()).await.unwrap();

    let kinds: BTreeSet<String> = removals(&app)
        .await
        .iter()
        .map(|(key, after)| format!("{}: {after}", key.rsplit_once('#').unwrap().0))
        .collect();
    assert_snapshot!(Vec::from_iter(kinds).join("\n"), @"
    code: 600
    count#disclosure: 3600
    count#guess: 900
    count#guess_address: 900
    count#mail_day: 86400
    count#mail_interval: 60
    count#mail_pair: 86400
    count#oauth_start: 3600
    count#sign_up: 3600
    count#sms_address: 86400
    count#sms_day: 86400
    count#sms_interval: 60
    count#sms_number: 86400
    credential#api_key: 7776000
    credential#cookie_session: 1209600
    credential#users_session: 1209600
    credential#web_session: 1209600
    known: 2678400
    pending: 86400
    visit: 600
    ");

    // What is used lives on.
    app.clock.advance(24 * 60 * 60);
    let user = json!({ "user": { "name": "Somebody" } });
    assert_eq!(member.users.patch("/users", user).await.status, 200);
    let session = format!("credential#users_session#{}", digest(member.token(Door::Users)));
    assert_eq!(removals(&app).await[&session], 14 * 24 * 60 * 60);
}

#[tokio::test]
async fn two_accounts_with_one_password_have_two_hashes() {
    let app = TestApp::new().await;
    let one = create(&mut app.browser(), "one@example.com").await.id();
    let other = create(&mut app.browser(), "other@example.com").await.id();
    assert_ne!(app.recorded(one, "password").await, app.recorded(other, "password").await);
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_that_tells_of_it() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    let user = json!({ "name": "Nomen Nescio", "email": "moved@example.org" });
    assert_eq!(member.users.patch("/users", json!({ "user": user })).await.status, 200);
    member.change_password(PASSWORD, "7Zq!vB3@mLr").await;
    let user = json!({ "email": "moved@example.org", "password": "7Zq!vB3@mLr" });
    let reply = member.users.delete("/users", json!({ "user": user })).await;
    assert_eq!(reply.status, 200, "{reply}");

    assert_eq!(app.dump("accounts").await.len(), 0);
    let dumped = dump(&app).await.to_lowercase();
    for told in ["test1234", "abc.com", "moved", "example.org", "nomen", "argon2"] {
        assert!(!dumped.contains(told), "{told}");
    }
}

#[tokio::test]
async fn a_hash_that_cost_less_is_made_anew_at_sign_in() {
    for door in Door::ALL {
        let app = TestApp::new().await;
        let id = register(&mut app.browser(), "test1234", EMAIL).await.id();
        let old = old_hash(PASSWORD).await;
        assert!(old.starts_with("$argon2id$v=19$m=8192,t=2,p=1$"), "{old}");
        app.record(id, "password", &old).await;

        // Not by a wrong password.
        let wrong = door.sign_in(&mut app.browser(), EMAIL, "a-wrong-Pa55word").await;
        assert_eq!(wrong, SignIn::Refused);
        assert_eq!(app.recorded(id, "password").await, Some(old));

        let right = door.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
        assert_eq!(right, SignIn::Done(id));
        let new = app.recorded(id, "password").await.unwrap();
        assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
        for door in Door::ALL {
            let again = door.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
            assert_eq!(again, SignIn::Done(id), "{door:?}");
        }
        assert_eq!(app.recorded(id, "password").await, Some(new), "once is enough");
        let wrong = door.sign_in(&mut app.browser(), EMAIL, "a-wrong-Pa55word").await;
        assert_eq!(wrong, SignIn::Refused);
    }
}

#[tokio::test]
async fn making_a_hash_anew_ends_no_credential() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    app.record(member.id, "password", &old_hash(PASSWORD).await).await;
    let elsewhere = Member::sign_in(&app, EMAIL, PASSWORD).await;
    member.is_signed_in_at(&app, &Door::ALL).await;
    elsewhere.is_signed_in_at(&app, &Door::ALL).await;
}

#[tokio::test]
async fn a_password_that_is_too_short_for_a_new_one_signs_in_to_an_old_account() {
    let app = TestApp::new().await;
    let id = register(&mut app.browser(), "test1234", EMAIL).await.id();
    for password in ["x", "1234567", " ", "密"] {
        let hash = app.directory.hasher().rehash(&GivenPassword::new(password)).await.unwrap();
        app.record(id, "password", hash.as_phc()).await;
        for door in Door::ALL {
            let found = door.sign_in(&mut app.browser(), EMAIL, password).await;
            assert_eq!(found, SignIn::Done(id), "{door:?} {password:?}");
        }
    }
}

#[tokio::test]
async fn a_hash_that_cannot_be_read_is_an_outage_and_not_a_wrong_password() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    let whole = app.recorded(member.id, "password").await.unwrap();
    let cut = &whole[..whole.len() - 30];
    for broken in ["plain", "$md5$AAAA$AAAA", "$argon2id$v=19$m=19456,t=2,p=1$AAAA", cut] {
        app.record(member.id, "password", broken).await;
        for door in Door::ALL {
            let reply = door.ask(&mut app.browser(), EMAIL, PASSWORD).await;
            let body = match door {
                Door::ApiKey => json!({ "error_name": "service unavailable" }),
                Door::Cookie => cookie_error(110, "service unavailable"),
                Door::Users => users_error("POST", "/users/sign_in", 503, "Service Unavailable"),
                Door::Tenant => tenant_error(503, "service unavailable"),
            };
            reply.is(503, body);
            assert!(reply.header("retry-after").is_some());
            assert_eq!(reply.cookies(), []);
        }
        let user = json!({
            "old_password": PASSWORD,
            "new_password": "7Zq!vB3@mLr",
            "new_password_confirm": "7Zq!vB3@mLr",
        });
        let reply = member.users.patch("/users/password", json!({ "user": user })).await;
        reply.is(503, users_error("PATCH", "/users/password", 503, "Service Unavailable"));
        let user = json!({ "email": EMAIL, "password": PASSWORD });
        let reply = app.delete("/users", json!({ "user": user })).await;
        reply.is(503, users_error("DELETE", "/users", 503, "Service Unavailable"));
        // New guesses in the next window: an outage may count as a guess.
        app.clock.advance(15 * 60);
    }
    member.is_signed_in_at(&app, &Door::ALL).await;
    app.record(member.id, "password", &whole).await;
    Member::sign_in(&app, EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn an_account_without_a_password_is_signed_in_to_by_none() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let member = Member::join(&app).await;
    app.forget(member.id, "password").await;
    for door in Door::ALL {
        for password in [PASSWORD, "AAAAAAAA", " "] {
            let found = door.sign_in(&mut app.browser(), EMAIL, password).await;
            assert_eq!(found, SignIn::Refused, "{door:?}");
        }
    }
    // Its credentials are what they were.
    member.is_signed_in_at(&app, &Door::ALL).await;
    let id = AccountId::new(member.id).unwrap();
    assert_eq!(app.directory.find_by_id(id).await.unwrap().id, id);
}
