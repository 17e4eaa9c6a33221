//! Sessions that others want to end or to plant, accounts that are banned or deleted, and pages of
//! other sites. Contracts: all.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::{
    endpoints::{Contract, endpoints},
    holder::{Holder, Way, authorized, encoded, fresh_code, mailed, presented},
};
use crate::{
    oauth::{COOKIE, Stage, arrives},
    support::{
        Browser, Log, PASSWORD, Reply, SignIn, SignUp, TestApp, cookie_error, create, enrol,
        register,
        stored::{account_item, everything, stored, unchanged},
        tenant_error, users_error,
    },
};

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

fn success() -> Value {
    json!({ "state": 200, "msg": "success" })
}

#[tokio::test]
async fn a49_signing_out_by_an_identifier_ends_nobody_elses_session() {
    let app = TestApp::new().await;
    let victim = Holder::join(&app, "ann", 1).await;
    let attacker = Holder::join(&app, "mallory", 2).await;
    for way in [Way::Email, Way::Phone] {
        let token = victim.credential(way);
        let invented = format!("{}{}", &token[..16], "5".repeat(64));
        let path = format!("{}?{}", way.path(), victim.named(way));
        for mut browser in [
            app.browser(),
            attacker.browser(&app, Way::Email),
            attacker.browser(&app, Way::Phone),
            app.browser().cookie("token", &invented),
            app.browser().cookie("_session", token),
            app.browser().header("cookie", &format!("token={token}; token={invented}")),
            app.browser().header("authorization", &format!("bearer {token}")),
        ] {
            let with_token = json!({ "token": token, "id": victim.account(way) });
            for body in [json!({}), with_token] {
                let reply = browser.delete(&path, body).await;
                assert_eq!(reply.cookies(), [], "{way:?}");
                reply.is(200, success());
            }
        }
        // Their own session, by somebody else's identifier.
        let path = format!("{}?{}", way.path(), attacker.named(way));
        let reply = victim.browser(&app, way).delete(&path, json!({})).await;
        assert_eq!(reply.cookies(), [], "{way:?}");
        victim.is_live_at(&app, &Way::ALL).await;
        attacker.is_live_at(&app, &Way::ALL).await;
    }
    for way in [Way::Email, Way::Phone] {
        let path = format!("{}?{}", way.path(), victim.named(way));
        let reply = victim.browser(&app, way).delete(&path, json!({})).await;
        assert_eq!(reply.cookies(), [("token".to_owned(), String::new())], "{way:?}");
    }
    let others = &Way::ALL[..5];
    victim.is_live_at(&app, others).await;
}

