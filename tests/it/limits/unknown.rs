//! Guesses at accounts that are not there.

use super::{
    Check, EMAIL, USERNAME, WINDOW, WRONG, app_with_account, app_with_account_and, at_home,
    impossible, stranger_knows, strangers_guess,
};
use crate::support::{Door, PASSWORD, Reply, SignIn, TestApp, create, register, users_error};

/// The doors, each with an identifier that somebody has and one that nobody has.
const TWINS: [(Door, &str, &str); 5] = [
    (Door::ApiKey, "ann@example.com", "abe@example.com"),
    (Door::Cookie, "bob@example.com", "bea@example.com"),
    (Door::Users, "cid@example.com", "cat@example.com"),
    (Door::Tenant, "eve@example.com", "eva@example.com"),
    (Door::Cookie, "somebody.1", "nobody.1"),
];

async fn app_with_twins(replies: &str) -> TestApp {
    let app = TestApp::with(&[("REPLIES", replies)]).await;
    for (number, (_, email, _)) in TWINS.iter().take(4).enumerate() {
        register(&mut app.browser(), &format!("twin.{number}.x"), email).await.id();
    }
    register(&mut app.browser(), "somebody.1", "dan@example.com").await.id();
    app
}

/// Asserts that the two are the same to the byte.
#[track_caller]
fn alike(one: &Reply, other: &Reply, case: &str) {
    assert_eq!(
        (one.status, &one.headers, &one.text),
        (other.status, &other.headers, &other.text),
        "{case}"
    );
}

#[tokio::test]
async fn an_unknown_account_runs_out_as_a_known_one_does() {
    for replies in ["documented", "uniform"] {
        let app = app_with_twins(replies).await;
        for (door, somebody, nobody) in TWINS {
            for number in 1..=13 {
                let case = format!("{replies} {door:?} {number}");
                let known = door.ask(&mut app.browser(), somebody, WRONG).await;
                let unknown = door.ask(&mut app.browser(), nobody, WRONG).await;
                let outcome = door.sign_in_outcome(&known);
                assert_eq!(outcome == SignIn::TooMany, number > 10, "{case}");
                if number <= 10 && door == Door::Users && replies == "documented" {
                    // This contract tells who has no account, but by no other budget.
                    let words = "There is not this email address.";
                    unknown.is(400, users_error("POST", "/users/sign_in", 1, words));
                } else {
                    alike(&known, &unknown, &case);
                }
                app.clock.advance(1);
            }
            app.clock.advance(WINDOW - 14);
            for identifier in [somebody, nobody] {
                let outcome = door.sign_in(&mut app.browser(), identifier, WRONG).await;
                assert_eq!(outcome, SignIn::TooMany, "{replies} {door:?} {identifier}");
            }
            app.clock.advance(1);
            for identifier in [somebody, nobody] {
                let outcome = door.sign_in(&mut app.browser(), identifier, WRONG).await;
                assert_eq!(outcome, SignIn::Refused, "{replies} {door:?} {identifier}");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_account_that_has_run_out_costs_no_hash() {
    for replies in ["documented", "uniform"] {
        let app = app_with_account_and(&[("REPLIES", replies)]).await;
        for (door, _, nobody) in TWINS {
            for _ in 0..10 {
                door.sign_in(&mut app.browser(), nobody, WRONG).await;
            }
            let hashes = app.directory.hasher().computed();
            let outcome = door.sign_in(&mut app.browser(), nobody, PASSWORD).await;
            assert_eq!(outcome, SignIn::TooMany, "{door:?}");
            assert_eq!(app.directory.hasher().computed(), hashes, "{door:?}");
        }
    }
}

#[tokio::test]
async fn every_door_and_every_spelling_counts_for_one_unknown_address() {
    let app = app_with_account().await;
    let spellings = [
        "nobody@example.com",
        "NOBODY@example.COM",
        " nobody@example.com",
        "nobody@ｅｘａｍｐｌｅ.com",
    ];
    let delete = async |email: &str| {
        let reply = Check::Delete.ask(&mut app.browser(), email, WRONG).await;
        if reply.status == 429 {
            Door::Users.too_many("DELETE", "/users", &reply);
            return SignIn::TooMany;
        }
        let words = "This email address is incorrect.";
        reply.is(400, users_error("DELETE", "/users", 1, words));
        SignIn::Refused
    };
    for (door, email) in Door::ALL.into_iter().cycle().zip(spellings.into_iter().cycle()).take(9) {
        let outcome = door.sign_in(&mut app.browser(), email, WRONG).await;
        assert_eq!(outcome, SignIn::Refused, "{door:?} {email}");
    }
    assert_eq!(delete(spellings[1]).await, SignIn::Refused);
    for email in spellings {
        for door in Door::ALL {
            let outcome = door.sign_in(&mut app.browser(), email, WRONG).await;
            assert_eq!(outcome, SignIn::TooMany, "{door:?} {email}");
        }
        assert_eq!(delete(email).await, SignIn::TooMany, "{email}");
    }
    strangers_guess(&app, "nobody.else@example.com", 1).await;
    assert!(stranger_knows(&app, EMAIL).await);
}

#[tokio::test]
async fn nobody_is_locked_out_of_an_account_before_making_it() {
    let app = TestApp::new().await;
    for _ in 0..10 {
        Door::Cookie.sign_in(&mut app.browser(), USERNAME, &impossible()).await;
    }
    for email in [EMAIL, "ann@example.com"] {
        strangers_guess(&app, email, 10).await;
    }
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    create(&mut app.browser(), "ann@example.com").await.id();
    assert!(stranger_knows(&app, EMAIL).await);
    assert!(stranger_knows(&app, "ann@example.com").await);
    let outcome = Door::Cookie.sign_in(&mut app.browser(), USERNAME, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
}

#[tokio::test]
async fn naming_another_account_than_that_of_the_session_is_no_guess_at_it() {
    let app = app_with_account().await;
    register(&mut app.browser(), "test12345", "test12345@abc.com").await.id();
    let mut home = at_home(&app).await;
    for number in 1..=12 {
        let reply = Check::Delete.ask(&mut home, "test12345@abc.com", WRONG).await;
        assert_eq!(reply.status == 429, number > 10, "{number}: {reply}");
    }
    assert!(stranger_knows(&app, "test12345@abc.com").await);
    assert!(stranger_knows(&app, EMAIL).await);
}
