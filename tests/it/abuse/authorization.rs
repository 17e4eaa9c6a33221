//! Other people's accounts, and what of one's own is not one's own to change. Contracts: all.

use http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{
    endpoints::{endpoints, with_a_body},
    holder::{Holder, TENANT_HEADER, Way, encoded, mailed},
};
use crate::support::{
    Browser, PASSWORD, Reply, SignIn, TestApp, cookie_error,
    stored::{account_item, stored, unchanged},
    tenant_error, users_error,
};

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";
const CHANGE: &str = "/api/user/update_password";

/// Every name under which a client could try to say whose account is meant.
fn naming(holder: &Holder) -> Value {
    let (id, email) = (holder.id, holder.email.as_str());
    json!({
        "id": id, "uid": id.to_string(), "user_id": id, "userId": id, "account": id,
        "account_id": id, "sub": id, "owner": id, "email": email, "username": email,
        "token": holder.credential(Way::Users), "user": { "id": id },
    })
}

/// A body with more in it, on the outside and among its parameters.
fn with(mut body: Value, more: &Value) -> Value {
    let outer = body.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        if !outer.contains_key(name) {
            outer.insert(name.clone(), value.clone());
        }
    }
    if let Some(inner) = outer.get_mut("user").and_then(Value::as_object_mut) {
        for (name, value) in more.as_object().unwrap() {
            if name != "user" && !inner.contains_key(name) {
                inner.insert(name.clone(), value.clone());
            }
        }
    }
    body
}

#[tokio::test]
async fn a70_whose_account_is_changed_is_the_sessions_to_say() {
    let app = TestApp::new().await;
    let victim = Holder::join(&app, "ann", 1).await;
    let attacker = Holder::join(&app, "mallory", 2).await;
    let before = account_item(&app, victim.id).await;
    let named = naming(&victim);
    let id = victim.id;
    let query = format!("?id={id}&user_id={id}&uid={id}&email={}", encoded(&victim.email));

    // In the path: there is no such endpoint.
    let mut users = attacker.browser(&app, Way::Users);
    for (method, path) in [
        (Method::PATCH, format!("/users/{id}")),
        (Method::DELETE, format!("/users/{id}")),
        (Method::PUT, format!("/users/{id}")),
        (Method::PATCH, format!("/users/{id}/password")),
        (Method::PATCH, format!("/users/password/{id}")),
        (Method::DELETE, format!("/users/sign_out/{id}")),
    ] {
        let body = json!({ "user": { "name": "Mallory", "password": PASSWORD } });
        let reply = users.send_json(method.clone(), &path, body).await;
        assert!([404, 405].contains(&reply.status.as_u16()), "{method} {path}: {reply}");
    }
    // In the query, the body and the headers: it counts for nothing.
    let users = users.header("x-user-id", &id.to_string()).header("x-account", &id.to_string());
    let change = json!({ "user": { "name": "Renamed" } });
    let extra = json!({ "id": id, "user_id": id, "uid": id, "username": victim.username });
    let path = format!("/users{query}");
    let reply = users.clone().patch(&path, with(change, &extra)).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["user"]["id"]), (200, &attacker.id.into()));
    let change = json!({ "user": { "old_password": PASSWORD, "new_password": NEW_PASSWORD,
        "new_password_confirm": NEW_PASSWORD } });
    let path = format!("/users/password{query}");
    let reply = users.clone().patch(&path, with(change, &named)).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["user"]["id"]), (200, &attacker.id.into()));
    let mut attacker = attacker;
    attacker.password = NEW_PASSWORD.to_owned();
    attacker.sign_in_but_by_phone(&app).await;
    let change = with(json!({ "old_password": NEW_PASSWORD, "new_password": PASSWORD }), &named);
    let mut web_app = attacker.browser(&app, Way::WebApp);
    let reply = web_app.send_json(Method::PUT, &format!("{CHANGE}{query}"), change).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["data"]["id"]),
        (200, &attacker.id.to_string().into())
    );
    let change = json!({ "old_password": PASSWORD, "new_password": NEW_PASSWORD });
    attacker.password = PASSWORD.to_owned();
    attacker.sign_in_but_by_phone(&app).await;
    let mut client_app = attacker.browser(&app, Way::ClientApp);
    let change = with(change, &named);
    let reply = client_app.send_json(Method::PUT, &format!("{CHANGE}{query}"), change).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["data"]["id"]),
        (200, &attacker.id.to_string().into())
    );
    attacker.password = NEW_PASSWORD.to_owned();
    attacker.sign_in_but_by_phone(&app).await;
    // To sign out ends the own session.
    for way in [Way::Cookie, Way::Users, Way::WebApp, Way::ClientApp] {
        let (method, path) = match way {
            Way::Cookie => (Method::POST, "/api/v1/user/logout/"),
            Way::Users => (Method::DELETE, "/users/sign_out"),
            _ => (Method::POST, "/api/user/signout"),
        };
        let mut browser = attacker.browser(&app, way);
        let reply = browser.send_json(method, &format!("{path}{query}"), named.clone()).await;
        assert_eq!(reply.status, 200, "{way:?} {reply}");
        assert!(!attacker.is_live(&app, way, attacker.credential(way)).await);
    }
    assert_eq!(account_item(&app, victim.id).await, before);
    victim.is_live_at(&app, &Way::ALL).await;
    assert_eq!(victim.opened(&app, PASSWORD).await, victim.done());
}

