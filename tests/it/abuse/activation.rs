//! Proof of an address or a number: links and codes.

use futures::join;
use http::Method;
use serde_json::{Value, json};
use shared::credential::digest;

use super::scene::{DAY, EMAIL, MINUTE, OTHER, Outcome, PHONE, Scene, Way};
use crate::{
    email, oauth, phone,
    support::{PASSWORD, users_error},
    tenant,
};

fn active(email: &str, token: &str) -> String {
    format!("/email/users/active/{email}/{token}")
}

fn cancel(email: &str, token: &str) -> String {
    format!("/email/users/cancel/{email}/{token}")
}

/// Asserts that a link leads nowhere, however it is opened, and whichever of the two it is.
pub(super) async fn leads_nowhere(scene: &Scene, email: &str, token: &str) {
    let (open, not_me) = (active(email, token), cancel(email, token));
    scene.get(&open).await.is(200, email::not_found());
    scene.post(&open, json!({})).await.is(200, email::not_found());
    scene.post(&open, json!({ "password": OTHER })).await.is(200, email::not_found());
    scene.post(&not_me, json!({})).await.is(200, email::not_found());
    for path in [open, not_me] {
        let page = email::person(scene.app()).get(&path).await;
        assert_eq!((page.status.as_u16(), page.cookies()), (404, vec![]), "{path}");
    }
}

#[tokio::test]
async fn a27_a_link_that_is_opened_a_hundred_times_at_once_makes_one_account() {
    let scene = Scene::unguarded().await;
    let mailed = email::register(scene.app(), EMAIL, PASSWORD).await;
    let opened = (0..100).map(async |number| match number % 2 {
        0 => scene.get(&mailed.open).await,
        _ => scene.post(&mailed.open, json!({})).await,
    });
    for reply in phone::at_once(opened).await {
        assert_eq!((reply.json(), reply.cookies()), (email::success(), vec![]));
    }
    let first = scene.account(EMAIL).await;
    assert_eq!(scene.audited().await, 1);
    assert!(scene.opens(EMAIL, PASSWORD).await);

    // Replayed later, it says the same and changes nothing, whatever comes with it.
    scene.clock.advance(DAY);
    scene.get(&mailed.open).await.is(200, email::success());
    let reply = scene.post(&mailed.open, json!({ "password": OTHER })).await;
    reply.is(200, email::taken());
    let now = scene.account(EMAIL).await;
    assert_eq!((now.id, now.version, now.epoch), (first.id, first.version, first.epoch));
    assert!(!scene.opens(EMAIL, OTHER).await);
}

#[tokio::test]
async fn a28_what_is_no_token_opens_no_link() {
    let scene = Scene::unguarded().await;
    let mailed = email::register(scene.app(), EMAIL, PASSWORD).await;
    let token = mailed.token();
    let cut = &token[..63];
    for token in [
        "null",
        "undefined",
        "*",
        "x",
        "0",
        "%00",
        "%20",
        "..",
        "%2e%2e",
        "%252e",
        cut,
        &format!("{token}0"),
        &format!("{cut}%00"),
        &format!("{cut}*"),
        &format!("%20{token}"),
        &token.to_uppercase(),
        // What is stored in the token's stead.
        &digest(token),
        &format!("pending%23{}", digest(token)),
        &digest(""),
        &"0".repeat(64),
        &"a".repeat(5000),
    ] {
        leads_nowhere(&scene, EMAIL, token).await;
    }
    for path in [active(EMAIL, ""), active("", token), cancel(EMAIL, ""), cancel("", token)] {
        let reply = scene.post(&path, json!({})).await;
        reply.is(200, email::body(400, "message required"));
    }
    assert_eq!(scene.audited().await, 0);
    // No registration is stored under no token, or under the digest of none.
    let key = format!("pending#{}", digest(token));
    assert_eq!((scene.stored("pending#").await, scene.stored(&key).await), (1, 1));
    scene.get(&mailed.open).await.is(200, email::success());
}

#[tokio::test]
async fn a29_a_token_is_good_for_the_address_that_it_was_mailed_to_alone() {
    let scene = Scene::unguarded().await;
    let bob = "bob@example.com";
    let of_victim = email::register(scene.app(), EMAIL, PASSWORD).await;
    let of_bob = email::register(scene.app(), bob, OTHER).await;
    let links = [
        (bob, of_victim.token()),
        (EMAIL, of_bob.token()),
        ("nobody@example.com", of_victim.token()),
        ("victim@example.org", of_victim.token()),
        ("victim", of_victim.token()),
        ("%20victim@example.com", of_victim.token()),
        ("victim@example.com%0D%0A", of_victim.token()),
        ("victim@example.com%00", of_victim.token()),
        ("victim@example.com,bob@example.com", of_victim.token()),
        ("x/victim@example.com", of_victim.token()),
    ];
    for (email, token) in links {
        leads_nowhere(&scene, email, token).await;
    }
    assert_eq!((scene.audited().await, scene.stored("pending#").await), (0, 2));
    scene.get(&of_victim.open).await.is(200, email::success());
    // An account does not help a token of another one's.
    for (email, token) in links {
        leads_nowhere(&scene, email, token).await;
    }
    scene.get(&of_bob.open).await.is(200, email::success());
    assert!(scene.opens(EMAIL, PASSWORD).await && scene.opens(bob, OTHER).await);
    assert_eq!(scene.audited().await, 2);
}

