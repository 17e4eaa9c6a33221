//! A journey through each contract: every endpoint, its successes and its refusals.

use serde_json::{Value, json};

use super::{Journey, Kind, Place, json_of};
use crate::{email::encoded, support::Browser};

/// Somebody who has an account with all that the contract `cookie` takes.
struct Person {
    username: String,
    email: String,
    password: String,
}

impl Person {
    async fn join(journey: &mut Journey, number: u32) -> Self {
        let username = journey.canary(Kind::Username, number);
        let email = journey.canary(Kind::Email, number);
        let password = journey.canary(Kind::Password, number);
        let mut browser = journey.browser(number);
        let body = json_of(&[("username", &username), ("email", &email), ("password", &password)]);
        let reply = journey.ask(&mut browser, "POST /api/v1/user/register", body).await;
        assert_eq!(reply.json()["status"], "success", "{reply}");
        Self { username, email, password }
    }
}

#[tokio::test]
async fn api_key_tells_its_key_to_who_signs_in_and_nothing_to_anyone_else() {
    let mut journey = Journey::begin().await;
    let Person { email, password, .. } = Person::join(&mut journey, 11).await;
    let (wrong, nobody) = (journey.canary(Kind::Password, 12), journey.canary(Kind::Email, 12));
    let mut browser = journey.browser(12);
    for (email, password) in [(&email, &wrong), (&nobody, &password), (&password, &wrong)] {
        let body = json_of(&[("email", email), ("password", password)]);
        assert_eq!(journey.ask(&mut browser, "POST /user/signin", body).await.status, 403);
    }
    let body = json_of(&[("email", &email), ("password", &password)]);
    let reply = journey.ask(&mut browser, "POST /user/signin", body).await;
    let key = json!({ "api_key": reply.json()["api_key"] });
    let mut refused = journey.canary(Kind::Credential, 13);
    refused.push_str(&"0".repeat(60));
    journey.ask(&mut browser, "POST /user/signout", json!({ "api_key": refused })).await;
    for _ in 0..2 {
        journey.ask(&mut browser, "POST /user/signout", key.clone()).await;
    }
    let elsewhere = format!("GET /user/{}?password={0}", encoded(&wrong));
    assert_eq!(journey.ask(&mut browser, &elsewhere, Value::Null).await.status, 404);
    journey
        .ends(&[
            (Kind::Credential, Place::Success),
            (Kind::Email, Place::Accounts),
            (Kind::Username, Place::Accounts),
        ])
        .await;
}

#[tokio::test]
async fn cookie_shows_identifiers_to_their_owner_alone() {
    let mut journey = Journey::begin().await;
    let person = Person::join(&mut journey, 21).await;
    let mut browser = journey.browser(22);
    let (other, new) = (journey.canary(Kind::Password, 22), journey.canary(Kind::Username, 22));
    let fresh = journey.canary(Kind::Email, 22);
    let (register, log_in) = ("POST /api/v1/user/register", "POST /api/v1/user/login");
    for (username, email) in [
        (person.username.as_str(), fresh.as_str()),
        (&new, &person.email),
        (&new, "canary+22example.com"),
        ("canary-22 one", &fresh),
    ] {
        let body = json_of(&[("username", username), ("email", email), ("password", &other)]);
        let reply = journey.ask(&mut browser, register, body).await;
        assert_eq!(reply.json()["status"], "failed", "{reply}");
    }
    for (username, password) in
        [(&person.username, &other), (&person.email, &other), (&new, &other), (&other, &other)]
    {
        let body = json_of(&[("username", username), ("password", password)]);
        let reply = journey.ask(&mut browser, log_in, body).await;
        assert_eq!(reply.json()["status"], "failed", "{reply}");
    }
    let body = json_of(&[("username", &person.username), ("password", &person.password)]);
    let reply = journey.ask(&mut browser, log_in, body).await;
    assert_eq!(reply.json()["status"], "success", "{reply}");
    let planted = journey.canary(Kind::Credential, 23);
    let mut stranger = journey.browser(23).cookie("sessionid", &planted);
    let log_out = "POST /api/v1/user/logout";
    for expected in ["success", "failed"] {
        let reply = journey.ask(&mut browser, log_out, json!({})).await;
        assert_eq!(reply.json()["status"], expected, "{reply}");
    }
    assert_eq!(journey.ask(&mut stranger, log_out, json!({})).await.json()["status"], "failed");
    journey
        .ends(&[
            (Kind::Credential, Place::Success),
            (Kind::Email, Place::Success),
            (Kind::Email, Place::Accounts),
            (Kind::Username, Place::Success),
            (Kind::Username, Place::Accounts),
        ])
        .await;
}

