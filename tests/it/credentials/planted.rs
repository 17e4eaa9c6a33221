//! Fixation: nothing that somebody planted before a sign-in is worth anything after it.

use serde_json::json;

use super::{EMAIL, Member, is_live};
use crate::support::{Browser, Door, PASSWORD, SignIn, TestApp, register};

/// The doors that hand out cookies, and the cookies' names.
const DOORS: [(Door, &str); 3] =
    [(Door::Cookie, "sessionid"), (Door::Users, "_session"), (Door::Tenant, "connect.sid")];

/// Signs in with these cookies, and answers with the new token.
async fn sign_in_with(app: &TestApp, door: Door, name: &str, cookies: &str) -> String {
    let mut browser = app.browser().header("cookie", cookies);
    let found = door.sign_in(&mut browser, EMAIL, PASSWORD).await;
    assert!(matches!(found, SignIn::Done(_)));
    browser.kept(name).unwrap().to_owned()
}

#[tokio::test]
async fn a_live_session_given_at_sign_in_does_not_survive_it() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    for (door, name) in DOORS {
        let old = member.token(door);
        let new = sign_in_with(&app, door, name, &format!("{name}={old}")).await;
        assert_ne!(new, old);
        assert!(!is_live(&app, door, old).await);
        assert!(is_live(&app, door, &new).await);
    }
    member.is_signed_in_at(&app, &[Door::ApiKey]).await;
}

#[tokio::test]
async fn a_session_of_somebody_else_given_at_sign_in_does_not_survive_it_either() {
    let app = TestApp::new().await;
    let victim = Member::join(&app).await;
    register(&mut app.browser(), "attacker", "attacker@example.com").await.id();
    let attacker = Member::sign_in(&app, "attacker@example.com", PASSWORD).await;
    for (door, name) in DOORS {
        let planted = attacker.token(door);
        let new = sign_in_with(&app, door, name, &format!("{name}={planted}")).await;
        assert_ne!(new, planted);
        assert!(!is_live(&app, door, planted).await);
        assert!(is_live(&app, door, &new).await);
    }
    victim.is_signed_in_at(&app, &Door::ALL).await;
}

#[tokio::test]
async fn none_of_several_live_sessions_given_at_sign_in_survives_it() {
    let app = TestApp::new().await;
    let (one, other) = (Member::join(&app).await, Member::sign_in(&app, EMAIL, PASSWORD).await);
    for (door, name) in DOORS {
        let cookies = format!("{name}={}; {name}={}", one.token(door), other.token(door));
        let new = sign_in_with(&app, door, name, &cookies).await;
        assert!(!is_live(&app, door, one.token(door)).await, "{door:?}");
        assert!(!is_live(&app, door, other.token(door)).await, "{door:?}");
        assert!(is_live(&app, door, &new).await);
    }
}

#[tokio::test]
async fn more_cookies_of_one_name_than_a_browser_comes_by_are_refused() {
    let app = TestApp::new().await;
    register(&mut app.browser(), "test1234", EMAIL).await.id();
    for (door, name) in DOORS {
        let cookie = |number: u32| format!("{name}={:016x}{number:064x}", 7);
        let cookies: Vec<_> = (0..33).map(cookie).collect();
        let mut browser = app.browser().header("cookie", &cookies.join("; "));
        let reply = door.ask(&mut browser, EMAIL, PASSWORD).await;
        assert_ne!(reply.json()["result"], "Success", "{reply}");
        assert_ne!(reply.json()["status"], "success", "{reply}");
        let mut browser = app.browser().header("cookie", &cookies[..32].join("; "));
        let found = door.sign_in(&mut browser, EMAIL, PASSWORD).await;
        assert!(matches!(found, SignIn::Done(_)), "{door:?}");
    }
}

#[tokio::test]
async fn an_unknown_token_given_at_sign_in_is_not_adopted() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    for (door, name) in DOORS {
        // Well-formed, with the account's own number in front.
        let planted = format!("{}{}", &member.token(door)[..16], "5".repeat(64));
        let mut browser: Browser = app.browser().cookie(name, &planted);
        let found = door.sign_in(&mut browser, EMAIL, PASSWORD).await;
        assert_eq!(found, SignIn::Done(member.id));
        assert_ne!(browser.kept(name), Some(planted.as_str()));
        assert!(!is_live(&app, door, &planted).await);
    }
}

#[tokio::test]
async fn a_refused_sign_in_hands_out_nothing() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    let id = shared::identifier::AccountId::new(member.id).unwrap();
    for banned in [false, true] {
        if banned {
            app.directory.ban(id).await.unwrap();
        }
        for door in Door::ALL {
            for (email, password) in [
                (EMAIL, if banned { PASSWORD } else { "wrong-Pa55word" }),
                ("nobody@example.com", PASSWORD),
                ("no address", PASSWORD),
                (EMAIL, ""),
            ] {
                let reply = door.ask(&mut app.browser(), email, password).await;
                assert_eq!(reply.cookies(), [], "{door:?} {email}");
                assert!(!reply.text.contains("api_key"), "{door:?} {email}");
            }
        }
    }
}

#[tokio::test]
async fn making_an_account_signs_nobody_in() {
    let app = TestApp::new().await;
    let account = json!({ "username": "test1234", "password": PASSWORD, "email": EMAIL });
    let reply = app.post("/api/v1/user/register/", account).await;
    assert_eq!((reply.status.as_u16(), reply.cookies()), (200, vec![]));
    let user = json!({
        "name": "Somebody",
        "email": "somebody@example.com",
        "password": PASSWORD,
        "password_confirm": PASSWORD,
    });
    let reply = app.post("/users", json!({ "user": user })).await;
    assert_eq!((reply.status.as_u16(), reply.cookies()), (200, vec![]));
    // Nor does it sign out, or in to the new account, who is signed in.
    let member = Member::sign_in(&app, EMAIL, PASSWORD).await;
    let other = register(&mut member.cookie.clone(), "other-one", "other@abc.com").await.id();
    assert_ne!(other, member.id);
    member.is_signed_in_at(&app, &Door::ALL).await;
}
