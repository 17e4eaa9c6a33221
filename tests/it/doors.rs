//! One directory behind all doors: whatever door an account was made at, it is found at the others,
//! and by every spelling of its identifiers, and no spelling makes a second one.

use serde_json::json;

use crate::support::{
    Door, PASSWORD, SignIn, SignUp, TestApp, cookie_error, create, enrol, register,
};

/// What becomes of another spelling of an identifier that is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spelling {
    /// It is the same identifier.
    Same,
    /// It is none.
    None,
    /// Either, as long as it is no third.
    Either,
}

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
async fn an_email_has_one_account_however_it_is_spelled() {
    use Spelling::{Either, None, Same};
    let app = TestApp::new().await;
    let id = register(&mut app.browser(), "kelvin-273", "kim@bücher.example").await.id();
    for (case, email, expected) in [
        ("as it was", "kim@bücher.example", Same),
        ("capitals before the @", "KIM@bücher.example", Same),
        ("capitals after the @", "kim@BÜCHER.Example", Same),
        ("in ASCII", "kim@xn--bcher-kva.example", Same),
        ("in ASCII capitals", "kim@XN--BCHER-KVA.EXAMPLE", Same),
        ("with a decomposed umlaut", "kim@bu\u{308}cher.example", Same),
        ("with spaces around", "  kim@bücher.example ", Same),
        ("with a line end after it", "kim@bücher.example\r\n", Same),
        ("with spaces of other scripts around", "\u{3000}kim@bücher.example\u{a0}", Either),
        ("with a full-width domain", "kim@ｂüｃｈｅｒ.ｅｘａｍｐｌｅ", Same),
        ("with an ideographic full stop", "kim@bücher。example", Same),
        ("with a zero-width space in the domain", "kim@bü\u{200b}cher.example", Either),
        ("with a soft hyphen in the domain", "kim@bücher\u{ad}.example", Either),
        ("with a trailing dot", "kim@bücher.example.", None),
        ("with the Kelvin sign", "\u{212a}im@bücher.example", None),
        ("with a dotless i", "k\u{131}m@bücher.example", None),
        ("with a dotted capital I", "K\u{130}M@bücher.example", None),
        ("with a full-width letter before the @", "\u{ff4b}im@bücher.example", None),
        ("with a full-width @", "kim\u{ff20}bücher.example", None),
        ("with a zero-width space before the @", "kim\u{200b}@bücher.example", None),
        ("with a zero-width space after it", "kim@bücher.example\u{200b}", Either),
        ("with a byte order mark before it", "\u{feff}kim@bücher.example", None),
        ("with a right-to-left mark", "kim\u{200f}@bücher.example", None),
        ("with a space inside", "kim @bücher.example", None),
        ("with a comment", "kim(work)@bücher.example", None),
        ("in quotes", "\"kim\"@bücher.example", None),
        ("in angle brackets", "<kim@bücher.example>", None),
        ("twice", "kim@bücher.example,kim@bücher.example", None),
        ("with NUL", "kim@bücher.example\0", None),
        ("with the label in ASCII of an ASCII label", "kim@xn--example-.example", None),
    ] {
        let outcomes = [
            register(&mut app.browser(), "other-name", email).await,
            create(&mut app.browser(), email).await,
            enrol(&mut app.browser(), email).await,
        ];
        let spelling = match outcomes {
            [SignUp::EmailTaken, SignUp::EmailTaken, SignUp::EmailTaken] => Same,
            [SignUp::Invalid, SignUp::Invalid, SignUp::Invalid] => None,
            _ => panic!("{case}: {outcomes:?}"),
        };
        assert!(expected == Either || spelling == expected, "{case}: {spelling:?}");
        let found = if spelling == Same { SignIn::Done(id) } else { SignIn::Refused };
        for door in Door::ALL {
            let outcome = door.sign_in(&mut app.browser(), email, PASSWORD).await;
            assert_eq!(outcome, found, "{case}: {door:?}");
        }
    }
    assert_eq!(app.audited().await, 1);
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

#[tokio::test]
async fn a_username_has_one_account_however_it_is_spelled() {
    use Spelling::{None, Same};
    let app = TestApp::new().await;
    let id = register(&mut app.browser(), "kiss_1234", "test1234@abc.com").await.id();
    for (number, (case, username, expected)) in [
        ("as it was", "kiss_1234", Same),
        ("in capitals", "KISS_1234", Same),
        ("with spaces around", " kiss_1234 ", Same),
        ("with a line end after it", "kiss_1234\n", Same),
        ("full-width", "ｋｉｓｓ＿１２３４", Same),
        ("full-width capitals", "ＫＩＳＳ＿１２３４", Same),
        ("with the Kelvin sign", "\u{212a}iss_1234", Same),
        ("with a long s", "ki\u{17f}s_1234", Same),
        ("with superscript digits", "kiss_¹²³⁴", Same),
        ("with circled digits", "kiss_①②③④", Same),
        ("with a dotless i", "k\u{131}ss_1234", None),
        ("with a dotted capital I", "K\u{130}SS_1234", None),
        ("with a sharp s", "kiß_1234", None),
        ("with Cyrillic letters", "кiss_1234", None),
        ("with Arabic digits", "kiss_١٢٣٤", None),
        ("with an accent on top", "ki\u{301}ss_1234", None),
        ("with a zero-width space", "kiss_\u{200b}1234", None),
        ("with a zero-width joiner at its end", "kiss_1234\u{200d}", None),
        ("with a byte order mark", "\u{feff}kiss_1234", None),
        ("with NUL at its end", "kiss_1234\0", None),
        ("with a space inside", "kiss _1234", None),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("{number}@example.com");
        let outcome = register(&mut app.browser(), username, &email).await;
        let (taken, found) = match expected {
            Same => (SignUp::UsernameTaken, SignIn::Done(id)),
            _ => (SignUp::Invalid, SignIn::Refused),
        };
        assert_eq!(outcome, taken, "{case}");
        let outcome = Door::Cookie.sign_in(&mut app.browser(), username, PASSWORD).await;
        assert_eq!(outcome, found, "{case}");
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn nobody_takes_an_email_as_a_username() {
    let app = TestApp::new().await;
    let victim = create(&mut app.browser(), "a@ab.example").await.id();
    for username in ["a@ab.example", "A@AB.EXAMPLE", "a＠ab.example", "a\u{fe6b}ab.example"] {
        let body = json!({ "username": username, "password": PASSWORD, "email": "b@ab.example" });
        let reply = app.post("/api/v1/user/register/", body).await;
        reply.is(200, cookie_error(103, "invalid parameters"));
    }
    // What is left of it without the @ is another's to take.
    let other = register(&mut app.browser(), "a.ab.example", "b@ab.example").await.id();
    assert_ne!(other, victim);
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), "a@ab.example", PASSWORD).await;
        assert_eq!(found, SignIn::Done(victim), "{door:?}");
    }
    let found = Door::Cookie.sign_in(&mut app.browser(), "a.ab.example", PASSWORD).await;
    assert_eq!(found, SignIn::Done(other));
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn a_username_of_digits_is_nobodys_phone_number_or_id() {
    let app = TestApp::new().await;
    let victim = create(&mut app.browser(), "victim@example.com").await.id();
    let mut made = vec![victim];
    for username in ["13800138000", "8613800138000", &format!("{victim:0>8}")] {
        let email = format!("{username}@example.org");
        let id = register(&mut app.browser(), username, &email).await.id();
        assert!(!made.contains(&id), "{username}");
        made.push(id);
        let found = Door::Cookie.sign_in(&mut app.browser(), username, PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{username}");
        let again = register(&mut app.browser(), username, "other@example.org").await;
        assert_eq!(again, SignUp::UsernameTaken, "{username}");
    }
    for phone in ["+8613800138000", "+86 138 0013 8000"] {
        let outcome = register(&mut app.browser(), phone, "other@example.org").await;
        assert_eq!(outcome, SignUp::Invalid, "{phone}");
    }
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), "victim@example.com", PASSWORD).await;
        assert_eq!(found, SignIn::Done(victim), "{door:?}");
    }
    assert_eq!(app.audited().await, made.len());
}