#[tokio::test]
async fn a50_no_line_of_the_log_holds_a_secret_or_says_who_somebody_is() {
    let log = Log::begin();
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "nescio", 9753).await;
    let wrong = "canary-wrong-Pa55word";
    let mut told = vec![
        PASSWORD.to_owned(),
        NEW_PASSWORD.to_owned(),
        wrong.to_owned(),
        holder.tenant.secret.clone(),
        holder.tenant.header(),
    ];
    told.extend(holder.credentials.clone());
    told.extend(app.outbox.messages().into_iter().filter_map(|message| message.code));
    for way in Way::ALL {
        way.outcome(&holder.ask(&app, way, wrong).await);
        way.ask(&mut holder.stranger(&app, way), "nobody-canary@example.com", wrong).await;
        let planted = holder.show(&app, way, "canary-in-the-slot");
        planted.clone().patch("/users/canary-in-the-path?canary=in-the-query", json!({})).await;
        planted.clone().header("x-canary", "canary-header").post("/user/none", json!({})).await;
    }
    for name in ["canary-in-the-slot", "canary-in-the-path", "in-the-query", "canary-header"] {
        told.push(name.to_owned());
    }
    app.get(&format!("/email/token?{}&password={wrong}", holder.named(Way::Email))).await;
    let register = json!({ "email": "fresh.canary@example.com", "password": PASSWORD });
    app.post("/email/users", register).await.is(200, success());
    let link = mailed(&app, "fresh.canary@example.com");
    told.push(link.rsplit_once('/').unwrap().1.to_owned());
    app.get(&link).await.is(200, success());
    for endpoint in endpoints(&holder) {
        endpoint.send(&mut endpoint.browser(&app, &holder)).await;
    }
    // Also when something breaks.
    app.record(holder.phone_id, "password", "a-broken-hash-canary").await;
    holder.ask(&app, Way::Phone, PASSWORD).await;
    told.push("a-broken-hash-canary".to_owned());

    let text = log.end();
    let ours: Vec<_> = text.lines().filter(|line| line.contains(" outcome=")).collect();
    assert!(ours.len() > 60, "{}", ours.len());
    for outcome in ["password wrong", "done", "unavailable"] {
        assert!(ours.iter().any(|line| line.contains(outcome)), "{outcome}");
    }
    for secret in told {
        let line = text.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "the log holds {secret}");
    }
    let people = [
        holder.email.as_str(),
        &holder.username,
        &holder.phone,
        "nobody-canary",
        "fresh.canary",
        &holder.id.to_string(),
        &holder.phone_id.to_string(),
        holder.tenant.id.as_str(),
    ];
    for line in text.lines() {
        for person in people {
            assert!(!line.contains(person), "{line}");
        }
    }
}

#[tokio::test]
async fn a51_a_ban_counts_on_the_next_request_at_every_contract_and_instance() {
    let app = TestApp::new().await;
    let mut holder = Holder::join(&app, "ann", 1).await;
    let bystander = Holder::join(&app, "bob", 2).await;
    // An instance that has just found the credential live.
    let warm = app.authorizer();
    for way in Way::ALL {
        let answer = warm.answer(presented(way, holder.credential(way))).await.unwrap();
        assert_eq!(answer["isAuthorized"], true, "{way:?}");
    }
    for id in holder.accounts() {
        app.directory.ban(id).await.unwrap();
    }
    for way in Way::ALL {
        let answer = warm.answer(presented(way, holder.credential(way))).await.unwrap();
        assert_eq!(answer, json!({ "isAuthorized": false }), "{way:?}");
    }
    holder.is_live_at(&app, &[]).await;
    bystander.is_live_at(&app, &Way::ALL).await;
    let before = stored(&app).await;
    assert_eq!(holder.opened(&app, PASSWORD).await, Way::ALL.map(Way::banned));
    assert_eq!(holder.opened(&app, NEW_PASSWORD).await, [SignIn::Refused; 7]);
    unchanged(&before, &stored(&app).await);

    for id in holder.accounts() {
        app.directory.unban(id).await.unwrap();
    }
    holder.is_live_at(&app, &[]).await;
    holder.sign_in(&app).await;
    holder.is_live_at(&app, &Way::ALL).await;
}

