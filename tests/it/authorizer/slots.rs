//! Each slot, and what is none in it.

use serde_json::{Value, json};

use super::{Member, Slot, answer, ask, event, refused};
use crate::support::TestApp;

#[tokio::test]
async fn each_contracts_credential_lets_in() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let key = member.credential(Slot::ApiKey);
    let context =
        json!({ "accountId": member.id.to_string(), "contract": "api_key", "tenant": "" });
    let expected = json!({ "isAuthorized": true, "context": context });
    assert_eq!(ask(&app, &[(Slot::ApiKey, key)]).await, expected);
    let token = member.credential(Slot::Bearer);
    let answer = ask(&app, &[(Slot::Bearer, token)]).await;
    assert_eq!(answer["context"]["contract"], "tenant");
    assert_eq!(answer["context"]["tenant"], member.tenant.as_str());
    assert_eq!(answer["context"]["accountId"], member.id.to_string());
    member.is_signed_in_at(&app, &Slot::ALL).await;
}

#[tokio::test]
async fn a_credential_is_nothing_in_the_slot_of_another() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    for from in Slot::ALL {
        for to in Slot::ALL {
            let answer = ask(&app, &[(to, member.credential(from))]).await;
            assert_eq!(answer["isAuthorized"], from == to, "{from:?} in {to:?}");
        }
    }
}

#[tokio::test]
async fn the_inside_of_a_token_is_no_credential() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let claims = member.token.split('.').nth(1).unwrap();
    let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    for slot in Slot::ALL {
        assert_eq!(ask(&app, &[(slot, claims["jti"].as_str().unwrap())]).await, refused());
    }
}

#[tokio::test]
async fn what_is_no_token_is_none_and_asks_for_nothing() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    app.meter.take();
    for slot in Slot::ALL {
        let token = member.credential(slot);
        for text in [
            "",
            "x",
            &token[1..],
            &format!("{token}0"),
            &token.to_uppercase(),
            &format!("\"{token}\""),
            &"0".repeat(80),
            &"f".repeat(80),
            &"é".repeat(40),
            "..",
        ] {
            assert_eq!(ask(&app, &[(slot, text)]).await, refused(), "{slot:?} {text}");
        }
    }
    assert_eq!(app.meter.take().operations, Vec::<String>::new());
    assert_eq!(ask(&app, &[]).await, refused());
    assert_eq!(app.meter.take().operations, Vec::<String>::new());
}

#[tokio::test]
async fn a_credential_is_taken_from_its_slot_alone() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let (key, session) = (&member.api_key, member.credential(Slot::Users));
    for (header, value) in [
        ("authorization", key.as_str()),
        ("authorization", &format!("basic {}", member.token)),
        ("authorization", &member.token),
        ("api-key", key),
        ("x-api-key2", key),
        ("_session", session),
        ("x-session", session),
        ("set-cookie", &format!("_session={session}")),
    ] {
        let mut event = event(&[]);
        event["headers"][header] = value.into();
        assert_eq!(answer(&app, event).await, refused(), "{header}");
    }
    for cookie in [
        format!("_Session={session}"),
        format!("__Host-_session={session}"),
        format!("x-api-key={key}"),
        format!("a=_session={session}"),
        session.to_owned(),
    ] {
        let mut event = event(&[]);
        event["cookies"] = json!([cookie]);
        assert_eq!(answer(&app, event).await, refused(), "{cookie}");
    }
    let mut event = event(&[]);
    event["rawQueryString"] = format!("x-api-key={key}&_session={session}").into();
    event["queryStringParameters"] = json!({ "x-api-key": key, "_session": session });
    event["identitySource"] = json!([key]);
    assert_eq!(answer(&app, event).await, refused());
}

#[tokio::test]
async fn header_names_and_schemes_have_no_case() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    for name in ["x-api-key", "X-Api-Key", "X-API-KEY"] {
        let mut event = event(&[]);
        event["headers"][name] = member.api_key.as_str().into();
        assert_eq!(answer(&app, event).await, member.authorized(Slot::ApiKey), "{name}");
    }
    for (name, scheme) in [("Authorization", "Bearer"), ("authorization", "BEARER")] {
        let mut event = event(&[]);
        event["headers"][name] = format!("{scheme} {}", member.token).into();
        assert_eq!(answer(&app, event).await, member.authorized(Slot::Bearer), "{name}");
    }
}

#[tokio::test]
async fn cookies_are_read_where_the_gateway_leaves_them() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let cookie = format!("_session={}", member.credential(Slot::Users));
    let among_others = format!("a=b; {cookie}; c");
    let expected = member.authorized(Slot::Users);
    for (header, cookies) in [
        (Value::Null, json!([cookie])),
        (Value::Null, json!(["a=b", cookie, "c"])),
        (among_others.clone().into(), Value::Null),
        (among_others.into(), json!(["a=b", cookie, "c"])),
    ] {
        let mut event = event(&[]);
        event["cookies"] = cookies;
        if !header.is_null() {
            event["headers"]["Cookie"] = header;
        }
        assert_eq!(answer(&app, event).await, expected);
    }
}

#[tokio::test]
async fn two_values_of_one_slot_are_none() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    for slot in Slot::COOKIES {
        let token = member.credential(slot);
        let again = ask(&app, &[(slot, token), (slot, token)]).await;
        assert_eq!(again, member.authorized(slot), "{slot:?}");
        for other in ["", "planted", &token.to_uppercase()] {
            for pair in [[(slot, token), (slot, other)], [(slot, other), (slot, token)]] {
                assert_eq!(ask(&app, &pair).await, refused(), "{slot:?} {other}");
            }
        }
        // The header and the list have to agree as well.
        let mut event = event(&[(slot, token)]);
        event["headers"]["cookie"] = format!("{}=planted", slot.cookie().unwrap()).into();
        assert_eq!(answer(&app, event).await, refused(), "{slot:?}");
    }
    let key = &member.api_key;
    let bearer = format!("bearer {}", member.token);
    // The gateway joins headers of one name by commas.
    for (name, value) in [("x-api-key", key), ("authorization", &bearer)] {
        for other in [value.as_str(), "x"] {
            let mut joined = event(&[]);
            joined["headers"][name] = format!("{value},{other}").into();
            assert_eq!(answer(&app, joined).await, refused(), "{name} {other}");
            let mut twice = event(&[]);
            twice["headers"][name] = value.as_str().into();
            twice["headers"][name.to_uppercase()] = other.into();
            assert_eq!(answer(&app, twice).await, refused(), "{name} {other}");
        }
    }
    // What is none in one slot takes nothing from another.
    let (web, users) = (member.credential(Slot::Web), member.credential(Slot::Users));
    let presented = [(Slot::Web, web), (Slot::Web, "planted"), (Slot::Users, users)];
    assert_eq!(ask(&app, &presented).await, member.authorized(Slot::Users));
}
