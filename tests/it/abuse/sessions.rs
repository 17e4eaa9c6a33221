//! Credentials: planted ones, invented ones, those of others, and those that are over.

use futures::FutureExt as _;
use http::Method;
use serde_json::{Value, json};
use shared::credential::digest;

use super::scene::{
    Check, DAY, EMAIL, OTHER, Outcome, PHONE, Scene, Session, USERNAME, Way, change_password,
};
use crate::{
    authorizer, email, phone,
    support::{Browser, PASSWORD, Reply, at_once, cookie_error, create, tenant_error, users_error},
    tenant,
};

/// The ways that hand out a cookie, each with the identifier that it takes.
fn by_cookie() -> impl Iterator<Item = (Way, &'static str)> {
    Way::all().filter(|it| it.0.cookie().is_some())
}

#[tokio::test]
async fn a43_no_session_that_was_there_before_a_sign_in_is_worth_anything_after_it() {
    let attacker = "attacker@example.com";
    for (way, identifier) in by_cookie() {
        let scene = Scene::unguarded().await;
        scene.join_both().await;
        create(&mut scene.browser(), attacker).await.id();
        let name = way.cookie().unwrap();
        let kept = scene.sign_in(way, identifier).await;
        let own = [scene.sign_in(way, identifier).await, scene.sign_in(way, identifier).await];
        let planter = if Way::BY_PHONE.contains(&way) { Way::Email } else { way };
        let planted = scene.sign_in(planter, attacker).await;
        // Well-formed, with the account's own number in front; and what is no token at all.
        let invented = format!("{}{}", &kept.token[..16], "5".repeat(64));
        let cases: [&[&str]; 5] = [
            &[&own[0].token],
            &[&planted.token],
            &[&own[1].token, &planted.token, &invented],
            &[&invented],
            &["x"],
        ];
        for tokens in cases {
            let pairs: Vec<_> = tokens.iter().map(|token| format!("{name}={token}")).collect();
            let mut browser = scene.visitor(way).header("cookie", &pairs.join("; "));
            // A refused sign-in leaves things as they were, and hands out nothing.
            let refused = way.ask(&mut browser, identifier, OTHER).await;
            assert_eq!((way.outcome(&refused), refused.cookies()), (Outcome::Refused, vec![]));
            let reply = way.ask(&mut browser, identifier, PASSWORD).await;
            assert_eq!(way.outcome(&reply), Outcome::Done, "{way:?}");
            let new = Session { way, identifier, token: way.token(&reply).unwrap() };
            assert!(new.is_live(&scene).await, "{way:?}");
            for token in tokens {
                assert_ne!(*token, new.token);
                let old = Session { token: (*token).to_owned(), ..new.clone() };
                assert!(!old.is_live(&scene).await, "{way:?}");
                let key = format!("credential#{}#{}", kind(way), digest(token));
                assert_eq!(scene.stored(&key).await, 0, "{way:?}");
            }
        }
        assert!(kept.is_live(&scene).await, "a session that was not presented lives on: {way:?}");
    }
}

/// How keys call what a way hands out.
const fn kind(way: Way) -> &'static str {
    match way {
        Way::ApiKey => "api_key",
        Way::Cookie => "cookie_session",
        Way::Users => "users_session",
        Way::Web => "web_session",
        Way::ClientApp => "tenant_token",
        Way::Email | Way::EmailPost | Way::Phone | Way::PhonePost => "contact_session",
    }
}

