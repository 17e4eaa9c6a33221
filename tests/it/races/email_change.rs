//! Changes of email addresses to ones that others want at the same time.

use std::collections::HashSet;

use futures::FutureExt as _;
use serde_json::json;

use super::{
    Outcome, at_once, count, happening, is_signed_in, signed_in, unguarded_app, until_after, update,
};
use crate::support::{Browser, Door, PASSWORD, SignIn, SignUp, TestApp, create, register};

const WANTED: &str = "wanted@example.com";

/// Someone with an account, signed in.
#[derive(Clone)]
struct Member {
    id: u64,
    email: String,
    browser: Browser,
}

impl Member {
    async fn join(app: &TestApp, name: &str) -> Self {
        let email = format!("{name}@example.com");
        let id = create(&mut app.browser(), &email).await.id();
        Self { id, browser: signed_in(app, &email).await, email }
    }

    /// Asserts that nothing about the account has changed.
    async fn is_unchanged(&self, app: &TestApp) {
        for door in Door::ALL {
            let found = door.sign_in(&mut app.browser(), &self.email, PASSWORD).await;
            assert_eq!(found, SignIn::Done(self.id), "{door:?}");
        }
        assert!(is_signed_in(app, &self.browser).await);
        let profile = app.get(&format!("/users/{}", self.id)).await;
        assert_eq!(profile.json()["user"]["name"], "Somebody");
    }
}

/// How many addresses have got a mail. All that are sent here tell of a changed address.
fn told(app: &TestApp) -> usize {
    let messages = app.outbox.messages();
    messages.iter().map(|message| &message.to).collect::<HashSet<_>>().len()
}