#[tokio::test]
async fn a30_what_is_too_old_counts_no_more_although_the_table_has_it_still() {
    let scene = Scene::unguarded().await;
    let mailed = email::register(scene.app(), "late@example.com", PASSWORD).await;
    let mut sessions = vec![];
    scene.join().await;
    let take_over = email::register(scene.app(), EMAIL, PASSWORD).await;
    sessions.extend(scene.sign_in_everywhere(EMAIL).await);
    let code = phone::fresh_code(scene.app(), PHONE).await;
    let identity = tenant::identity("late");
    let mut waits = tenant::arrived(scene.app(), &identity).await;
    let stored = scene.dump("tokens").await.len();

    scene.clock.advance(10 * MINUTE);
    let reply = phone::register(&mut scene.browser(), PHONE, &code).await;
    phone::says(&reply, 404, "wrong code", "too old");
    let body = json!({ "username": EMAIL, "password": PASSWORD });
    let reply = waits.post("/api/user/signin", body).await;
    assert_eq!(reply.json()["message"], "authenticate successfully", "and nothing is bound");
    assert_eq!(tenant::bound_to(scene.app(), &identity).await, None);

    scene.clock.advance(DAY - 10 * MINUTE);
    leads_nowhere(&scene, "late@example.com", mailed.token()).await;
    leads_nowhere(&scene, EMAIL, take_over.token()).await;
    assert!(scene.are_live(&sessions).await);

    scene.clock.advance(13 * DAY);
    let (keys, rest): (Vec<_>, Vec<_>) =
        sessions.into_iter().partition(|session| session.way == Way::ApiKey);
    assert!(!scene.are_live(&rest).await && scene.are_live(&keys).await);
    scene.clock.advance(76 * DAY);
    assert!(!scene.are_live(&keys).await);
    assert!(scene.dump("tokens").await.len() >= stored, "nothing has cleaned up");
    assert!(scene.opens(EMAIL, PASSWORD).await);
    assert_eq!(scene.audited().await, 1);
}

#[tokio::test]
async fn a31_a_changed_address_is_unproven_and_the_former_one_is_told() {
    let scene = Scene::unguarded().await;
    let [new, newer] = ["new@example.com", "newer@example.com"];
    email::join(scene.app(), EMAIL).await;
    let id = scene.account(EMAIL).await.id;
    assert!(scene.account(EMAIL).await.email_verified);
    let mut browser = scene.sign_in(Way::Users, EMAIL).await.browser(&scene);
    scene.outbox.clear();
    for (from, to) in [(EMAIL, new), (new, newer)] {
        let reply = browser.patch("/users", json!({ "user": { "email": to } })).await;
        assert_eq!(reply.status, 200, "{reply}");
        let told = &email::mails(scene.app(), from)[0];
        let subject = "The email address of your Atrium account was changed";
        assert_eq!(told.subject.as_deref(), Some(subject));
        assert!(!told.text.contains(to) && told.links.is_empty(), "{}", told.text);
        assert!(email::mails(scene.app(), to).is_empty());
        let account = scene.account(to).await;
        assert_eq!((account.id, account.email_verified), (id, false));
        assert!(scene.opens(to, PASSWORD).await && !scene.opens(from, PASSWORD).await);
    }
    // Coming back to the address that was proven once does not make it proven.
    let reply = browser.patch("/users", json!({ "user": { "email": EMAIL } })).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert!(!scene.account(EMAIL).await.email_verified);
    // Whose address it is can take the account over by proving it.
    scene.clock.advance(MINUTE);
    let mailed = email::register(scene.app(), EMAIL, "counts-for-nothing").await;
    scene.post(&mailed.open, json!({ "password": OTHER })).await.is(200, email::success());
    assert!(scene.opens(EMAIL, OTHER).await && !scene.opens(EMAIL, PASSWORD).await);
    assert!(scene.account(EMAIL).await.email_verified);
    // And the addresses in between are free.
    for email in [new, newer] {
        scene.sign_up(Way::Web, email).await.id();
    }
    assert_eq!(scene.audited().await, 3);
}

