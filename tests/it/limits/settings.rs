//! Every limit is a setting.

use std::collections::HashMap;

use local::Template;
use shared::config::Config;

use super::{
    DAY, EMAIL, WINDOW, app_with_account_and, at_home, impossible, stranger_knows, strangers_guess,
};
use crate::support::{Door, SignIn, SignUp, create};

#[test]
fn what_is_not_set_is_as_the_template_sets_it() {
    let environment = Template::load().unwrap().environment;
    let tables = ["ACCOUNTS_TABLE", "TOKENS_TABLE"].map(|name| (name.to_owned(), name.to_owned()));
    for vars in [environment, HashMap::from(tables)] {
        let limits = Config::from_vars(&vars).unwrap().limits;
        let counts = [
            limits.guesses_per_account.count,
            limits.guesses_per_address.count,
            limits.sign_ups_per_address.count,
            limits.disclosures_per_address.count,
        ];
        assert_eq!(counts, [10, 100, 20, 100]);
        assert_eq!(limits.known_address, 30 * DAY);
    }
}

#[tokio::test]
async fn the_guesses_at_an_account_are_a_setting() {
    let app = app_with_account_and(&[("LIMIT_GUESSES_PER_ACCOUNT", "3")]).await;
    let mut home = at_home(&app).await;
    for email in [EMAIL, "nobody@example.com"] {
        strangers_guess(&app, email, 3).await;
        let outcome = Door::Users.sign_in(&mut app.browser(), email, &impossible()).await;
        assert_eq!(outcome, SignIn::TooMany, "{email}");
    }
    for number in 1..=4 {
        let outcome = Door::Users.sign_in(&mut home, EMAIL, &impossible()).await;
        assert_eq!(outcome == SignIn::TooMany, number > 3, "{number}");
    }
    app.clock.advance(WINDOW);
    assert!(stranger_knows(&app, EMAIL).await);
}

#[tokio::test]
async fn the_guesses_from_an_address_are_a_setting() {
    let app = app_with_account_and(&[("LIMIT_GUESSES_PER_ADDRESS", "12")]).await;
    let mut browser = app.browser();
    for number in 1..=13 {
        let email = format!("{number}@example.com");
        let outcome = Door::Users.sign_in(&mut browser, &email, &impossible()).await;
        assert_eq!(outcome == SignIn::TooMany, number > 12, "{number}");
    }
}

#[tokio::test]
async fn the_sign_ups_from_an_address_are_a_setting() {
    let app = app_with_account_and(&[("LIMIT_SIGN_UPS_PER_ADDRESS", "2")]).await;
    let mut browser = app.browser();
    for number in 1..=3 {
        let outcome = create(&mut browser, &format!("{number}@example.com")).await;
        assert_eq!(outcome == SignUp::TooMany, number > 2, "{number}");
    }
}

#[tokio::test]
async fn the_revealing_replies_to_an_address_are_a_setting() {
    let app = app_with_account_and(&[("LIMIT_DISCLOSURES_PER_ADDRESS", "2")]).await;
    let mut browser = app.browser();
    for number in 1..=3 {
        let outcome = create(&mut browser, EMAIL).await;
        let expected = if number > 2 { SignUp::TooMany } else { SignUp::EmailTaken };
        assert_eq!(outcome, expected, "{number}");
    }
}

#[tokio::test]
async fn the_days_for_which_an_address_is_known_are_a_setting() {
    let app = app_with_account_and(&[("KNOWN_ADDRESS_DAYS", "2")]).await;
    let mut home = at_home(&app).await;
    for (later, outcome) in [(2 * DAY - 1, SignIn::Refused), (DAY + 1, SignIn::TooMany)] {
        app.clock.advance(later);
        strangers_guess(&app, EMAIL, 10).await;
        let found = Door::Cookie.sign_in(&mut home, EMAIL, &impossible()).await;
        assert_eq!(found, outcome, "{later}");
    }
}