#[tokio::test]
async fn a52_a_banned_account_is_entered_by_no_identity_token_key_link_or_code() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let holder = Holder::join(app, "ann", 1).await;
    let (mut browser, back) = stage.back("ann").await;
    arrives(&browser.get(&back).await);
    let reply = Way::WebApp.ask(&mut browser, &holder.email, PASSWORD).await;
    assert_eq!(reply.json()["message"], "authenticate and bind successfully", "{reply}");
    // What was sent before the ban: a link that takes the account over, and a code.
    let ask = json!({ "email": holder.email, "password": NEW_PASSWORD });
    app.post("/email/users", ask).await.is(200, success());
    let link = mailed(app, &holder.email);
    app.clock.advance(60);
    let code = fresh_code(app, &holder.phone).await;
    for id in holder.accounts() {
        app.directory.ban(id).await.unwrap();
    }
    let before = [account_item(app, holder.id).await, account_item(app, holder.phone_id).await];

    let (browser, back) = stage.back("ann").await;
    let reply = browser.clone().get(&back).await;
    reply.is(400, json!({ "message": "user banned" }));
    assert_eq!(reply.cookies(), []);
    assert_eq!(authorized(app, Way::WebApp, browser.kept(COOKIE).unwrap()).await, None);

    let reply = app.get(&link).await;
    reply.is(200, json!({ "state": 402, "msg": "email has exist" }));
    let form = Some("application/x-www-form-urlencoded");
    let choice = format!("password={}", encoded(NEW_PASSWORD));
    let mut opener = app.browser().header("accept", "text/html");
    let reply = opener.send(Method::POST, &link, form, choice).await;
    assert_eq!((reply.status.as_u16(), reply.cookies()), (409, vec![]), "{}", reply.text);

    let register = json!({ "phone": holder.phone, "password": NEW_PASSWORD, "code": code });
    let reply = app.post("/phone/users", register).await;
    reply.is(200, json!({ "content": null, "state": 402, "msg": "phone has exist" }));
    // The token, the key and the cookies, at what they opened.
    holder.is_live_at(app, &[]).await;
    for endpoint in endpoints(&holder).iter().filter(|endpoint| endpoint.needs.is_some()) {
        let reply = endpoint.send(&mut endpoint.browser(app, &holder)).await;
        assert_eq!(reply.cookies(), [], "{} {}", endpoint.method, endpoint.path);
    }
    let after = [account_item(app, holder.id).await, account_item(app, holder.phone_id).await];
    assert_eq!(after, before);
    assert_eq!(holder.opened(app, NEW_PASSWORD).await, [SignIn::Refused; 7]);
}