/// A sign-up for the wanted address: the id of the account, unless the address was taken. Who asks again
/// after having got it is told that the username is taken.
async fn newcomer(number: usize, mut browser: Browser) -> Option<u64> {
    let outcome = match number % 2 {
        0 => register(&mut browser, &format!("newcomer{number}"), "Wanted@Example.com").await,
        _ => create(&mut browser, "WANTED@example.com").await,
    };
    match outcome {
        SignUp::Done(id) => Some(id),
        outcome => {
            let refused = [SignUp::EmailTaken, SignUp::UsernameTaken];
            assert!(refused.contains(&outcome), "{outcome:?}");
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_that_members_and_newcomers_want_at_once_goes_to_one() {
    // The second time the members begin with a sign-in, so that the newcomers have a chance.
    for sign_in_first in [false, true] {
        let app = unguarded_app().await;
        let mut members = Vec::new();
        for name in ["ann", "bob", "cid", "dan"] {
            members.push(Member::join(&app, name).await);
        }
        let newcomers = (0..4).map(|number| newcomer(number, app.browser()).boxed());
        let changes = members.iter().cloned().map(|member| {
            let mut elsewhere = app.browser();
            async move {
                let Member { id, email, mut browser } = member;
                if sign_in_first {
                    Door::Users.sign_in(&mut elsewhere, &email, PASSWORD).await;
                }
                let change = json!({ "name": "Winner", "email": " wanted@EXAMPLE.com" });
                let outcome = update(&mut browser, change).await;
                assert!(matches!(outcome, Outcome::Done | Outcome::EmailTaken), "{outcome:?}");
                (outcome == Outcome::Done).then_some(id)
            }
            .boxed()
        });
        let outcomes = at_once(newcomers.chain(changes)).await;
        let winners: Vec<_> = outcomes.into_iter().flatten().collect();
        let [winner] = winners[..] else { panic!("{winners:?}") };

        let moved = members.iter().any(|member| member.id == winner);
        assert_eq!(app.audited().await, members.len() + usize::from(!moved));
        assert_eq!(told(&app), usize::from(moved));
        for door in Door::ALL {
            let found = door.sign_in(&mut app.browser(), WANTED, PASSWORD).await;
            assert_eq!(found, SignIn::Done(winner), "{door:?}");
        }
        for member in members {
            if member.id != winner {
                member.is_unchanged(&app).await;
                continue;
            }
            let found = Door::Users.sign_in(&mut app.browser(), &member.email, PASSWORD).await;
            assert_eq!(found, SignIn::Refused);
            create(&mut app.browser(), &member.email).await.id();
        }
        app.audited().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_that_is_given_up_while_others_want_it_goes_to_one_of_them() {
    let app = unguarded_app().await;
    let holder = create(&mut app.browser(), WANTED).await.id();
    let mut browser = signed_in(&app, WANTED).await;
    let ann = Member::join(&app, "ann").await;

    let (giving_up, watched) = happening();
    let mut elsewhere = app.browser();
    let gives_up = async move {
        // Takes a while, so that the others have begun.
        Door::Users.sign_in(&mut elsewhere, WANTED, PASSWORD).await;
        let outcome = update(&mut browser, json!({ "email": "moved@example.com" })).await;
        assert_eq!(outcome, Outcome::Done);
        drop(giving_up);
        Vec::new()
    };
    let newcomers = (0..4).map(|number| {
        let browser = app.browser();
        until_after(watched.clone(), move || newcomer(number, browser.clone())).boxed()
    });
    let change = until_after(watched.clone(), {
        let Member { id, browser, .. } = ann.clone();
        move || {
            let mut browser = browser.clone();
            async move {
                match update(&mut browser, json!({ "email": WANTED })).await {
                    // Having it already, she is done each time.
                    Outcome::Done => Some(id),
                    outcome => {
                        assert_eq!(outcome, Outcome::EmailTaken);
                        None
                    }
                }
            }
        }
    });
    let requests = newcomers.chain([change.boxed(), gives_up.boxed()]);
    let mut winners: Vec<_> = at_once(requests).await.into_iter().flatten().flatten().collect();
    winners.dedup();
    let [winner] = winners[..] else { panic!("{winners:?}") };

    assert_eq!(app.audited().await, if winner == ann.id { 2 } else { 3 });
    for (email, id) in [(WANTED, winner), ("moved@example.com", holder)] {
        for door in Door::ALL {
            let found = door.sign_in(&mut app.browser(), email, PASSWORD).await;
            assert_eq!(found, SignIn::Done(id), "{door:?} {email}");
        }
    }
    if winner != ann.id {
        ann.is_unchanged(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_accounts_cannot_swap_their_emails_and_keep_them() {
    let app = unguarded_app().await;
    let (ann, bob) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
    let swap = [(&ann, &bob), (&bob, &ann)].map(|(member, other)| {
        let (mut browser, email) = (member.browser.clone(), other.email.clone());
        async move { update(&mut browser, json!({ "name": "Winner", "email": email })).await }
    });
    assert_eq!(at_once(swap).await, [Outcome::EmailTaken; 2]);
    assert_eq!(app.audited().await, 2);
    ann.is_unchanged(&app).await;
    bob.is_unchanged(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_one_account_from_several_sessions_all_happen() {
    let app = unguarded_app().await;
    let ann = Member::join(&app, "ann").await;
    let mut sessions = vec![ann.browser.clone()];
    while sessions.len() < 8 {
        sessions.push(signed_in(&app, &ann.email).await);
    }
    let changes = sessions.into_iter().enumerate().map(|(number, mut browser)| async move {
        let name = format!("Ann {number}");
        let email = format!("ann-{number}@example.com");
        update(&mut browser, json!({ "name": name, "email": email })).await
    });
    assert_eq!(at_once(changes).await, [Outcome::Done; 8]);

    // The last one stands, whole, and every former address has been told.
    assert_eq!(app.audited().await, 1);
    assert_eq!((count(&app, "claim").await, told(&app)), (1, 8));
    let profile = app.get(&format!("/users/{}", ann.id)).await.json();
    let name = profile["user"]["name"].as_str().unwrap();
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "-"));
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), &email, PASSWORD).await;
        assert_eq!(found, SignIn::Done(ann.id), "{door:?}");
    }
}