async fn user(
    journey: &mut Journey,
    browser: &mut Browser,
    way: &str,
    user: &[(&str, &str)],
) -> u16 {
    let body = json!({ "user": json_of(user) });
    journey.ask(browser, way, body).await.status.as_u16()
}

#[tokio::test]
async fn users_shows_a_name_to_everybody_and_an_address_to_its_owner() {
    let mut journey = Journey::begin().await;
    let [email, taken] = [31, 32].map(|number| journey.canary(Kind::Email, number));
    let [name, renamed] = [31, 32].map(|number| journey.canary(Kind::Name, number));
    let [old, new, wrong] = [31, 32, 33].map(|number| journey.canary(Kind::Password, number));
    let mut browser = journey.browser(31);
    for (email, expected) in [(&email, 200), (&taken, 200), (&email, 400)] {
        let fields = [
            ("name", name.as_str()),
            ("email", email),
            ("password", &old),
            ("password_confirm", &old),
        ];
        assert_eq!(user(&mut journey, &mut browser, "POST /users", &fields).await, expected);
    }
    let unlike = [
        ("name", name.as_str()),
        ("email", &email),
        ("password", &old),
        ("password_confirm", &new),
    ];
    assert_eq!(user(&mut journey, &mut browser, "POST /users", &unlike).await, 400);
    let sign_in = "POST /users/sign_in";
    let asked = [("email", email.as_str()), ("password", &wrong)];
    assert_eq!(user(&mut journey, &mut browser, sign_in, &asked).await, 400);
    let asked = [("email", email.as_str()), ("password", &old)];
    assert_eq!(user(&mut journey, &mut browser, sign_in, &asked).await, 200);
    let update = "PATCH /users";
    assert_eq!(user(&mut journey, &mut browser, update, &[("email", &taken)]).await, 400);
    assert_eq!(user(&mut journey, &mut browser, update, &[("name", &renamed)]).await, 200);
    let address = journey.canary(Kind::Email, 33);
    assert_eq!(user(&mut journey, &mut browser, update, &[("email", &address)]).await, 200);
    let password = "PATCH /users/password";
    for (given, expected) in [(&wrong, 400), (&old, 200)] {
        let fields = [
            ("old_password", given.as_str()),
            ("new_password", &new),
            ("new_password_confirm", &new),
        ];
        assert_eq!(user(&mut journey, &mut browser, password, &fields).await, expected);
    }
    let id = journey.app.account(&address).await.id.number();
    let profile = journey.ask(&mut browser, &format!("GET /users/{id}"), Value::Null).await;
    assert_eq!(profile.json()["user"]["name"], renamed.as_str());
    journey.ask(&mut browser, "DELETE /users/sign_out", json!({})).await;
    journey.ask(&mut browser, "DELETE /users/sign_out", json!({})).await;
    journey.look().await;
    let gone = [("email", address.as_str()), ("password", &new)];
    user(&mut journey, &mut browser, "DELETE /users", &gone).await;
    journey
        .ends(&[
            (Kind::Credential, Place::Success),
            (Kind::Name, Place::Success),
            (Kind::Email, Place::Success),
            (Kind::Email, Place::Accounts),
            (Kind::Email, Place::Recipient),
            (Kind::Name, Place::Accounts),
        ])
        .await;
}

