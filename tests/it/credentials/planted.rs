//! What a sign-in is not talked into by what somebody planted before it. What becomes of planted
//! sessions is an abuse case: A-43.

use serde_json::json;

use super::{EMAIL, Member};
use crate::support::{Door, PASSWORD, SignIn, TestApp, register};

/// The doors that hand out cookies, and the cookies' names.
const DOORS: [(Door, &str); 3] =
    [(Door::Cookie, "sessionid"), (Door::Users, "_session"), (Door::Tenant, "connect.sid")];

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
