//! What a tenant's client apps may do together, as the directory counts it.

use shared::{
    credential::{Kind, TenantCredentials},
    directory::{Client, Disclosure, NewAccount, NewCredential, SignIn, TenantStatus},
    error::{Error, Reason},
    identifier::{Email, Identifier},
    password::{GivenPassword, NewPassword},
};

use super::{EMAIL, PASSWORD, SIGN_IN, Tenant, WRONG, client, credentials, join, start_with};
use crate::support::TestApp;

const WINDOW: i64 = 15 * 60;
const HOUR: i64 = 60 * 60;

/// A client app of a tenant, at the address of [`client`], which others are at as well.
struct ClientApp<'a> {
    app: &'a TestApp,
    credentials: TenantCredentials,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Denied(Reason),
    TooMany,
}

use Outcome::{Denied, Done, TooMany};

impl<'a> ClientApp<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let Tenant { id, secret } = Tenant::create(app).await;
        Self { app, credentials: TenantCredentials::new(&id, &secret).unwrap() }
    }

    fn new_credential(&self) -> NewCredential<'_> {
        let tenant = Some(&self.credentials);
        NewCredential { tenant, ..NewCredential::of(Kind::TenantToken) }
    }

    async fn sign_in(&self, email: &str, password: &str) -> Outcome {
        let request = SignIn {
            identifier: &Identifier::Email(Email::parse(email).unwrap()),
            password: &GivenPassword::new(password),
            credential: self.new_credential(),
            disclosure: Disclosure::Hidden,
            client: &client(),
        };
        outcome(self.app.directory.sign_in(request).await)
    }

    async fn sign_up(&self, email: &str) -> Outcome {
        let new = NewAccount {
            email: Email::parse(email).unwrap(),
            username: None,
            name: None,
            password: NewPassword::parse(PASSWORD, 128).unwrap(),
        };
        let client: Client = client();
        let made = self.app.directory.sign_up_and_in(&new, self.new_credential(), &client).await;
        outcome(made)
    }
}

#[track_caller]
fn outcome<T>(result: Result<T, Error>) -> Outcome {
    match result {
        Ok(_) => Done,
        Err(Error::Denied(reason)) => Denied(reason),
        Err(Error::Throttled { .. }) => TooMany,
        Err(error) => panic!("{error}"),
    }
}

/// The web app at the same address.
async fn web_app_signs_in(app: &TestApp) -> bool {
    let mut browser = app.browser_at([203, 0, 113, 7]);
    browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status == 200
}

#[tokio::test]
async fn wrong_passwords_through_a_tenant_count_for_it_and_not_for_the_address() {
    let settings = [("LIMIT_GUESSES_PER_TENANT", "3"), ("LIMIT_GUESSES_PER_ADDRESS", "2")];
    let app = start_with(&settings).await;
    join(&app, EMAIL).await;
    let (one, other) = (ClientApp::new(&app).await, ClientApp::new(&app).await);
    for email in [EMAIL, "nobody@test.com", EMAIL] {
        // The right one gives back what it took.
        for _ in 0..2 {
            assert_eq!(one.sign_in(EMAIL, PASSWORD).await, Done);
        }
        assert!(matches!(one.sign_in(email, WRONG).await, Denied(_)), "{email}");
    }
    let hashes = app.directory.hasher().computed();
    for (email, password) in [(EMAIL, PASSWORD), (EMAIL, WRONG), ("nobody@test.com", WRONG)] {
        assert_eq!(one.sign_in(email, password).await, TooMany, "{email}");
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert!(web_app_signs_in(&app).await, "the address has used up nothing");
    assert_eq!(other.sign_in(EMAIL, PASSWORD).await, Done, "nor has another tenant");
    app.clock.advance(WINDOW);
    assert_eq!(one.sign_in(EMAIL, PASSWORD).await, Done);
}

#[tokio::test]
async fn an_address_that_has_run_out_keeps_no_tenant_from_asking() {
    let app = start_with(&[("LIMIT_GUESSES_PER_ADDRESS", "1")]).await;
    join(&app, EMAIL).await;
    let client_app = ClientApp::new(&app).await;
    let mut browser = app.browser_at([203, 0, 113, 7]);
    browser.post(SIGN_IN, credentials(EMAIL, WRONG)).await;
    assert!(!web_app_signs_in(&app).await);
    assert_eq!(client_app.sign_in(EMAIL, PASSWORD).await, Done);
    assert_eq!(client_app.sign_in(EMAIL, WRONG).await, Denied(Reason::PasswordWrong));
}

#[tokio::test]
async fn an_account_counts_what_is_tried_through_a_tenant_as_well() {
    let app = TestApp::new().await;
    join(&app, EMAIL).await;
    let client_app = ClientApp::new(&app).await;
    for _ in 0..5 {
        assert_eq!(client_app.sign_in(EMAIL, WRONG).await, Denied(Reason::PasswordWrong));
        app.post(SIGN_IN, credentials(EMAIL, WRONG)).await;
    }
    assert_eq!(client_app.sign_in(EMAIL, PASSWORD).await, TooMany);
    let reply = app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.status, 429, "{reply}");
}

