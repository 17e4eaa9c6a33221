//! Tokens that nobody handed out, and tenants that reach for each other. Contract: `tenant`, and what
//! its tokens open elsewhere.

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use local::SigningKey;
use serde_json::{Value, json};
use shared::directory::TenantStatus;

use super::{
    forge::{Forge, symmetric, unsigned},
    holder::{Holder, TENANT_HEADER, Tenant, Way, authorized, basic, mailed},
};
use crate::{
    oauth::{COOKIE, Stage, arrives, parameter},
    support::{
        Browser, PASSWORD, SignIn, TestApp, enrol,
        jwt::part,
        stored::{stored, unchanged},
        tenant_error,
    },
};

const SIGN_IN: &str = "/api/user/signin";
const SIGN_UP: &str = "/api/user/signup";

fn credentials(email: &str) -> Value {
    json!({ "username": email, "password": PASSWORD })
}

/// Asserts that a text in a tenant's bearer header opens nothing, here or at the authorizer, and is no
/// error.
async fn is_no_token(app: &TestApp, tenant: &Tenant, text: &str, case: &str) {
    for (method, path) in
        [(Method::PUT, "/api/user/update_password"), (Method::POST, "/api/user/signout")]
    {
        let change = json!({ "old_password": PASSWORD, "new_password": "7Zq!vB3@mLr" });
        let reply = tenant.bearer(app, text).send_json(method, path, change).await;
        let found = (reply.status.as_u16(), reply.json());
        assert_eq!(found, (401, tenant_error(401, "user unauthenticated")), "{case}");
    }
    assert_eq!(authorized(app, Way::ClientApp, text).await, None, "{case}");
}

