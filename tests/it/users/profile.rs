//! `GET /users/{id}`.

use http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};
use shared::{
    directory::{Emoji, Tag},
    identifier::AccountId,
};

use super::{EMAIL, NAME, create, credentials};
use crate::support::{PASSWORD, Reply, TestApp, users_error};

fn emoji(id: u64) -> Emoji {
    let tags = vec![
        Tag { id: 3, name: "猫".to_owned() },
        Tag { id: 1, name: "party \"animal\"".to_owned() },
    ];
    Emoji {
        id,
        name: format!("emoji-{id}"),
        description: String::new(),
        downloads: id * 7,
        tags: if id.is_multiple_of(2) { tags } else { Vec::new() },
    }
}

/// An app with an account that has uploaded these emoji, and the account's id.
async fn app_with_emoji(numbers: impl IntoIterator<Item = u64>) -> (TestApp, u64) {
    let app = TestApp::new().await;
    let id = create(&app, NAME, EMAIL).await;
    let emoji: Vec<_> = numbers.into_iter().map(emoji).collect();
    app.directory.write_emoji(AccountId::new(id).unwrap(), &emoji).await.unwrap();
    (app, id)
}

fn ids(reply: &Reply) -> Vec<u64> {
    let body = reply.json();
    let emoji = body["user"]["upload_emoji"].as_array().unwrap();
    emoji.iter().map(|emoji| emoji["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn an_account_without_emoji_shows_its_name_alone() {
    let app = TestApp::new().await;
    let id = create(&app, NAME, EMAIL).await;
    let expected = json!({
        "result": "Success",
        "url": format!("/users/{id}"),
        "method": "GET",
        "user": { "name": NAME, "upload_emoji": [] },
    });
    let reply = app.get(&format!("/users/{id}")).await;
    assert_eq!(reply.is(200, expected).cookies(), []);
}

#[tokio::test]
async fn emoji_are_shown_in_the_documents_fields() {
    let (app, id) = app_with_emoji([2, 1]).await;
    let reply = app.get(&format!("/users/{id}")).await;
    let text = reply.text.replace(&id.to_string(), ":id");
    assert_snapshot!(text, @r#"{"result":"Success","url":"/users/:id","method":"GET","user":{"name":"Margaret","upload_emoji":[{"id":2,"name":"emoji-2","description":"","number_of_donwloaded":14,"tag":[{"id":3,"name":"猫"},{"id":1,"name":"party \"animal\""}]},{"id":1,"name":"emoji-1","description":"","number_of_donwloaded":7,"tag":[]}]}}"#);
}

#[tokio::test]
async fn emoji_are_shown_newest_first_and_at_most_100() {
    let (app, id) = app_with_emoji([9, 100, 10, 1, 1000, 11]).await;
    let path = format!("/users/{id}");
    assert_eq!(ids(&app.get(&path).await), [1000, 100, 11, 10, 9, 1]);

    let (app, id) = app_with_emoji((1..=100).chain([u64::from(u32::MAX)])).await;
    let path = format!("/users/{id}");
    let newest = [u64::from(u32::MAX)].into_iter().chain((2..=100).rev());
    assert_eq!(ids(&app.get(&path).await), newest.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_hundred_emoji_are_shown_however_large_they_are() {
    let (app, id) = app_with_emoji([]).await;
    // 100 of these take more than DynamoDB reads at once.
    for number in 1..=101 {
        let large = Emoji { description: "x".repeat(20_000), ..emoji(number) };
        app.directory.write_emoji(AccountId::new(id).unwrap(), &[large]).await.unwrap();
    }
    let shown = ids(&app.get(&format!("/users/{id}")).await);
    assert_eq!(shown, (2..=101).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn emoji_are_their_uploaders_and_go_with_the_account() {
    let (app, id) = app_with_emoji([1, 2]).await;
    let other = create(&app, "Ann", "ann@example.com").await;
    assert!(ids(&app.get(&format!("/users/{other}")).await).is_empty());
    let body = json!({ "user": credentials(EMAIL, PASSWORD) });
    assert_eq!(app.delete("/users", body).await.status, 200);
    assert_eq!(app.get(&format!("/users/{id}")).await.status, 404);
    assert!(app.dump("accounts").await.iter().all(|item| !item.contains_key("downloads")));
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_of_another_contract_shows_its_username_or_nothing_as_its_name() {
    let app = TestApp::new().await;
    app.register("Test1234", PASSWORD, EMAIL).await;
    let id = app.account(EMAIL).await.id.number();
    let path = format!("/users/{id}");
    let user = |name: &str| json!({ "name": name, "upload_emoji": [] });
    assert_eq!(app.get(&path).await.json()["user"], user("Test1234"));
    app.forget(id, "username").await;
    assert_eq!(app.get(&path).await.json()["user"], user(""));
    app.forget(id, "email").await;
    assert_eq!(app.get(&path).await.json()["user"], user(""));
}

#[tokio::test]
async fn a_banned_account_keeps_its_profile() {
    let (app, id) = app_with_emoji([1, 2]).await;
    let path = format!("/users/{id}");
    let before = app.get(&path).await;
    app.ban(EMAIL).await;
    let after = app.get(&path).await;
    assert_eq!((after.status.as_u16(), &after.text), (200, &before.text));
}

#[tokio::test]
async fn what_is_no_accounts_id_is_not_found() {
    let app = TestApp::new().await;
    let id = create(&app, NAME, EMAIL).await;
    for wrong in [
        "0",
        "00",
        "01",
        "1",
        "-1",
        "+1",
        "1.0",
        "1e3",
        "0x1",
        "9007199254740991",
        "9007199254740992",
        "18446744073709551616",
        "123456789012345678901234567890123456789012345678901234567890",
        "abc",
        "null",
        "undefined",
        ":id",
        "{id}",
        ".",
        "..",
        "~",
        "@",
        "account",
        "password.json",
        &format!("0{id}"),
        &format!("+{id}"),
        &format!("{id}.0"),
        &format!("{id};x"),
        &format!("{id},{id}"),
        &"9".repeat(2048),
    ] {
        // Braces have no place in a URI as they are.
        let url = format!("/users/{wrong}").replace('{', "%7B").replace('}', "%7D");
        let shown = format!("/users/{wrong}");
        let expected = users_error("GET", &shown, 0, "There is not this user.");
        app.get(&url).await.is(404, expected);
    }
}

#[tokio::test]
async fn an_encoded_character_makes_no_id_of_what_is_none() {
    let app = TestApp::new().await;
    let id = create(&app, NAME, EMAIL).await;
    for wrong in [
        format!("%20{id}"),
        format!("{id}%20"),
        format!("{id}%00"),
        format!("{id}%0d%0a"),
        format!("{id}%23"),
        format!("{id}%3F"),
        format!("{id}%5C"),
        format!("{id}%25"),
        format!("{id}%252F"),
        format!("account%23{id}"),
        "%D9%A1".to_owned(),
        "%EF%BC%91".to_owned(),
        "%C3%A9".to_owned(),
        "%ff".to_owned(),
        "%".to_owned(),
        "%2e%2e".to_owned(),
        "%zz".to_owned(),
    ] {
        let reply = app.get(&format!("/users/{wrong}")).await;
        let body = reply.json();
        let error = json!({ "code": 0, "message": "There is not this user." });
        assert_eq!((reply.status.as_u16(), &body["error"]), (404, &error), "{wrong}");
    }
    // An encoded slash may part the path or not; either way there is nothing.
    for wrong in [format!("1%2F{id}"), format!("{id}%2F1"), format!("..%2F{id}"), "1%2F".to_owned()]
    {
        let reply = app.get(&format!("/users/{wrong}")).await;
        let body = reply.json();
        assert_eq!((reply.status.as_u16(), &body["result"]), (404, &json!("Failed")), "{wrong}");
        assert_eq!(body["user"], Value::Null);
    }
}

#[tokio::test]
async fn a_query_or_a_slash_too_many_does_not_count() {
    let app = TestApp::new().await;
    let id = create(&app, NAME, EMAIL).await;
    for (path, url) in [
        (format!("/users/{id}?id=1"), format!("/users/{id}")),
        (format!("/users/{id}/"), format!("/users/{id}/")),
        (format!("//users/{id}"), format!("//users/{id}")),
        (format!("/users//{id}//"), format!("/users//{id}//")),
    ] {
        let body = app.get(&path).await.json();
        assert_eq!((&body["url"], &body["user"]["name"]), (&json!(url), &json!(NAME)), "{path}");
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body() {
    let (app, id) = app_with_emoji([1]).await;
    for (path, status) in [(format!("/users/{id}"), 200), ("/users/1".to_owned(), 404)] {
        let get = app.get(&path).await;
        let head = app.browser().send(Method::HEAD, &path, None, "").await;
        assert_eq!((head.status.as_u16(), head.text.as_str()), (status, ""), "{path}");
        assert_eq!(head.status, get.status);
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}