/// Presents a text as a way's credential to everything that takes one. It must open nothing, end
/// nothing, and be no reason for an error of the server.
async fn opens_nothing(scene: &Scene, way: Way, identifier: &'static str, text: &str) {
    let session = Session { way, identifier, token: text.to_owned() };
    let answer = authorizer::ask(scene.app(), &[(way.slot(), text)]).await;
    assert_eq!(answer, json!({ "isAuthorized": false }), "{way:?} {text}");
    let browser = session.browser(scene);
    let refused = |reply: Reply, status: u16, body: Value| {
        let found = (reply.status.as_u16(), reply.json(), reply.cookies());
        assert_eq!(found, (status, body, vec![]), "{way:?} {text}");
    };
    match way {
        Way::ApiKey => {
            let reply = browser.clone().post("/user/signout", json!({ "api_key": text })).await;
            if text.trim().is_empty() {
                refused(reply, 403, json!({ "error_name": "lack of parameters" }));
            } else {
                refused(reply, 200, json!({}));
            }
        }
        Way::Cookie => {
            let reply = browser.clone().post("/api/v1/user/logout/", json!({})).await;
            refused(reply, 401, cookie_error(101, "login required"));
        }
        Way::Users => {
            let message = "You have not sign in yet.";
            let user = json!({ "user": { "name": "Mallory", "email": "mallory@example.com" } });
            let reply = browser.clone().patch("/users", user).await;
            refused(reply, 400, users_error("PATCH", "/users", 2, message));
            let reply = change_password(way, &mut browser.clone(), PASSWORD, OTHER).await;
            refused(reply, 400, users_error("PATCH", "/users/password", 2, message));
            let reply = browser.clone().delete("/users/sign_out", json!({})).await;
            refused(reply, 403, users_error("DELETE", "/users/sign_out", 0, message));
        }
        Way::Web | Way::ClientApp => {
            let reply = change_password(way, &mut browser.clone(), PASSWORD, OTHER).await;
            refused(reply, 401, tenant_error(401, "user unauthenticated"));
            let reply = browser.clone().post("/api/user/signout", json!({})).await;
            refused(reply, 401, tenant_error(401, "user unauthenticated"));
        }
        Way::Email | Way::EmailPost | Way::Phone | Way::PhonePost => {
            let (path, name) = match way {
                Way::Email | Way::EmailPost => ("/email/token", "email"),
                _ => ("/phone/token", "phone"),
            };
            let path = phone::with_query(path, &json!({ name: identifier }));
            let reply = browser.clone().send(Method::DELETE, &path, None, "").await;
            refused(reply, 200, email::success());
        }
    }
}

