//! Races in which everybody has read the same state before anybody writes: none of them is just too
//! late, and each believes to be the one.
//!
//! `RACE_ROUNDS` says how many rounds the sign-ups race, 10 unless it is set.

use std::collections::HashSet;

use futures::FutureExt as _;
use http::Method;
use serde_json::{Value, json};

use super::{
    EMAIL, NEW_PASSWORD, Outcome, USERNAME, change_password, count, is_signed_in, opens,
    sign_up::{Applicant, CROWD, EMAILS},
    signed_in, update,
};
use crate::support::{
    Browser, Door, Gate, PASSWORD, PUBLIC_URL, SignIn, SignUp, StoreCall, TestApp, register, size,
};

const MINUTE: i64 = 60;
const TWO_DAYS: i64 = 2 * 24 * 60 * MINUTE;

/// How many of those who sign up have a link that was mailed to them.
const BY_LINK: usize = 4;

/// How many race for what fewer want.
const FEW: usize = 20;

/// Budgets that nobody here comes to.
const UNGUARDED: [(&str, &str); 3] = [
    ("LIMIT_GUESSES_PER_ACCOUNT", "1000000"),
    ("LIMIT_MAILS_PER_RECIPIENT", "1000000"),
    ("LIMIT_CODE_TRIES", "1000000"),
];

/// A transaction that makes an account or changes one.
fn writes_account(call: &StoreCall<'_>) -> bool {
    call.operation == "TransactWriteItems" && call.body.contains("\"account#")
}

/// That, or the end of a session.
fn writes(call: &StoreCall<'_>) -> bool {
    call.operation == "DeleteItem" || writes_account(call)
}

/// A guess at an account's password that is counted.
fn counts_guess(call: &StoreCall<'_>) -> bool {
    call.operation == "UpdateItem" && call.body.contains("\"count#guess#")
}

/// Registers by email, and answers with the paths of the links in the mail: to the account, and to
/// "this was not me".
async fn mailed(app: &TestApp, email: &str, password: &str) -> [String; 2] {
    // Mails to one address keep their distance.
    app.clock.advance(MINUTE);
    app.outbox.clear();
    let body = json!({ "email": email, "password": password });
    app.post("/email/users", body).await.is(200, contact(200, "success"));
    let links = app.outbox.messages().remove(0).links;
    let path = |link: &String| link.strip_prefix(PUBLIC_URL).unwrap().to_owned();
    links.iter().map(path).collect::<Vec<_>>().try_into().unwrap()
}

fn contact(state: u16, message: &str) -> Value {
    json!({ "state": state, "msg": message })
}

/// Whether a request to the contract `contact` succeeded, or was refused in one of these ways.
#[track_caller]
fn succeeded(body: &Value, refusals: &[&str]) -> bool {
    let message = body["msg"].as_str().unwrap();
    assert!(message == "success" || refusals.contains(&message), "{body}");
    message == "success"
}

/// Asks for an account by one of the doors, or by a link; whether it was made.
async fn apply(applicant: Applicant, link: Option<String>, mut browser: Browser) -> bool {
    match link {
        None => matches!(applicant.sign_up(browser).await, SignUp::Done(_)),
        Some(path) => succeeded(&browser.get(&path).await.json(), &["email has exist"]),
    }
}

