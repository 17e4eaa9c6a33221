//! What an account's owner is told of a binding.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    EMAIL, PASSWORD, SIGN_IN, SIGN_UP, WRONG, arrived, bind, bound_to, credentials, identity,
    start_with_account, start_with_account_and,
};
use crate::support::{Break, Browser, Line, TestApp};

const BOUND: &str = "Your Atrium account was connected to a sign-in service";
const BOUND_IN_CHINESE: &str = "您的 Atrium 账号已绑定其他登录服务";

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

async fn in_language(app: &TestApp, subject: &str, language: &str) -> Browser {
    arrived(app, &identity(subject)).await.header("accept-language", language)
}

#[tokio::test]
async fn a_binding_is_told_to_the_address_at_a_sign_in_and_at_a_sign_up() {
    let (app, _) = start_with_account().await;
    bind(&app, &identity("in"), EMAIL).await;
    assert_eq!(sent(&app), [told(EMAIL, BOUND)]);
    let mail = app.outbox.messages().swap_remove(0);
    assert_eq!(mail.links, Vec::<String>::new());
    assert_snapshot!(mail.text.trim(), @"
    Your Atrium account was connected to an account at another sign-in service. Whoever can sign in there can now sign in to your Atrium account, too.

    If it was you, you need not do anything.

    If it was not you, someone else knows your password. Change it right away, and ask the support of the app in which you use the account to remove the connection.

    Atrium sends this mail automatically. Replies are not read.
    ");
    let mut browser = arrived(&app, &identity("up")).await;
    browser.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
    assert_eq!(sent(&app)[1..], [told("new@test.com", BOUND)]);
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn it_is_told_in_the_language_of_who_binds() {
    let (app, _) = start_with_account().await;
    for (subject, language) in [("zh", "zh-CN,zh;q=0.9"), ("en", "en-GB"), ("fr", "fr")] {
        let mut browser = in_language(&app, subject, language).await;
        let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
        assert_eq!(reply.json()["message"], "authenticate and bind successfully");
    }
    let mut browser = in_language(&app, "up", "zh").await;
    browser.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
    let expected = [
        told(EMAIL, BOUND_IN_CHINESE),
        told(EMAIL, BOUND),
        told(EMAIL, BOUND),
        told("new@test.com", BOUND_IN_CHINESE),
    ];
    assert_eq!(sent(&app), expected);
}

#[tokio::test]
async fn nobody_is_told_of_a_sign_in_that_binds_nothing() {
    let (app, _) = start_with_account().await;
    app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    app.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
    for (path, password) in [(SIGN_IN, WRONG), (SIGN_IN, "\0"), (SIGN_UP, PASSWORD)] {
        let mut browser = arrived(&app, &identity("user")).await;
        assert_eq!(browser.post(path, credentials(EMAIL, password)).await.status, 400);
    }
    let mut late = arrived(&app, &identity("user")).await;
    app.clock.advance(600);
    assert_eq!(late.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
    assert_eq!((sent(&app), waiting(&app).await), (Vec::new(), 0));
}

#[tokio::test]
async fn a_binding_succeeds_without_mail_and_is_told_later() {
    for broken in [Break::Refusal(400, "MessageRejected", EMAIL), Break::Reset, Break::Silence] {
        let line = Line::default();
        let app = line.app(&[]).await;
        let id = super::join(&app, EMAIL).await;
        line.set(Some(broken));
        bind(&app, &identity("user"), EMAIL).await;
        assert_eq!((sent(&app), waiting(&app).await), (Vec::new(), 1), "{broken:?}");
        assert_eq!(bound_to(&app, &identity("user")).await, Some(id));
        assert_eq!(app.audited().await, 1);
    }
}

#[tokio::test]
async fn notices_of_bindings_have_the_accounts_budget() {
    let (app, id) = start_with_account_and(&[("LIMIT_NOTICES_PER_ACCOUNT", "2")]).await;
    // What does not happen takes nothing: the identity is another account's.
    super::join(&app, "first@test.com").await;
    let mut late = Vec::new();
    for _ in 0..3 {
        late.push(arrived(&app, &identity("first")).await);
    }
    bind(&app, &identity("first"), "first@test.com").await;
    for mut browser in late {
        browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    }
    app.outbox.clear();
    for subject in ["one", "two", "three"] {
        bind(&app, &identity(subject), EMAIL).await;
    }
    assert_eq!(sent(&app), [told(EMAIL, BOUND), told(EMAIL, BOUND)]);
    assert_eq!(bound_to(&app, &identity("three")).await, Some(id), "it is bound all the same");
}

#[tokio::test]
async fn an_address_that_nobody_has_proven_has_a_budget_over_all_of_its_accounts() {
    let (app, _) = start_with_account_and(&[("LIMIT_NOTICES_PER_ACCOUNT", "2")]).await;
    for number in 0..4 {
        let mut browser = arrived(&app, &identity("user")).await;
        let reply = browser.post(SIGN_UP, credentials("victim@test.com", PASSWORD)).await;
        assert_eq!(reply.json()["message"], "bind and register successfully", "{number}");
        let user = json!({ "user": { "email": "victim@test.com", "password": PASSWORD } });
        assert_eq!(app.delete("/users", user).await.status, 200, "{number}");
    }
    let victim = told("victim@test.com", BOUND);
    assert_eq!(sent(&app), [victim.clone(), victim]);
    bind(&app, &identity("user"), EMAIL).await;
    assert_eq!(sent(&app)[2..], [told(EMAIL, BOUND)], "another address has one of its own");
}

#[tokio::test]
async fn who_has_no_address_any_more_is_told_nothing() {
    let (app, id) = start_with_account().await;
    app.forget(id, "email").await;
    let mut browser = arrived(&app, &identity("user")).await;
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, super::success(id, "", "authenticate and bind successfully"));
    assert_eq!((sent(&app), waiting(&app).await), (Vec::new(), 0));
}