#[tokio::test]
async fn a44_what_is_no_live_token_opens_nothing_in_any_slot() {
    let scene = Scene::unguarded().await;
    scene.join_both().await;
    create(&mut scene.browser(), "other@example.com").await.id();
    for (way, identifier) in Way::all() {
        let session = scene.sign_in(way, identifier).await;
        let other = match identifier {
            EMAIL => scene.sign_in(way, "other@example.com").await.token,
            _ => scene.sign_in(Way::Email, "other@example.com").await.token,
        };
        let token = &session.token;
        let (length, last) = (token.len(), token.len() - 1);
        let flipped = if token.ends_with('0') { "1" } else { "0" };
        let mut cases = vec![
            ("nothing", String::new()),
            ("the document's example", "e4cbcdc2faff41a7e311".to_owned()),
            ("without its last character", token[..last].to_owned()),
            ("without its first character", token[1..].to_owned()),
            ("with a character more", format!("{token}0")),
            ("with a character before it", format!("0{token}")),
            ("twice", token.repeat(2)),
            ("in capitals", token.to_uppercase()),
            ("in quotes", format!("\"{token}\"")),
            ("its digest", digest(token)),
            ("one that was never handed out", "ab".repeat(40)),
            ("zeros", "0".repeat(80)),
            ("not hexadecimal", "z".repeat(80)),
            ("8 KiB of it", "0".repeat(8192)),
            ("null", "null".to_owned()),
            ("undefined", "undefined".to_owned()),
            ("a wildcard", "*".to_owned()),
            ("a path", "../../credential".to_owned()),
            ("a key of the table", format!("credential#{}#{token}", kind(way))),
            ("JSON", r#"{"$ne":null}"#.to_owned()),
            ("SQL", "' OR '1'='1".to_owned()),
            ("another script", "é".repeat(40)),
            ("full-width", "０".repeat(80)),
        ];
        if way == Way::ClientApp {
            // The last characters of a signature hold bits that say nothing, so not the last one.
            let parts: Vec<_> = token.split('.').collect();
            let others: Vec<_> = other.split('.').collect();
            cases.extend([
                ("without a signature", format!("{}.{}.", parts[0], parts[1])),
                ("with another's signature", format!("{}.{}.{}", parts[0], parts[1], others[2])),
                ("with another's claims", format!("{}.{}.{}", parts[0], others[1], parts[2])),
            ]);
        } else {
            let (number, others) = (&token[..16], &other[..16]);
            cases.extend([
                ("with another ending", format!("{}{flipped}", &token[..last])),
                ("the account's number alone", format!("{number}{}", "0".repeat(64))),
                ("nobody's number", format!("{}{}", "0".repeat(16), &token[16..])),
                ("another's number", format!("{others}{}", &token[16..])),
                ("the greatest number", format!("{}{}", "f".repeat(16), &token[16..])),
                ("a number beyond those of accounts", format!("0020000000000000{}", &token[16..])),
                ("percent-encoded", token.replacen('0', "%30", 1)),
            ]);
            assert_eq!(length, 80);
        }
        for (case, text) in cases {
            assert_ne!(text, *token, "{case}");
            opens_nothing(&scene, way, identifier, &text).await;
            assert!(session.is_live(&scene).await, "{way:?}: {case}");
        }
    }
    // Nor does one that is over.
    let mut expired = Vec::new();
    for (way, identifier) in Way::all() {
        expired.push(scene.sign_in(way, identifier).await);
    }
    scene.clock.advance(90 * DAY);
    for session in &expired {
        opens_nothing(&scene, session.way, session.identifier, &session.token).await;
    }
    assert!(scene.opens(EMAIL, PASSWORD).await);
    assert_eq!(scene.audited().await, 3);
}

#[tokio::test]
async fn a45_a_credential_of_one_contract_is_nothing_in_the_slot_of_another() {
    let scene = Scene::unguarded().await;
    scene.join_both().await;
    let mut sessions = scene.sign_in_everywhere(EMAIL).await;
    sessions.push(scene.sign_in(Way::Phone, PHONE).await);
    for from in &sessions {
        for to in sessions.iter().filter(|to| to.way.slot() != from.way.slot()) {
            opens_nothing(&scene, to.way, to.identifier, &from.token).await;
            // Nor does a sign-in there end it.
            if let Some(name) = to.way.cookie() {
                let mut browser = scene.visitor(to.way).cookie(name, &from.token);
                let reply = to.way.ask(&mut browser, to.identifier, PASSWORD).await;
                assert_eq!(to.way.outcome(&reply), Outcome::Done);
                assert_ne!(browser.kept(name), Some(from.token.as_str()));
            }
        }
    }
    assert!(scene.are_live(&sessions).await);
    // The contract `contact` has one slot, but a session is its account's alone: by the other's
    // identifier it ends nothing.
    for (from, to) in [(Way::Email, Way::Phone), (Way::Phone, Way::Email)] {
        let find = |way| sessions.iter().find(|session: &&Session| session.way == way).unwrap();
        let stray = Session { way: to, identifier: find(to).identifier, ..find(from).clone() };
        assert!(stray.sign_out(&scene).await);
    }
    assert!(scene.are_live(&sessions).await);
}

#[tokio::test]
async fn a46_what_stands_for_less_than_a_sign_in_is_no_session_before_or_after_it() {
    let scene = Scene::unguarded().await;
    scene.join_both().await;
    let app = scene.app();
    // A registration by email, a code, and an identity that a provider has shown.
    let mailed = email::register(app, "new@example.com", PASSWORD).await;
    let number = "+8613900139000";
    let code = phone::fresh_code(app, number).await;
    let identity = tenant::identity("somebody");
    let nowhere = async |waits: &str| {
        for token in [mailed.token(), &code, waits] {
            for (way, identifier) in Way::all() {
                opens_nothing(&scene, way, identifier, token).await;
            }
        }
    };
    nowhere(tenant::waiting(app, &identity).await.expose()).await;
    // Once they have become more, what they were is as little.
    scene.get(&mailed.open).await.is(200, email::success());
    phone::id_of(&phone::register(&mut scene.browser(), number, &code).await, number);
    // Signing out forgets an identity that waits, so it is shown once more.
    let waits = tenant::waiting(app, &identity).await;
    let mut browser = scene.browser().cookie("connect.sid", waits.expose());
    let body = json!({ "username": EMAIL, "password": PASSWORD });
    let reply = browser.post("/api/user/signin", body).await;
    assert_eq!(reply.json()["message"], "authenticate and bind successfully");
    let session = browser.kept("connect.sid").unwrap().to_owned();
    assert_ne!(session, waits.expose());
    nowhere(waits.expose()).await;
    let session = Session { way: Way::Web, identifier: EMAIL, token: session };
    assert!(session.is_live(&scene).await);
    // And a session of an account that was banned is not one again when the ban is lifted.
    let id = scene.account(EMAIL).await.id;
    let before = scene.sign_in_everywhere(EMAIL).await;
    scene.directory.ban(id).await.unwrap();
    assert!(!scene.are_live(&before).await);
    scene.directory.unban(id).await.unwrap();
    assert!(!scene.are_live(&before).await && !session.is_live(&scene).await);
    assert!(scene.opens(EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn a47_a_changed_password_ends_every_session_but_the_one_that_asked() {
    for way in Check::CHANGES {
        let scene = Scene::unguarded().await;
        scene.join_both().await;
        create(&mut scene.browser(), "other@example.com").await.id();
        let bystanders = [
            scene.sign_in_everywhere("other@example.com").await,
            vec![scene.sign_in(Way::Phone, PHONE).await],
        ]
        .concat();
        let others = scene.sign_in_everywhere(EMAIL).await;
        let asking = scene.sign_in(way, EMAIL).await;

        // What is refused ends nothing.
        for (old, new) in [(OTHER, PASSWORD), (PASSWORD, "short"), ("", OTHER)] {
            let reply = change_password(way, &mut asking.browser(&scene), old, new).await;
            assert_eq!(reply.status, 400, "{reply}");
        }
        assert!(scene.are_live(&others).await);

        let mut browser = asking.browser(&scene);
        let reply = change_password(way, &mut browser, PASSWORD, OTHER).await;
        assert_eq!(reply.status, 200, "{reply}");
        assert!(!scene.are_live(&others).await, "{way:?}");
        assert!(asking.is_live(&scene).await, "{way:?}");
        assert!(scene.are_live(&bystanders).await, "{way:?}");
        assert!(!scene.opens(EMAIL, PASSWORD).await && scene.opens(EMAIL, OTHER).await);
        // The session that asked is one that can ask again.
        let reply = change_password(way, &mut asking.browser(&scene), OTHER, PASSWORD).await;
        assert_eq!(reply.status, 200, "{reply}");
        assert!(asking.is_live(&scene).await, "{way:?}");
        assert_eq!(scene.audited().await, 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a48_a_session_that_was_signed_out_is_dead_however_it_is_replayed() {
    let scene = std::sync::Arc::new(Scene::unguarded().await);
    scene.join_both().await;
    let mut bystanders = scene.sign_in_everywhere(EMAIL).await;
    bystanders.push(scene.sign_in(Way::Phone, PHONE).await);
    for (way, identifier) in Way::all() {
        // Signed out once, and replayed.
        let session = scene.sign_in(way, identifier).await;
        assert!(session.is_live(&scene).await, "{way:?}");
        assert!(session.sign_out(&scene).await, "{way:?}");
        opens_nothing(&scene, way, identifier, &session.token).await;
        let key = format!("credential#{}#{}", kind(way), digest(&session.token));
        assert_eq!(scene.stored(&key).await, 0, "{way:?}");

        // Signed out many times at once, and used all the while.
        let session = scene.sign_in(way, identifier).await;
        let sign_outs = (0..10).map(|_| {
            let (scene, session) = (scene.clone(), session.clone());
            async move { session.sign_out(&scene).await }.boxed()
        });
        let uses = (0..10).map(|_| {
            let (mut browser, session): (Browser, _) = (session.browser(&scene), session.clone());
            async move {
                if session.way == Way::Users {
                    let user = json!({ "user": { "name": "Somebody else" } });
                    assert!(
                        [200, 400].contains(&browser.patch("/users", user).await.status.as_u16())
                    );
                } else if matches!(session.way, Way::Web | Way::ClientApp) {
                    let reply = change_password(session.way, &mut browser, OTHER, OTHER).await;
                    assert!([400, 401].contains(&reply.status.as_u16()), "{reply}");
                }
                false
            }
            .boxed()
        });
        let outcomes = at_once(sign_outs.chain(uses)).await;
        assert!(outcomes.contains(&true), "{way:?}");
        opens_nothing(&scene, way, identifier, &session.token).await;
    }
    assert!(scene.are_live(&bystanders).await);
    let found = scene.try_sign_in(Way::Cookie, USERNAME, PASSWORD).await;
    assert_eq!(found, Outcome::Done);
    assert_eq!(scene.audited().await, 2);
}
