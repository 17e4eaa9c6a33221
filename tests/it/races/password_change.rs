//! Changes of a password, and what others ask for meanwhile.

use std::num::NonZeroU32;

use futures::FutureExt as _;
use serde_json::json;
use shared::{
    config::HashingConfig,
    password::{Hasher, NewPassword},
};

use super::{
    EMAIL, NEW_PASSWORD, Outcome, USERNAME, at_once, change_password, happening, is_signed_in,
    opens, signed_in, unguarded_app, until_after, update, visit, visits,
};
use crate::support::{Door, PASSWORD, SignIn, TestApp, register};

async fn app_with_account() -> (TestApp, u64) {
    let app = unguarded_app().await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    (app, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_from_several_sessions_one_happens_and_its_session_alone_lives_on() {
    let (app, id) = app_with_account().await;
    let mut others = Vec::new();
    for door in Door::ALL {
        others.push(visit(door, &mut app.browser(), EMAIL, PASSWORD).await);
    }
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(signed_in(&app, EMAIL).await);
    }
    let new_password = |number: usize| format!("{NEW_PASSWORD}{number}");
    let changes = sessions.iter().cloned().enumerate().map(|(number, mut browser)| async move {
        change_password(&mut browser, PASSWORD, &new_password(number)).await
    });
    let outcomes = at_once(changes).await;

    let done: Vec<_> = (0..4).filter(|number| outcomes[*number] == Outcome::Done).collect();
    let [winner] = done[..] else { panic!("{outcomes:?}") };
    for (number, session) in sessions.iter().enumerate() {
        // To the others it is as if they had come too late.
        let lost = [Outcome::NotSignedIn, Outcome::PasswordWrong].contains(&outcomes[number]);
        assert!(lost || number == winner, "{outcomes:?}");
        assert_eq!(is_signed_in(&app, session).await, number == winner, "{number}");
        let expected = if number == winner { SignIn::Done(id) } else { SignIn::Refused };
        opens(&app, &new_password(number), expected).await;
    }
    opens(&app, PASSWORD, SignIn::Refused).await;
    for visit in others {
        assert!(!visit.is_live(&app).await, "{visit:?}");
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_ends_what_sign_ins_with_the_old_password_meanwhile_hand_out() {
    for _ in 0..2 {
        let (app, id) = app_with_account().await;
        let session = signed_in(&app, EMAIL).await;
        let (changing, watched) = happening();
        let mut browser = session.clone();
        let change = async move {
            let outcome = change_password(&mut browser, PASSWORD, NEW_PASSWORD).await;
            assert_eq!(outcome, Outcome::Done);
            drop(changing);
            Vec::new()
        };
        let sign_ins = |password| {
            Door::ALL.map(|door| visits(door, app.browser(), password, watched.clone()).boxed())
        };
        let requests = sign_ins(PASSWORD).into_iter().chain(sign_ins(NEW_PASSWORD));
        let found = at_once(requests.chain([change.boxed()])).await;

        for (index, visits) in found[..2 * Door::ALL.len()].iter().enumerate() {
            let by_old_password = index < Door::ALL.len();
            for visit in visits {
                let done = visit.outcome == SignIn::Done(id);
                assert!(done || visit.outcome == SignIn::Refused, "{visit:?}");
                let live = visit.is_live(&app).await;
                assert_eq!(live, done && !by_old_password, "{visit:?}");
            }
            let last = visits.last().unwrap().outcome;
            assert_eq!(last == SignIn::Refused, by_old_password, "{last:?}");
        }
        assert!(is_signed_in(&app, &session).await);
        assert_eq!(app.audited().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_that_is_made_anew_meanwhile_brings_no_old_password_back() {
    let (app, id) = app_with_account().await;
    let cheap = HashingConfig { memory_kib: 8192, passes: 2, concurrency: NonZeroU32::MIN };
    let password = NewPassword::parse(PASSWORD, 128).unwrap();
    let outdated = Hasher::new(cheap).unwrap().hash(&password).await.unwrap();
    let mut session = signed_in(&app, EMAIL).await;
    app.record(id, "password", outdated.as_phc()).await;

    let (changing, watched) = happening();
    let change = async move {
        let outcome = change_password(&mut session, PASSWORD, NEW_PASSWORD).await;
        assert_eq!(outcome, Outcome::Done);
        drop(changing);
        Vec::new()
    };
    let sign_ins =
        Door::ALL.map(|door| visits(door, app.browser(), PASSWORD, watched.clone()).boxed());
    let found = at_once(sign_ins.into_iter().chain([change.boxed()])).await.concat();
    for visit in found {
        assert!(!visit.is_live(&app).await, "{visit:?}");
    }
    opens(&app, PASSWORD, SignIn::Refused).await;
    opens(&app, NEW_PASSWORD, SignIn::Done(id)).await;
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_asks_twice_is_told_not_to_be_signed_in() {
    let (app, id) = app_with_account().await;
    let session = signed_in(&app, EMAIL).await;
    let changes = [session.clone(), session.clone()].map(|mut browser| async move {
        change_password(&mut browser, PASSWORD, NEW_PASSWORD).await
    });
    let mut outcomes = at_once(changes).await;
    outcomes.sort_by_key(|outcome| *outcome != Outcome::Done);
    assert_eq!(outcomes, [Outcome::Done, Outcome::PasswordWrong]);
    assert!(is_signed_in(&app, &session).await);
    opens(&app, NEW_PASSWORD, SignIn::Done(id)).await;
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_that_asks_is_signed_in_all_the_while() {
    let (app, id) = app_with_account().await;
    let session = signed_in(&app, EMAIL).await;
    let (changing, watched) = happening();
    let mut browser = session.clone();
    let changes = async move {
        let passwords = [PASSWORD, NEW_PASSWORD, PASSWORD, NEW_PASSWORD];
        let mut outcomes = Vec::new();
        for pair in passwords.windows(2) {
            outcomes.push(change_password(&mut browser, pair[0], pair[1]).await);
        }
        drop(changing);
        outcomes
    };
    let asking = session.clone();
    let updates = until_after(watched, move || {
        let mut browser = asking.clone();
        async move { update(&mut browser, json!({ "name": "Somebody else" })).await }
    });
    for outcomes in at_once([changes.boxed(), updates.boxed()]).await {
        let done = outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count();
        assert_eq!(done, outcomes.len(), "{outcomes:?}");
    }
    assert!(is_signed_in(&app, &session).await);
    opens(&app, NEW_PASSWORD, SignIn::Done(id)).await;
    assert_eq!(app.audited().await, 1);
}