#[tokio::test]
async fn contact_sends_links_and_codes_to_their_addresses_and_numbers_alone() {
    let mut journey = Journey::begin().await;
    let (email, password) = (journey.canary(Kind::Email, 41), journey.canary(Kind::Password, 41));
    let wrong = journey.canary(Kind::Password, 42);
    let mut browser = journey.browser(41);
    let account = json_of(&[("email", &email), ("password", &password)]);
    for expected in [200, 402] {
        let reply = journey.ask(&mut browser, "POST /email/users", account.clone()).await;
        assert_eq!(reply.json()["state"], expected, "{}", reply.text);
    }
    let links = journey.links();
    let mut person = journey.browser(42).header("accept", "text/html");
    for link in &links {
        assert_eq!(journey.ask(&mut person, &format!("GET {link}"), Value::Null).await.status, 200);
    }
    let token = journey.canary(Kind::LinkToken, 41);
    let (before, _) = links[0].rsplit_once('/').unwrap();
    journey.ask(&mut browser, &format!("GET {before}/{token}"), Value::Null).await;
    let opened = journey.ask(&mut browser, &format!("GET {}", links[0]), Value::Null).await;
    assert_eq!(opened.json()["state"], 200);
    journey.ask(&mut browser, "POST /email/users", account.clone()).await;
    for (password, expected) in [(&wrong, 404), (&password, 200)] {
        let body = json_of(&[("email", &email), ("password", password)]);
        let reply = journey.ask(&mut browser, "POST /email/token", body).await;
        assert_eq!(reply.json()["state"], expected, "{}", reply.text);
    }
    let query = format!("email={}", encoded(&email));
    for (password, expected) in [(&wrong, 404), (&password, 200)] {
        let way = format!("GET /email/token?{query}&password={}", encoded(password));
        let reply = journey.ask(&mut browser, &way, Value::Null).await;
        assert_eq!(reply.json()["state"], expected, "{}", reply.text);
    }
    journey.ask(&mut browser, &format!("DELETE /email/token?{query}"), Value::Null).await;

    let phone = journey.canary(Kind::Phone, 4321);
    let ask = format!("GET /phone/users/code?phone={}", encoded(&phone));
    for expected in [200, 402] {
        let reply = journey.ask(&mut browser, &ask, Value::Null).await;
        assert_eq!(reply.json()["state"], expected, "{}", reply.text);
    }
    let code = journey.code();
    let wrong_code = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    journey.look().await;
    for (code, is_made) in [(&wrong_code, false), (&code, true)] {
        let body = json_of(&[("phone", &phone), ("password", &password), ("code", code)]);
        let reply = journey.ask(&mut browser, "POST /phone/users", body).await;
        assert_eq!(reply.json()["state"] == 200, is_made, "{}", reply.text);
    }
    for (password, expected) in [(&wrong, 404), (&password, 200)] {
        let body = json_of(&[("phone", &phone), ("password", password)]);
        let reply = journey.ask(&mut browser, "POST /phone/token", body).await;
        assert_eq!(reply.json()["state"], expected, "{}", reply.text);
    }
    journey
        .ends(&[
            (Kind::Code, Place::Sms),
            (Kind::LinkToken, Place::Mail),
            (Kind::Email, Place::Recipient),
            (Kind::Email, Place::Mail),
            (Kind::Email, Place::Accounts),
            (Kind::Email, Place::Tokens),
            (Kind::Phone, Place::Recipient),
            (Kind::Phone, Place::Success),
            (Kind::Phone, Place::Accounts),
            (Kind::Credential, Place::Success),
        ])
        .await;
}

#[tokio::test]
async fn tenant_shows_its_secret_to_nobody_and_a_token_to_its_client_app() {
    let mut journey = Journey::begin().await;
    let web = journey.browser(51);
    let client_app = journey.client_app(52).await;
    for (number, mut browser) in [(51, web), (52, client_app)] {
        let mut token = None;
        let username = journey.canary(Kind::Email, number);
        let [old, new, wrong] =
            [0, 10, 20].map(|more| journey.canary(Kind::Password, number + more));
        let account = json_of(&[("username", &username), ("password", &old)]);
        let other = json_of(&[("username", &username), ("password", &wrong)]);
        for (way, body, expected) in [
            ("POST /api/user/signup", &account, 200),
            ("POST /api/user/signup", &account, 400),
            ("POST /api/user/signin", &other, 400),
            ("POST /api/user/signin", &account, 200),
        ] {
            let reply = journey.ask(&mut browser, way, body.clone()).await;
            assert_eq!(reply.status, expected, "{}", reply.text);
            token = reply.json()["data"]["token"].as_str().map(str::to_owned);
        }
        if let Some(token) = token {
            journey.heard.learn(Kind::Credential, token.rsplit_once('.').unwrap().1);
            browser = browser.header("authorization", &format!("bearer {token}"));
        }
        for (given, expected) in [(&wrong, 400), (&old, 200)] {
            let body = json_of(&[("old_password", given), ("new_password", &new)]);
            let reply = journey.ask(&mut browser, "PUT /api/user/update_password", body).await;
            assert_eq!(reply.status, expected, "{}", reply.text);
        }
        for expected in [200, 401] {
            let reply = journey.ask(&mut browser, "POST /api/user/signout", json!({})).await;
            assert_eq!(reply.status, expected, "{}", reply.text);
        }
    }
    let secret = journey.canary(Kind::TenantSecret, 53);
    let mut forged =
        journey.browser(53).header("starcedu-tenant-authorization", &format!("basic {secret}"));
    let reply = journey.ask(&mut forged, "POST /api/user/signin", json!({})).await;
    assert_eq!(reply.status, 401);
    for way in ["GET /.well-known/jwks.json", "GET /.well-known/openid-configuration"] {
        journey.ask(&mut forged, way, Value::Null).await;
    }
    journey
        .ends(&[
            (Kind::Credential, Place::Success),
            (Kind::Email, Place::Success),
            (Kind::Email, Place::Accounts),
            (Kind::Email, Place::Recipient),
        ])
        .await;
}
