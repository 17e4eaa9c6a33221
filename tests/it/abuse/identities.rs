//! Identities at a provider that somebody would like to have, or to give away. Contract: `tenant`.

use std::sync::LazyLock;

use local::SigningKey;
use serde_json::{Value, json};
use shared::identifier::{AccountId, Identity};

use super::holder::{Holder, TENANT_HEADER, Tenant, Way, authorized, mailed};
use crate::{
    oauth::{
        COOKIE, START, Stage, arrives,
        host::{Host, KEYS, TOKEN},
        instead, is_refused, know, location, parameter,
    },
    support::{
        Browser, PASSWORD, Reply, TestApp, create, enrol,
        jwt::part,
        stored::{account_item, everything, unchanged},
    },
};

const SIGN_IN: &str = "/api/user/signin";
const SIGN_UP: &str = "/api/user/signup";
const BOUND: &str = "authenticate and bind successfully";
const NOT_BOUND: &str = "authenticate successfully";

/// The key of a provider whose ID tokens the test writes.
static PROVIDERS_KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate("key").unwrap());

/// Has the provider say more in its ID tokens than it would.
fn say(host: &Host, said: Value) {
    host.change(KEYS, |document| document["keys"] = json!([PROVIDERS_KEY.public()]));
    host.change(TOKEN, move |document| {
        let mut all = part(document["id_token"].as_str().unwrap(), 1);
        for (name, value) in said.as_object().unwrap() {
            all[name.as_str()] = value.clone();
        }
        document["id_token"] = PROVIDERS_KEY.sign(&PROVIDERS_KEY.header(), &all).unwrap().into();
    });
}

/// A browser that has come back from the provider as somebody whom nobody is bound to.
async fn arrived(stage: &Stage, subject: &str) -> Browser {
    let (mut browser, back) = stage.back(subject).await;
    arrives(&browser.get(&back).await);
    browser
}

fn credentials(email: &str) -> Value {
    json!({ "username": email, "password": PASSWORD })
}

/// Asserts what a sign-in or a sign-up said, and answers with the account's id.
#[track_caller]
fn says(reply: &Reply, message: &str, case: &str) -> u64 {
    let body = reply.json();
    assert_eq!((reply.status.as_u16(), &body["message"]), (200, &message.into()), "{case}");
    body["data"]["id"].as_str().unwrap().parse().unwrap()
}

/// Whose account a person at the provider gets into.
async fn entered(stage: &Stage, subject: &str) -> Option<u64> {
    let (mut browser, back) = stage.back(subject).await;
    location(&browser.get(&back).await);
    authorized(&stage.app, Way::WebApp, browser.kept(COOKIE).unwrap()).await
}

async fn identities(app: &TestApp, email: &str) -> usize {
    app.account(email).await.identities.len()
}

/// The browser with another one's cookie.
fn disguised(browser: &Browser, other: &Browser) -> Browser {
    browser.clone().cookie(COOKIE, other.kept(COOKIE).unwrap())
}

#[tokio::test]
async fn a58_what_an_attacker_brings_back_is_of_no_use_in_another_browser() {
    let stage = Stage::set().await;
    let (attacker, theirs) = stage.back("mallory").await;
    let (victim, own) = stage.back("ann").await;
    let pair = |url: &str, name: &str| format!("{name}={}", parameter(url, name));
    let before = everything(&stage.app).await;

    // The attacker's address; the victim's with the attacker's state; no cookie; another's cookie.
    is_refused(&victim.clone().get(&theirs).await);
    is_refused(&victim.clone().get(&instead(&own, "state", &pair(&theirs, "state"))).await);
    is_refused(&stage.app.browser().get(&theirs).await);
    is_refused(&disguised(&victim, &attacker).get(&own).await);
    assert_eq!(stage.host.asked(), [""; 0], "the provider hears nothing of all that");
    unchanged(&before, &everything(&stage.app).await);
    // None of it has ended the visit, and what is right still is.
    arrives(&attacker.clone().get(&theirs).await);

    // The attacker's code with everything else of the victim: made for another verifier and nonce.
    let (_, theirs) = stage.back("mallory").await;
    stage.host.asked();
    is_refused(&victim.clone().get(&instead(&own, "code", &pair(&theirs, "code"))).await);
    assert_eq!(stage.host.asked(), [TOKEN]);
}

