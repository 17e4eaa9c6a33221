//! Slots: where a credential is presented, and what is none wherever it is presented.

use serde_json::json;

use super::{EMAIL, Member, is_live, opens_tenant, opens_users};
use crate::support::{Door, PASSWORD, TestApp, cookie_error, register, users_error};

/// Presents a text as the credential of a door, at everything that takes one there. It must open
/// nothing and be no reason for an error of the server.
async fn opens_nothing(app: &TestApp, door: Door, text: &str) {
    match door {
        Door::ApiKey => {
            let reply = app.post("/user/signout", json!({ "api_key": text })).await;
            if text.trim().is_empty() {
                reply.is(403, json!({ "error_name": "lack of parameters" }));
            } else {
                reply.is(200, json!({}));
            }
        }
        Door::Cookie => {
            let mut browser = app.browser().cookie("sessionid", text);
            let reply = browser.post("/api/v1/user/logout/", json!({})).await;
            reply.is(401, cookie_error(101, "login required"));
        }
        Door::Users => assert!(!opens_users(app, text).await, "{text}"),
        Door::Tenant => assert!(!opens_tenant(app, text).await, "{text}"),
    }
}

#[tokio::test]
async fn a_credential_of_one_contract_is_nothing_in_the_slot_of_another() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    for from in Door::ALL {
        for to in Door::ALL.into_iter().filter(|to| *to != from) {
            opens_nothing(&app, to, member.token(from)).await;
            member.is_signed_in_at(&app, &Door::ALL).await;
        }
    }
}

#[tokio::test]
async fn a_credential_of_another_contract_is_not_ended_by_a_sign_in_that_it_comes_with() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    for (door, cookie, from) in [
        (Door::Cookie, "sessionid", Door::ApiKey),
        (Door::Cookie, "sessionid", Door::Users),
        (Door::Users, "_session", Door::ApiKey),
        (Door::Users, "_session", Door::Cookie),
        (Door::Users, "_session", Door::Tenant),
        (Door::Tenant, "connect.sid", Door::ApiKey),
        (Door::Tenant, "connect.sid", Door::Cookie),
        (Door::Tenant, "connect.sid", Door::Users),
    ] {
        let mut browser = app.browser().cookie(cookie, member.token(from));
        door.sign_in(&mut browser, EMAIL, PASSWORD).await;
        member.is_signed_in_at(&app, &Door::ALL).await;
    }
}

#[tokio::test]
async fn what_is_no_token_opens_no_slot() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    for door in Door::ALL {
        let token = member.token(door);
        let other = "ab".repeat(40);
        for (case, text) in [
            ("nothing", String::new()),
            ("the document's example", "e4cbcdc2faff41a7e311".to_owned()),
            ("without its last character", token[..79].to_owned()),
            ("without its first character", token[1..].to_owned()),
            ("with a character more", format!("{token}0")),
            ("with a character before it", format!("0{token}")),
            ("twice", token.repeat(2)),
            ("in capitals", token.to_uppercase()),
            ("in quotes", format!("\"{token}\"")),
            ("percent-encoded", token.replacen('0', "%30", 1)),
            ("with another ending", format!("{}{}", &token[..78], swapped(&token[78..]))),
            ("the account's number alone", format!("{}{}", &token[..16], "0".repeat(64))),
            ("nobody's number", format!("{}{}", "0".repeat(16), &token[16..])),
            ("the greatest number", format!("{}{}", "f".repeat(16), &token[16..])),
            ("a number beyond those of accounts", format!("0020000000000000{}", &token[16..])),
            ("one that was never handed out", other.clone()),
            ("its digest", shared::credential::digest(token)),
            ("zeros", "0".repeat(80)),
            ("not hexadecimal", "z".repeat(80)),
            ("8 KiB of it", "0".repeat(8192)),
            ("null", "null".to_owned()),
            ("undefined", "undefined".to_owned()),
            ("a wildcard", "*".to_owned()),
            ("a path", "../../credential".to_owned()),
            ("a key of the table", format!("credential#users_session#{token}")),
            ("JSON", r#"{"$ne":null}"#.to_owned()),
            ("SQL", "' OR '1'='1".to_owned()),
            ("another script", "é".repeat(40)),
            ("full-width", "０".repeat(80)),
        ] {
            opens_nothing(&app, door, &text).await;
            assert!(is_live(&app, door, token).await, "{case}");
        }
    }
    member.is_signed_in_at(&app, &Door::ALL).await;
}

fn swapped(text: &str) -> String {
    text.chars().map(|c| if c == '0' { '1' } else { '0' }).collect()
}

#[tokio::test]
async fn a_token_opens_only_the_account_that_it_was_handed_out_for() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    register(&mut app.browser(), "someone-else", "other@abc.com").await.id();
    let other = Member::sign_in(&app, "other@abc.com", PASSWORD).await;
    for door in Door::ALL {
        let (one, another) = (member.token(door), other.token(door));
        let forged = format!("{}{}", &another[..16], &one[16..]);
        opens_nothing(&app, door, &forged).await;
    }
    member.is_signed_in_at(&app, &Door::ALL).await;
    other.is_signed_in_at(&app, &Door::ALL).await;
}

#[tokio::test]
async fn a_session_is_taken_from_its_cookie_alone() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    let token = member.token(Door::Users);
    let bearer = format!("Bearer {token}");
    for mut browser in [
        app.browser().header("authorization", &bearer),
        app.browser().header("_session", token),
        app.browser().header("x-session", token),
        app.browser().header("set-cookie", &format!("_session={token}")),
        app.browser().cookie("_Session", token),
        app.browser().cookie("_SESSION", token),
        app.browser().cookie("x_session", token),
        app.browser().cookie("_session2", token),
        app.browser().cookie("__Host-_session", token),
        app.browser().cookie("a", &format!("_session={token}")),
    ] {
        let body = json!({
            "_session": token,
            "user": { "name": "Somebody", "_session": token, "id": member.id },
            "user_id": member.id,
        });
        let reply = browser.patch(&format!("/users?_session={token}"), body).await;
        reply.is(400, users_error("PATCH", "/users", 2, "You have not sign in yet."));
    }
}