#[tokio::test]
async fn a71_who_shows_no_credential_is_nobody_whatever_they_say() {
    let app = TestApp::new().await;
    let victim = Holder::join(&app, "ann", 1).await;
    let before = stored(&app).await;
    let hashes = app.directory.hasher().computed();
    let mut checked = 0;
    for endpoint in endpoints(&victim) {
        let Some(way) = endpoint.needs else { continue };
        // What a client app does without a user needs none.
        if endpoint.path.ends_with("/signin") || endpoint.path.ends_with("/signup") {
            continue;
        }
        let more = naming(&victim);
        let body = with(endpoint.body.clone().unwrap_or_else(|| json!({})), &more);
        // Signing out by an identifier is answered as if it were done.
        let quiet = matches!(way, Way::Email | Way::Phone);
        for browser in [
            victim.stranger(&app, way),
            victim.stranger(&app, way).header("x-user-id", &victim.id.to_string()),
            victim.stranger(&app, way).cookie("user_id", &victim.id.to_string()),
            victim.show(&app, way, &victim.id.to_string()),
            victim.show(&app, way, &format!("{:016x}{}", victim.id, "0".repeat(64))),
        ] {
            let separator = if endpoint.path.contains('?') { '&' } else { '?' };
            let path = format!("{}{separator}user_id={}", endpoint.path, victim.id);
            let body = if quiet { json!({}) } else { body.clone() };
            let reply = browser.clone().send_json(endpoint.method.clone(), &path, body).await;
            assert_eq!(reply.cookies(), [], "{path}");
            is_nobody(&reply, way, &endpoint.method, &endpoint.path);
            checked += 1;
        }
    }
    assert!(checked >= 45, "{checked}");
    assert_eq!(app.directory.hasher().computed(), hashes, "no password is looked at");
    unchanged(&before, &stored(&app).await);
    victim.is_live_at(&app, &Way::ALL).await;
}

/// Asserts that the reply is that to somebody who is not signed in.
#[track_caller]
fn is_nobody(reply: &Reply, way: Way, method: &Method, path: &str) {
    let path = path.split('?').next().unwrap();
    let message = "You have not sign in yet.";
    let (status, body) = match way {
        Way::Cookie => (401, cookie_error(101, "login required")),
        Way::Users if path == "/users/sign_out" => {
            (403, users_error(method.as_str(), path, 0, message))
        }
        Way::Users => (400, users_error(method.as_str(), path, 2, message)),
        Way::WebApp | Way::ClientApp => (401, tenant_error(401, "user unauthenticated")),
        _ => (200, json!({ "state": 200, "msg": "success" })),
    };
    reply.is(status, body);
}