#[tokio::test]
async fn who_hammers_one_account_through_a_tenant_uses_up_nothing_of_the_others() {
    let settings = [("LIMIT_GUESSES_PER_ACCOUNT", "10"), ("LIMIT_GUESSES_PER_TENANT", "12")];
    let app = TestApp::with(&settings).await;
    for email in [EMAIL, "other@test.com"] {
        join(&app, email).await;
    }
    let client_app = ClientApp::new(&app).await;
    for _ in 0..10 {
        assert_eq!(client_app.sign_in(EMAIL, WRONG).await, Denied(Reason::PasswordWrong));
    }
    for _ in 0..20 {
        assert_eq!(client_app.sign_in(EMAIL, WRONG).await, TooMany);
    }
    assert_eq!(client_app.sign_in("other@test.com", PASSWORD).await, Done);
    for denied in [Denied(Reason::PasswordWrong), Denied(Reason::PasswordWrong), TooMany] {
        assert_eq!(client_app.sign_in("other@test.com", WRONG).await, denied);
    }
}

#[tokio::test]
async fn accounts_that_are_made_through_a_tenant_count_for_it() {
    let settings = [("LIMIT_SIGN_UPS_PER_TENANT", "2"), ("LIMIT_SIGN_UPS_PER_ADDRESS", "1")];
    let app = start_with(&settings).await;
    let (one, other) = (ClientApp::new(&app).await, ClientApp::new(&app).await);
    for email in ["1@test.com", "2@test.com"] {
        assert_eq!(one.sign_up(email).await, Done, "{email}");
    }
    for email in ["3@test.com", "1@test.com"] {
        assert_eq!(one.sign_up(email).await, TooMany, "{email}");
    }
    assert_eq!(other.sign_up("3@test.com").await, Done);
    let mut browser = app.browser_at([203, 0, 113, 7]);
    for (email, status) in [("4@test.com", 200), ("5@test.com", 429)] {
        let reply = browser.post(super::SIGN_UP, credentials(email, PASSWORD)).await;
        assert_eq!(reply.status.as_u16(), status, "{email}: {reply}");
    }
    app.clock.advance(HOUR);
    assert_eq!(one.sign_up("6@test.com").await, Done);
    assert_eq!(app.audited().await, 5);
}

#[tokio::test]
async fn what_a_tenant_is_told_of_taken_addresses_counts_for_it() {
    let settings = [("LIMIT_DISCLOSURES_PER_TENANT", "2"), ("LIMIT_DISCLOSURES_PER_ADDRESS", "1")];
    let app = start_with(&settings).await;
    join(&app, EMAIL).await;
    let (one, other) = (ClientApp::new(&app).await, ClientApp::new(&app).await);
    for _ in 0..2 {
        assert_eq!(one.sign_up(EMAIL).await, Denied(Reason::EmailTaken));
    }
    assert_eq!(one.sign_up(EMAIL).await, TooMany);
    assert_eq!(other.sign_up(EMAIL).await, Denied(Reason::EmailTaken));
    let mut browser = app.browser_at([203, 0, 113, 7]);
    for status in [400, 429] {
        let reply = browser.post(super::SIGN_UP, credentials(EMAIL, PASSWORD)).await;
        assert_eq!(reply.status.as_u16(), status, "{reply}");
    }
}

#[tokio::test]
async fn who_is_no_tenant_learns_nothing_and_costs_no_hash() {
    let app = start_with(&[("LIMIT_GUESSES_PER_ADDRESS", "4")]).await;
    join(&app, EMAIL).await;
    let mut client_app = ClientApp::new(&app).await;
    let id = client_app.credentials.id().clone();
    let hashes = app.directory.hasher().computed();
    app.directory.set_tenant_status(&id, TenantStatus::Disabled).await.unwrap();
    assert_eq!(client_app.sign_in(EMAIL, PASSWORD).await, Denied(Reason::TenantUnauthenticated));
    assert_eq!(client_app.sign_up("new@test.com").await, Denied(Reason::TenantUnauthenticated));
    app.directory.set_tenant_status(&id, TenantStatus::Active).await.unwrap();
    client_app.credentials = TenantCredentials::new(id.as_str(), "another secret").unwrap();
    assert_eq!(client_app.sign_in(EMAIL, PASSWORD).await, Denied(Reason::TenantUnauthenticated));
    assert_eq!(client_app.sign_up(EMAIL).await, Denied(Reason::TenantUnauthenticated));
    // That was counted for the address, where the web app is as well.
    assert_eq!(client_app.sign_in(EMAIL, PASSWORD).await, TooMany);
    assert!(!web_app_signs_in(&app).await);
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(app.audited().await, 1);
}
