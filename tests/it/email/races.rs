//! What happens at the same moment.

use futures::{future::join_all, join};
use serde_json::{Value, json};

use super::{
    EMAIL, Mailed, OTHER, credentials, has_account, not_found, opens, register, start, start_with,
    success, taken,
};
use crate::support::{Browser, Door, PASSWORD, Reply, SignUp, TestApp, create};

fn count(replies: &[Reply], body: &Value) -> usize {
    replies.iter().filter(|reply| reply.status == 200 && reply.json() == *body).count()
}

/// Links for one address, each for another password.
async fn registrations(app: &TestApp, number: usize) -> Vec<(Mailed, String)> {
    let mut made = Vec::new();
    for index in 0..number {
        let password = format!("{PASSWORD}-{index}");
        made.push((register(app, EMAIL, &password).await, password));
        app.clock.advance(60);
    }
    made
}

async fn stranger(app: &TestApp) -> Browser {
    create(&mut app.browser(), EMAIL).await.id();
    let mut browser = app.browser();
    Door::Users.sign_in(&mut browser, EMAIL, PASSWORD).await;
    browser
}

#[tokio::test]
async fn of_many_links_opened_at_once_one_wins() {
    let app = start_with(&[("LIMIT_MAILS_PER_RECIPIENT", "1000")]).await;
    let made = registrations(&app, 10).await;
    let opened = made.iter().map(async |(mailed, _)| app.get(&mailed.open).await);
    let replies = join_all(opened).await;
    assert_eq!(count(&replies, &success()), 1, "{replies:?}");
    assert_eq!(count(&replies, &taken()), 9, "{replies:?}");
    for (reply, (mailed, password)) in replies.iter().zip(&made) {
        let won = reply.json() == success();
        assert_eq!(opens(&app, EMAIL, password).await, won);
        app.get(&mailed.open).await.is(200, reply.json());
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_link_and_a_sign_up_make_one_account() {
    for _ in 0..10 {
        let app = start().await;
        let mailed = register(&app, EMAIL, OTHER).await;
        let (mut one, mut other) = (app.browser(), app.browser());
        let (opened, made) = join!(one.get(&mailed.open), create(&mut other, EMAIL));
        match made {
            SignUp::Done(_) => opened.is(200, taken()),
            _ => opened.is(200, success()),
        };
        let by_link = opened.json() == success();
        assert_eq!(opens(&app, EMAIL, OTHER).await, by_link);
        assert_eq!(opens(&app, EMAIL, PASSWORD).await, !by_link);
        assert_eq!(app.audited().await, 1);
    }
}

#[tokio::test]
async fn of_many_chosen_passwords_one_is_the_accounts() {
    let app = start().await;
    let stranger = stranger(&app).await;
    let mailed = register(&app, EMAIL, OTHER).await;
    let chosen: Vec<_> = (0..20).map(|index| format!("{OTHER}-{index}")).collect();
    let replies = join_all(
        chosen
            .iter()
            .map(async |password| app.post(&mailed.open, json!({ "password": password })).await),
    )
    .await;
    assert_eq!(count(&replies, &success()), 1, "{replies:?}");
    assert_eq!(count(&replies, &taken()), 19, "{replies:?}");
    let winner = replies.iter().position(|reply| reply.json() == success()).unwrap();
    for index in [winner, (winner + 1) % 20] {
        assert_eq!(opens(&app, EMAIL, &chosen[index]).await, index == winner);
    }
    let reply = stranger.clone().patch("/users", json!({ "user": { "name": "Eve" } })).await;
    assert_eq!(reply.json()["error"]["code"], 2);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_chosen_password_is_the_accounts_whatever_its_holder_does_meanwhile() {
    for round in 0..12 {
        let app = start().await;
        let mut eve = stranger(&app).await;
        let mailed = register(&app, EMAIL, "sent-with-it").await;
        let mut ann = app.browser();
        let take_over = ann.post(&mailed.open, json!({ "password": OTHER }));
        let change = async {
            match round % 4 {
                0 => {
                    let user = json!({ "email": EMAIL, "password": PASSWORD });
                    eve.delete("/users", json!({ "user": user })).await
                }
                1 => {
                    let user = json!({ "email": "eve@example.com" });
                    eve.patch("/users", json!({ "user": user })).await
                }
                2 => eve.patch("/users", json!({ "user": { "name": "Eve" } })).await,
                _ => {
                    let user = json!({
                        "old_password": PASSWORD, "new_password": "eves-Pa55word",
                        "new_password_confirm": "eves-Pa55word",
                    });
                    eve.patch("/users/password", json!({ "user": user })).await
                }
            }
        };
        let (taken_over, changed) = join!(take_over, change);
        taken_over.is(200, success());
        assert!(changed.status.as_u16() < 500, "{changed}");
        assert!(opens(&app, EMAIL, OTHER).await);
        for other in [PASSWORD, "sent-with-it", "eves-Pa55word"] {
            assert!(!opens(&app, EMAIL, other).await, "{round}: {other}");
        }
        app.audited().await;
    }
}

#[tokio::test]
async fn a_withdrawn_registration_leaves_no_account_however_it_was_opened() {
    for round in 0..20 {
        let app = start().await;
        let mailed = register(&app, EMAIL, PASSWORD).await;
        let open = async || app.get(&mailed.open).await;
        let withdraw = async || app.post(&mailed.not_me, json!({})).await;
        let (opened, withdrawn) = if round % 2 == 0 {
            let (opened, withdrawn, _) = join!(open(), withdraw(), open());
            (opened, withdrawn)
        } else {
            let (withdrawn, opened) = join!(withdraw(), open());
            (opened, withdrawn)
        };
        withdrawn.is(200, success());
        assert!(opened.json() == success() || opened.json() == not_found(), "{opened}");
        app.get(&mailed.open).await.is(200, not_found());
        assert!(!has_account(&app, EMAIL).await);
        assert_eq!(app.audited().await, 0);
    }
}

#[tokio::test]
async fn withdrawing_many_times_at_once_deletes_one_account() {
    let app = start().await;
    let mailed = super::join(&app, EMAIL).await;
    super::join(&app, "bob@example.com").await;
    let replies = join_all((0..20).map(async |_| app.post(&mailed.not_me, json!({})).await)).await;
    let done = count(&replies, &success());
    assert!(done >= 1);
    assert_eq!(done + count(&replies, &not_found()), 20, "{replies:?}");
    assert!(!has_account(&app, EMAIL).await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn two_addresses_do_not_wait_for_each_other() {
    let app = start().await;
    let emails: Vec<_> = (0..20).map(|index| format!("ann-{index}@example.com")).collect();
    let asked = emails
        .iter()
        .map(async |email| app.post("/email/users", credentials(email, PASSWORD)).await);
    let replies = join_all(asked).await;
    assert_eq!(count(&replies, &success()), 20, "{replies:?}");
    assert_eq!(app.outbox.messages().len(), 20);
    for mail in app.outbox.messages() {
        let mailed = Mailed::of(&mail);
        app.get(&mailed.open).await.is(200, success());
    }
    assert_eq!(app.audited().await, 20);
}