#[tokio::test]
async fn a53_a_ban_is_not_shed_by_a_sign_up_a_change_or_a_deletion() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    for id in holder.accounts() {
        app.directory.ban(id).await.unwrap();
    }
    let before = [account_item(&app, holder.id).await, account_item(&app, holder.phone_id).await];

    // To make it anew.
    assert_eq!(create(&mut app.browser(), &holder.email).await, SignUp::EmailTaken);
    assert_eq!(enrol(&mut app.browser(), &holder.email).await, SignUp::EmailTaken);
    let by_client_app = enrol(&mut holder.tenant.client_app(&app), &holder.email).await;
    assert_eq!(by_client_app, SignUp::EmailTaken);
    let again = register(&mut app.browser(), &holder.username, "other@abc.com").await;
    assert_eq!(again, SignUp::UsernameTaken);
    let again = register(&mut app.browser(), "another.one", &holder.email).await;
    assert_eq!(again, SignUp::EmailTaken);
    app.clock.advance(60);
    let code = fresh_code(&app, &holder.phone).await;
    let again = json!({ "phone": holder.phone, "password": NEW_PASSWORD, "code": code });
    let reply = app.post("/phone/users", again).await;
    reply.is(200, json!({ "content": null, "state": 402, "msg": "phone has exist" }));
    // The address is nobody's proof that it is another person.
    let ask = json!({ "email": holder.email, "password": NEW_PASSWORD });
    app.post("/email/users", ask).await.is(200, success());
    let link = mailed(&app, &holder.email);
    app.get(&link).await.is(200, json!({ "state": 402, "msg": "email has exist" }));
    let cancel = link.replace("/active/", "/cancel/");
    app.post(&cancel, json!({})).await;

    // To change it.
    let mut users = holder.browser(&app, Way::Users);
    let change = json!({ "user": { "name": "Bob", "email": "bob@example.com" } });
    let reply = users.patch("/users", change).await;
    reply.is(400, users_error("PATCH", "/users", 2, "You have not sign in yet."));
    for way in [Way::WebApp, Way::ClientApp] {
        let change = json!({ "old_password": PASSWORD, "new_password": NEW_PASSWORD });
        let mut browser = holder.browser(&app, way);
        let reply = browser.send_json(Method::PUT, "/api/user/update_password", change).await;
        reply.is(401, tenant_error(401, "user unauthenticated"));
    }

    // To delete it.
    let delete = json!({ "user": { "email": holder.email, "password": PASSWORD } });
    for mut browser in [app.browser(), users] {
        let reply = browser.delete("/users", delete.clone()).await;
        reply.is(400, users_error("DELETE", "/users", 3, "This user is banned."));
    }
    let after = [account_item(&app, holder.id).await, account_item(&app, holder.phone_id).await];
    assert_eq!(after, before);
    assert_eq!(holder.opened(&app, PASSWORD).await, Way::ALL.map(Way::banned));
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn a54_a_deleted_account_is_as_one_that_never_was() {
    for by_owner in [true, false] {
        let app = TestApp::new().await;
        let holder = Holder::join(&app, "ann", 1).await;
        let bystander = Holder::join(&app, "bob", 2).await;
        let [id, phone_id] = holder.accounts();
        if by_owner {
            let delete = json!({ "user": { "email": holder.email, "password": PASSWORD } });
            let reply = app.delete("/users", delete).await;
            reply.is(200, json!({ "result": "Success", "url": "/users", "method": "DELETE" }));
        } else {
            app.directory.delete_account(id).await.unwrap();
        }
        app.directory.delete_account(phone_id).await.unwrap();
        holder.is_live_at(&app, &[]).await;
        bystander.is_live_at(&app, &Way::ALL).await;

        let never = Holder {
            username: "nobody.was.it".to_owned(),
            email: "nobody@example.com".to_owned(),
            phone: "+8613800139999".to_owned(),
            ..holder.clone()
        };
        for way in Way::ALL {
            for password in [PASSWORD, NEW_PASSWORD] {
                app.clock.advance(15 * 60);
                let deleted = holder.ask(&app, way, password).await;
                let unknown = never.ask(&app, way, password).await;
                assert_eq!(way.outcome(&deleted), SignIn::Refused, "{way:?}");
                assert_eq!(deleted.status, unknown.status, "{way:?}");
                assert_eq!(deleted.headers, unknown.headers, "{way:?}");
                assert_eq!(deleted.text, unknown.text, "{way:?}");
            }
        }
        for id in [holder.id, holder.phone_id] {
            let url = format!("/users/{id}");
            app.get(&url).await.is(404, users_error("GET", &url, 0, "There is not this user."));
        }
        let delete = json!({ "user": { "email": holder.email, "password": PASSWORD } });
        let reply = app.delete("/users", delete).await;
        let message = "This email address is incorrect.";
        reply.is(400, users_error("DELETE", "/users", 1, message));
        for (key, item) in everything(&app).await {
            assert!(!item.contains(&holder.email) && !key.contains(&holder.email), "{key}");
            assert!(!item.contains(&holder.phone) && !key.contains(&holder.phone), "{key}");
            assert!(!key.starts_with(&format!("accounts account#{id} ")), "{key}");
        }
        assert_eq!(app.audited().await, 2);

        // Who comes after is somebody else, and what is left over of the first one opens nothing.
        app.clock.advance(60);
        let newcomer = Holder::join(&app, "ann", 1).await;
        assert!(newcomer.id != holder.id && newcomer.phone_id != holder.phone_id);
        holder.is_live_at(&app, &[]).await;
        newcomer.is_live_at(&app, &Way::ALL).await;
    }
}

/// The headers by which a browser says that a page of another site sent the request.
const FOREIGN: [(&str, &str); 6] = [
    ("origin", "https://evil.example"),
    ("origin", "null"),
    ("origin", ""),
    ("origin", "https://api.test.evil.example"),
    ("origin", "https://api.test:8443"),
    ("sec-fetch-site", "cross-site"),
];

