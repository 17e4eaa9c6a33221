//! Mail scanners open links before, after and while people do.

use http::Method;
use serde_json::json;

use super::{
    ACTIVATED, CANCEL, CHOOSE, CHOSEN, EMAIL, Mailed, OTHER, choose, not_found, opens, person,
    press, register, shows, start, success, taken,
};
use crate::support::{PASSWORD, TestApp, create};

/// A scanner looks at both links as browsers do, and with HEAD, as often as it likes.
async fn scan(app: &TestApp, mailed: &Mailed) {
    for path in [&mailed.open, &mailed.not_me] {
        for _ in 0..2 {
            let head = app.browser().send(Method::HEAD, path, None, "").await;
            assert_eq!(head.text, "");
            let head = person(app).send(Method::HEAD, path, None, "").await;
            assert_eq!(head.text, "");
            person(app).get(path).await;
        }
    }
}

#[tokio::test]
async fn a_scan_withdraws_nothing() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    scan(&app, &mailed).await;
    app.get(&mailed.open).await.is(200, success());
    scan(&app, &mailed).await;
    shows(&person(&app).get(&mailed.not_me).await, 200, CANCEL);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_scan_takes_no_account_over() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    let mailed = register(&app, EMAIL, OTHER).await;
    scan(&app, &mailed).await;
    // One that asks for no page learns that there is one and changes as little.
    app.get(&mailed.open).await.is(200, taken());
    scan(&app, &mailed).await;
    assert!(opens(&app, EMAIL, PASSWORD).await);
    shows(&person(&app).get(&mailed.open).await, 200, CHOOSE);
    shows(&choose(&app, &mailed.open, "ch0sen-by-ann").await, 200, CHOSEN);
    scan(&app, &mailed).await;
    app.get(&mailed.open).await.is(200, success());
    assert!(opens(&app, EMAIL, "ch0sen-by-ann").await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_scan_brings_nothing_back_that_was_withdrawn() {
    for activated in [false, true] {
        let app = start().await;
        let mailed = register(&app, EMAIL, PASSWORD).await;
        if activated {
            app.get(&mailed.open).await.is(200, success());
        }
        press(&app, &mailed.not_me).await;
        scan(&app, &mailed).await;
        app.get(&mailed.open).await.is(200, not_found());
        assert_eq!(app.audited().await, 0);
    }
}

/// A scanner that asks for no page does activate, as the document's clients do. It makes an account
/// of a free address alone, and the owner of the address can take that back.
#[tokio::test]
async fn a_scanner_that_activates_harms_nobody() {
    let app = start().await;
    let strangers = register(&app, EMAIL, OTHER).await;
    app.get(&strangers.open).await.is(200, success());
    assert!(opens(&app, EMAIL, OTHER).await);
    shows(&press(&app, &strangers.not_me).await, 200, super::CANCELLED);
    assert!(!opens(&app, EMAIL, OTHER).await);
    app.clock.advance(60);
    let own = register(&app, EMAIL, PASSWORD).await;
    shows(&press(&app, &own.open).await, 200, ACTIVATED);
    assert!(opens(&app, EMAIL, PASSWORD).await);
    app.post(&strangers.not_me, json!({})).await.is(200, not_found());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn no_other_method_opens_a_link() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    for path in [&mailed.open, &mailed.not_me] {
        for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE] {
            let reply = app.browser().send(method.clone(), path, None, "").await;
            reply.is(405, super::body(405, "method not allowed"));
            assert_eq!(reply.header("allow"), Some("GET,HEAD,POST"), "{method}");
        }
    }
    assert_eq!(app.audited().await, 0);
    app.get(&mailed.open).await.is(200, success());
}
