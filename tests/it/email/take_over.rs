//! Links to accounts that somebody made without proving the address.

use http::Method;
use serde_json::json;
use shared::credential::{Kind, Token};

use super::{
    ACTIVATED, CHOOSE, CHOSEN, EMAIL, Mailed, OTHER, TAKEN, body, choose, heading, mails, opens,
    person, press, register, shows, sign_in, start, start_with, success, taken,
};
use crate::support::{Door, PASSWORD, SignIn, SignUp, TestApp, create};

/// What is chosen on the page.
const CHOSEN_PASSWORD: &str = "ch0sen-on-the-page";

/// An account that a stranger made with Ann's address, and is signed in to everywhere.
struct Squatter {
    id: u64,
    tokens: Vec<(Kind, String)>,
}

impl Squatter {
    async fn move_in(app: &TestApp) -> Self {
        let username = json!({ "username": "squatter", "password": PASSWORD, "email": EMAIL });
        let reply = app.post("/api/v1/user/register/", username).await;
        let id = reply.json()["user_id"].as_u64().unwrap();
        let key = Door::ApiKey.ask(&mut app.browser(), EMAIL, PASSWORD).await.json();
        let mut browsers = [app.browser(), app.browser(), app.browser()];
        Door::Cookie.sign_in(&mut browsers[0], EMAIL, PASSWORD).await;
        Door::Users.sign_in(&mut browsers[1], EMAIL, PASSWORD).await;
        sign_in(&mut browsers[2], EMAIL, PASSWORD).await.is(200, success());
        let kept = |index: usize, name| browsers[index].kept(name).unwrap().to_owned();
        let tokens = vec![
            (Kind::ApiKey, key["api_key"].as_str().unwrap().to_owned()),
            (Kind::CookieSession, kept(0, "sessionid")),
            (Kind::UsersSession, kept(1, "_session")),
            (Kind::ContactSession, kept(2, "token")),
        ];
        Self { id, tokens }
    }

    /// How many of the sessions are live.
    async fn sessions(&self, app: &TestApp) -> usize {
        let mut live = 0;
        for (kind, token) in &self.tokens {
            let token = Token::parse(token);
            live += usize::from(app.directory.session(*kind, token.as_ref()).await.is_ok());
        }
        live
    }

    /// Nothing has changed.
    async fn lives_on(&self, app: &TestApp) {
        assert_eq!(self.sessions(app).await, 4);
        assert!(opens(app, EMAIL, PASSWORD).await);
        let account = app.account(EMAIL).await;
        assert_eq!(account.id.number(), self.id);
        assert!(!account.email_verified);
        assert_eq!(account.shown_username(), "squatter");
        assert_eq!(app.audited().await, 1);
    }

    /// The account is somebody else's, with this password.
    async fn is_out(&self, app: &TestApp, password: &str) {
        assert_eq!(self.sessions(app).await, 0);
        assert!(!opens(app, EMAIL, PASSWORD).await);
        assert!(opens(app, EMAIL, password).await);
        let by_name = Door::Cookie.sign_in(&mut app.browser(), "squatter", password).await;
        assert_eq!(by_name, SignIn::Refused);
        let account = app.account(EMAIL).await;
        assert_eq!(account.id.number(), self.id);
        assert!(account.email_verified);
        assert_eq!(app.audited().await, 1);
        app.clock.advance(60);
        let request = super::credentials(EMAIL, PASSWORD);
        app.post("/email/users", request).await.is(200, taken());
    }
}

#[tokio::test]
async fn a_link_without_its_page_changes_nothing() {
    let app = start().await;
    let squatter = Squatter::move_in(&app).await;
    let mailed = register(&app, EMAIL, OTHER).await;
    app.get(&mailed.open).await.is(200, taken());
    for accept in ["*/*", "application/json", "text/plain", "text/html;q=0", ""] {
        let mut browser = app.browser().header("accept", accept);
        browser.get(&mailed.open).await.is(200, taken());
    }
    app.post(&mailed.open, json!({})).await.is(200, taken());
    app.browser().send(Method::POST, &mailed.open, None, "").await.is(200, taken());
    assert!(!opens(&app, EMAIL, OTHER).await);
    squatter.lives_on(&app).await;
}

