//! Ten wrong passwords for one account.

use serde_json::json;

use super::{
    Check, Checked, DAY, EMAIL, WINDOW, WRONG, app_with_account, app_with_account_and, at_home,
    impossible, retry_after, stranger_knows, strangers_guess,
};
use crate::support::{Door, PASSWORD, SignIn, TestApp, register, users_error};

#[tokio::test]
async fn another_account_has_a_budget_of_its_own() {
    let app = app_with_account().await;
    register(&mut app.browser(), "test12345", "test12345@abc.com").await.id();
    strangers_guess(&app, EMAIL, 10).await;
    assert!(!stranger_knows(&app, EMAIL).await);
    assert!(stranger_knows(&app, "test12345@abc.com").await);
}

#[tokio::test]
async fn the_window_begins_with_the_first_wrong_password() {
    let app = app_with_account().await;
    // A right one opens none.
    assert!(stranger_knows(&app, EMAIL).await);
    app.clock.advance(WINDOW / 2);
    strangers_guess(&app, EMAIL, 1).await;
    app.clock.advance(WINDOW - 60);
    strangers_guess(&app, EMAIL, 9).await;
    let reply = Door::ApiKey.ask(&mut app.browser(), EMAIL, PASSWORD).await;
    assert_eq!((reply.status.as_u16(), retry_after(&reply)), (429, 60));
    app.clock.advance(59);
    assert!(!stranger_knows(&app, EMAIL).await);
    app.clock.advance(1);
    assert!(stranger_knows(&app, EMAIL).await);
}

#[tokio::test]
async fn tries_that_are_too_many_do_not_prolong_the_window() {
    let app = app_with_account().await;
    strangers_guess(&app, EMAIL, 10).await;
    for minute in 0..15 {
        for (door, password) in Door::ALL.into_iter().zip([WRONG, PASSWORD, WRONG, PASSWORD]) {
            let reply = door.ask(&mut app.browser(), EMAIL, password).await;
            assert_eq!(door.sign_in_outcome(&reply), SignIn::TooMany, "{door:?}");
            assert_eq!(retry_after(&reply), WINDOW - minute * 60, "{door:?}");
        }
        app.clock.advance(60);
    }
    // Nor do they count in the next one.
    strangers_guess(&app, EMAIL, 10).await;
    assert!(!stranger_knows(&app, EMAIL).await);
}

#[tokio::test]
async fn a_right_password_gives_back_what_it_took_and_no_more() {
    let app = app_with_account().await;
    strangers_guess(&app, EMAIL, 9).await;
    for door in Door::ALL.into_iter().cycle().take(12) {
        let outcome = door.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
        assert!(matches!(outcome, SignIn::Done(_)), "{door:?} {outcome:?}");
    }
    strangers_guess(&app, EMAIL, 1).await;
    assert!(!stranger_knows(&app, EMAIL).await);
}

#[tokio::test]
async fn a_changed_password_gives_back_what_it_took_and_no_more() {
    let app = app_with_account().await;
    let mut home = at_home(&app).await;
    let change = Check::ChangePassword;
    for _ in 0..9 {
        assert_eq!(change.check(&mut home, EMAIL, WRONG).await, Checked::Wrong);
    }
    assert_eq!(change.check(&mut home, EMAIL, PASSWORD).await, Checked::Right);
    assert_eq!(change.check(&mut home, EMAIL, PASSWORD).await, Checked::Wrong);
    assert_eq!(change.check(&mut home, EMAIL, super::NEW).await, Checked::TooMany);
}

#[tokio::test]
async fn a_banned_owner_is_told_so_however_often() {
    let app = app_with_account().await;
    app.ban(EMAIL).await;
    let told = [SignIn::Refused, SignIn::Banned, SignIn::Banned, SignIn::Banned];
    for (door, told) in Door::ALL.into_iter().zip(told).cycle().take(12) {
        let outcome = door.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
        assert_eq!(outcome, told, "{door:?}");
        let reply = Check::Delete.ask(&mut app.browser(), EMAIL, PASSWORD).await;
        reply.is(400, users_error("DELETE", "/users", 3, "This user is banned."));
    }
    strangers_guess(&app, EMAIL, 10).await;
    for check in Door::ALL.map(Check::SignIn) {
        let outcome = check.check(&mut app.browser(), EMAIL, PASSWORD).await;
        assert_eq!(outcome, Checked::TooMany, "{check:?}");
    }
    let outcome = Check::Delete.check(&mut app.browser(), EMAIL, PASSWORD).await;
    assert_eq!(outcome, Checked::TooMany);
}