#[tokio::test]
async fn a59_an_identity_is_taken_from_the_session_alone() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let email = "ann@example.com";
    let id = enrol(&mut app.browser(), email).await.id();
    let arrived = arrived(&stage, "user").await;
    let waits = arrived.kept(COOKIE).unwrap();
    let oauth_user = json!({
        "issuer": stage.host.issuer(), "subject": "user", "provider": "local", "id": "user",
        "token": waits,
    });
    let mut body = credentials(email);
    for name in ["oauthUser", "oauth_user", "identity", "identities", "session", COOKIE, "visit"] {
        body[name] = oauth_user.clone();
    }
    let query = format!("?oauthUser=user&{COOKIE}={waits}&visit={waits}&identity={waits}");
    let tenant = Tenant::create(app).await;
    for (path, email, done) in [
        (SIGN_IN, email, NOT_BOUND),
        (SIGN_UP, "web@example.com", "register successfully"),
        (SIGN_UP, "app@example.com", "register successfully"),
    ] {
        body["username"] = json!(email);
        let mut browser = app
            .browser()
            .header("oauthuser", &oauth_user.to_string())
            .header("x-oauth-user", "user")
            .header("connect.sid", waits)
            .cookie("oauthUser", waits)
            .cookie("connect_sid", waits);
        if email.starts_with("app") {
            // With a tenant's header, no cookie counts.
            browser = browser.header(TENANT_HEADER, &tenant.header()).cookie(COOKIE, waits);
        } else {
            browser = browser.header("authorization", &format!("bearer {waits}"));
        }
        says(&browser.post(&format!("{path}{query}"), body.clone()).await, done, email);
        assert_eq!(identities(app, email).await, 0);
    }
    assert_eq!(entered(&stage, "user").await, None);
    // In its cookie it does.
    let mut browser = app.browser().cookie(COOKIE, waits);
    assert_eq!(says(&browser.post(SIGN_IN, credentials(email)).await, BOUND, "cookie"), id);
    assert_eq!(entered(&stage, "user").await, Some(id));
    assert_eq!(app.audited().await, 3);
}