#[tokio::test]
async fn its_page_asks_for_a_new_password_and_changes_nothing_by_itself() {
    let app = start().await;
    let squatter = Squatter::move_in(&app).await;
    let mailed = register(&app, EMAIL, OTHER).await;
    let page = person(&app).get(&mailed.open).await;
    shows(&page, 200, CHOOSE);
    assert!(page.text.contains(r#"<form method="post">"#), "{}", page.text);
    assert!(page.text.contains(r#"<input id="password" name="password" type="password""#));
    assert!(!page.text.contains(OTHER));
    // Neither does the button without a password: it shows the page again.
    shows(&press(&app, &mailed.open).await, 200, CHOOSE);
    squatter.lives_on(&app).await;
}

#[tokio::test]
async fn a_program_may_send_the_chosen_password_as_json() {
    let app = start().await;
    let squatter = Squatter::move_in(&app).await;
    let mailed = register(&app, EMAIL, OTHER).await;
    let reply = app.post(&mailed.open, json!({ "password": CHOSEN_PASSWORD })).await;
    reply.is(200, success());
    squatter.is_out(&app, CHOSEN_PASSWORD).await;
    // The link is spent: who chooses again must not believe that it counts.
    let reply = app.post(&mailed.open, json!({ "password": OTHER })).await;
    reply.is(200, taken());
    shows(&choose(&app, &mailed.open, OTHER).await, 409, TAKEN);
    assert!(opens(&app, EMAIL, CHOSEN_PASSWORD).await);
    shows(&person(&app).get(&mailed.open).await, 200, ACTIVATED);
    app.get(&mailed.open).await.is(200, success());
}

#[tokio::test]
async fn a_password_in_a_form_is_taken_to_the_letter() {
    let app = start().await;
    Squatter::move_in(&app).await;
    let mailed = register(&app, EMAIL, OTHER).await;
    let password = " 1+1=2 & 50% 密码 ";
    shows(&choose(&app, &mailed.open, password).await, 200, CHOSEN);
    assert!(opens(&app, EMAIL, password).await);
}

#[tokio::test]
async fn a_bad_chosen_password_is_refused_and_nothing_changes() {
    let app = start_with(&[("PASSWORD_POLICY", "hardened")]).await;
    let squatter = Squatter::move_in(&app).await;
    let mailed = register(&app, EMAIL, OTHER).await;
    for (password, message) in [
        ("1234567", "The password must have 8 to 128 characters."),
        ("", "The password must have 8 to 128 characters."),
        (&"x".repeat(129), "The password must have 8 to 128 characters."),
        ("control\u{7f}in-it", "The password must have 8 to 128 characters."),
        ("password", "This password is one of those that are guessed first."),
    ] {
        let page = choose(&app, &mailed.open, password).await;
        assert_eq!(heading(&page), CHOOSE, "{password:?}");
        assert!(page.text.contains(message), "{password:?}: {}", page.text);
        assert!(page.text.contains(r#"role="alert""#));
        let state = if password.is_empty() { "message required" } else { "password invalid" };
        let reply = app.post(&mailed.open, json!({ "password": password })).await;
        reply.is(200, body(400, state));
    }
    let reply = app.post(&mailed.open, json!({ "password": ["a-good-Pa55word"] })).await;
    reply.is(200, body(400, "message required"));
    squatter.lives_on(&app).await;
    shows(&choose(&app, &mailed.open, CHOSEN_PASSWORD).await, 200, CHOSEN);
}

#[tokio::test]
async fn a_ban_is_not_shed_by_proving_the_address() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    let mailed = register(&app, EMAIL, OTHER).await;
    app.ban(EMAIL).await;
    app.get(&mailed.open).await.is(200, taken());
    shows(&person(&app).get(&mailed.open).await, 409, TAKEN);
    shows(&choose(&app, &mailed.open, CHOSEN_PASSWORD).await, 409, TAKEN);
    let reply = app.post(&mailed.open, json!({ "password": CHOSEN_PASSWORD })).await;
    reply.is(200, taken());
    let reply = sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
    reply.is(200, body(403, "user banned"));
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_that_goes_meanwhile_is_made_anew_with_the_chosen_password() {
    let app = start().await;
    let SignUp::Done(old) = create(&mut app.browser(), EMAIL).await else { panic!() };
    let mailed = register(&app, EMAIL, OTHER).await;
    shows(&person(&app).get(&mailed.open).await, 200, CHOOSE);
    let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
    shows(&choose(&app, &mailed.open, CHOSEN_PASSWORD).await, 200, CHOSEN);
    assert!(opens(&app, EMAIL, CHOSEN_PASSWORD).await);
    assert!(!opens(&app, EMAIL, OTHER).await);
    assert!(!opens(&app, EMAIL, PASSWORD).await);
    let account = app.account(EMAIL).await;
    assert!(account.email_verified && account.id.number() != old);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_that_comes_meanwhile_needs_a_chosen_password_too() {
    let app = start().await;
    let mailed = register(&app, EMAIL, OTHER).await;
    shows(&person(&app).get(&mailed.open).await, 200, super::ACTIVATE);
    let squatter = Squatter::move_in(&app).await;
    app.get(&mailed.open).await.is(200, taken());
    app.post(&mailed.open, json!({})).await.is(200, taken());
    // The button that was to activate leads to the page that asks.
    shows(&press(&app, &mailed.open).await, 200, CHOOSE);
    squatter.lives_on(&app).await;
    shows(&choose(&app, &mailed.open, CHOSEN_PASSWORD).await, 200, CHOSEN);
    squatter.is_out(&app, CHOSEN_PASSWORD).await;
}

#[tokio::test]
async fn the_mail_says_that_there_is_an_account_and_not_whose() {
    let app = start().await;
    Squatter::move_in(&app).await;
    register(&app, EMAIL, OTHER).await;
    let mail = &mails(&app, EMAIL)[0];
    assert_eq!(mail.subject.as_deref(), Some("Your email address is in use at Atrium"));
    assert!(!mail.text.contains("squatter") && !mail.text.contains(OTHER), "{}", mail.text);
    Mailed::of(mail);
}
