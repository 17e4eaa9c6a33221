//! Sign-ups for identifiers that others want at the same time.

use serde_json::json;

use super::at_once;
use crate::support::{
    Browser, Door, PASSWORD, SignIn, SignUp, TestApp, cookie_error, create, register, users_error,
};

pub(super) const CROWD: usize = 100;

/// Spellings of one email address.
pub(crate) const EMAILS: [&str; 6] = [
    "kim@bücher.example",
    "KIM@Bücher.Example",
    "kim@xn--bcher-kva.example",
    "  Kim@BÜCHER.example\n",
    "kIm@bu\u{308}cher.example",
    "kim@bücher。example",
];

/// Spellings of one username.
const USERNAMES: [&str; 6] = [
    "kiss_1234",
    "KISS_1234",
    " Kiss_1234 ",
    "ｋｉｓｓ＿１２３４",
    "\u{212a}iss_1234",
    "kiss_①②③④",
];

/// Someone who wants an account, with a name and a password of their own.
#[derive(Clone)]
pub(super) struct Applicant {
    pub(super) door: Door,
    /// The username, at the door that takes one.
    name: String,
    email: String,
    pub(super) password: String,
}

impl Applicant {
    pub(super) fn new(number: usize, email: &str) -> Self {
        Self {
            door: [Door::Cookie, Door::Users, Door::Tenant][number % 3],
            name: format!("Applicant-{number}"),
            email: email.to_owned(),
            password: format!("k9#Lw2!pQz{number}"),
        }
    }

    pub(super) async fn sign_up(self, mut browser: Browser) -> SignUp {
        let Self { door, name, email, password } = self;
        if door == Door::Cookie {
            let body = json!({ "username": name, "password": password, "email": email });
            let reply = browser.post("/api/v1/user/register/", body).await;
            if let Some(id) = reply.json()["user_id"].as_u64() {
                return SignUp::Done(id);
            }
            reply.is(200, cookie_error(106, "email taken"));
        } else if door == Door::Tenant {
            let body = json!({ "username": email, "password": password });
            let reply = browser.post("/api/user/signup", body).await;
            if let Some(id) = reply.json()["data"]["id"].as_str() {
                return SignUp::Done(id.parse().unwrap());
            }
            reply.is(400, json!({ "message": "user with this username already existed" }));
            assert_eq!(reply.cookies(), []);
        } else {
            let user = json!({
                "name": name, "email": email, "password": password, "password_confirm": password,
            });
            let reply = browser.post("/users", json!({ "user": user })).await;
            if let Some(id) = reply.json()["user"]["id"].as_u64() {
                return SignUp::Done(id);
            }
            reply.is(400, users_error("POST", "/users", 1, "This email address has used."));
        }
        SignUp::EmailTaken
    }
}

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
