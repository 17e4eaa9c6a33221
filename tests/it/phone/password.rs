//! Which passwords an account can have, and how they are compared.

use serde_json::json;

use super::{PHONE, USERS, account, credentials, fresh_code, id_of, number, says, sign_in};
use crate::support::TestApp;

#[tokio::test]
async fn a_new_password_has_8_to_128_code_points() {
    let app = TestApp::new().await;
    for unit in ["x", " ", "密", "🚀", "e\u{301}"] {
        for (length, good) in [(1, false), (7, false), (8, true), (128, true), (129, false)] {
            let password = unit.repeat(length);
            let phone = number(0);
            let case = format!("{length} times {unit:?}");
            let code = fresh_code(&app, &phone).await;
            let body = json!({ "phone": phone, "password": password, "code": code });
            let reply = app.post(USERS, body).await;
            if good {
                let id = id_of(&reply, &phone);
                let reply = sign_in(&mut app.browser(), &phone, &password).await;
                assert_eq!(reply.json()["msg"], "success", "{case}");
                app.directory.delete_account(account(id)).await.unwrap();
            } else {
                says(&reply, 404, "password invalid", &case);
            }
            app.clock.advance(super::DAY);
        }
    }
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn a_new_password_has_no_controls() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    for control in ["\0", "\n", "\t", "\u{7f}", "\u{9f}"] {
        let password = format!("k9#Lw2{control}!pQz");
        let body = json!({ "phone": PHONE, "password": password, "code": code });
        says(&app.post(USERS, body).await, 404, "password invalid", &format!("{control:?}"));
    }
    assert_eq!(app.directory.hasher().computed(), 0);
}

#[tokio::test]
async fn common_passwords_are_refused_where_the_policy_is_hardened() {
    let common = ["password", "12345678", "iloveyou", "qwertyuiop"];
    let app = TestApp::with(&[("PASSWORD_POLICY", "hardened")]).await;
    let code = fresh_code(&app, PHONE).await;
    for password in common {
        let body = json!({ "phone": PHONE, "password": password, "code": code });
        says(&app.post(USERS, body).await, 404, "password invalid", password);
    }
    id_of(&super::register(&mut app.browser(), PHONE, &code).await, PHONE);

    let app = TestApp::new().await;
    for (password, place) in common.into_iter().zip(0..) {
        let phone = number(place);
        let code = fresh_code(&app, &phone).await;
        let body = json!({ "phone": phone, "password": password, "code": code });
        id_of(&app.post(USERS, body).await, &phone);
    }
}

#[tokio::test]
async fn a_password_is_neither_trimmed_nor_cut_and_its_accents_may_be_composed() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let password = " mot-d\u{e9}-pass\u{e9}+9% ";
    let code = fresh_code(&app, PHONE).await;
    let body = json!({ "phone": PHONE, "password": password, "code": code });
    id_of(&app.post(USERS, body).await, PHONE);
    for right in [password, " mot-de\u{301}-passe\u{301}+9% "] {
        for reply in super::sign_in_both(&app, &credentials(PHONE, right)).await {
            assert_eq!(reply.json()["msg"], "success", "{right:?}");
        }
    }
    for wrong in [
        password.trim(),
        password.trim_start(),
        " mot-de-passe+9% ",
        " mot-d\u{e9}-pass\u{e9} 9% ",
        " MOT-D\u{c9}-PASS\u{c9}+9% ",
        " mot-d\u{e9}-pass\u{e9}+9%",
        " mot-d\u{e9}-pass\u{e9}+9%  ",
    ] {
        for reply in super::sign_in_both(&app, &credentials(PHONE, wrong)).await {
            says(&reply, 404, "wrong password", wrong);
        }
    }
    // In a query a bare `+` is a space.
    let query = "phone=13800138000&password=+mot-d%C3%A9-pass%C3%A9%2B9%25+";
    let reply = app.get(&format!("{}?{query}", super::TOKEN)).await;
    assert_eq!(reply.json()["msg"], "success", "{reply}");
}
