//! What an account's owner is told of changes that a thief would make.

use serde_json::json;

use super::{
    DAY, EMAIL, OTHER, credentials, join, mails, opens, register, start, start_with, success,
};
use crate::support::{Break, Browser, Door, Line, PASSWORD, Reply, TestApp, create};

const EMAIL_CHANGED: &str = "The email address of your Atrium account was changed";
const PASSWORD_CHANGED: &str = "The password of your Atrium account was changed";

async fn signed_in(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let reply = Door::Users.ask(&mut browser, email, PASSWORD).await;
    assert_eq!(reply.status, 200, "{reply}");
    browser
}

async fn move_to(browser: &mut Browser, email: &str) {
    let reply = browser.patch("/users", json!({ "user": { "email": email } })).await;
    assert_eq!(reply.status, 200, "{reply}");
}

async fn change_password(browser: &mut Browser, old: &str, new: &str) -> Reply {
    let user = json!({ "old_password": old, "new_password": new, "new_password_confirm": new });
    browser.patch("/users/password", json!({ "user": user })).await
}

/// The recipients and subjects of what was sent, oldest first.
fn sent(app: &TestApp) -> Vec<(String, String)> {
    let messages = app.outbox.messages().into_iter().rev();
    messages.map(|message| (message.to, message.subject.unwrap())).collect()
}

fn told(to: &str, subject: &str) -> (String, String) {
    (to.to_owned(), subject.to_owned())
}

/// How many notices wait.
async fn waiting(app: &TestApp) -> usize {
    let items = app.dump("accounts").await;
    items.iter().filter(|item| item["sk"].as_s().unwrap().starts_with("notice#")).count()
}

#[tokio::test]
async fn the_former_address_is_told_of_the_new_one() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut browser = signed_in(&app, EMAIL).await;
    move_to(&mut browser, "new@example.com").await;
    assert_eq!(sent(&app), [told(EMAIL, EMAIL_CHANGED)]);
    let mail = &mails(&app, EMAIL)[0];
    assert_eq!(mail.links, Vec::<String>::new());
    assert!(!mail.text.contains("new@example.com"), "{}", mail.text);
    assert_eq!(waiting(&app).await, 0);

    move_to(&mut browser, "newer@example.com").await;
    assert_eq!(sent(&app)[1..], [told("new@example.com", EMAIL_CHANGED)]);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn the_address_is_told_of_a_new_password() {
    let app = start().await;
    join(&app, EMAIL).await;
    app.outbox.clear();
    let mut browser = signed_in(&app, EMAIL).await;
    assert_eq!(change_password(&mut browser, PASSWORD, OTHER).await.status, 200);
    assert_eq!(sent(&app), [told(EMAIL, PASSWORD_CHANGED)]);
    let mail = &mails(&app, EMAIL)[0];
    assert!(!mail.text.contains(OTHER) && mail.links.is_empty());
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn notices_are_in_the_language_of_who_makes_the_change() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut browser = signed_in(&app, EMAIL).await.header("accept-language", "zh-CN,zh;q=0.9");
    assert_eq!(change_password(&mut browser, PASSWORD, OTHER).await.status, 200);
    move_to(&mut browser, "new@example.com").await;
    let expected =
        [told(EMAIL, "您的 Atrium 账号密码已更改"), told(EMAIL, "您的 Atrium 账号邮箱已更改")];
    assert_eq!(sent(&app), expected);
}

