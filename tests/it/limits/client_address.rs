//! A hundred wrong passwords from one client address, whoever they are for.

use super::{
    Check, Checked, DOORS, EMAIL, NEW, WINDOW, WRONG, app_with_account_and, app_with_defaults,
    at_home, impossible, retry_after, stranger_knows,
};
use crate::support::{Browser, Door, PASSWORD, SignIn, TestApp, create};

/// So many wrong passwords from one address, each for another account, at three doors in turn.
async fn spray(browser: &mut Browser, times: usize) {
    for (door, number) in DOORS.into_iter().cycle().zip(0..times) {
        let email = format!("{number}@example.com");
        let outcome = door.sign_in(browser, &email, &impossible()).await;
        assert_eq!(outcome, SignIn::Refused, "{door:?} {number}");
    }
}

/// An app with one account, where an address may guess `limit` times.
async fn app_with_limit(limit: &str) -> TestApp {
    app_with_account_and(&[("LIMIT_GUESSES_PER_ADDRESS", limit)]).await
}

#[tokio::test]
async fn the_hundred_and_first_try_is_too_many_whoever_it_is_for() {
    let app = app_with_defaults().await;
    let mut home = at_home(&app).await;
    app.clock.advance(7);
    spray(&mut home, 50).await;
    app.clock.advance(WINDOW - 1);
    spray(&mut home, 50).await;
    let hashes = app.directory.hasher().computed();
    for check in Check::ALL {
        for password in [WRONG, PASSWORD] {
            let reply = check.ask(&mut home, EMAIL, password).await;
            assert_eq!(check.outcome(&reply), Checked::TooMany, "{check:?}");
            assert_eq!(retry_after(&reply), 1, "{check:?}");
        }
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert!(stranger_knows(&app, EMAIL).await, "another address is another matter");

    app.clock.advance(1);
    for check in Check::ALL {
        let password = if check == Check::Delete { NEW } else { PASSWORD };
        assert_eq!(check.check(&mut home, EMAIL, password).await, Checked::Right, "{check:?}");
    }
}

#[tokio::test]
async fn tries_that_are_too_many_do_not_prolong_the_window_of_an_address() {
    let app = app_with_limit("3").await;
    let mut browser = app.browser();
    spray(&mut browser, 3).await;
    for minute in 0..15 {
        let reply = Door::ApiKey.ask(&mut browser, EMAIL, PASSWORD).await;
        assert_eq!((reply.status.as_u16(), retry_after(&reply)), (429, WINDOW - minute * 60));
        app.clock.advance(60);
    }
    spray(&mut browser, 3).await;
    assert_eq!(Door::ApiKey.sign_in(&mut browser, EMAIL, PASSWORD).await, SignIn::TooMany);
}

#[tokio::test]
async fn right_passwords_give_back_to_the_address_what_they_took_and_no_more() {
    let app = app_with_limit("3").await;
    for email in ["banned@example.com", "leaving@example.com"] {
        create(&mut app.browser(), email).await.id();
    }
    app.ban("banned@example.com").await;
    let mut home = app.browser();
    spray(&mut home, 2).await;
    for _ in 0..2 {
        for door in Door::ALL {
            let outcome = door.sign_in(&mut home, EMAIL, PASSWORD).await;
            assert!(matches!(outcome, SignIn::Done(_)), "{door:?} {outcome:?}");
            let outcome = door.sign_in(&mut home, "banned@example.com", PASSWORD).await;
            let told = if door == Door::ApiKey { SignIn::Refused } else { SignIn::Banned };
            assert_eq!(outcome, told, "{door:?}");
        }
    }
    let outcome = Check::ChangePassword.check(&mut home, EMAIL, PASSWORD).await;
    assert_eq!(outcome, Checked::Right);
    let outcome = Door::Users.sign_in(&mut home, "leaving@example.com", PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    let outcome = Check::Delete.check(&mut home, "leaving@example.com", PASSWORD).await;
    assert_eq!(outcome, Checked::Right);

    spray(&mut home, 1).await;
    assert_eq!(Door::ApiKey.sign_in(&mut home, EMAIL, NEW).await, SignIn::TooMany);
}

#[tokio::test]
async fn what_an_address_is_refused_does_not_count_for_the_account() {
    for check in Check::ALL {
        let app = app_with_limit("1").await;
        let mut home = at_home(&app).await;
        spray(&mut home, 1).await;
        app.clock.advance(1);
        for _ in 0..12 {
            let outcome = check.check(&mut home, EMAIL, WRONG).await;
            assert_eq!(outcome, Checked::TooMany, "{check:?}");
        }
        app.clock.advance(WINDOW - 1);
        let outcome = check.check(&mut home, EMAIL, PASSWORD).await;
        assert_eq!(outcome, Checked::Right, "{check:?}");
    }
}
