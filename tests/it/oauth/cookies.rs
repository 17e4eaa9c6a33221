//! The cookie that a visit hangs on.

use super::{COOKIE, START, Stage, arrives, is_refused, location};
use crate::support::TestApp;

#[tokio::test]
async fn a_token_that_was_planted_before_does_not_survive_the_start() {
    let stage = Stage::set().await;
    let (attacker, _) = stage.sent().await;
    let planted = attacker.kept(COOKIE).unwrap().to_owned();
    for planted in [planted.as_str(), &"0".repeat(64), &"0".repeat(80), "x"] {
        let mut victim = stage.app.browser().cookie(COOKIE, planted);
        let url = location(&victim.get(START).await);
        assert_ne!(victim.kept(COOKIE), Some(planted));
        let back = stage.host.sign_in(&url, "ann").await;
        is_refused(&stage.app.browser().cookie(COOKIE, planted).get(&back).await);
        arrives(&victim.get(&back).await);
    }
}

#[tokio::test]
async fn two_cookies_that_differ_are_none() {
    let stage = Stage::set().await;
    let (browser, back) = stage.back("ann").await;
    let token = browser.kept(COOKIE).unwrap();
    let twice = |other: &str| {
        let cookies = format!("{COOKIE}={token}; {COOKIE}={other}");
        stage.app.browser().header("cookie", &cookies)
    };
    is_refused(&twice(&"0".repeat(64)).get(&back).await);
    is_refused(&twice("").get(&back).await);
    assert_eq!(stage.host.asked(), [""; 0]);
    arrives(&twice(token).get(&back).await);
}

#[tokio::test]
async fn a_cookie_that_is_no_token_is_none() {
    let stage = Stage::set().await;
    let (browser, back) = stage.back("ann").await;
    let token = browser.kept(COOKIE).unwrap();
    for value in [
        "x".to_owned(),
        token.to_uppercase(),
        format!("{token}0"),
        token[..63].to_owned(),
        format!("\"{token}\""),
        format!("0000000000000001{token}"),
    ] {
        assert_ne!(value, token);
        is_refused(&stage.app.browser().cookie(COOKIE, &value).get(&back).await);
    }
    is_refused(&stage.app.browser().cookie("connect.SID", token).get(&back).await);
    arrives(&browser.clone().get(&back).await);
}

#[tokio::test]
async fn the_browser_comes_back_from_another_site_with_it() {
    for (setting, expected) in [("lax", "Lax"), ("strict", "Lax")] {
        let stage = Stage::with(&[("COOKIE_SAME_SITE", setting)]).await;
        let mut browser = stage.app.browser();
        let reply = browser.get(START).await;
        let cookie = reply.header("set-cookie").unwrap().to_owned();
        assert!(cookie.ends_with(&format!("; HttpOnly; SameSite={expected}")), "{cookie}");
        let back = stage.host.sign_in(&location(&reply), "ann").await;
        let reply = browser.get(&back).await;
        let cookie = reply.header("set-cookie").unwrap();
        let expected = format!("; Max-Age=600; Path=/; HttpOnly; SameSite={expected}");
        assert!(cookie.ends_with(&expected), "{cookie}");
    }
}

#[tokio::test]
async fn a_refused_start_sets_none() {
    let app = TestApp::new().await;
    super::know(&app, &[]);
    let reply = app.get(START).await;
    assert_eq!((reply.status.as_u16(), reply.cookies()), (404, vec![]));
}