#[tokio::test]
async fn a32_of_two_changes_of_the_address_at_once_each_link_proves_its_own_address_alone() {
    for _ in 0..6 {
        let scene = Scene::unguarded().await;
        let id = scene.join().await;
        let [one, other] = ["one@example.com", "other@example.com"];
        let to_one = email::register(scene.app(), one, "links-Pa55word1").await;
        let to_other = email::register(scene.app(), other, "links-Pa55word2").await;
        let session = scene.sign_in(Way::Users, EMAIL).await;
        let change = async |email: &str| {
            let mut browser = session.browser(&scene);
            browser.patch("/users", json!({ "user": { "email": email } })).await
        };
        let (first, second) = join!(change(one), change(other));
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
        let has_one = scene.opens(one, PASSWORD).await;
        assert_ne!(has_one, scene.opens(other, PASSWORD).await, "it has one of them");
        let [(held, holds), (free, frees)] = if has_one {
            [(one, &to_one), (other, &to_other)]
        } else {
            [(other, &to_other), (one, &to_one)]
        };
        assert_eq!(scene.account(held).await.id.number(), id);

        // The link to the other address has no power over the account, and none to its address.
        leads_nowhere(&scene, held, frees.token()).await;
        scene.post(&frees.open, json!({ "password": OTHER })).await.is(200, email::success());
        assert_ne!(scene.account(free).await.id.number(), id);
        assert!(!scene.account(held).await.email_verified);
        assert!(scene.opens(held, PASSWORD).await);
        scene.post(&holds.open, json!({ "password": OTHER })).await.is(200, email::success());
        assert!(scene.account(held).await.email_verified);
        assert_eq!(scene.account(held).await.id.number(), id);
        assert_eq!(scene.audited().await, 2);
    }
}

#[tokio::test]
async fn a33_no_step_can_be_left_out() {
    let scene = Scene::unguarded().await;
    // A registration is no account before its link is opened.
    let mailed = email::register(scene.app(), EMAIL, PASSWORD).await;
    assert!(!scene.opens(EMAIL, PASSWORD).await);
    let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    let reply = scene.delete("/users", user).await;
    reply.is(400, users_error("DELETE", "/users", 1, "This email address is incorrect."));
    // It keeps nobody from the address, and its link takes nothing away from whoever came first.
    scene.sign_up(Way::Users, EMAIL).await.id();
    scene.get(&mailed.open).await.is(200, email::taken());
    assert!(scene.opens(EMAIL, PASSWORD).await);

    // A number is no account without its code, in whichever way that is missing.
    let guess = async |code: Value| {
        let body = json!({ "phone": PHONE, "password": PASSWORD, "code": code });
        scene.post(phone::USERS, body).await
    };
    for sent in [false, true] {
        if sent {
            phone::fresh_code(scene.app(), PHONE).await;
        }
        for code in [json!(null), json!(""), json!([]), json!({}), json!(0), json!(true)] {
            phone::says(&guess(code.clone()).await, 404, "wrong code", &code.to_string());
        }
        let reply = scene.post(phone::USERS, phone::credentials(PHONE, PASSWORD)).await;
        phone::says(&reply, 404, "wrong code", "absent");
        for way in Way::BY_PHONE {
            let outcome = scene.try_sign_in(way, PHONE, PASSWORD).await;
            assert_eq!(outcome, Outcome::Refused, "{way:?}");
        }
    }
    assert_eq!(phone::counted(scene.app(), "code_tries", PHONE).await, 0);

    // Nobody comes back from a provider without having been sent there.
    let stage = oauth::Stage::with(&[]).await;
    let (_, location) = stage.sent().await;
    let back = stage.host.sign_in(&location, "ann").await;
    let reply = stage.app.browser().get(&back).await;
    reply.is(400, json!({ "message": "oauth request illigal" }));
    assert_eq!(reply.cookies(), []);
    assert_eq!(scene.audited().await, 1);
}

#[tokio::test]
async fn a34_a_mail_scanner_activates_nothing_and_the_persons_click_still_does() {
    let scene = Scene::unguarded().await;
    let app = scene.app();
    let mailed = email::register(app, EMAIL, PASSWORD).await;
    let scan = async || {
        for path in [&mailed.open, &mailed.not_me] {
            for _ in 0..2 {
                for mut scanner in [scene.browser(), email::person(app)] {
                    let head = scanner.send(Method::HEAD, path, None, "").await;
                    assert_eq!((head.text.as_str(), head.cookies()), ("", vec![]));
                }
                let page = email::person(app).get(path).await;
                assert_eq!((page.status.as_u16(), page.cookies()), (200, vec![]));
            }
        }
    };
    scan().await;
    assert_eq!(scene.audited().await, 0);
    assert!(!scene.opens(EMAIL, PASSWORD).await);
    email::shows(&email::person(app).get(&mailed.open).await, 200, email::ACTIVATE);
    let pressed = email::press(app, &mailed.open).await;
    email::shows(&pressed, 200, email::ACTIVATED);
    assert_eq!(pressed.cookies(), [], "it signs nobody in");
    scan().await;
    assert!(scene.opens(EMAIL, PASSWORD).await);
    assert_eq!(scene.audited().await, 1);
}
