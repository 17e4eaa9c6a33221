//! `GET /phone/users/code`, and what a code is good for.

use aws_sdk_dynamodb::types::AttributeValue;
use insta::assert_snapshot;
use local::Kind;
use serde_json::{Value, json};
use shared::credential::digest;

use super::{
    CODE, MINUTE, OTHER, PHONE, USERS, account, ask, at_once, code_to, fresh_code, id_of, join,
    number, register, says, texts_to,
};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_code_comes_by_text_message() {
    let app = TestApp::new().await;
    let reply = app.get(&format!("{CODE}?phone=13800138000")).await;
    assert_snapshot!(reply, @r#"
    200 OK

    {"state":200,"msg":"success"}
    "#);
    let [message] = &app.outbox.messages()[..] else { panic!("not one message") };
    let code = message.code.as_deref().unwrap();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert_eq!((message.kind, message.to.as_str()), (Kind::Sms, PHONE));
    assert_eq!(
        message.text,
        format!(
            "Atrium: your code is {code}. It is valid for 10 minutes. Do not share it with anyone."
        )
    );
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn the_message_is_in_the_language_that_the_client_prefers() {
    let app = TestApp::new().await;
    for (place, (language, text)) in (0..).zip([
        ("zh-CN,zh;q=0.9,en;q=0.8", "【Atrium】您的验证码是 CODE，10 分钟内有效。请勿告知他人。"),
        (
            "en-GB,en;q=0.9,zh;q=0.8",
            "Atrium: your code is CODE. It is valid for 10 minutes. Do not share it with anyone.",
        ),
        (
            "fr",
            "Atrium: your code is CODE. It is valid for 10 minutes. Do not share it with anyone.",
        ),
        (
            "\u{ff}",
            "Atrium: your code is CODE. It is valid for 10 minutes. Do not share it with anyone.",
        ),
    ]) {
        let phone = number(place);
        let mut browser = app.browser().header("accept-language", language);
        says(&ask(&mut browser, &phone).await, 200, "success", language);
        let message = &texts_to(&app, &phone)[0];
        let code = message.code.as_deref().unwrap();
        assert_eq!(message.text.replace(code, "CODE"), text, "{language}");
    }
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_to_the_second() {
    let app = TestApp::new().await;
    let codes = [fresh_code(&app, PHONE).await, fresh_code(&app, OTHER).await];
    app.clock.advance(10 * MINUTE - 1);
    id_of(&register(&mut app.browser(), PHONE, &codes[0]).await, PHONE);
    app.clock.advance(1);
    let late = register(&mut app.browser(), OTHER, &codes[1]).await;
    says(&late, 404, "wrong code", "after ten minutes");
    // It is refused although the table still has it.
    let key = format!("code#{}", digest(OTHER));
    assert!(app.dump("tokens").await.iter().any(|item| item["pk"].as_s() == Ok(&key)));
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_code_is_good_once() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let id = id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
    app.directory.delete_account(account(id)).await.unwrap();
    let again = register(&mut app.browser(), PHONE, &code).await;
    says(&again, 404, "wrong code", "used");
    assert_eq!(app.audited().await, 0);

    app.clock.advance(MINUTE);
    assert_ne!(join(&app, PHONE).await, id, "with a new code the number is free again");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_hundred_parallel_uses_of_one_code_make_one_account() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let replies =
        at_once((0..100).map(async |_| register(&mut app.browser(), PHONE, &code).await)).await;
    let mut made = 0;
    for reply in replies {
        let body = reply.json();
        match (reply.status.as_u16(), body["state"].as_u64(), body["msg"].as_str()) {
            (200, Some(200), Some("success")) => made += 1,
            (200, Some(402), Some("phone has exist")) => assert_eq!(body["content"], Value::Null),
            (200, Some(404), Some("wrong code")) | (429, Some(429), Some("too many requests")) => {}
            _ => panic!("{reply}"),
        }
    }
    assert_eq!((made, app.audited().await), (1, 1));
}

#[tokio::test]
async fn what_is_stored_of_a_code_is_bound_to_its_number_too() {
    let app = TestApp::new().await;
    let (one, other) = (fresh_code(&app, PHONE).await, fresh_code(&app, OTHER).await);
    let key = |phone: &str| AttributeValue::S(format!("code#{}", digest(phone)));
    let items = app.dump("tokens").await;
    let mut item = items.into_iter().find(|item| item["pk"] == key(PHONE)).unwrap();
    item.insert("pk".to_owned(), key(OTHER));
    app.db.put_item().table_name("tokens").set_item(Some(item)).send().await.unwrap();
    for code in [one, other] {
        let reply = register(&mut app.browser(), OTHER, &code).await;
        says(&reply, 404, "wrong code", "in the place of another");
    }
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn a_new_code_takes_the_place_of_the_old_one() {
    let app = TestApp::new().await;
    let old = fresh_code(&app, PHONE).await;
    app.clock.advance(MINUTE);
    let new = fresh_code(&app, PHONE).await;
    if old != new {
        says(&register(&mut app.browser(), PHONE, &old).await, 404, "wrong code", "old");
    }
    // The ten minutes are its own.
    app.clock.advance(10 * MINUTE - 1);
    id_of(&register(&mut app.browser(), PHONE, &new).await, PHONE);
}

#[tokio::test]
async fn codes_cannot_be_told_in_advance() {
    let app = TestApp::new().await;
    let mut codes = Vec::new();
    for place in 0..20 {
        codes.push(fresh_code(&app, &number(place)).await);
    }
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.len() >= 15, "{codes:?}");
}

#[tokio::test]
async fn the_tables_hold_no_code_and_nothing_that_a_million_tries_would_turn_into_one() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let items = [app.dump("accounts").await, app.dump("tokens").await].concat();
    let key = format!("code#{}", digest(PHONE));
    let item = items.iter().find(|item| item["pk"].as_s() == Ok(&key)).unwrap();
    let mut names: Vec<_> = item.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["digest", "expires", "pk", "ttl"]);
    let stored = item["digest"].as_s().unwrap();
    assert_eq!(stored.len(), 64);
    let digits = &PHONE[1..];
    for guess in [
        code.clone(),
        format!("{PHONE}{code}"),
        format!("{PHONE}\n{code}"),
        format!("{PHONE}:{code}"),
        format!("{PHONE}#{code}"),
        format!("{digits}{code}"),
        format!("{code}{PHONE}"),
        format!("{code}\n{PHONE}"),
        format!("{PHONE}\n{code}\n"),
    ] {
        assert_ne!(stored, &digest(&guess), "{guess:?}");
    }
    let values = items.iter().flat_map(|item| item.values());
    for text in values.filter_map(|value| value.as_s().or(value.as_n()).ok()) {
        assert!(
            text != &code && !text.contains(&digest(&code)) && !text.contains(digits),
            "{text}"
        );
    }
    // Once it is used, nothing is left of it.
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
    assert!(app.dump("tokens").await.iter().all(|item| item["pk"].as_s() != Ok(&key)));
}

#[tokio::test]
async fn a_code_is_read_as_it_was_sent_and_from_the_body_alone() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let body = json!({ "phone": PHONE, "password": PASSWORD });
    let reply = app.post(&format!("{USERS}?code={code}"), body).await;
    says(&reply, 404, "wrong code", "in the query");
    for (case, given) in [("a part", &code[1..]), ("longer", &format!("{code}0"))] {
        says(&register(&mut app.browser(), PHONE, given).await, 404, "wrong code", case);
    }
    assert_eq!(code_to(&app, PHONE), code);
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
}
