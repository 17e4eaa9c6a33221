//! One directory behind all doors: whatever door an account was made at, it is found at the others,
//! and by every spelling of its identifiers, and no spelling makes a second one.

use serde_json::json;

use crate::support::{Door, PASSWORD, SignIn, SignUp, TestApp, create, enrol, register};

#[tokio::test]
async fn an_account_registered_at_the_cookie_door_signs_in_at_every_door() {
    let app = TestApp::new().await;
    let id = register(&mut app.browser(), "Test.1234", "test1234@abc.com").await.id();
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), "test1234@abc.com", PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{door:?}");
    }

    let login = Door::Cookie.ask(&mut app.browser(), "test.1234", PASSWORD).await;
    login.is(
        200,
        json!({
            "status": "success",
            "username": "Test.1234",
            "email": "test1234@abc.com",
            "uid": id.to_string(),
        }),
    );
    let signin = Door::Tenant.ask(&mut app.browser(), "test1234@abc.com", PASSWORD).await;
    signin.is(
        200,
        json!({
            "data": { "id": id.to_string(), "username": "test1234@abc.com" },
            "message": "authenticate successfully",
        }),
    );
    let sign_in = Door::Users.ask(&mut app.browser(), "test1234@abc.com", PASSWORD).await;
    let user = json!({ "id": id, "name": "Test.1234", "email": "test1234@abc.com" });
    assert_eq!(sign_in.json()["user"], user);
    assert_eq!(app.get(&format!("/users/{id}")).await.json()["user"]["name"], "Test.1234");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_created_at_the_users_door_signs_in_at_every_door_without_a_username() {
    let app = TestApp::new().await;
    let id = create(&mut app.browser(), "somebody@example.com").await.id();
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), "somebody@example.com", PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{door:?}");
    }

    // Without a username its email address is shown in the place of one.
    let login = Door::Cookie.ask(&mut app.browser(), "somebody@example.com", PASSWORD).await;
    login.is(
        200,
        json!({
            "status": "success",
            "username": "somebody@example.com",
            "email": "somebody@example.com",
            "uid": id.to_string(),
        }),
    );
    // A name is no username.
    let found = Door::Cookie.sign_in(&mut app.browser(), "Somebody", PASSWORD).await;
    assert_eq!(found, SignIn::Refused);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_of_the_tenant_door_signs_in_at_every_door_without_a_username_or_a_name() {
    let app = TestApp::new().await;
    let id = enrol(&mut app.browser(), "somebody@example.com").await.id();
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), "somebody@example.com", PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{door:?}");
    }
    let sign_in = Door::Users.ask(&mut app.browser(), "somebody@example.com", PASSWORD).await;
    let user = json!({ "id": id, "name": "", "email": "somebody@example.com" });
    assert_eq!(sign_in.json()["user"], user);
    // The part before the @ is no username.
    let found = Door::Cookie.sign_in(&mut app.browser(), "somebody", PASSWORD).await;
    assert_eq!(found, SignIn::Refused);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_without_an_email_is_shown_without_one() {
    let app = TestApp::new().await;
    let id = register(&mut app.browser(), "test1234", "test1234@abc.com").await.id();
    app.forget(id, "email").await;
    let login = Door::Cookie.ask(&mut app.browser(), "test1234", PASSWORD).await;
    login.is(
        200,
        json!({ "status": "success", "username": "test1234", "email": "", "uid": id.to_string() }),
    );
}

#[tokio::test]
async fn a_long_password_of_one_door_is_taken_whole_by_the_others() {
    let app = TestApp::new().await;
    let password = "a long and winding passphrase, ".repeat(4) + "128.";
    assert_eq!(password.len(), 128);
    let user = json!({
        "name": "Somebody",
        "email": "ann@example.com",
        "password": password,
        "password_confirm": password,
    });
    assert_eq!(app.post("/users", json!({ "user": user })).await.status, 200);
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), "ann@example.com", &password).await;
        assert!(matches!(found, SignIn::Done(_)), "{door:?}");
        let cut = &password[..127];
        let longer = format!("{password}.");
        let spaced = format!(" {password}");
        for wrong in [cut, &longer, &spaced] {
            let found = door.sign_in(&mut app.browser(), "ann@example.com", wrong).await;
            assert_eq!(found, SignIn::Refused, "{door:?} {wrong:?}");
        }
    }
}

#[tokio::test]
async fn a_password_is_one_however_its_accents_are_composed() {
    let app = TestApp::new().await;
    let composed = "mot-d\u{e9}-passé-9";
    let decomposed = "mot-de\u{301}-passe\u{301}-9";
    let account = json!({
        "username": "francoise",
        "password": decomposed,
        "email": "f@example.com",
    });
    let made = app.post("/api/v1/user/register/", account).await;
    assert_eq!(made.json()["status"], "success");
    for door in Door::ALL {
        for password in [composed, decomposed] {
            let found = door.sign_in(&mut app.browser(), "f@example.com", password).await;
            assert!(matches!(found, SignIn::Done(_)), "{door:?} {password}");
        }
        let found = door.sign_in(&mut app.browser(), "f@example.com", "mot-de-passe-9").await;
        assert_eq!(found, SignIn::Refused, "{door:?}");
    }
}

#[tokio::test]
async fn letters_that_only_look_alike_make_other_domains() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for email in ["ann@kiel.example", "ann@kıel.example", "ann@кiel.org", "ann@straße.example"] {
        let SignUp::Done(id) = create(&mut app.browser(), email).await else { continue };
        assert!(!ids.contains(&id));
        for door in Door::ALL {
            let found = door.sign_in(&mut app.browser(), email, PASSWORD).await;
            assert_eq!(found, SignIn::Done(id), "{email} {door:?}");
        }
        ids.push(id);
    }
    // The Kelvin sign is a K in domains, so this is the first one's.
    assert_eq!(create(&mut app.browser(), "ann@\u{212a}iel.example").await, SignUp::EmailTaken);
    assert_eq!(app.audited().await, ids.len());
}