/// What nobody may say of an account: names as the item has them, and as others would have them.
fn protected() -> Value {
    json!({
        "id": 1, "role": "admin", "is_admin": true, "admin": true, "banned": false,
        "status": "active", "email_verified": true, "verified": true, "phone": "+8613900139000",
        "phone_verified": true, "tenant": "star", "created": 1, "created_at": "1970-01-01",
        "updated": 1, "epoch": 99, "version": 99, "identities": [{ "issuer": "x", "subject": "y" }],
        "oauthUser": { "issuer": "x", "subject": "y" }, "pw": "x", "password_hash": "x",
        "pk": "account#1", "sk": "account", "ttl": 1, "expires": 9_999_999_999_i64,
        "__proto__": { "admin": true }, "constructor": { "admin": true },
    })
}

/// The item of an account, without what differs from account to account.
async fn shape(app: &TestApp, id: u64, own: &[&str]) -> String {
    let item = account_item(app, id).await;
    let (start, rest) = item.split_once("$argon2id").unwrap();
    let (_, rest) = rest.split_once('\\').unwrap();
    let mut shape = format!("{start}…{rest}").replace(&id.to_string(), "id");
    for text in own {
        shape = shape.replace(text, "own");
    }
    shape
}

#[tokio::test]
async fn a72_nobody_says_more_of_their_account_than_the_contract_asks() {
    // Each account is made twice, with nothing but the parameters and with all the rest.
    let mut shapes = Vec::new();
    for more in [json!({}), protected()] {
        let app = TestApp::new().await;
        let holder = Holder::join(&app, "ann", 1).await;
        let mut made = Vec::new();
        for endpoint in with_a_body(&holder) {
            let path = endpoint.path.as_str();
            let signs_up = ["/register/", "/signup", "/users"].iter().any(|it| path.ends_with(it));
            if !signs_up || endpoint.method != Method::POST {
                continue;
            }
            let (email, phone) = (format!("{}@example.com", made.len()), "+8613700137000");
            let username = format!("new.the.{}th", made.len());
            let mut body = endpoint.body.clone().unwrap();
            for (name, value) in [("email", &email), ("username", &username)] {
                let of_tenant = path.ends_with("/signup");
                let value = if of_tenant { &email } else { value };
                for place in [format!("/{name}"), format!("/user/{name}")] {
                    if let Some(field) = body.pointer_mut(&place) {
                        *field = value.as_str().into();
                    }
                }
            }
            let by_phone = path == "/phone/users";
            if by_phone {
                body["code"] = super::holder::fresh_code(&app, phone).await.into();
                body["phone"] = phone.into();
            }
            let reply = endpoint.browser(&app, &holder).post(path, with(body, &more)).await;
            assert_eq!(reply.status, 200, "{path} {reply}");
            if path == "/email/users" {
                app.get(&mailed(&app, &email)).await;
            }
            let id = if by_phone {
                reply.json()["content"]["id"].as_u64().unwrap()
            } else {
                app.account(&email).await.id.number()
            };
            made.push(shape(&app, id, &[&email, &username]).await);
        }
        assert_eq!(made.len(), 6);

        // What is changed, too.
        let mut users = holder.browser(&app, Way::Users);
        let change = with(json!({ "user": { "name": "Ann" } }), &more);
        assert_eq!(users.patch("/users", change).await.status, 200);
        let change = json!({ "old_password": PASSWORD, "new_password": NEW_PASSWORD });
        let mut web_app = holder.browser(&app, Way::WebApp);
        let reply = web_app.send_json(Method::PUT, CHANGE, with(change, &more)).await;
        assert_eq!(reply.status, 200, "{reply}");
        made.push(shape(&app, holder.id, &[]).await);
        shapes.push(made);
        assert_eq!(app.audited().await, 8);
    }
    assert_eq!(shapes[0], shapes[1]);
    assert!(shapes[0][0].contains(r#""email_verified": "Bool(false)""#), "{}", shapes[0][0]);
}

#[tokio::test]
async fn a73_an_address_that_a_profile_is_given_is_nobodys_proof() {
    let app = TestApp::new().await;
    let attacker = Holder::join(&app, "mallory", 1).await;
    let before = account_item(&app, attacker.id).await;
    // No endpoint but one changes it.
    let change = json!({ "old_password": PASSWORD, "new_password": PASSWORD,
        "email": "ann@example.com", "username": "ann@example.com", "new_email": "ann@example.com" });
    let mut web_app = attacker.browser(&app, Way::WebApp);
    let reply = web_app.send_json(Method::PUT, CHANGE, change).await;
    assert_eq!(reply.json()["data"]["username"], attacker.email, "{reply}");
    let mut attacker = attacker;
    attacker.sign_in_but_by_phone(&app).await;
    let kept = account_item(&app, attacker.id).await;
    assert_eq!(kept.matches(&attacker.email).count(), before.matches(&attacker.email).count());

    // That one leaves it unproven, and tells who had been told so far.
    let mut users = attacker.browser(&app, Way::Users);
    let change = json!({ "user": { "email": "ann@example.com", "email_verified": true } });
    let reply = users.patch("/users", change).await;
    assert_eq!(reply.json()["user"]["email"], "ann@example.com", "{reply}");
    assert!(!app.account("ann@example.com").await.email_verified);
    let told: Vec<_> = app.outbox.messages().into_iter().map(|message| message.to).collect();
    assert!(told.contains(&attacker.email) && !told.contains(&"ann@example.com".to_owned()));

    // So it keeps nobody out: its owner takes it, and the account that has it, by a link.
    let ask = json!({ "email": "ann@example.com", "password": "counts for nothing" });
    app.post("/email/users", ask).await.is(200, json!({ "state": 200, "msg": "success" }));
    let link = mailed(&app, "ann@example.com");
    let form = Some("application/x-www-form-urlencoded");
    let choice = format!("password={}", encoded(NEW_PASSWORD));
    let mut owner = app.browser().header("accept", "text/html");
    let reply = owner.send(Method::POST, &link, form, choice).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    attacker.is_live_at(&app, &[Way::Phone]).await;
    for (password, opens) in [(PASSWORD, false), (NEW_PASSWORD, true)] {
        let reply = Way::Users.ask(&mut app.browser(), "ann@example.com", password).await;
        assert_eq!(Way::Users.outcome(&reply) == SignIn::Done(attacker.id), opens, "{password}");
    }
    assert!(app.account("ann@example.com").await.email_verified);
    assert_eq!(app.audited().await, 2);
}

/// What is no identifier, but could be a part of a key, a path or a query.
fn strange(victim: &Holder) -> Vec<String> {
    let id = victim.id;
    vec![
        "..".to_owned(),
        "../".to_owned(),
        "../../users".to_owned(),
        "%2e%2e".to_owned(),
        "%2e%2e%2f".to_owned(),
        "#".to_owned(),
        "USER#".to_owned(),
        format!("account#{id}"),
        format!("account#{id}\naccount"),
        format!("{id}#account"),
        format!("email#{}", victim.email.replace('@', "\u{0}@")),
        format!("username#{}", victim.username),
        format!("phone#{}", victim.phone),
        format!("tenant#{}", victim.tenant.id),
        "secret#codes".to_owned(),
        "account/claim".to_owned(),
        format!("{}\u{0}", victim.username),
        format!("{{\"S\":\"account#{id}\"}}"),
        "*".to_owned(),
        " ".to_owned(),
        "x".repeat(2048),
    ]
}

#[tokio::test]
async fn a74_no_text_reaches_another_items_key() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let victim = Holder::join(&app, "ann", 1).await;
    let before = stored(&app).await;
    for text in strange(&victim) {
        for way in Way::ALL {
            let reply = way.ask(&mut victim.stranger(&app, way), &text, PASSWORD).await;
            match way {
                Way::Users | Way::Cookie if reply.json()["error"]["code"] == 0 => {}
                Way::ApiKey if text.trim().is_empty() => assert_eq!(reply.status, 403, "{reply}"),
                Way::Cookie if text.trim().is_empty() => {
                    assert_eq!(reply.json()["error_code"], 103, "{reply}");
                }
                _ => assert_eq!(way.outcome(&reply), SignIn::Refused, "{way:?} {text:.40}"),
            }
            assert_eq!(reply.cookies(), []);
        }
        let new = json!({ "username": text, "password": PASSWORD, "email": "other@example.com" });
        let reply = app.post("/api/v1/user/register/", new).await;
        assert_eq!(reply.json()["status"], "failed", "{text:.40}");
        let segment = encoded(&text);
        for path in [
            format!("/users/{segment}"),
            format!("/oauth/{segment}/start"),
            format!("/oauth/{segment}/callback?state=x&code=y"),
            format!("/email/users/active/{segment}/{}", "0".repeat(64)),
            format!("/email/users/active/{}/{segment}", encoded(&victim.email)),
            format!("/email/users/cancel/{segment}/{segment}"),
        ] {
            let reply = app.get(&path).await;
            let status = reply.status.as_u16();
            let refused = [400, 404, 503].contains(&status)
                || reply.json()["state"].as_u64().is_some_and(|state| state >= 400);
            assert!(refused, "{path:.60}: {}", reply.text);
            // Without a list of providers that is all there is to say of any of them.
            assert!(status != 503 || path.starts_with("/oauth/"), "{path:.60}");
        }
        let mut phone = app.browser();
        let reply = phone.get(&format!("/phone/users/code?phone={segment}")).await;
        assert_ne!(reply.json()["state"], 200, "{text:.40}");
        let mut bearer = app.browser().header(TENANT_HEADER, &super::holder::basic(&text, "x"));
        let reply = bearer.post("/api/user/signin", json!({})).await;
        reply.is(401, tenant_error(401, "tenant unauthenticated"));
    }
    unchanged(&before, &stored(&app).await);
    victim.is_live_at(&app, &Way::ALL).await;
}

#[tokio::test]
async fn a75_an_account_is_deleted_by_its_own_password_and_no_other_session() {
    let app = TestApp::new().await;
    let victim = Holder::join(&app, "ann", 1).await;
    let attacker = Holder::join(&app, "mallory", 2).await;
    let before = stored(&app).await;
    let delete = |email: &str, password: &str| json!({ "user": { "email": email, "password": password, "id": victim.id } });
    let refused = |code, message: &str| users_error("DELETE", "/users", code, message);
    let (email, unknown) = (victim.email.as_str(), "This email address is incorrect.");
    let session = attacker.browser(&app, Way::Users);
    for (mut browser, email, password, expected) in [
        (session.clone(), email, PASSWORD, refused(1, unknown)),
        (session.clone(), email, NEW_PASSWORD, refused(1, unknown)),
        (app.browser(), email, NEW_PASSWORD, refused(2, "This password is incorrect.")),
        (
            victim.browser(&app, Way::Users),
            email,
            NEW_PASSWORD,
            refused(2, "This password is incorrect."),
        ),
        (victim.browser(&app, Way::Users), &attacker.email, PASSWORD, refused(1, unknown)),
        (app.browser(), "", PASSWORD, refused(0, "Bad parameter.")),
        (victim.browser(&app, Way::Users), email, "", refused(0, "Bad parameter.")),
    ] {
        let reply = browser.delete("/users", delete(email, password)).await;
        assert_eq!(reply.cookies(), []);
        reply.is(400, expected);
    }
    unchanged(&before, &stored(&app).await);
    victim.is_live_at(&app, &Way::ALL).await;
    attacker.is_live_at(&app, &Way::ALL).await;

    // A session that is over is none.
    app.directory.sign_out_everywhere(attacker.accounts()[0]).await.unwrap();
    let reply = session.clone().delete("/users", delete(email, PASSWORD)).await;
    reply.is(200, json!({ "result": "Success", "url": "/users", "method": "DELETE" }));
    victim.is_live_at(&app, &[Way::Phone]).await;
    assert_eq!(app.audited().await, 3);
}

#[tokio::test]
async fn a76_a_public_profile_shows_a_name_and_emoji_and_nothing_else() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let mut users = holder.browser(&app, Way::Users);
    users.patch("/users", json!({ "user": { "name": "Ann" } })).await;
    let urls = [format!("/users/{}", holder.id), format!("/users/{}", holder.phone_id)];
    let shown: Vec<_> = [app.get(&urls[0]).await, app.get(&urls[1]).await].into();
    let masked = |reply: &Reply, id: u64| reply.text.replace(&id.to_string(), "[id]");
    assert_snapshot!(masked(&shown[0], holder.id), @r#"{"result":"Success","url":"/users/[id]","method":"GET","user":{"name":"Ann","upload_emoji":[]}}"#);
    assert_snapshot!(masked(&shown[1], holder.phone_id), @r#"{"result":"Success","url":"/users/[id]","method":"GET","user":{"name":"","upload_emoji":[]}}"#);
    // To its owner, to others, and when more is asked for.
    let query = "?fields=email,phone&include=password&expand=identities&admin=1";
    for (url, shown) in urls.iter().zip(&shown) {
        for mut browser in [
            users.clone(),
            holder.browser(&app, Way::ClientApp),
            app.browser().header("accept", "*/*; profile=full"),
            app.browser().cookie("_session", "x"),
            app.browser().header("origin", "https://elsewhere.example"),
        ] {
            for url in [url.clone(), format!("{url}{query}"), format!("{url}/")] {
                let reply = browser.get(&url).await;
                let text = reply.text.replace("/\",\"method", "\",\"method");
                assert_eq!((reply.status, &text), (shown.status, &shown.text), "{url}");
            }
        }
        for (name, value) in &shown.headers {
            let value = value.to_str().unwrap();
            for private in [&holder.email, &holder.phone, &holder.username, &holder.password] {
                assert!(!value.contains(private.as_str()), "{name}");
                assert!(!shown.text.contains(private.as_str()));
            }
        }
    }
}

#[tokio::test]
async fn a77_a_cookie_alone_changes_no_password() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let holder = Holder::join(&app, "ann", 1).await;
    let before = stored(&app).await;
    let hash = app.recorded(holder.id, "password").await.unwrap();
    let change = async |way: Way, old: Value| -> Reply {
        let mut browser: Browser = holder.browser(&app, way);
        let mut fields = json!({ "new_password": NEW_PASSWORD });
        if way == Way::Users {
            fields["new_password_confirm"] = NEW_PASSWORD.into();
        }
        if old != "is not there" {
            fields["old_password"] = old;
        }
        match way {
            Way::Users => browser.patch("/users/password", json!({ "user": fields })).await,
            _ => browser.send_json(Method::PUT, CHANGE, fields).await,
        }
    };
    for way in [Way::Users, Way::WebApp, Way::ClientApp] {
        for (old, missing) in [
            (json!("is not there"), true),
            (json!(""), true),
            (json!(null), true),
            (json!([PASSWORD]), true),
            (json!({ "old_password": PASSWORD }), true),
            (json!(true), true),
            (json!(0), true),
            (json!(NEW_PASSWORD), false),
            (json!(hash), false),
            (json!(PASSWORD.to_uppercase()), false),
            (json!(format!("{PASSWORD} ")), false),
            (json!(&PASSWORD[..PASSWORD.len() - 1]), false),
        ] {
            let reply = change(way, old.clone()).await;
            assert_eq!(reply.cookies(), [], "{way:?} {old}");
            let expected = match (way, missing) {
                (Way::Users, true) => users_error("PATCH", "/users/password", 0, "Bad parameter."),
                (Way::Users, false) => {
                    users_error("PATCH", "/users/password", 3, "This password is incorrect.")
                }
                (_, true) => json!({ "message": "old_password empty" }),
                (_, false) => json!({ "message": "credentials invalid" }),
            };
            reply.is(400, expected);
        }
    }
    unchanged(&before, &stored(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;
    assert_eq!(app.outbox.messages().len(), 1, "nobody is told of what did not happen");

    let reply = change(Way::Users, json!(PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    // All other sessions of the account are over by that.
    holder.is_live_at(&app, &[Way::Users, Way::Phone]).await;
}