#[tokio::test]
async fn a64_a_token_does_not_choose_how_it_is_verified() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let (tenant, token) = (&holder.tenant, holder.credential(Way::ClientApp));
    let (forge, said) = (Forge::of(&app), part(token, 1));
    let good = forge.header();
    let same = forge.sign(&good.to_string(), &said.to_string());
    assert!(holder.is_live(&app, Way::ClientApp, &same).await, "what is forged by our own key");
    let with = |changes: Value| {
        let mut header = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            header[name.as_str()] = value.clone();
        }
        header
    };
    let before = stored(&app).await;

    for alg in ["none", "None", "NONE", "nOnE", ""] {
        for header in [with(json!({ "alg": alg })), json!({ "typ": "JWT", "alg": alg })] {
            let text = unsigned(&header, &said);
            is_no_token(&app, tenant, &text, alg).await;
            let signature = token.rsplit_once('.').unwrap().1;
            is_no_token(&app, tenant, &format!("{text}{signature}"), alg).await;
        }
    }
    // By what everybody knows as a secret.
    let keys = app.get("/.well-known/jwks.json").await.json();
    let key = &keys["keys"][0];
    let modulus = key["n"].as_str().unwrap();
    let der = BASE64URL_NOPAD.decode(modulus.as_bytes()).unwrap();
    for secret in [
        modulus.as_bytes(),
        &der,
        key.to_string().as_bytes(),
        keys.to_string().as_bytes(),
        good["kid"].as_str().unwrap().as_bytes(),
        tenant.secret.as_bytes(),
        b"",
        b"secret",
    ] {
        for alg in ["HS256", "RS256"] {
            let text = symmetric(&with(json!({ "alg": alg })), &said, secret);
            is_no_token(&app, tenant, &text, alg).await;
        }
    }
    // Whatever else a header could say, even under a signature by our own key.
    let strangers = SigningKey::generate("stranger").unwrap();
    let elsewhere = "https://evil.example/jwks.json";
    for changes in [
        json!({ "jku": elsewhere }),
        json!({ "x5u": elsewhere }),
        json!({ "jwk": strangers.public() }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "kid": "../../signing-keys" }),
        json!({ "kid": "/dev/null" }),
        json!({ "kid": "' UNION SELECT 'key" }),
        json!({ "kid": "" }),
        json!({ "kid": null }),
        json!({ "kid": [good["kid"]] }),
        json!({ "kid": strangers.public()["kid"] }),
        json!({ "crit": ["exp"] }),
        json!({ "b64": false }),
        json!({ "alg": ["RS256"] }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "PS256" }),
        json!({ "alg": "rs256" }),
        json!({ "zip": "DEF" }),
    ] {
        let header = with(changes.clone());
        let case = changes.to_string();
        let text = forge.sign(&header.to_string(), &said.to_string());
        is_no_token(&app, tenant, &text, &case).await;
        let text = strangers.sign(&header, &said).unwrap();
        is_no_token(&app, tenant, &text, &case).await;
    }
    let twice = good.to_string().replacen('{', r#"{"alg":"none","#, 1);
    is_no_token(&app, tenant, &forge.sign(&twice, &said.to_string()), "twice").await;
    is_no_token(&app, tenant, &strangers.sign(&good, &said).unwrap(), "a stranger's").await;
    unchanged(&before, &stored(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;
}

#[tokio::test]
async fn a65_times_that_are_none_make_no_token() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let (tenant, token) = (&holder.tenant, holder.credential(Way::ClientApp));
    let (forge, said) = (Forge::of(&app), part(token, 1));
    let header = forge.header().to_string();
    let now = app.clock.now();
    // The text of each claim, as it stands in the token; nothing for one that is not there.
    let write = |name: &str, value: Option<&str>| {
        let mut parts: Vec<String> = Vec::new();
        for (other, it) in said.as_object().unwrap() {
            if other != name {
                parts.push(format!("\"{other}\":{it}"));
            }
        }
        parts.extend(value.map(|value| format!("\"{name}\":{value}")));
        forge.sign(&header, &format!("{{{}}}", parts.join(",")))
    };
    let said_exp = said["exp"].to_string();
    assert!(holder.is_live(&app, Way::ClientApp, &write("exp", Some(&said_exp))).await);
    for name in ["exp", "iat", "nbf"] {
        let own = said.get(name).cloned().unwrap_or_else(|| json!(now)).to_string();
        let cases = [
            format!("\"{own}\""),
            format!("{own}.0"),
            format!("{own}.5"),
            format!("{own}e0"),
            format!("-{own}"),
            format!("[{own}]"),
            format!("{{\"{name}\":{own}}}"),
            format!("{own},\"{name}\":{own}"),
            "1e300".to_owned(),
            "-1".to_owned(),
            "9223372036854775808".to_owned(),
            "18446744073709551616".to_owned(),
            "253402300799".to_owned(),
            "null".to_owned(),
            "true".to_owned(),
            "\"\"".to_owned(),
            "\"9999-12-31T23:59:59Z\"".to_owned(),
        ];
        for value in &cases {
            is_no_token(&app, tenant, &write(name, Some(value)), &format!("{name}: {value}")).await;
        }
    }
    for name in ["exp", "iat", "id", "to", "aud", "iss", "jti", "username"] {
        is_no_token(&app, tenant, &write(name, None), &format!("no {name}")).await;
        is_no_token(&app, tenant, &write(name, Some("null")), &format!("null {name}")).await;
    }
    // Over, not begun, or of another time than what was handed out.
    let shifted = |name: &str, seconds: i64| {
        let value = said[name].as_i64().unwrap() + seconds;
        write(name, Some(&value.to_string()))
    };
    for (name, seconds) in [("exp", 1), ("exp", -1), ("iat", 1), ("iat", -1), ("iat", 61)] {
        is_no_token(&app, tenant, &shifted(name, seconds), &format!("{name} {seconds}")).await;
    }
    is_no_token(&app, tenant, &write("exp", Some(&now.to_string())), "over").await;
    is_no_token(&app, tenant, &write("nbf", Some(&(now + 1).to_string())), "not begun").await;
    holder.is_live_at(&app, &Way::ALL).await;
}

#[tokio::test]
async fn a66_a_token_for_something_else_is_no_credential_and_no_credential_is_another() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let holder = Holder::join(app, "ann", 1).await;
    let ask = json!({ "email": "new@example.com", "password": PASSWORD });
    app.post("/email/users", ask).await;
    let (sent, url) = stage.sent().await;
    let (mut arrived, back) = stage.back("user").await;
    arrives(&arrived.get(&back).await);
    let token = holder.credential(Way::ClientApp);
    let said = part(token, 1);
    let forge = Forge::of(app);
    let providers = SigningKey::generate("key").unwrap();
    let id_token = providers.sign(&providers.header(), &said).unwrap();
    let others = [
        ("a link", mailed(app, "new@example.com").rsplit_once('/').unwrap().1.to_owned()),
        ("a visit under way", sent.kept(COOKIE).unwrap().to_owned()),
        ("an identity that waits", arrived.kept(COOKIE).unwrap().to_owned()),
        ("a state", parameter(&url, "state")),
        ("a nonce", parameter(&url, "nonce")),
        ("an ID token", id_token),
        ("what a token stands for", said["jti"].as_str().unwrap().to_owned()),
        ("a tenant's secret", holder.tenant.secret.clone()),
        ("a tenant's header", holder.tenant.header()),
        ("its public key", app.get("/.well-known/jwks.json").await.text.replace('"', "")),
    ];
    let before = stored(app).await;
    for way in Way::ALL {
        for (case, text) in &others {
            assert!(!holder.is_live(app, way, text).await, "{case} by {way:?}");
        }
        // Each other one's, too. Email and phone share a cookie, and each opens its own account.
        for other in Way::ALL {
            let shared = way.cookie().is_some() && way.cookie() == other.cookie();
            if other != way && !shared {
                let text = holder.credential(other);
                assert!(!holder.is_live(app, way, text).await, "{other:?} by {way:?}");
            }
        }
    }
    // One of our own that says to be for something else.
    for typ in ["at+jwt", "refresh", "state", "activation", "jwt", "JWS", ""] {
        let mut header = forge.header();
        header["typ"] = typ.into();
        let text = forge.sign(&header.to_string(), &said.to_string());
        is_no_token(app, &holder.tenant, &text, typ).await;
    }
    unchanged(&before, &stored(app).await);
    holder.is_live_at(app, &Way::ALL).await;
}

