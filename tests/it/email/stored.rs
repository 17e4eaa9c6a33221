//! What is stored of a registration: never a secret in clear.

use serde_json::json;
use shared::credential::digest;

use super::{
    CHOSEN, DAY, EMAIL, OTHER, choose, join, mails, press, register, shows, sign_in, start, success,
};
use crate::support::{PASSWORD, TestApp, create};

async fn dump(app: &TestApp) -> String {
    format!("{:?}{:?}", app.dump("accounts").await, app.dump("tokens").await)
}

#[tokio::test]
async fn the_tables_hold_digests_of_links_and_sessions_and_hashes_of_passwords() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    let mut dumped = dump(&app).await;
    assert!(dumped.contains(&digest(mailed.token())));
    app.get(&mailed.open).await.is(200, success());
    let mut browser = app.browser();
    sign_in(&mut browser, EMAIL, PASSWORD).await.is(200, success());
    let session = browser.kept("token").unwrap().to_owned();
    sign_in(&mut app.browser(), EMAIL, "a-wrong-Pa55word").await;
    create(&mut app.browser(), "eve@example.com").await.id();
    let unproven = register(&app, "eve@example.com", "sent-with-the-request").await;
    dumped += &dump(&app).await;
    shows(&choose(&app, &unproven.open, OTHER).await, 200, CHOSEN);
    dumped += &dump(&app).await;

    assert!(dumped.contains(&digest(&session)));
    for secret in [
        PASSWORD,
        OTHER,
        "a-wrong-Pa55word",
        "sent-with-the-request",
        mailed.token(),
        unproven.token(),
        &session[16..],
    ] {
        assert!(!dumped.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_registration_says_until_when_it_is_kept() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    let key = format!("pending#{}", digest(mailed.token()));
    let times = async || {
        let items = app.dump("tokens").await;
        let item = items.iter().find(|item| item["pk"].as_s().unwrap() == &key).unwrap().clone();
        ["expires", "ttl"].map(|name| item[name].as_n().unwrap().parse::<i64>().unwrap())
    };
    assert_eq!(times().await, [app.clock.now() + DAY; 2]);
    app.clock.advance(60);
    app.get(&mailed.open).await.is(200, success());
    let week = [app.clock.now() + 7 * DAY; 2];
    assert_eq!(times().await, week);
    app.clock.advance(60);
    app.get(&mailed.open).await.is(200, success());
    assert_eq!(times().await, week, "opening it again does not prolong it");
}

#[tokio::test]
async fn what_was_withdrawn_leaves_nothing_that_tells_of_it() {
    for activated in [false, true] {
        let app = start().await;
        let mailed =
            if activated { join(&app, EMAIL).await } else { register(&app, EMAIL, PASSWORD).await };
        shows(&press(&app, &mailed.not_me).await, 200, super::CANCELLED);
        assert_eq!(app.dump("accounts").await.len(), 0);
        let dumped = dump(&app).await;
        for told in [EMAIL, "example.com", "argon2"] {
            assert!(!dumped.contains(told), "{told}");
        }
        // Who registers again begins anew.
        app.clock.advance(60);
        join(&app, EMAIL).await;
        assert_eq!(mails(&app, EMAIL).len(), 2);
    }
}

#[tokio::test]
async fn two_registrations_with_one_password_have_two_hashes() {
    let app = start().await;
    for email in [EMAIL, "bob@example.com"] {
        app.post("/email/users", json!({ "email": email, "password": PASSWORD })).await;
    }
    let items = app.dump("tokens").await;
    let hashes: Vec<_> = items.iter().filter_map(|item| item.get("password")).collect();
    assert_eq!(hashes.len(), 2);
    assert_ne!(hashes[0], hashes[1]);
    for hash in hashes {
        assert!(hash.as_s().unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }
}