/// Signs up a hundred, of whom one gets the address; takes the account away again.
async fn sign_up_round(app: &TestApp, gate: &Gate, round: usize) {
    let applicants: Vec<_> = (0..CROWD)
        .map(|number| Applicant::new(number, EMAILS[(round + number) % EMAILS.len()]))
        .collect();
    let mut links = Vec::new();
    for applicant in &applicants[..BY_LINK] {
        let [open, _] = mailed(app, EMAILS[0], &applicant.password).await;
        links.push(open);
    }
    let racers = applicants.iter().enumerate().map(|(number, applicant)| {
        apply(applicant.clone(), links.get(number).cloned(), app.browser())
    });
    let raced = gate.race(writes_account, racers).await;
    assert_eq!(raced.held, CROWD);
    let winners: Vec<_> = (0..CROWD).filter(|number| raced.outcomes[*number]).collect();
    let [winner] = winners[..] else { panic!("round {round}: {winners:?}") };

    // The account is the winner's, and nothing is there of the others.
    let by_username = winner >= BY_LINK && applicants[winner].door == Door::Cookie;
    let claims = if by_username { 2 } else { 1 };
    assert_eq!(app.audited().await, 1);
    assert_eq!((count(app, "account").await, count(app, "claim").await), (1, claims));
    assert_eq!(app.dump("accounts").await.len(), 1 + claims);
    let account = app.account(EMAILS[0]).await;
    assert_eq!(account.email_verified, winner < BY_LINK, "round {round}");
    for (number, found) in
        [(winner, SignIn::Done(account.id.number())), ((winner + 1) % CROWD, SignIn::Refused)]
    {
        let password = &applicants[number].password;
        let outcome = Door::Users.sign_in(&mut app.browser(), EMAILS[0], password).await;
        assert_eq!(outcome, found, "round {round}");
    }
    app.directory.delete_account(account.id).await.unwrap();
    assert_eq!(app.dump("accounts").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_who_have_found_an_email_free_one_gets_it() {
    let rounds = size("RACE_ROUNDS", 10);
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    for round in 0..rounds {
        sign_up_round(&app, &gate, round).await;
    }
    println!("{rounds} rounds of {CROWD} sign-ups, each with one account and nothing else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_many_have_found_right_makes_one_account() {
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    app.get("/phone/users/code?phone=13800138000").await.is(200, contact(200, "success"));
    let code = app.outbox.messages()[0].code.clone().unwrap();
    let password = |number: usize| format!("{PASSWORD}{number}");
    let racers = (0..FEW).map(|number| {
        let body = json!({ "phone": "13800138000", "password": password(number), "code": code });
        let mut browser = app.browser();
        async move {
            let body = browser.post("/phone/users", body).await.json();
            succeeded(&body, &["wrong code", "phone has exist"])
        }
    });
    let raced = gate.race(writes_account, racers).await;
    assert_eq!(raced.held, FEW);
    assert_eq!(app.audited().await, 1);
    for (number, made) in raced.outcomes.iter().enumerate() {
        let body = json!({ "phone": "+8613800138000", "password": password(number) });
        let body = app.post("/phone/token", body).await.json();
        assert_eq!(succeeded(&body, &["wrong password"]), *made, "{number}");
    }
    assert_eq!(raced.outcomes.iter().filter(|made| **made).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_many_have_found_unopened_makes_one_account() {
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    let [open, _] = mailed(&app, EMAIL, PASSWORD).await;
    let racers = (0..FEW).map(|_| {
        let (mut browser, open) = (app.browser(), open.clone());
        async move { succeeded(&browser.get(&open).await.json(), &[]) }
    });
    let raced = gate.race(writes_account, racers).await;
    assert_eq!((raced.held, raced.outcomes), (FEW, vec![true; FEW]));
    assert_eq!(app.audited().await, 1);
    assert_eq!(app.dump("accounts").await.len(), 2);
    opens(&app, PASSWORD, SignIn::Done(app.account(EMAIL).await.id.number())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_that_is_taken_back_while_its_link_is_opened_leaves_no_account() {
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    for round in 0..4 {
        let [open, not_me] = mailed(&app, EMAIL, PASSWORD).await;
        let racers = (0..FEW).map(|number| {
            let mut browser = app.browser();
            let (open, not_me) = (open.clone(), not_me.clone());
            async move {
                let reply = match number % 2 {
                    0 => browser.get(&open).await,
                    _ => browser.post(&not_me, json!({})).await,
                };
                succeeded(&reply.json(), &["email not found"])
            }
        });
        let pending = |call: &StoreCall<'_>| {
            call.operation == "TransactWriteItems" && call.body.contains("\"pending#")
        };
        let raced = gate.race(pending, racers).await;
        assert_eq!(raced.held, FEW, "{round}");
        assert!(raced.outcomes.iter().skip(1).step_by(2).any(|taken_back| *taken_back));
        assert_eq!(app.audited().await, 0);
        assert_eq!(app.dump("accounts").await.len(), 0, "{round}");
        opens(&app, PASSWORD, SignIn::Refused).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unproven_account_that_many_take_over_becomes_one_of_theirs() {
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let session = signed_in(&app, EMAIL).await;
    let mut links = Vec::new();
    for _ in 0..8 {
        links.push(mailed(&app, EMAIL, NEW_PASSWORD).await);
    }
    let chosen = |number: usize| format!("{NEW_PASSWORD}{number}");
    let racers = links.iter().enumerate().map(|(number, [open, _])| {
        let (mut browser, open) = (app.browser(), open.clone());
        let body = json!({ "password": chosen(number) });
        async move { succeeded(&browser.post(&open, body).await.json(), &["email has exist"]) }
    });
    let raced = gate.race(writes_account, racers).await;
    assert_eq!(raced.held, links.len());
    assert_eq!(raced.outcomes.iter().filter(|taken_over| **taken_over).count(), 1);
    for (number, taken_over) in raced.outcomes.iter().enumerate() {
        let expected = if *taken_over { SignIn::Done(id) } else { SignIn::Refused };
        opens(&app, &chosen(number), expected).await;
    }
    assert!(!is_signed_in(&app, &session).await);
    assert_eq!(app.audited().await, 1);
    // The username is nobody's any more.
    assert_eq!(app.dump("accounts").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_that_have_all_seen_the_old_password_one_happens() {
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let mut sessions = Vec::new();
    for _ in 0..10 {
        sessions.push(signed_in(&app, EMAIL).await);
    }
    let new_password = |number: usize| format!("{NEW_PASSWORD}{number}");
    let racers = sessions.iter().cloned().enumerate().map(|(number, mut browser)| async move {
        change_password(&mut browser, PASSWORD, &new_password(number)).await
    });
    let raced = gate.race(writes_account, racers).await;
    assert_eq!(raced.held, sessions.len());
    let outcomes: HashSet<_> = raced.outcomes.iter().map(|it| *it == Outcome::Done).collect();
    assert_eq!(outcomes.len(), 2);
    let mut done = 0;
    for (number, (outcome, session)) in raced.outcomes.iter().zip(&sessions).enumerate() {
        let won = *outcome == Outcome::Done;
        done += usize::from(won);
        assert!(won || *outcome == Outcome::NotSignedIn, "{outcome:?}");
        assert_eq!(is_signed_in(&app, session).await, won);
        let expected = if won { SignIn::Done(id) } else { SignIn::Refused };
        opens(&app, &new_password(number), expected).await;
    }
    assert_eq!(done, 1);
    opens(&app, PASSWORD, SignIn::Refused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_password_is_not_called_wrong_because_it_was_set_again_meanwhile() {
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let session = signed_in(&app, EMAIL).await;
    let mut password = PASSWORD.to_owned();
    for round in 0..8 {
        let new = format!("{NEW_PASSWORD}{round}");
        let racers = [password.clone(), new.clone()].map(|new| {
            let (mut browser, old) = (session.clone(), password.clone());
            async move { change_password(&mut browser, &old, &new).await }
        });
        let raced = gate.race(writes_account, racers).await;
        assert_eq!(raced.held, 2);
        let [again, changed] = raced.outcomes[..] else { panic!("{raced:?}") };
        assert!([Outcome::Done, Outcome::PasswordWrong].contains(&again), "{again:?}");
        assert_eq!(changed, Outcome::Done, "round {round}");
        opens(&app, &password, SignIn::Refused).await;
        opens(&app, &new, SignIn::Done(id)).await;
        password = new;
    }
    assert!(is_signed_in(&app, &session).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_found_live_does_not_survive_the_sign_out_that_it_was_used_beside() {
    let gate = Gate::default();
    let app = gate.app(&UNGUARDED).await;
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    for round in 0..4 {
        let session = signed_in(&app, EMAIL).await;
        // From now on a use is written down.
        app.clock.advance(TWO_DAYS);
        let racers = (0..FEW).map(|number| {
            let mut browser = session.clone();
            if number % 2 == 0 {
                return async move {
                    let outcome = update(&mut browser, json!({ "name": "Somebody else" })).await;
                    assert!([Outcome::Done, Outcome::NotSignedIn].contains(&outcome));
                }
                .boxed();
            }
            async move {
                let reply = browser.send_json(Method::DELETE, "/users/sign_out", json!({})).await;
                assert_eq!(reply.status, 200, "{reply}");
            }
            .boxed()
        });
        let raced = gate.race(writes, racers).await;
        assert_eq!(raced.held, FEW, "{round}");
        assert!(!is_signed_in(&app, &session).await, "{round}");
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_guesses_that_are_all_counted_at_once_no_more_are_looked_at_than_the_budget_has() {
    let gate = Gate::default();
    let app = gate.app(&[]).await;
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let hashes = app.directory.hasher().computed();
    let racers = (0..CROWD).map(|number| {
        let (door, mut browser) = (Door::ALL[number % Door::ALL.len()], app.browser());
        async move { door.sign_in(&mut browser, EMAIL, NEW_PASSWORD).await }
    });
    let raced = gate.race(counts_guess, racers).await;
    assert_eq!(raced.held, CROWD);
    let came_to = |wanted| raced.outcomes.iter().filter(|it| **it == wanted).count();
    assert_eq!((came_to(SignIn::Refused), came_to(SignIn::TooMany)), (10, CROWD - 10));
    assert_eq!(app.directory.hasher().computed() - hashes, 10);
    assert_eq!(app.audited().await, 1);
}
