//! Sign-ins to one account, and bans meanwhile.

use futures::FutureExt as _;
use serde_json::json;

use super::{
    EMAIL, Outcome, USERNAME, at_once, happening, is_live, signed_in, unguarded_app, until_after,
    update, visit, visits,
};
use crate::support::{Door, PASSWORD, SignIn, register};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_many_sign_ins_hands_out_a_credential_of_its_own() {
    let app = unguarded_app().await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let sign_ins =
        (0..30).map(|number| {
            let mut browser = app.browser();
            async move {
                visit(Door::ALL[number % Door::ALL.len()], &mut browser, EMAIL, PASSWORD).await
            }
        });
    let visits = at_once(sign_ins).await;
    let mut tokens = Vec::new();
    for visit in &visits {
        assert_eq!(visit.outcome, SignIn::Done(id), "{visit:?}");
        assert!(visit.is_live(&app).await, "{visit:?}");
        tokens.extend(visit.token.clone());
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), visits.len());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_several_sign_ins_replace_is_dead_and_theirs_are_live() {
    for door in [Door::Cookie, Door::Users, Door::Tenant] {
        let cookie = door.cookie().unwrap();
        let app = unguarded_app().await;
        let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
        let mut browser = app.browser();
        let old = visit(door, &mut browser, EMAIL, PASSWORD).await.token.unwrap();
        let sign_ins = (0..5).map(|_| {
            let mut browser = browser.clone();
            async move {
                let found = door.sign_in(&mut browser, EMAIL, PASSWORD).await;
                (found, browser.kept(cookie).unwrap().to_owned())
            }
        });
        let mut tokens = Vec::new();
        for (found, token) in at_once(sign_ins).await {
            assert_eq!(found, SignIn::Done(id), "{door:?}");
            assert!(is_live(&app, door, &token).await, "{door:?}");
            assert!(!tokens.contains(&token) && token != old, "{door:?}");
            tokens.push(token);
        }
        assert!(!is_live(&app, door, &old).await, "{door:?}");
        assert_eq!(app.audited().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_ends_what_sign_ins_meanwhile_hand_out() {
    for _ in 0..2 {
        let app = unguarded_app().await;
        let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
        let account = app.account(EMAIL).await.id;
        let (banning, watched) = happening();
        let (directory, mut elsewhere) = (app.directory.clone(), app.browser());
        let ban = async move {
            // Takes a while, so that the others have begun.
            Door::Users.sign_in(&mut elsewhere, EMAIL, PASSWORD).await;
            directory.ban(account).await.unwrap();
            drop(banning);
            Vec::new()
        };
        let sign_ins = Door::ALL
            .into_iter()
            .chain(Door::ALL)
            .map(|door| visits(door, app.browser(), PASSWORD, watched.clone()).boxed());
        let found = at_once(sign_ins.chain([ban.boxed()])).await;

        for visits in found.iter().filter(|visits| !visits.is_empty()) {
            for visit in visits {
                let banned = banned(visit.door);
                assert!([SignIn::Done(id), banned].contains(&visit.outcome), "{visit:?}");
                assert!(!visit.is_live(&app).await, "{visit:?}");
            }
            let last = visits.last().unwrap();
            assert_eq!(last.outcome, banned(last.door), "{last:?}");
        }
        app.directory.unban(account).await.unwrap();
        for visit in found.iter().flatten() {
            assert!(!visit.is_live(&app).await, "{visit:?}");
        }
        assert_eq!(app.audited().await, 1);
    }
}

/// What a door says to the right password of a banned account.
fn banned(door: Door) -> SignIn {
    match door {
        Door::ApiKey => SignIn::Refused,
        Door::Cookie | Door::Users | Door::Tenant => SignIn::Banned,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_is_not_undone_by_a_change_that_it_meets() {
    for _ in 0..2 {
        let app = unguarded_app().await;
        register(&mut app.browser(), USERNAME, EMAIL).await.id();
        let session = signed_in(&app, EMAIL).await;
        let account = app.account(EMAIL).await.id;
        let (banning, watched) = happening();
        let (directory, mut elsewhere) = (app.directory.clone(), app.browser());
        let ban = async move {
            Door::Users.sign_in(&mut elsewhere, EMAIL, PASSWORD).await;
            directory.ban(account).await.unwrap();
            drop(banning);
            Vec::new()
        };
        let changes = until_after(watched, move || {
            let mut browser = session.clone();
            async move { update(&mut browser, json!({ "name": "Somebody else" })).await }
        });
        let outcomes = at_once([ban.boxed(), changes.boxed()]).await.concat();

        let banned = outcomes.iter().position(|outcome| *outcome != Outcome::Done).unwrap();
        let rest = outcomes[banned..].iter().all(|outcome| *outcome == Outcome::NotSignedIn);
        assert!(rest, "{outcomes:?}");
        let found = Door::Users.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
        assert_eq!(found, SignIn::Banned);
        assert_eq!(app.audited().await, 1);
    }
}