#[tokio::test]
async fn nobody_is_told_of_a_change_that_was_not_made() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    create(&mut app.browser(), "bob@example.com").await.id();
    let mut browser = signed_in(&app, EMAIL).await;
    for user in [
        json!({ "name": "Ann" }),
        json!({ "email": EMAIL }),
        json!({ "email": "ANN@example.com", "name": "Ann" }),
        json!({ "email": "bob@example.com" }),
        json!({ "email": "x" }),
    ] {
        browser.patch("/users", json!({ "user": user })).await;
    }
    assert_eq!(change_password(&mut browser, OTHER, "another-Pa55word").await.status, 400);
    assert_eq!(change_password(&mut browser, PASSWORD, "12345678").await.status, 400);
    assert_eq!(sent(&app), []);
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn a_change_succeeds_without_mail_and_is_told_with_the_next_one() {
    for broken in [Break::Refusal(400, "MessageRejected", EMAIL), Break::Reset, Break::Silence] {
        let line = Line::default();
        let app = line.app(&[]).await;
        create(&mut app.browser(), EMAIL).await.id();
        let mut browser = signed_in(&app, EMAIL).await;
        line.set(Some(broken));
        assert_eq!(change_password(&mut browser, PASSWORD, OTHER).await.status, 200);
        app.clock.advance(1);
        move_to(&mut browser, "second@example.com").await;
        app.clock.advance(1);
        assert_eq!((sent(&app), waiting(&app).await), (Vec::new(), 2), "{broken:?}");
        assert!(opens(&app, "second@example.com", OTHER).await);

        line.set(None);
        move_to(&mut browser, "third@example.com").await;
        let mut found = sent(&app);
        found.sort();
        let expected = [
            told(EMAIL, EMAIL_CHANGED),
            told(EMAIL, PASSWORD_CHANGED),
            told("second@example.com", EMAIL_CHANGED),
        ];
        assert_eq!(found, expected);
        assert_eq!(waiting(&app).await, 0);
        assert_eq!(app.audited().await, 1);
    }
}

#[tokio::test]
async fn notices_have_a_budget_of_the_accounts_own() {
    let app = start_with(&[("LIMIT_NOTICES_PER_ACCOUNT", "2")]).await;
    create(&mut app.browser(), EMAIL).await.id();
    create(&mut app.browser(), "bob@example.com").await.id();
    let mut browser = signed_in(&app, EMAIL).await;
    for email in ["second@example.com", "third@example.com", "fourth@example.com"] {
        move_to(&mut browser, email).await;
        app.clock.advance(1);
    }
    assert_eq!(change_password(&mut browser, PASSWORD, OTHER).await.status, 200);
    let both = [told(EMAIL, EMAIL_CHANGED), told("second@example.com", EMAIL_CHANGED)];
    assert_eq!(sent(&app), both);
    // Another account has one of its own.
    let mut bob = signed_in(&app, "bob@example.com").await;
    assert_eq!(change_password(&mut bob, PASSWORD, OTHER).await.status, 200);
    assert_eq!(sent(&app)[2..], [told("bob@example.com", PASSWORD_CHANGED)]);
    // What could not be told waits.
    app.clock.advance(DAY);
    move_to(&mut browser, "fifth@example.com").await;
    let mut found = sent(&app).split_off(3);
    found.sort();
    let expected =
        [told("fourth@example.com", EMAIL_CHANGED), told("third@example.com", EMAIL_CHANGED)];
    assert_eq!(found, expected);
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn sign_ups_by_strangers_do_not_silence_notices() {
    let app = start_with(&[("REPLIES", "uniform")]).await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut browser = signed_in(&app, EMAIL).await;
    for _ in 0..5 {
        register(&app, EMAIL, OTHER).await;
        app.clock.advance(60);
    }
    app.post("/email/users", credentials(EMAIL, OTHER)).await;
    assert_eq!(mails(&app, EMAIL).len(), 5);
    app.outbox.clear();
    assert_eq!(change_password(&mut browser, PASSWORD, OTHER).await.status, 200);
    move_to(&mut browser, "new@example.com").await;
    assert_eq!(sent(&app), [told(EMAIL, PASSWORD_CHANGED), told(EMAIL, EMAIL_CHANGED)]);
}

#[tokio::test]
async fn notices_do_not_use_up_what_may_be_sent_for_a_registration() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut browser = signed_in(&app, EMAIL).await;
    move_to(&mut browser, "new@example.com").await;
    app.post("/email/users", credentials(EMAIL, OTHER)).await.is(200, success());
    assert_eq!(mails(&app, EMAIL).len(), 2);
}

#[tokio::test]
async fn a_deleted_account_leaves_no_notice_behind() {
    let line = Line::default();
    let app = line.app(&[]).await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut browser = signed_in(&app, EMAIL).await;
    line.set(Some(Break::Reset));
    move_to(&mut browser, "new@example.com").await;
    assert_eq!(waiting(&app).await, 1);
    let user = json!({ "user": { "email": "new@example.com", "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
    assert_eq!(waiting(&app).await, 0);
    assert_eq!(app.audited().await, 0);
}
