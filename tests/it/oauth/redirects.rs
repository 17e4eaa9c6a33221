//! Where browsers are sent is written in the settings.

use super::{Stage, location};

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
