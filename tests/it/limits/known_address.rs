//! The budgets of addresses from which an account was signed in to of late.

use std::net::IpAddr;

use serde_json::json;

use super::{
    Check, Checked, DAY, EMAIL, HEADERS, USERNAME, WRONG, app_with_account, at_home, impossible,
    in_header, stranger_knows, strangers_guess,
};
use crate::support::{Browser, Door, PASSWORD, SignIn, TestApp, create, register};

/// Whether the browser's address has a budget of its own for this account: strangers use up
/// theirs, and it may guess still.
async fn is_known(app: &TestApp, browser: &Browser, identifier: &str) -> bool {
    let mut strangers = 0;
    let guess = async |mut browser: Browser| {
        Door::Cookie.sign_in(&mut browser, identifier, &impossible()).await
    };
    while guess(app.browser()).await == SignIn::Refused {
        strangers += 1;
        assert!(strangers <= 10, "strangers have no limit");
    }
    guess(browser.clone()).await == SignIn::Refused
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn someone_at_home_cannot_lock_the_owner_out_elsewhere() {
    let app = app_with_account().await;
    let (mut home, mut office) = (at_home(&app).await, at_home(&app).await);
    for (check, number) in Check::ALL.into_iter().cycle().zip(1..=10) {
        let outcome = check.check(&mut home, EMAIL, WRONG).await;
        assert_eq!(outcome, Checked::Wrong, "{number}");
    }
    for check in Check::ALL {
        let outcome = check.check(&mut home, EMAIL, PASSWORD).await;
        assert_eq!(outcome, Checked::TooMany, "{check:?}");
    }
    assert!(stranger_knows(&app, EMAIL).await);
    let outcome = Door::Cookie.sign_in(&mut office, EMAIL, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    // And the strangers' budget is whole.
    strangers_guess(&app, EMAIL, 10).await;
    assert!(!stranger_knows(&app, EMAIL).await);
    let outcome = Door::Cookie.sign_in(&mut office, EMAIL, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
}

#[tokio::test]
async fn an_address_is_known_for_30_days_and_at_most_one_more() {
    let app = app_with_account().await;
    let home = at_home(&app).await;
    app.clock.advance(30 * DAY - 1);
    assert!(is_known(&app, &home, EMAIL).await);
    assert!(is_known(&app, &home, USERNAME).await);
    app.clock.advance(DAY + 1);
    assert!(!is_known(&app, &home, EMAIL).await);
    assert!(!is_known(&app, &home, USERNAME).await);
}

#[tokio::test]
async fn the_30_days_begin_with_the_last_sign_in() {
    let app = app_with_account().await;
    let mut home = at_home(&app).await;
    for later in [DAY - 1, DAY, 29 * DAY] {
        app.clock.advance(later);
        let outcome = Door::ApiKey.sign_in(&mut home, EMAIL, PASSWORD).await;
        assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    }
    app.clock.advance(30 * DAY - 1);
    assert!(is_known(&app, &home, EMAIL).await);
    app.clock.advance(DAY + 1);
    assert!(!is_known(&app, &home, EMAIL).await);

    // Twice on one day: it is the second time that counts.
    app.clock.advance(DAY);
    let mut home = at_home(&app).await;
    app.clock.advance(DAY - 1);
    let outcome = Door::Users.sign_in(&mut home, EMAIL, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    app.clock.advance(30 * DAY - 1);
    assert!(is_known(&app, &home, EMAIL).await);
    // Although nothing was written then: the first time is good for one day more.
    app.clock.advance(1);
    assert!(is_known(&app, &home, EMAIL).await);
    app.clock.advance(1);
    assert!(!is_known(&app, &home, EMAIL).await);
}

#[tokio::test]
async fn only_a_sign_in_makes_an_address_known() {
    let app = TestApp::new().await;
    let mut wrong = app.browser();
    create(&mut wrong, EMAIL).await.id();
    for check in Check::ALL {
        check.ask(&mut wrong, EMAIL, WRONG).await;
    }
    assert!(!is_known(&app, &wrong, EMAIL).await);

    // Nor does the right password of a banned account, or a session from elsewhere.
    let app = app_with_account().await;
    let session = at_home(&app).await.kept("_session").unwrap().to_owned();
    let mut traveller = app.browser().cookie("_session", &session);
    assert_eq!(Check::ChangePassword.check(&mut traveller, EMAIL, PASSWORD).await, Checked::Right);
    assert!(!is_known(&app, &traveller, EMAIL).await);
    let app = app_with_account().await;
    app.ban(EMAIL).await;
    let mut banned = app.browser();
    assert_eq!(Door::Users.sign_in(&mut banned, EMAIL, PASSWORD).await, SignIn::Banned);
    assert!(!is_known(&app, &banned, EMAIL).await);
}

#[tokio::test]
async fn an_address_that_is_known_by_one_identifier_is_known_by_all() {
    for (by, with) in [(USERNAME, EMAIL), (EMAIL, USERNAME)] {
        let app = app_with_account().await;
        let mut home = app.browser();
        let outcome = Door::Cookie.sign_in(&mut home, by, PASSWORD).await;
        assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
        assert!(is_known(&app, &home, with).await, "{with}");
    }
}

#[tokio::test]
async fn an_address_stays_known_when_the_email_address_is_changed_there() {
    let app = app_with_account().await;
    let mut home = at_home(&app).await;
    let change = json!({ "user": { "email": "new@example.com" } });
    assert_eq!(home.patch("/users", change).await.status, 200);
    assert!(is_known(&app, &home, "new@example.com").await);
    assert!(is_known(&app, &home, USERNAME).await);
}

#[tokio::test]
async fn an_address_stays_known_when_the_email_address_is_changed_elsewhere() {
    let app = app_with_account().await;
    let (home, mut office) = (at_home(&app).await, at_home(&app).await);
    let change = json!({ "user": { "email": "new@example.com" } });
    assert_eq!(office.patch("/users", change).await.status, 200);
    assert!(is_known(&app, &home, "new@example.com").await);
}

#[tokio::test]
async fn the_next_owner_of_an_identifier_does_not_inherit_its_addresses() {
    let app = app_with_account().await;
    let mut home = at_home(&app).await;
    assert_eq!(Check::Delete.check(&mut home, EMAIL, PASSWORD).await, Checked::Right);
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    for identifier in [EMAIL, USERNAME] {
        assert!(!is_known(&app, &home, identifier).await, "{identifier}");
    }
}

#[tokio::test]
async fn an_address_is_known_by_its_network_alone() {
    let app = app_with_account().await;
    for (signed_in, known, unknown) in [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("203.0.113.70", "::ffff:203.0.113.70", "::ffff:203.0.113.71"),
        ("::ffff:203.0.113.72", "203.0.113.72", "::203.0.113.72"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:3::1"),
    ] {
        let mut browser = app.browser_at(address(signed_in));
        let outcome = Door::ApiKey.sign_in(&mut browser, EMAIL, PASSWORD).await;
        assert!(matches!(outcome, SignIn::Done(_)), "{signed_in} {outcome:?}");
        assert!(is_known(&app, &app.browser_at(address(known)), EMAIL).await, "{known}");
        assert!(!is_known(&app, &app.browser_at(address(unknown)), EMAIL).await, "{unknown}");
        app.clock.advance(DAY);
    }
}

#[tokio::test]
async fn the_hosts_of_one_network_share_its_budget() {
    let app = app_with_account().await;
    let host = |number: u32| app.browser_at(address(&format!("2001:db8:1:2::{number:x}")));
    let outcome = Door::Users.sign_in(&mut host(1), EMAIL, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    for number in 2..=11 {
        let outcome = Door::Users.sign_in(&mut host(number), EMAIL, &impossible()).await;
        assert_eq!(outcome, SignIn::Refused, "{number}");
    }
    for number in [1, 12] {
        let outcome = Door::Users.sign_in(&mut host(number), EMAIL, PASSWORD).await;
        assert_eq!(outcome, SignIn::TooMany, "{number}");
    }
}

#[tokio::test]
async fn no_header_makes_a_stranger_known() {
    let app = app_with_account().await;
    let mut home = app.browser_at([203, 0, 113, 7]);
    let outcome = Door::Users.sign_in(&mut home, EMAIL, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    strangers_guess(&app, EMAIL, 10).await;
    for name in HEADERS {
        let mut stranger = app.browser().header(name, &in_header(name, "203.0.113.7"));
        let outcome = Door::Users.sign_in(&mut stranger, EMAIL, PASSWORD).await;
        assert_eq!(outcome, SignIn::TooMany, "{name}");
    }
}