#[tokio::test]
async fn a67_what_one_tenant_has_is_nothing_to_another() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let other = Holder { tenant: Tenant::create(&app).await, ..holder.clone() };
    let (tenant, rival) = (&holder.tenant, &other.tenant);
    let token = holder.credential(Way::ClientApp);
    let before = stored(&app).await;

    // Its token, with another tenant's header, without one, and in the web app's place.
    is_refused_by(&rival.bearer(&app, token), "user unauthenticated").await;
    let bearer = format!("bearer {token}");
    let web_app = app.browser().header("authorization", &bearer);
    is_refused_by(&web_app, "user unauthenticated").await;
    // The same claims for another tenant, by the key that signs for both.
    let (forge, said) = (Forge::of(&app), part(token, 1));
    for changes in [
        json!({ "to": rival.id }),
        json!({ "aud": rival.id }),
        json!({ "to": rival.id, "aud": rival.id }),
        json!({ "aud": [tenant.id, rival.id] }),
        json!({ "iss": "https://evil.example" }),
    ] {
        let mut claims = said.clone();
        for (name, value) in changes.as_object().unwrap() {
            claims[name.as_str()] = value.clone();
        }
        let text = forge.sign(&forge.header().to_string(), &claims.to_string());
        for tenant in [tenant, rival] {
            is_refused_by(&tenant.bearer(&app, &text), "user unauthenticated").await;
        }
        assert_eq!(authorized(&app, Way::ClientApp, &text).await, None, "{changes}");
    }
    // Its secret under another id, and headers that are none.
    let good = tenant.header();
    let (id, secret) = (tenant.id.as_str(), tenant.secret.as_str());
    let encoded = good.strip_prefix("basic ").unwrap();
    for headers in [
        vec![basic(rival.id.as_str(), secret)],
        vec![basic(id, &rival.secret)],
        vec![basic(id, &format!(":{secret}"))],
        vec![basic(id, &format!("{secret}:"))],
        vec![basic(id, "")],
        vec![basic("", secret)],
        vec![format!("basic {encoded}=")],
        vec![format!("basic %{encoded}")],
        vec![format!("bearer {encoded}")],
        vec![encoded.to_owned()],
        vec![String::new()],
        vec![good.clone(), good.clone()],
        vec![good.clone(), rival.header()],
        vec![format!("{good}, {}", rival.header())],
    ] {
        let browser = app.browser().header("authorization", &bearer);
        let browser = headers.iter().fold(browser, |it, header| it.header(TENANT_HEADER, header));
        is_refused_by(&browser, "tenant unauthenticated").await;
        let mut browser = browser;
        for path in [SIGN_IN, SIGN_UP] {
            let reply = browser.post(path, credentials(&holder.email)).await;
            reply.is(401, tenant_error(401, "tenant unauthenticated"));
            assert_eq!(reply.cookies(), []);
        }
    }
    unchanged(&before, &stored(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;
    let outcome = Way::ClientApp.outcome(&other.ask(&app, Way::ClientApp, PASSWORD).await);
    assert_eq!(outcome, SignIn::Done(holder.id), "its own user by the other tenant's app");
}

/// Asserts that the web app or the client app is refused whatever needs a user.
async fn is_refused_by(browser: &Browser, message: &str) {
    for (method, path) in
        [(Method::PUT, "/api/user/update_password"), (Method::POST, "/api/user/signout")]
    {
        let reply = browser.clone().send_json(method, path, json!({})).await;
        reply.is(401, tenant_error(401, message));
    }
}

#[tokio::test]
async fn a68_how_much_of_a_tenants_secret_is_right_makes_no_difference() {
    let app = TestApp::new().await;
    let tenant = Tenant::create(&app).await;
    enrol(&mut app.browser(), "ann@example.com").await.id();
    let (id, secret) = (tenant.id.as_str(), tenant.secret.as_str());
    let wrong = |from: usize| -> String {
        let change = |c: char| if c == '0' { '1' } else { '0' };
        secret.chars().enumerate().map(|(at, c)| if at < from { c } else { change(c) }).collect()
    };
    let mut seen = Vec::new();
    for (tenant, secret) in [
        (id, wrong(0)),
        (id, wrong(1)),
        (id, wrong(secret.len() / 2)),
        (id, wrong(secret.len() - 1)),
        (id, secret[..secret.len() - 1].to_owned()),
        (id, format!("{secret}0")),
        (id, "x".to_owned()),
        ("nobody", wrong(0)),
        ("nobody", secret.to_owned()),
    ] {
        app.meter.take();
        let hashes = app.directory.hasher().computed();
        let header = basic(tenant, &secret);
        let mut browser = app.browser().header(TENANT_HEADER, &header);
        let reply = browser.post(SIGN_IN, credentials("ann@example.com")).await;
        reply.is(401, tenant_error(401, "tenant unauthenticated"));
        let cost = app.meter.take();
        assert_eq!(app.directory.hasher().computed(), hashes);
        seen.push((reply.headers, reply.text, cost.operations, cost.round_trips, cost.write_units));
    }
    for other in &seen[1..] {
        assert_eq!(other, &seen[0]);
    }
    let reply = tenant.client_app(&app).post(SIGN_IN, credentials("ann@example.com")).await;
    assert_eq!(reply.json()["message"], "authenticate successfully", "the whole secret");
}

#[tokio::test]
async fn a69_a_disabled_tenants_tokens_and_credentials_are_refused() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let mut other = Holder { tenant: Tenant::create(&app).await, ..holder.clone() };
    other.sign_in(&app).await;
    holder.tenant.set(&app, TenantStatus::Disabled).await;
    let before = stored(&app).await;
    is_refused_by(&holder.browser(&app, Way::ClientApp), "tenant unauthenticated").await;
    for path in [SIGN_IN, SIGN_UP] {
        let body = json!({ "username": "new@example.com", "password": PASSWORD });
        let reply = holder.tenant.client_app(&app).post(path, body).await;
        reply.is(401, tenant_error(401, "tenant unauthenticated"));
    }
    assert_eq!(authorized(&app, Way::ClientApp, holder.credential(Way::ClientApp)).await, None);
    unchanged(&before, &stored(&app).await);
    // Nobody else's, and nothing else.
    other.is_live_at(&app, &Way::ALL).await;
    let rest: Vec<_> = Way::ALL.into_iter().filter(|way| *way != Way::ClientApp).collect();
    holder.is_live_at(&app, &rest).await;

    holder.tenant.set(&app, TenantStatus::Active).await;
    holder.is_live_at(&app, &Way::ALL).await;
}
