//! Where browsers are sent is written in the settings.

use super::{START, Stage, location, parameter};

const APP: &str = "https://app.example";
const UNBOUND: &str = "https://app.example/bind";

#[tokio::test]
async fn who_is_not_bound_goes_where_accounts_are_bound() {
    for (settings, expected) in [
        (&[][..], "https://api.test"),
        (&[("OAUTH_APP_URL", APP)], APP),
        (&[("OAUTH_UNBOUND_URL", UNBOUND)], UNBOUND),
        (&[("OAUTH_APP_URL", APP), ("OAUTH_UNBOUND_URL", UNBOUND)], UNBOUND),
    ] {
        let stage = Stage::with(settings).await;
        assert_eq!(location(&stage.visit("ann").await), expected);
    }
}

#[tokio::test]
async fn nothing_in_a_request_changes_where_a_browser_is_sent() {
    let stage = Stage::with(&[("OAUTH_APP_URL", APP)]).await;
    let evil = [
        "return_to",
        "redirect_uri",
        "redirect",
        "next",
        "url",
        "RelayState",
        "post_logout_redirect_uri",
    ];
    let evil: String = evil.iter().map(|name| format!("&{name}=https://evil.example")).collect();
    for header in
        ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded", "origin", "referer"]
    {
        let value = if header == "forwarded" { "host=evil.example" } else { "evil.example" };
        let mut browser = stage.app.browser().header(header, value);
        let url = location(&browser.get(&format!("{START}?{}", &evil[1..])).await);
        assert!(url.starts_with(&format!("{}/authorize?", stage.host.issuer())), "{url}");
        let callback = "https%3A%2F%2Fapi.test%2Foauth%2Flocal%2Fcallback";
        assert_eq!(parameter(&url, "redirect_uri"), callback, "{header}");
        assert!(!url.contains("evil"), "{url}");
        let back = stage.host.sign_in(&url, "ann").await;
        let reply = browser.get(&format!("{back}{evil}")).await;
        assert_eq!(location(&reply), APP, "{header}");
        assert!(!reply.header("set-cookie").unwrap().contains("evil"));
    }
}
