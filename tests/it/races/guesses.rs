//! Passwords that are tried many at a time.

use super::{EMAIL, NEW_PASSWORD, Outcome, USERNAME, at_once, delete};
use crate::{
    phone,
    support::{Browser, Door, PASSWORD, SignIn, SignUp, TestApp, create, register, size},
};

const CROWD: usize = 100;

const PHONE: &str = "+8613800138000";

/// A client address.
const HOME: [u8; 4] = [203, 0, 113, 7];

/// A way of trying a password for the account of an identifier: a door, or the deletion of it.
type Way = (Option<Door>, &'static str);

const WAYS: [Way; 8] = [
    (Some(Door::ApiKey), EMAIL),
    (Some(Door::Cookie), USERNAME),
    (Some(Door::Cookie), "ＴＥＳＴ１２３４"),
    (Some(Door::Cookie), "TEST1234@abc.com"),
    (Some(Door::Users), "Test1234@ABC.com"),
    (Some(Door::Users), EMAIL),
    (Some(Door::Tenant), "TEST1234@ABC.com"),
    (None, " test1234@ABC.COM"),
];

async fn guess((door, identifier): Way, mut browser: Browser, password: &str) -> SignIn {
    match door {
        Some(door) => door.sign_in(&mut browser, identifier, password).await,
        None => match delete(&mut browser, identifier, password).await {
            Outcome::EmailWrong | Outcome::PasswordWrong => SignIn::Refused,
            Outcome::TooMany => SignIn::TooMany,
            outcome => panic!("{outcome:?}"),
        },
    }
}

/// A hundred wrong passwords at once, each from an address of its own.
async fn hundred_guesses(app: &TestApp, ways: &'static [Way]) -> Vec<SignIn> {
    let browsers = (0..CROWD).map(|number| (number, app.browser()));
    at_once(browsers.map(|(number, browser)| async move {
        let password = format!("a-wrong-Pa55word{number}");
        guess(ways[number % ways.len()], browser, &password).await
    }))
    .await
}

fn count(outcomes: &[SignIn], wanted: SignIn) -> usize {
    outcomes.iter().filter(|outcome| **outcome == wanted).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_password_is_never_called_wrong_and_uses_nothing_up() {
    let app = TestApp::new().await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let sign_ins = |number: usize| {
        at_once((0..number).map(|number| {
            let mut browser = app.browser_at(HOME);
            async move {
                Door::ALL[number % Door::ALL.len()].sign_in(&mut browser, EMAIL, PASSWORD).await
            }
        }))
    };
    assert_eq!(sign_ins(1).await, [SignIn::Done(id)]);
    // No more than the budget at a time: nobody has to wait.
    assert_eq!(sign_ins(10).await, [SignIn::Done(id); 10]);

    let outcomes = sign_ins(CROWD).await;
    let done = count(&outcomes, SignIn::Done(id));
    assert!(done >= 10, "{done}");
    assert_eq!(done + count(&outcomes, SignIn::TooMany), CROWD, "{outcomes:?}");

    // All has been given back, and nothing more than that.
    let hashes = app.directory.hasher().computed();
    let wrong = at_once((0..30).map(|number| {
        let mut browser = app.browser_at(HOME);
        async move {
            Door::ALL[number % Door::ALL.len()].sign_in(&mut browser, EMAIL, NEW_PASSWORD).await
        }
    }))
    .await;
    assert_eq!((count(&wrong, SignIn::Refused), count(&wrong, SignIn::TooMany)), (10, 20));
    assert_eq!(app.directory.hasher().computed() - hashes, 10);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_passwords_among_wrong_ones_make_room_for_no_more_wrong_ones() {
    let app = TestApp::new().await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let guesses = (0..60).map(|number| {
        let (way, browser) = (WAYS[number % 6], app.browser());
        let password = if number % 4 == 0 { PASSWORD } else { NEW_PASSWORD };
        async move { guess(way, browser, password).await }
    });
    let outcomes = at_once(guesses).await;
    for (number, outcome) in outcomes.iter().enumerate() {
        let answer = if number % 4 == 0 { SignIn::Done(id) } else { SignIn::Refused };
        assert!([answer, SignIn::TooMany].contains(outcome), "{number}: {outcome:?}");
    }
    let wrong = count(&outcomes, SignIn::Refused);
    assert!(wrong <= 10, "{wrong}");
    // What is left of the budget is what the wrong ones have not used.
    let outcomes = hundred_guesses(&app, &WAYS).await;
    assert_eq!(count(&outcomes, SignIn::Refused), 10 - wrong);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_address_gets_no_more_by_asking_many_times_at_once() {
    let limits = [("LIMIT_GUESSES_PER_ADDRESS", "7"), ("LIMIT_SIGN_UPS_PER_ADDRESS", "5")];
    let app = TestApp::with(&limits).await;
    let hashes = app.directory.hasher().computed();
    let guesses = (0..30).map(|number| {
        let mut browser = app.browser_at(HOME);
        let email = format!("somebody{number}@example.com");
        async move { Door::ApiKey.sign_in(&mut browser, &email, PASSWORD).await }
    });
    let outcomes = at_once(guesses).await;
    assert_eq!((count(&outcomes, SignIn::Refused), count(&outcomes, SignIn::TooMany)), (7, 23));
    assert_eq!(app.directory.hasher().computed() - hashes, 7);

    let sign_ups = (0..30).map(|number| {
        let mut browser = app.browser_at(HOME);
        let email = format!("somebody{number}@example.com");
        async move { create(&mut browser, &email).await }
    });
    let outcomes = at_once(sign_ups).await;
    let done = outcomes.iter().filter(|it| matches!(it, SignUp::Done(_))).count();
    assert_eq!(done, 5, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|it| **it == SignUp::TooMany).count(), 25);
    assert_eq!(app.directory.hasher().computed() - hashes, 7 + 5);
    assert_eq!(app.audited().await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_address_learns_no_more_by_asking_many_times_at_once() {
    let app = TestApp::with(&[("LIMIT_DISCLOSURES_PER_ADDRESS", "3")]).await;
    create(&mut app.browser(), "somebody@example.com").await.id();
    let disclosures = (0..30).map(|_| {
        let mut browser = app.browser_at(HOME);
        async move { create(&mut browser, "somebody@example.com").await }
    });
    let outcomes = at_once(disclosures).await;
    assert_eq!(outcomes.iter().filter(|it| **it == SignUp::EmailTaken).count(), 3);
    assert_eq!(outcomes.iter().filter(|it| **it == SignUp::TooMany).count(), 27);
    assert_eq!(app.audited().await, 1);
}

/// `GUESSES` says how many, 200 unless it is set.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_guess_at_once_ten_passwords_and_five_codes_are_looked_at() {
    let number = size("GUESSES", 200);
    let app = TestApp::new().await;
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let hashes = app.directory.hasher().computed();
    let outcomes = at_once((0..number).map(|number| {
        let browser = app.browser();
        async move {
            let password = format!("a-wrong-Pa55word{number}");
            guess(WAYS[number % WAYS.len()], browser, &password).await
        }
    }))
    .await;
    let (refused, too_many) =
        (count(&outcomes, SignIn::Refused), count(&outcomes, SignIn::TooMany));
    assert_eq!((refused, too_many), (10, number - 10));
    assert_eq!(app.directory.hasher().computed() - hashes, 10);

    let code = phone::fresh_code(&app, PHONE).await;
    let replies = at_once((0..number).map(|number| {
        let wrong = phone::wrong(&code, u32::try_from(number).unwrap() + 1);
        let mut browser = app.browser();
        async move { phone::register(&mut browser, PHONE, &wrong).await }
    }))
    .await;
    let compared = replies.iter().filter(|reply| reply.json()["msg"] == "wrong code").count();
    let refused = replies.iter().filter(|reply| reply.status == 429).count();
    assert_eq!((compared, refused), (5, number - 5));
    assert_eq!(app.audited().await, 1);
    println!("{number} guesses at once of passwords, and of codes: 10 and 5 looked at");
}
