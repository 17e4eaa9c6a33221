//! To which numbers messages are sent.

use super::{OTHER, PHONE, USERS, ask, credentials, fresh_code, id_of, register, says};
use crate::support::{PASSWORD, TestApp};

async fn refused(app: &TestApp, phones: &[&str]) {
    for phone in phones {
        says(&ask(&mut app.browser(), phone).await, 404, "phone not supported", phone);
    }
    assert_eq!(app.outbox.messages(), []);
    assert!(app.dump("tokens").await.is_empty(), "nothing is counted, nothing is stored");
}

#[tokio::test]
async fn numbers_of_other_countries_are_refused() {
    let app = TestApp::new().await;
    let phones = [
        "+12015550123",
        "+491701234567",
        "+447400123456",
        "+85251234567",
        "+886912345678",
        "+819012345678",
    ];
    refused(&app, &phones).await;
    fresh_code(&app, PHONE).await;
}

#[tokio::test]
async fn the_countries_are_a_setting() {
    let app = TestApp::with(&[("ALLOWED_PHONE_COUNTRIES", "DE, US")]).await;
    // The United States share their country code with Canada and others.
    refused(&app, &[PHONE, OTHER, "+12042345678", "+18765551234", "+447400123456"]).await;
    for phone in ["+491701234567", "+12015550123"] {
        let code = fresh_code(&app, phone).await;
        id_of(&register(&mut app.browser(), phone, &code).await, phone);
    }
}

#[tokio::test]
async fn the_region_of_numbers_without_a_country_code_is_a_setting() {
    let settings = [("DEFAULT_PHONE_REGION", "DE"), ("ALLOWED_PHONE_COUNTRIES", "DE")];
    let app = TestApp::with(&settings).await;
    says(&ask(&mut app.browser(), "01701234567").await, 200, "success", "national");
    assert_eq!(app.outbox.messages()[0].to, "+491701234567");
    says(&ask(&mut app.browser(), "13800138000").await, 404, "phone not supported", "of China");
    assert_eq!(app.outbox.messages().len(), 1);
}

#[tokio::test]
async fn numbers_that_cost_extra_or_hang_on_the_wall_are_refused() {
    let app = TestApp::with(&[("ALLOWED_PHONE_COUNTRIES", "CN,DE,GB,US")]).await;
    let phones = [
        // Landlines.
        "+861065529988",
        "+4930123456",
        "+442079460958",
        // Toll-free.
        "+868001234567",
        "+498001234567",
        "+448001234567",
        "+18002345678",
        // Premium rate and shared cost.
        "+499001234567",
        "+449098790123",
        "+19002345678",
        "+864001234567",
        "+448431234567",
    ];
    refused(&app, &phones).await;
}

#[tokio::test]
async fn satellites_and_universal_numbers_are_refused() {
    let app = TestApp::with(&[("ALLOWED_PHONE_COUNTRIES", "CN,US")]).await;
    for phone in
        ["+870773111632", "+881612345678", "+882161234567", "+80012345678", "+979123456789"]
    {
        let reply = ask(&mut app.browser(), phone).await;
        let message = reply.json()["msg"].as_str().unwrap().to_owned();
        assert!(["phone invalid", "phone not supported"].contains(&message.as_str()), "{reply}");
        says(&reply, 404, &message, phone);
    }
    assert_eq!(app.outbox.messages(), []);
}

#[tokio::test]
async fn a_number_that_is_sent_no_code_has_none_to_register_with() {
    let app = TestApp::new().await;
    for phone in ["+12015550123", "+861065529988"] {
        says(&register(&mut app.browser(), phone, "123456").await, 404, "wrong code", phone);
        let reply = app.post(USERS, credentials(phone, PASSWORD)).await;
        says(&reply, 404, "wrong code", phone);
    }
    assert_eq!(app.audited().await, 0);
}
