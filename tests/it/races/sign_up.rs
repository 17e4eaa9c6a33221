//! Sign-ups for identifiers that others want at the same time.

use super::at_once;
use crate::support::{Door, PASSWORD, SignIn, SignUp, TestApp, create, register};

const CROWD: usize = 100;

/// Spellings of one username.
const USERNAMES: [&str; 6] = [
    "kiss_1234",
    "KISS_1234",
    " Kiss_1234 ",
    "ｋｉｓｓ＿１２３４",
    "\u{212a}iss_1234",
    "kiss_①②③④",
];

/// The only one of these that was done, and its id.
#[track_caller]
fn winner(outcomes: &[SignUp]) -> (usize, u64) {
    let done = |(index, outcome): (usize, &SignUp)| match outcome {
        SignUp::Done(id) => Some((index, *id)),
        _ => None,
    };
    let winners: Vec<_> = outcomes.iter().enumerate().filter_map(done).collect();
    let [winner] = winners[..] else { panic!("{outcomes:?}") };
    winner
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_username_that_a_hundred_register_at_once_is_given_to_one_and_their_emails_stay_free() {
    let app = TestApp::new().await;
    let email = |number: usize| format!("applicant{number}@example.com");
    let registrations =
        (0..CROWD).map(|number| {
            let mut browser = app.browser();
            async move {
                register(&mut browser, USERNAMES[number % USERNAMES.len()], &email(number)).await
            }
        });
    let outcomes = at_once(registrations).await;
    let (first, id) = winner(&outcomes);
    for (number, outcome) in outcomes.into_iter().enumerate().filter(|it| it.0 != first) {
        assert_eq!(outcome, SignUp::UsernameTaken, "{number}");
    }
    assert_eq!(app.audited().await, 1);
    assert_eq!(app.dump("accounts").await.len(), 3);
    for identifier in USERNAMES.into_iter().chain([email(first).as_str()]) {
        let found = Door::Cookie.sign_in(&mut app.browser(), identifier, PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{identifier}");
    }

    let second_tries = (0..CROWD).map(|number| {
        let mut browser = app.browser();
        async move { create(&mut browser, &email(number)).await }
    });
    for (number, outcome) in at_once(second_tries).await.into_iter().enumerate() {
        let refused = outcome == SignUp::EmailTaken;
        assert_eq!(refused, number == first, "{number}: {outcome:?}");
    }
    assert_eq!(app.audited().await, CROWD);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ups_that_cross_get_both_identifiers_or_neither() {
    let app = TestApp::new().await;
    // In each group everyone shares the username with one other, and the email with a third.
    let wishes: Vec<(String, String)> = (0..8)
        .flat_map(|group| {
            [(0, 0), (0, 1), (1, 1), (1, 0)].map(|(username, email)| {
                (format!("group{group}-{username}"), format!("group{group}-{email}@example.com"))
            })
        })
        .collect();
    let registrations = wishes.iter().cloned().map(|(username, email)| {
        let mut browser = app.browser();
        async move { register(&mut browser, &username, &email).await }
    });
    let outcomes = at_once(registrations).await;

    let done: Vec<_> = wishes
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| matches!(outcome, SignUp::Done(_)))
        .map(|(wish, _)| wish)
        .collect();
    assert_eq!(app.audited().await, done.len());
    assert_eq!(app.dump("accounts").await.len(), 3 * done.len());
    for ((username, email), outcome) in wishes.iter().zip(&outcomes) {
        let username_taken = done.iter().any(|(taken, _)| taken == username);
        let email_taken = done.iter().any(|(_, taken)| taken == email);
        match outcome {
            SignUp::Done(id) => {
                let account = app.account(email).await;
                assert_eq!((account.id.number(), account.shown_username()), (*id, &**username));
            }
            SignUp::UsernameTaken => assert!(username_taken, "{username}"),
            SignUp::EmailTaken => assert!(email_taken, "{email}"),
            SignUp::Invalid | SignUp::TooMany => panic!("{outcome:?}"),
        }
    }
}
