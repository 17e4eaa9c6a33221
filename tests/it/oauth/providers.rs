//! The list of providers, and the one for development.

use axum::body::{Body, to_bytes};
use data_encoding::BASE64;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{
    Stage, arrives,
    host::{CONFIGURATION, TOKEN},
    instead, know, location, parameter,
};
use crate::support::{PUBLIC_URL, TestApp};

#[tokio::test]
async fn a_provider_has_the_name_of_its_entry() {
    let stage = Stage::set().await;
    let mut entry = stage.host.entry();
    entry["name"] = "another".into();
    entry["scopes"] = json!(["profile", "phone"]);
    know(&stage.app, &[entry]);
    for unknown in ["local", "ANOTHER", "another%20", "%2e%2e", "another%2F..", "another%00"] {
        let reply = stage.app.get(&format!("/oauth/{unknown}/start")).await;
        assert_eq!((reply.status.as_u16(), reply.cookies()), (404, vec![]), "{unknown}");
    }
    let url = location(&stage.app.get("/oauth/another/start").await);
    let callback = "https%3A%2F%2Fapi.test%2Foauth%2Fanother%2Fcallback";
    assert_eq!(parameter(&url, "redirect_uri"), callback);
    assert_eq!(parameter(&url, "scope"), "openid+profile+phone");
}

#[tokio::test]
async fn a_client_shows_its_secret_as_the_provider_wants_it() {
    for (methods, header) in [
        (json!(["client_secret_basic"]), true),
        (json!(["client_secret_post", "client_secret_basic"]), true),
        (json!(["client_secret_post"]), false),
        (Value::Null, true),
    ] {
        let stage = Stage::set().await;
        stage.host.change(CONFIGURATION, move |document| {
            document["token_endpoint_auth_methods_supported"] = methods.clone();
        });
        arrives(&stage.visit("ann").await);
        assert_eq!(stage.host.shown_in_header(), header);
    }
}

/// Sends a form to the provider for development.
async fn send(stage: &Stage, path: &str, form: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let host = stage.host.address.to_string();
    let mut request = Request::post(path).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(form.to_owned())).unwrap();
    let response = stage.host.provider.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

const AUTHORIZE: &str = "/_local/provider/authorize";

#[tokio::test]
async fn it_hands_out_codes_to_its_client_alone() {
    let stage = Stage::set().await;
    let (_, url) = stage.sent().await;
    let (_, query) = url.split_once('?').unwrap();
    let form = format!("{query}&subject=ann");
    assert_eq!(send(&stage, AUTHORIZE, &form, &[]).await.0, 303);
    for (name, pair) in [
        ("client_id", "client_id=another"),
        ("client_id", ""),
        ("redirect_uri", "redirect_uri=https%3A%2F%2Fevil.example"),
        ("redirect_uri", "redirect_uri=https%3A%2F%2Fapi.test%2Foauth%2Flocal%2Fcallback%2F"),
        ("redirect_uri", ""),
        ("response_type", "response_type=token"),
        ("scope", "scope=profile"),
        ("code_challenge_method", "code_challenge_method=plain"),
        ("code_challenge", ""),
    ] {
        let form = instead(&format!("?{form}"), name, pair);
        let (status, text) = send(&stage, AUTHORIZE, &form[1..], &[]).await;
        assert_eq!(status, 400, "{name}: {text}");
    }
    for subject in ["", "+", &"x".repeat(256)] {
        let (status, page) =
            send(&stage, AUTHORIZE, &format!("{query}&subject={subject}"), &[]).await;
        assert!(status == 400 && page.contains("role=\"alert\""), "{page}");
    }
    // Pages of other sites, and names that others make resolve to this machine.
    let own = format!("http://{}", stage.host.address);
    assert_eq!(send(&stage, AUTHORIZE, &form, &[("origin", &own)]).await.0, 303);
    for headers in [("origin", "https://evil.example"), ("origin", "null")] {
        assert_eq!(send(&stage, AUTHORIZE, &form, &[headers]).await.0, 403);
    }
}

#[tokio::test]
async fn its_page_repeats_what_it_is_given_as_text() {
    let stage = Stage::set().await;
    let (_, url) = stage.sent().await;
    let (_, query) = url.split_once('?').unwrap();
    let form = instead(&format!("?{query}"), "state", "state=%22%3E%3Cscript%3E");
    let (status, page) = send(&stage, AUTHORIZE, &form[1..], &[]).await;
    assert_eq!(status, 400);
    assert!(page.contains("<form method=\"post\"") && !page.contains("<script>"), "{page}");
}

#[tokio::test]
async fn it_redeems_a_code_for_who_asked_for_it_once_within_a_minute() {
    let stage = Stage::set().await;
    let entry = stage.host.entry();
    let secret = entry["client_secret"].as_str().unwrap();
    let basic =
        |secret: &str| format!("Basic {}", BASE64.encode(format!("atrium:{secret}").as_bytes()));
    let verifier = "v".repeat(43);
    let challenge = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM";
    let code = async || {
        let (_, url) = stage.sent().await;
        let url = instead(&url, "code_challenge", &format!("code_challenge={challenge}"));
        parameter(&stage.host.sign_in(&url, "ann").await, "code")
    };
    let callback = format!("{PUBLIC_URL}/oauth/local/callback");
    let form = |code: &str, callback: &str, verifier: &str| {
        format!(
            "grant_type=authorization_code&code={code}&redirect_uri={callback}\
             &code_verifier={verifier}"
        )
    };
    let good = basic(secret);
    let redeem = async |form: String, shown: &str| {
        send(&stage, TOKEN, &form, &[("authorization", shown)]).await
    };

    let first = code().await;
    let (status, text) = redeem(form(&first, &callback, &verifier), &good).await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(redeem(form(&first, &callback, &verifier), &good).await.0, 400);
    let invalid = (400, r#"{"error":"invalid_grant"}"#.to_owned());
    for (callback, verifier) in
        [("https://evil.example", verifier.as_str()), (&callback, "w"), (&callback, "")]
    {
        assert_eq!(redeem(form(&code().await, callback, verifier), &good).await, invalid);
    }
    for (seconds, expected) in [(59, 200), (60, 400)] {
        let code = code().await;
        stage.app.clock.advance(seconds);
        assert_eq!(redeem(form(&code, &callback, &verifier), &good).await.0, expected);
    }
    let third = code().await;
    for shown in [basic("wrong"), basic(""), format!("{good}="), String::new()] {
        assert_eq!(redeem(form(&third, &callback, &verifier), &shown).await.0, 401);
    }
    let posted =
        format!("{}&client_id=atrium&client_secret={secret}", form(&third, &callback, &verifier));
    assert_eq!(redeem(posted.clone(), &good).await.0, 401, "shown twice");
    assert_eq!(send(&stage, TOKEN, &posted, &[]).await.0, 200);
}

#[tokio::test]
async fn others_are_added_to_the_list() {
    let app = TestApp::new().await;
    let host = super::Host::start(&app.clock).await;
    let other = json!({ "name": "b", "issuer": "https://b.example" });
    let list = host.provider.list(Some(&json!([other]).to_string())).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list, json!({ "providers": [host.entry(), other] }));
    assert!(host.provider.list(Some(" ")).is_ok());
    for bad in ["{}", "x", "[", "null"] {
        let error = host.provider.list(Some(bad)).unwrap_err().to_string();
        assert_eq!(error, "the list of providers is no JSON list");
    }
}
