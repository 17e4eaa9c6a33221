//! Deletions, and what others ask for meanwhile.

use futures::FutureExt as _;
use serde_json::json;

use super::{
    EMAIL, NEW_PASSWORD, Outcome, USERNAME, at_once, change_password, count, delete, happening,
    is_signed_in, opens, signed_in, unguarded_app, until_after, update, visit, visits,
};
use crate::support::{Door, PASSWORD, SignIn, create, register};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_deleted_once_and_is_nobodys_to_those_who_come_too_late() {
    let app = unguarded_app().await;
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let session = signed_in(&app, EMAIL).await;
    // Some with the account's own session, all from the beginning on or shortly after.
    let deletions = (0..20).map(|number| {
        let mut browser = if number % 2 == 0 { session.clone() } else { app.browser() };
        async move { delete(&mut browser, EMAIL, PASSWORD).await }
    });
    let outcomes = at_once(deletions).await;
    let done = outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count();
    assert_eq!(done, 1, "{outcomes:?}");
    let rest = outcomes.iter().all(|it| matches!(it, Outcome::Done | Outcome::EmailWrong));
    assert!(rest, "{outcomes:?}");
    assert_eq!(app.audited().await, 0);
    assert_eq!(app.dump("accounts").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_ends_what_sign_ins_meanwhile_hand_out() {
    for _ in 0..2 {
        let app = unguarded_app().await;
        let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
        let mut early = Vec::new();
        for door in Door::ALL {
            early.push(visit(door, &mut app.browser(), EMAIL, PASSWORD).await);
        }

        let (deleting, watched) = happening();
        let mut browser = app.browser();
        let deletion = async move {
            assert_eq!(delete(&mut browser, EMAIL, PASSWORD).await, Outcome::Done);
            drop(deleting);
            Vec::new()
        };
        let sign_ins = Door::ALL
            .into_iter()
            .chain(Door::ALL)
            .map(|door| visits(door, app.browser(), PASSWORD, watched.clone()).boxed());
        let found = at_once(sign_ins.chain([deletion.boxed()])).await;

        for visits in found.iter().filter(|visits| !visits.is_empty()) {
            for visit in visits {
                assert!([SignIn::Done(id), SignIn::Refused].contains(&visit.outcome), "{visit:?}");
            }
            assert_eq!(visits.last().unwrap().outcome, SignIn::Refused);
        }
        for visit in found.iter().flatten().chain(&early) {
            assert!(!visit.is_live(&app).await, "{visit:?}");
        }
        assert_eq!(app.audited().await, 0);
        assert_eq!(app.dump("accounts").await.len(), 0);

        // Nor does any of it live up with the next account.
        let next = register(&mut app.browser(), USERNAME, EMAIL).await.id();
        assert_ne!(next, id);
        for visit in found.iter().flatten().chain(&early) {
            assert!(!visit.is_live(&app).await, "{visit:?}");
        }
        opens(&app, PASSWORD, SignIn::Done(next)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_and_a_change_of_the_email_leave_the_account_or_nothing() {
    // The second time the change begins with a sign-in, so that the deletion has a chance.
    for sign_in_first in [false, true] {
        let app = unguarded_app().await;
        let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
        let mut session = signed_in(&app, EMAIL).await;
        let (mut elsewhere, mut browser) = (app.browser(), app.browser());
        let requests = [
            async move {
                if sign_in_first {
                    Door::Users.sign_in(&mut elsewhere, EMAIL, PASSWORD).await;
                }
                update(&mut session, json!({ "email": "moved@abc.com" })).await
            }
            .boxed(),
            async move { delete(&mut browser, EMAIL, PASSWORD).await }.boxed(),
        ];
        let outcomes = at_once(requests).await;
        match outcomes[..] {
            [Outcome::Done, Outcome::EmailWrong] => {
                assert_eq!(app.audited().await, 1);
                assert_eq!(count(&app, "claim").await, 2);
                for identifier in ["moved@abc.com", USERNAME] {
                    let mut browser = app.browser();
                    let found = Door::Cookie.sign_in(&mut browser, identifier, PASSWORD).await;
                    assert_eq!(found, SignIn::Done(id), "{identifier}");
                }
            }
            [Outcome::Done | Outcome::NotSignedIn, Outcome::Done] => {
                assert_eq!(app.audited().await, 0);
                assert_eq!(app.dump("accounts").await.len(), 0);
                create(&mut app.browser(), "moved@abc.com").await.id();
            }
            _ => panic!("{outcomes:?}"),
        }
        create(&mut app.browser(), EMAIL).await.id();
        app.audited().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_an_account_whose_email_changes_until_it_is_deleted() {
    let app = unguarded_app().await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut session = signed_in(&app, EMAIL).await;
    let (deleting, watched) = happening();
    let mut browser = app.browser();
    let deletion = async move {
        let mut outcomes = Vec::new();
        // It may find the account under its other address for a while.
        while outcomes.len() < 100 && outcomes.last() != Some(&Outcome::Done) {
            outcomes.push(delete(&mut browser, EMAIL, PASSWORD).await);
        }
        drop(deleting);
        outcomes
    };
    let changes = async move {
        let mut outcomes = Vec::new();
        let mut emails = ["moved@abc.com", EMAIL].into_iter().cycle();
        while watched.strong_count() > 0 {
            let email = emails.next().unwrap();
            outcomes.push(update(&mut session, json!({ "email": email })).await);
        }
        outcomes
    };
    let outcomes = at_once([deletion.boxed(), changes.boxed()]).await;
    let (deletions, changes) = (&outcomes[0], &outcomes[1]);
    let (last, rest) = deletions.split_last().unwrap();
    assert_eq!(*last, Outcome::Done);
    assert!(rest.iter().all(|outcome| *outcome == Outcome::EmailWrong), "{deletions:?}");
    let done = changes.iter().take_while(|outcome| **outcome == Outcome::Done).count();
    let rest = changes[done..].iter().all(|outcome| *outcome == Outcome::NotSignedIn);
    assert!(rest, "{changes:?}");

    assert_eq!(app.audited().await, 0);
    assert_eq!(app.dump("accounts").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_happens_whatever_else_of_the_account_is_changed_meanwhile() {
    for _ in 0..2 {
        let app = unguarded_app().await;
        register(&mut app.browser(), USERNAME, EMAIL).await.id();
        let session = signed_in(&app, EMAIL).await;
        let (deleting, watched) = happening();
        let mut browser = app.browser();
        let deletion = async move {
            let outcome = delete(&mut browser, EMAIL, PASSWORD).await;
            drop(deleting);
            vec![outcome]
        };
        let changes = until_after(watched, move || {
            let mut session = session.clone();
            async move { update(&mut session, json!({ "name": "Somebody else" })).await }
        });
        let outcomes = at_once([deletion.boxed(), changes.boxed()]).await;
        let (deletion, changes) = (&outcomes[0], &outcomes[1]);
        assert_eq!(deletion[..], [Outcome::Done]);
        let too_late = changes.iter().position(|outcome| *outcome != Outcome::Done).unwrap();
        let rest = changes[too_late..].iter().all(|outcome| *outcome == Outcome::NotSignedIn);
        assert!(rest, "{changes:?}");
        assert_eq!(app.audited().await, 0);
        assert_eq!(app.dump("accounts").await.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_and_a_change_of_the_password_leave_the_account_or_nothing() {
    // The second time the deletion begins with sign-ins, so that the change has a chance.
    for sign_ins_first in [0, 3] {
        let app = unguarded_app().await;
        let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
        let session = signed_in(&app, EMAIL).await;
        let (mut asking, mut elsewhere, mut browser) =
            (session.clone(), app.browser(), app.browser());
        let requests = [
            async move { change_password(&mut asking, PASSWORD, NEW_PASSWORD).await }.boxed(),
            async move {
                for _ in 0..sign_ins_first {
                    Door::ApiKey.sign_in(&mut elsewhere, EMAIL, PASSWORD).await;
                }
                delete(&mut browser, EMAIL, PASSWORD).await
            }
            .boxed(),
        ];
        let outcomes = at_once(requests).await;
        match outcomes[..] {
            [Outcome::Done, Outcome::PasswordWrong] => {
                opens(&app, PASSWORD, SignIn::Refused).await;
                opens(&app, NEW_PASSWORD, SignIn::Done(id)).await;
                assert!(is_signed_in(&app, &session).await);
                assert_eq!(app.audited().await, 1);
            }
            [Outcome::Done | Outcome::NotSignedIn, Outcome::Done] => {
                assert!(!is_signed_in(&app, &session).await);
                assert_eq!(app.audited().await, 0);
                assert_eq!(app.dump("accounts").await.len(), 0);
            }
            _ => panic!("{outcomes:?}"),
        }
    }
}
