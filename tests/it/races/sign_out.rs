//! Sign-outs, and what else the session is used for meanwhile.

use futures::FutureExt as _;
use http::Method;
use serde_json::json;

use super::{
    EMAIL, NEW_PASSWORD, Outcome, USERNAME, at_once, change_password, is_signed_in, opens,
    signed_in, unguarded_app, update,
};
use crate::support::{
    Browser, Door, PASSWORD, SignIn, TestApp, cookie_error, register, tenant_error, users_error,
};

const FIVE_DAYS: i64 = 5 * 24 * 60 * 60;

/// Signs out by a credential of an account: whether it was live, as far as the contract tells.
async fn sign_out(door: Door, mut browser: Browser, token: String, id: u64) -> bool {
    match door {
        Door::ApiKey => {
            let reply = browser.post("/user/signout", json!({ "api_key": token })).await;
            reply.is(200, json!({}));
            true
        }
        Door::Cookie => {
            let mut browser = browser.cookie("sessionid", &token);
            let reply = browser.post("/api/v1/user/logout/", json!({})).await;
            if reply.status == 200 {
                reply.is(200, json!({ "status": "success", "uid": id }));
                return true;
            }
            reply.is(401, cookie_error(101, "login required"));
            false
        }
        Door::Users => {
            let mut browser = browser.cookie("_session", &token);
            let (method, url) = (Method::DELETE, "/users/sign_out");
            let reply = browser.send_json(method, url, json!({})).await;
            if reply.status == 200 {
                assert_eq!(reply.json()["user"]["id"], id);
                return true;
            }
            reply.is(403, users_error("DELETE", url, 0, "You have not sign in yet."));
            false
        }
        Door::Tenant => {
            let mut browser = browser.cookie("connect.sid", &token);
            let reply = browser.post("/api/user/signout", json!({})).await;
            if reply.status == 200 {
                reply.is(200, json!({ "data": {}, "message": "sign out successfully" }));
                return true;
            }
            reply.is(401, tenant_error(401, "user unauthenticated"));
            false
        }
    }
}

async fn app_with_account() -> (TestApp, u64) {
    let app = unguarded_app().await;
    let id = register(&mut app.browser(), USERNAME, EMAIL).await.id();
    (app, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_used_while_it_is_signed_out_does_not_survive_it() {
    let (app, id) = app_with_account().await;
    let mut sessions = Vec::new();
    for _ in 0..10 {
        sessions.push(signed_in(&app, EMAIL).await);
    }
    // From now on a use of the session starts its idle time anew.
    app.clock.advance(FIVE_DAYS);
    for session in sessions {
        let token = session.kept("_session").unwrap().to_owned();
        let mut browser = session.clone();
        let requests = [
            async move {
                let outcome = update(&mut browser, json!({ "name": "Somebody else" })).await;
                assert!(matches!(outcome, Outcome::Done | Outcome::NotSignedIn), "{outcome:?}");
                true
            }
            .boxed(),
            sign_out(Door::Users, app.browser(), token, id).boxed(),
        ];
        assert_eq!(at_once(requests).await, [true; 2]);
        assert!(!is_signed_in(&app, &session).await);
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_signed_out_while_it_changes_the_password_does_not_survive_it() {
    // The second time the sign-out comes after a sign-in, so that the change has a chance.
    for sign_ins_first in [0, 1, 2, 3] {
        let (app, id) = app_with_account().await;
        let session = signed_in(&app, EMAIL).await;
        let token = session.kept("_session").unwrap().to_owned();
        let (mut asking, mut elsewhere, browser) = (session.clone(), app.browser(), app.browser());
        let requests = [
            async move {
                match change_password(&mut asking, PASSWORD, NEW_PASSWORD).await {
                    Outcome::Done => true,
                    outcome => {
                        assert_eq!(outcome, Outcome::NotSignedIn);
                        false
                    }
                }
            }
            .boxed(),
            async move {
                for _ in 0..sign_ins_first {
                    Door::ApiKey.sign_in(&mut elsewhere, EMAIL, PASSWORD).await;
                }
                sign_out(Door::Users, browser, token, id).await
            }
            .boxed(),
        ];
        let outcomes = at_once(requests).await;
        let [changed, signed_out] = outcomes[..] else { unreachable!() };
        assert!(signed_out);
        assert!(!is_signed_in(&app, &session).await);
        let (old, new) = if changed {
            (SignIn::Refused, SignIn::Done(id))
        } else {
            (SignIn::Done(id), SignIn::Refused)
        };
        opens(&app, PASSWORD, old).await;
        opens(&app, NEW_PASSWORD, new).await;
        assert_eq!(app.audited().await, 1);
    }
}