#[tokio::test]
async fn a60_what_a_provider_calls_somebody_matches_nobody() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let victim = Holder::join(app, "ann", 1).await;
    let mut own = arrived(&stage, "ann-at-home").await;
    let reply = own.post(SIGN_IN, credentials(&victim.email)).await;
    assert_eq!(says(&reply, BOUND, "the victim"), victim.id);
    let before = account_item(app, victim.id).await;

    // Somebody else there takes every name that the victim has, here or there.
    say(
        &stage.host,
        json!({
            "preferred_username": victim.username, "username": victim.username,
            "nickname": "ann-at-home", "name": "ann-at-home", "id": victim.id,
            "email": victim.email, "email_verified": true, "upn": victim.email,
            "phone_number": victim.phone, "phone_number_verified": true,
        }),
    );
    for subject in
        ["mallory", &victim.email, &victim.username, &victim.id.to_string(), "ANN-AT-HOME"]
    {
        assert_eq!(entered(&stage, subject).await, None, "{subject}");
    }
    let reply = arrived(&stage, "mallory").await.post(SIGN_UP, credentials(&victim.email)).await;
    reply.is(400, json!({ "message": "user with this username already existed" }));
    assert_eq!(account_item(app, victim.id).await, before);

    // And who is called something else now is who they were.
    say(&stage.host, json!({ "preferred_username": "mallory", "email": "mallory@example.com" }));
    assert_eq!(entered(&stage, "ann-at-home").await, Some(victim.id));
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn a61_one_address_at_two_issuers_is_two_people() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let email = "ann@example.com";
    enrol(&mut arrived(&stage, "ann").await, "first@example.com").await.id();
    let mut own = arrived(&stage, "bound").await;
    let id = enrol(&mut own, email).await.id();
    assert_eq!(entered(&stage, "bound").await, Some(id));

    // Another provider has the first one's place, and says the same of its people.
    let other = Host::start(&app.clock).await;
    let elsewhere = async |said: Value| {
        say(&other, said);
        let mut browser = app.browser();
        let url = location(&browser.get(START).await);
        let back = other.sign_in(&url, "bound").await;
        let reply = browser.get(&back).await;
        (browser, reply)
    };
    know(app, &[other.entry()]);
    app.clock.advance(60 * 60);
    for verified in [true, false] {
        let said = json!({ "email": email, "email_verified": verified });
        let (mut browser, reply) = elsewhere(said).await;
        arrives(&reply);
        assert_eq!(authorized(app, Way::WebApp, browser.kept(COOKIE).unwrap()).await, None);
        let taken = browser.post(SIGN_UP, credentials(email)).await;
        taken.is(400, json!({ "message": "user with this username already existed" }));
        assert_eq!(identities(app, email).await, 1, "{verified}");
    }
    // It cannot call itself the first one.
    let (_, reply) = elsewhere(json!({ "iss": stage.host.issuer() })).await;
    is_refused(&reply);
    // Who has the password binds it, and is one person at both from then on.
    let (mut browser, reply) = elsewhere(json!({ "email": email })).await;
    arrives(&reply);
    assert_eq!(says(&browser.post(SIGN_IN, credentials(email)).await, BOUND, "other"), id);
    assert_eq!(identities(app, email).await, 2);
    know(app, &[stage.host.entry()]);
    app.clock.advance(60 * 60);
    assert_eq!(entered(&stage, "bound").await, Some(id));
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn a62_an_identity_is_bound_in_its_own_session_and_once() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let (email, attackers) = ("ann@example.com", "mallory@example.com");
    let id = enrol(&mut app.browser(), email).await.id();
    enrol(&mut app.browser(), attackers).await.id();
    let browser = arrived(&stage, "user").await;
    let waits = browser.kept(COOKIE).unwrap().to_owned();
    let mut live = app.browser();
    live.post(SIGN_IN, credentials(attackers)).await;
    let live = live.kept(COOKIE).unwrap().to_owned();
    let other_end = if waits.ends_with('0') { "1" } else { "0" };
    for (case, cookies) in [
        ("none", "a=b".to_owned()),
        ("one character changed", format!("{COOKIE}={}{other_end}", &waits[..63])),
        ("in capitals", format!("{COOKIE}={}A", waits[..63].to_uppercase())),
        ("its digest", format!("{COOKIE}={}", shared::credential::digest(&waits))),
        ("a live session", format!("{COOKIE}={live}")),
        ("it and a live session", format!("{COOKIE}={waits}; {COOKIE}={live}")),
        ("it and nothing", format!("{COOKIE}=; {COOKIE}={waits}")),
        ("the cookie of another contract", format!("token={waits}; sessionid={waits}")),
    ] {
        let mut other = app.browser().header("cookie", &cookies);
        says(&other.post(SIGN_IN, credentials(attackers)).await, NOT_BOUND, case);
        assert_eq!(identities(app, attackers).await, 0, "{case}");
    }
    // At the other doors the cookie is none.
    for way in [Way::ApiKey, Way::Cookie, Way::Users, Way::Email] {
        let mut browser = app.browser().cookie(COOKIE, &waits);
        way.outcome(&way.ask(&mut browser, attackers, PASSWORD).await);
        assert_eq!(identities(app, attackers).await, 0, "{way:?}");
    }
    let mut own = browser.clone();
    assert_eq!(says(&own.post(SIGN_IN, credentials(email)).await, BOUND, "its own"), id);
    assert_eq!(entered(&stage, "user").await, Some(id));
    // Neither the cookie nor the session that followed binds it again, not even when it is free.
    let user = Identity::new(&stage.host.issuer(), "user").unwrap();
    assert!(app.directory.unbind(AccountId::new(id).unwrap(), &user).await.unwrap());
    for mut again in [browser.clone(), own, browser] {
        says(&again.post(SIGN_IN, credentials(attackers)).await, NOT_BOUND, "again");
    }
    assert_eq!((identities(app, email).await, identities(app, attackers).await), (0, 0));
    assert_eq!(entered(&stage, "user").await, None);
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn a63_an_address_that_moves_meanwhile_takes_neither_an_identity_nor_a_link_with_it() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let (email, moved) = ("ann@example.com", "moved@example.com");
    let id = create(&mut app.browser(), email).await.id();
    let mut browser = arrived(&stage, "user").await;
    // A link that takes the account over, for who has the address by then.
    let ask = json!({ "email": email, "password": PASSWORD });
    app.post("/email/users", ask).await;
    let link = mailed(app, email);
    let mut users = app.browser();
    Way::Users.ask(&mut users, email, PASSWORD).await;
    let reply = users.patch("/users", json!({ "user": { "email": moved } })).await;
    assert_eq!(reply.status, 200, "{reply}");
    let before = account_item(app, id).await;

    // The link has not moved: by it there is a new account, with the address that it was mailed to.
    app.get(&link).await.is(200, json!({ "state": 200, "msg": "success" }));
    let newcomer = app.account(email).await.id.number();
    assert_ne!(newcomer, id);
    assert_eq!(account_item(app, id).await, before);
    // Nor has the identity: it is the account's whose password is given.
    assert_eq!(says(&browser.post(SIGN_IN, credentials(moved)).await, BOUND, "moved"), id);
    assert_eq!((identities(app, email).await, identities(app, moved).await), (0, 1));
    assert_eq!(entered(&stage, "user").await, Some(id));
    assert_eq!(app.audited().await, 2);
}
