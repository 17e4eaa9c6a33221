//! What AWS and providers do not do is told to nobody with the secrets that it was asked with.

use serde_json::Value;

use super::{Journey, Kind, Place, json_of};
use crate::{
    email::encoded,
    oauth::{START, Stage, parameter},
    support::{Break, Line, Log},
};

#[tokio::test]
async fn without_the_database_nobody_is_told_what_was_asked() {
    let mut journey = Journey::begin().await;
    let [email, phone, username, password] =
        [(Kind::Email, 91), (Kind::Phone, 91), (Kind::Username, 91), (Kind::Password, 91)]
            .map(|(kind, number)| journey.canary(kind, number));
    let name = journey.canary(Kind::Name, 91);
    let session = format!("{:016x}{}", 91, "7f3a".repeat(16));
    journey.heard.learn(Kind::Credential, &session);
    let code = "913827";
    journey.heard.learn(Kind::Code, code);
    let link = "9c".repeat(32);
    journey.heard.learn(Kind::LinkToken, &link);
    let (outage, log, mut heard) = journey.outage().await;
    let browser = ["_session", "sessionid", "token", "connect.sid"]
        .into_iter()
        .fold(outage.browser(), |browser, name| browser.cookie(name, &session));
    let by_email = json_of(&[("email", &email), ("password", &password)]);
    let by_name = json_of(&[("username", &email), ("password", &password)]);
    let user = serde_json::json!({ "user": {
        "name": name, "email": email, "password": password, "password_confirm": password,
    }});
    let by_phone = json_of(&[("phone", &phone), ("password", &password), ("code", code)]);
    let cookie = json_of(&[("username", &username), ("email", &email), ("password", &password)]);
    for (path, body) in [
        ("/user/signin", by_email.clone()),
        ("/user/signout", json_of(&[("api_key", &session)])),
        ("/api/v1/user/register", cookie.clone()),
        ("/api/v1/user/login", cookie),
        ("/api/v1/user/logout", Value::Null),
        ("/users", user.clone()),
        ("/users/sign_in", user),
        ("/email/users", by_email.clone()),
        ("/email/token", by_email),
        ("/phone/users", by_phone.clone()),
        ("/phone/token", by_phone),
        ("/api/user/signup", by_name.clone()),
        ("/api/user/signin", by_name),
        ("/api/user/signout", Value::Null),
    ] {
        let reply = browser.clone().post(path, body).await;
        assert_eq!(reply.status, 503, "{path}: {}", reply.text);
        heard.hear(&reply);
    }
    for path in [
        format!("/email/users/active/{}/{link}", encoded(&email)),
        format!("/phone/users/code?phone={}", encoded(&phone)),
        format!("/email/token?email={}&password={}", encoded(&email), encoded(&password)),
    ] {
        let reply = browser.clone().get(&path).await;
        assert_eq!(reply.status, 503, "{}", reply.text);
        heard.hear(&reply);
    }
    heard.ends(log, &[]);
}

#[tokio::test]
async fn what_ses_and_sns_refuse_is_not_told_with_their_words() {
    let log = Log::begin();
    let line = Line::default();
    let mut journey = Journey::of(log, line.app(&[]).await);
    let password = journey.canary(Kind::Password, 101);
    // Services quote what they were asked for.
    const EMAIL: &str = "canary+101@example.com";
    const PHONE: &str = "+8613801370101";
    for (number, (email_break, phone_break)) in [
        (
            Break::Refusal(400, "MessageRejected", EMAIL),
            Break::Refusal(400, "InvalidParameter", PHONE),
        ),
        (
            Break::Refusal(500, "InternalFailure", EMAIL),
            Break::Refusal(500, "InternalError", PHONE),
        ),
        (
            Break::Refusal(403, "AccessDenied", EMAIL),
            Break::Refusal(403, "AuthorizationError", PHONE),
        ),
        (Break::Reset, Break::CutOff),
        (Break::Silence, Break::Silence),
    ]
    .into_iter()
    .enumerate()
    {
        let number = 101 + u32::try_from(number).unwrap();
        let (email, phone) =
            (journey.canary(Kind::Email, number), journey.canary(Kind::Phone, number));
        journey.heard.learn(Kind::Email, EMAIL);
        journey.heard.learn(Kind::Phone, PHONE);
        let mut browser = journey.browser(number);
        line.set(Some(email_break));
        let body = json_of(&[("email", &email), ("password", &password)]);
        let reply = journey.ask(&mut browser, "POST /email/users", body).await;
        assert_eq!(reply.json()["state"], 503, "{email_break:?}: {}", reply.text);
        line.set(Some(phone_break));
        let ask = format!("GET /phone/users/code?phone={}", encoded(&phone));
        journey.ask(&mut browser, &ask, Value::Null).await;
        line.set(None);
    }
    // One that is sent, to see that what was looked for can be found.
    let mut browser = journey.browser(110);
    let email = journey.canary(Kind::Email, 110);
    let body = json_of(&[("email", &email), ("password", &password)]);
    journey.ask(&mut browser, "POST /email/users", body).await;
    journey.links();
    journey
        .ends(&[
            (Kind::LinkToken, Place::Mail),
            (Kind::Email, Place::Mail),
            (Kind::Email, Place::Tokens),
            (Kind::Email, Place::Recipient),
            (Kind::Phone, Place::Recipient),
        ])
        .await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_not_told_of_with_the_code_that_it_handed_out() {
    let log = Log::begin();
    let Stage { app, mut host } = Stage::set().await;
    let mut journey = Journey::of(log, app);
    let secret = host.entry()["client_secret"].as_str().unwrap().to_owned();
    journey.heard.learn(Kind::TenantSecret, &secret);
    let subject = journey.canary(Kind::Subject, 111);
    let mut browser = journey.browser(111);
    let sent = journey.ask(&mut browser, &format!("GET {START}"), Value::Null).await;
    let url = sent.header("location").unwrap().to_owned();
    let back = host.sign_in(&url, &subject).await;
    for (url, name) in [(&url, "state"), (&url, "nonce"), (&back, "code")] {
        journey.heard.learn(Kind::Visit, &parameter(url, name));
    }
    host.stop().await;
    let reply = journey.ask(&mut browser, &format!("GET {back}"), Value::Null).await;
    assert_eq!(reply.status, 503, "{}", reply.text);
    journey.ends(&[(Kind::Visit, Place::Redirect), (Kind::Credential, Place::Success)]).await;
}