#[tokio::test]
async fn what_asks_for_no_password_is_not_counted() {
    let once = [("LIMIT_GUESSES_PER_ACCOUNT", "1"), ("LIMIT_GUESSES_PER_ADDRESS", "1")];
    let app = app_with_account_and(&once).await;
    let mut home = at_home(&app).await;
    let nothing = json!({ "email": EMAIL, "username": EMAIL });
    home.post("/user/signin", nothing.clone()).await;
    home.post("/api/v1/user/login/", nothing.clone()).await;
    home.post("/users/sign_in", json!({ "user": nothing })).await;
    home.post("/api/user/signin", nothing.clone()).await;
    home.delete("/users", json!({ "user": nothing })).await;
    home.post("/user/signin", json!([EMAIL, WRONG])).await;
    let mut foreign = home.clone().header("origin", "https://evil.example");
    for door in Door::ALL {
        assert_eq!(door.ask(&mut foreign, EMAIL, WRONG).await.status, 403, "{door:?}");
        assert_eq!(door.sign_in(&mut home, "no address@x", WRONG).await, SignIn::Refused);
    }
    for (new, confirmed) in [("short", "short"), ("12345678", "12345678"), (super::NEW, WRONG)] {
        let user = json!({
            "old_password": WRONG,
            "new_password": new,
            "new_password_confirm": confirmed,
        });
        let reply = home.patch("/users/password", json!({ "user": user })).await;
        assert_eq!(reply.status, 400, "{reply}");
    }
    for check in Check::ALL {
        let outcome = check.check(&mut home, EMAIL, PASSWORD).await;
        let right = check != Check::Delete;
        assert_eq!(outcome == Checked::Right, right, "{check:?} {outcome:?}");
    }
    // The last one was a guess: the password had been changed.
    assert_eq!(Check::Delete.check(&mut home, EMAIL, super::NEW).await, Checked::TooMany);
}

#[tokio::test]
async fn a_password_that_nobody_can_have_is_a_guess_like_any() {
    let app = app_with_account().await;
    let (mut home, hashes) = (at_home(&app).await, app.directory.hasher().computed());
    for (check, number) in Check::ALL.into_iter().cycle().zip(1..=10) {
        let password = if number % 2 == 0 { impossible() } else { "k9#Lw2!pQz\u{7}".to_owned() };
        let outcome = check.check(&mut home, EMAIL, &password).await;
        assert_eq!(outcome, Checked::Wrong, "{check:?}");
    }
    for check in Check::ALL {
        let outcome = check.check(&mut home, EMAIL, PASSWORD).await;
        assert_eq!(outcome, Checked::TooMany, "{check:?}");
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
}

#[tokio::test]
async fn a_count_that_is_still_stored_after_its_window_does_not_count() {
    let app = app_with_account().await;
    strangers_guess(&app, EMAIL, 10).await;
    for late in [WINDOW, DAY] {
        assert!(!stranger_knows(&app, EMAIL).await);
        app.clock.advance(late);
        assert_eq!(guesses(&app).await, ["10"], "nothing has cleaned up");
        assert!(stranger_knows(&app, EMAIL).await);
        strangers_guess(&app, EMAIL, 10).await;
    }
}

/// The counts of guesses at accounts, as they are stored.
async fn guesses(app: &TestApp) -> Vec<String> {
    let items = app.dump("tokens").await;
    let counts = items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("count#guess#"));
    counts.map(|item| item["count"].as_n().unwrap().clone()).collect()
}

#[tokio::test]
async fn a_sign_in_that_is_too_many_ends_no_session() {
    let app = app_with_account().await;
    let mut home = at_home(&app).await;
    for number in 1..=12 {
        let outcome = Door::Users.sign_in(&mut home, EMAIL, &impossible()).await;
        assert_eq!(outcome == SignIn::TooMany, number > 10, "{number}");
    }
    let name = json!({ "user": { "name": "Somebody" } });
    assert_eq!(home.patch("/users", name).await.status, 200);
}
