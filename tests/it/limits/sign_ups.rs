//! Twenty accounts an hour from one client address.

use std::net::IpAddr;

use serde_json::json;

use super::{EMAIL, HEADERS, HOUR, USERNAME, app_with_defaults, in_header, retry_after};
use crate::support::{Browser, PASSWORD, Reply, SignUp, TestApp, create, enrol, register};

/// Signs up somebody new at the contract `cookie`, at `users`, or at `tenant`.
async fn sign_up(browser: &mut Browser, number: usize) -> SignUp {
    let email = format!("{number}@example.com");
    match number % 3 {
        0 => register(browser, &format!("somebody-{number}"), &email).await,
        1 => create(browser, &email).await,
        _ => enrol(browser, &email).await,
    }
}

#[tokio::test]
async fn the_twenty_first_account_of_an_hour_is_too_many_at_each_door() {
    let app = app_with_defaults().await;
    let mut browser = app.browser();
    for number in 1..=20 {
        sign_up(&mut browser, number).await.id();
        app.clock.advance(60);
    }
    let hashes = app.directory.hasher().computed();
    for late in [2400 - 1, 0] {
        app.clock.advance(late);
        for number in [21, 22, 23] {
            assert_eq!(sign_up(&mut browser, number).await, SignUp::TooMany, "{number}");
        }
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    sign_up(&mut app.browser(), 21).await.id();
    assert_eq!(app.audited().await, 22);

    // The hour began with the first of them, and nothing has prolonged it.
    app.clock.advance(1);
    for number in 22..=41 {
        sign_up(&mut browser, number).await.id();
    }
    for number in [42, 43, 44] {
        assert_eq!(sign_up(&mut browser, number).await, SignUp::TooMany, "{number}");
    }
}

#[tokio::test]
async fn retry_after_says_when_the_hour_is_over() {
    let app = TestApp::with(&[("LIMIT_SIGN_UPS_PER_ADDRESS", "1")]).await;
    let mut browser = app.browser();
    sign_up(&mut browser, 1).await.id();
    for (later, left) in [(0, HOUR), (HOUR - 1, 1)] {
        app.clock.advance(later);
        for reply in ask_both(&mut browser, "newcomer", "2@example.com").await {
            assert_eq!((reply.status.as_u16(), retry_after(&reply)), (429, left));
        }
    }
}

#[tokio::test]
async fn what_makes_no_account_is_not_counted() {
    let app = TestApp::with(&[("LIMIT_SIGN_UPS_PER_ADDRESS", "1")]).await;
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    let mut browser = app.browser();
    for (username, password, email) in [
        (USERNAME, PASSWORD, "new@example.com"),
        ("newcomer", PASSWORD, EMAIL),
        ("newcomer", "short", "new@example.com"),
        ("new", PASSWORD, "new@example.com"),
        ("newcomer", PASSWORD, "no address"),
        ("", PASSWORD, "new@example.com"),
    ] {
        let body = json!({ "username": username, "password": password, "email": email });
        let reply = browser.post("/api/v1/user/register/", body).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!("failed")));
    }
    for (email, password, confirmed) in [
        (EMAIL, PASSWORD, PASSWORD),
        ("new@example.com", "12345678", "12345678"),
        ("new@example.com", PASSWORD, "12345678"),
        ("no address", PASSWORD, PASSWORD),
    ] {
        let user = json!({
            "name": "Somebody",
            "email": email,
            "password": password,
            "password_confirm": confirmed,
        });
        assert_eq!(browser.post("/users", json!({ "user": user })).await.status, 400);
    }
    create(&mut browser, "new@example.com").await.id();
    assert_eq!(create(&mut browser, "other@example.com").await, SignUp::TooMany);
}

#[tokio::test]
async fn sign_ups_count_by_the_network_of_the_gateways_address() {
    let app = TestApp::with(&[("LIMIT_SIGN_UPS_PER_ADDRESS", "1")]).await;
    let at = |address: &str| app.browser_at(address.parse::<IpAddr>().unwrap());
    sign_up(&mut at("2001:db8:1:2::1"), 1).await.id();
    assert_eq!(sign_up(&mut at("2001:db8:1:2::2"), 2).await, SignUp::TooMany);
    sign_up(&mut at("2001:db8:1:3::1"), 2).await.id();
    sign_up(&mut at("203.0.113.7"), 3).await.id();
    assert_eq!(sign_up(&mut at("::ffff:203.0.113.7"), 4).await, SignUp::TooMany);
    for name in HEADERS {
        let mut same = at("203.0.113.7").header(name, &in_header(name, "198.51.100.1"));
        assert_eq!(sign_up(&mut same, 4).await, SignUp::TooMany, "{name}");
    }
    sign_up(&mut at("198.51.100.1"), 4).await.id();
}

#[tokio::test]
async fn where_all_is_used_up_nothing_tells_a_taken_identifier_from_a_free_one() {
    let limits = [("LIMIT_SIGN_UPS_PER_ADDRESS", "1"), ("LIMIT_DISCLOSURES_PER_ADDRESS", "1")];
    let app = TestApp::with(&limits).await;
    let mut browser = app.browser();
    register(&mut browser, USERNAME, EMAIL).await.id();
    app.clock.advance(60);
    // A window of its own, unless what is used up already is said first.
    let told = create(&mut browser, EMAIL).await;
    assert!(matches!(told, SignUp::EmailTaken | SignUp::TooMany), "{told:?}");
    let free = ask_both(&mut browser, "nobody-1", "nobody@example.com").await;
    for (username, email) in
        [(USERNAME, "nobody@example.com"), ("nobody-1", EMAIL), (USERNAME, EMAIL)]
    {
        let taken = ask_both(&mut browser, username, email).await;
        for (number, (free, taken)) in free.iter().zip(&taken).enumerate() {
            assert_eq!(free.status, 429);
            // The contract `users` has no usernames.
            if number == 0 || email == EMAIL {
                assert_eq!(
                    (taken.status, &taken.headers, &taken.text),
                    (free.status, &free.headers, &free.text),
                    "{username} {email}"
                );
            }
        }
    }
}

/// Asks for an account at the contract `cookie` and at `users`.
async fn ask_both(browser: &mut Browser, username: &str, email: &str) -> [Reply; 2] {
    let body = json!({ "username": username, "password": PASSWORD, "email": email });
    let cookie = browser.post("/api/v1/user/register/", body).await;
    let user = json!({
        "name": "Somebody",
        "email": email,
        "password": PASSWORD,
        "password_confirm": PASSWORD,
    });
    [cookie, browser.post("/users", json!({ "user": user })).await]
}