#[tokio::test]
async fn a55_a_page_of_another_site_changes_nothing() {
    let app = TestApp::with(&[("ALLOWED_ORIGINS", "https://app.example.com")]).await;
    let holder = Holder::join(&app, "ann", 1).await;
    let before = everything(&app).await;
    let hashes = app.directory.hasher().computed();
    let mut checked = 0;
    for endpoint in endpoints(&holder) {
        for (name, value) in FOREIGN {
            let mut browser = endpoint.browser(&app, &holder).header(name, value);
            let reply = endpoint.send(&mut browser).await;
            endpoint.contract.faults(&reply, 403, &endpoint.method, &endpoint.path);
            checked += 1;
        }
        // A form needs no leave of the browser's to be sent, so some do not say where it is from.
        let Some(body) = endpoint.body.clone() else { continue };
        let mut browser = endpoint.browser(&app, &holder);
        let text = Some("text/plain");
        let (method, path) = (endpoint.method.clone(), endpoint.path.as_str());
        let reply = browser.send(method, path, text, body.to_string()).await;
        endpoint.contract.faults(&reply, 415, &endpoint.method, path);
    }
    assert!(checked > 170, "{checked}");
    assert_eq!(app.directory.hasher().computed(), hashes);
    unchanged(&before, &everything(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;

    // A page that may call does what the other one could not.
    for (name, value) in [
        ("origin", "https://app.example.com"),
        ("origin", "https://api.test"),
        ("sec-fetch-site", "none"),
    ] {
        for way in Way::ALL {
            let mut browser = holder.stranger(&app, way).header(name, value);
            let reply = way.ask(&mut browser, holder.identifier(way), PASSWORD).await;
            assert_eq!(way.outcome(&reply), SignIn::Done(holder.account(way)), "{way:?} {value}");
        }
    }
}

#[tokio::test]
async fn a56_no_link_on_another_site_signs_its_visitor_in() {
    let app = TestApp::new().await;
    let attacker = Holder::join(&app, "mallory", 1).await;
    let victim = Holder::join(&app, "ann", 2).await;
    let before = everything(&app).await;
    for way in [Way::Email, Way::Phone] {
        let query = format!("{}&password={}", attacker.named(way), encoded(PASSWORD));
        let path = way.path();
        let doubled = path.replace('/', "//");
        for path in [path, &doubled, &format!("{path}/"), &format!("{doubled}//")] {
            for (name, value) in FOREIGN {
                for browser in [app.browser(), victim.browser(&app, way)] {
                    let mut page = browser.header(name, value);
                    let reply = page.get(&format!("{path}?{query}")).await;
                    Contract::Contact.faults(&reply, 403, &Method::GET, path);
                    let reply = page.send(Method::HEAD, &format!("{path}?{query}"), None, "").await;
                    assert_eq!((reply.status.as_u16(), reply.cookies()), (403, vec![]));
                }
            }
            let mut head = app.browser();
            let reply = head.send(Method::HEAD, &format!("{path}?{query}"), None, "").await;
            assert_eq!((reply.status.as_u16(), reply.cookies()), (405, vec![]));
        }
    }
    // A mailed link signs nobody in either, wherever it is.
    let ask = json!({ "email": "new@example.com", "password": PASSWORD });
    app.post("/email/users", ask).await.is(200, success());
    let link = mailed(&app, "new@example.com");
    assert_eq!(app.get(&link).await.cookies(), []);
    let after = everything(&app).await;
    let credentials = |items: &BTreeMap<String, String>| {
        items.keys().filter(|key| key.starts_with("tokens credential#")).count()
    };
    assert_eq!(credentials(&after), credentials(&before));
    victim.is_live_at(&app, &Way::ALL).await;

    // Who types it in is signed in, and so is a page of ours.
    for way in [Way::Email, Way::Phone] {
        let query = format!("{}&password={}", attacker.named(way), encoded(PASSWORD));
        for (name, value) in [("sec-fetch-site", "none"), ("origin", "https://api.test")] {
            let mut own = app.browser().header(name, value);
            let reply = own.get(&format!("{}?{query}", way.path())).await;
            assert_eq!(way.outcome(&reply), SignIn::Done(attacker.account(way)), "{value}");
        }
    }
}

#[tokio::test]
async fn a57_two_cookies_of_one_name_open_nothing_unless_they_agree() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let attacker = Holder::join(&app, "mallory", 2).await;
    for way in Way::COOKIES {
        let (name, one) = (way.cookie().unwrap(), holder.credential(way));
        let other = attacker.credential(way);
        for cookies in [
            format!("{name}={one}; {name}={other}"),
            format!("{name}={other}; {name}={one}"),
            format!("{name}={one}; {name}="),
            format!("{name}=; {name}={one}"),
            format!("{name}={one}; {name}=planted"),
            format!("{name}=planted; a=b; {name}={one}"),
            format!("{name}={one}; {name}={}", one.to_uppercase()),
            // Names that only look like it, as a neighbouring host could set them.
            format!("__Host-{name}={one}"),
            format!("__Secure-{name}={one}"),
            format!("{}={one}", name.to_uppercase()),
            format!("{name}%20={one}"),
            format!("x{name}={one}"),
        ] {
            let mut browser = app.browser().header("cookie", &cookies);
            opens_nothing(&mut browser, &holder, way, &cookies).await;
        }
        // In two headers as in one.
        let browser = app.browser().header("cookie", &format!("{name}={one}"));
        let mut browser = browser.header("cookie", &format!("{name}={other}"));
        opens_nothing(&mut browser, &holder, way, "two headers").await;
        holder.is_live_at(&app, &Way::ALL).await;
        attacker.is_live_at(&app, &Way::ALL).await;
    }
    // The same value twice is one, also beside what only looks like it.
    for (place, way) in Way::COOKIES.into_iter().enumerate() {
        let (name, one) = (way.cookie().unwrap(), holder.credential(way));
        let cookies = format!("a=b;{name}={one}; __Host-{name}=x; {name}={one};c");
        let mut browser = app.browser().header("cookie", &cookies);
        let reply = sign_out(&mut browser, &holder, way).await;
        assert_eq!(reply.cookies(), [(name.to_owned(), String::new())], "{way:?}");
        let live: Vec<_> =
            Way::ALL.into_iter().filter(|it| !Way::COOKIES[..=place].contains(it)).collect();
        holder.is_live_at(&app, &live).await;
    }
}

async fn sign_out(browser: &mut Browser, holder: &Holder, way: Way) -> Reply {
    match way {
        Way::Cookie => browser.post("/api/v1/user/logout/", json!({})).await,
        Way::Users => browser.delete("/users/sign_out", json!({})).await,
        Way::WebApp => browser.post("/api/user/signout", json!({})).await,
        _ => browser.delete(&format!("{}?{}", way.path(), holder.named(way)), json!({})).await,
    }
}

/// Asserts that what the browser shows ends no session and makes no change.
async fn opens_nothing(browser: &mut Browser, holder: &Holder, way: Way, case: &str) {
    let reply = sign_out(browser, holder, way).await;
    assert_eq!(reply.cookies(), [], "{case}");
    let message = "You have not sign in yet.";
    let (status, body) = match way {
        Way::Cookie => (401, cookie_error(101, "login required")),
        Way::Users => (403, users_error("DELETE", "/users/sign_out", 0, message)),
        Way::WebApp => (401, tenant_error(401, "user unauthenticated")),
        _ => (200, success()),
    };
    reply.is(status, body);
    if way == Way::Users {
        let change = browser.patch("/users", json!({ "user": { "name": "Mallory" } })).await;
        change.is(400, users_error("PATCH", "/users", 2, message));
    }
}
