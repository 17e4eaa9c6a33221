//! The contract `contact`, by phone.

mod budgets;
mod code;
mod doors;
mod frequency;
mod guesses;
mod numbers;
mod outages;
mod parameters;
mod password;
mod protocol;
mod register;
mod sign_in;
mod sign_out;
pub(crate) mod spellings;
mod uniform;

use futures::stream::{self, StreamExt as _};
use http::Method;
use local::Message;
use serde_json::{Value, json};
use shared::{
    credential::{Kind, Token, digest},
    identifier::AccountId,
};

use crate::support::{Browser, PASSWORD, Reply, TestApp};

const PHONE: &str = "+8613800138000";
const OTHER: &str = "+8613900139000";

pub(crate) const CODE: &str = "/phone/users/code";
pub(crate) const USERS: &str = "/phone/users";
pub(crate) const TOKEN: &str = "/phone/token";

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// One of many mobile numbers, none of which is one of the above.
pub(crate) fn number(number: u32) -> String {
    assert!(number < 38_000);
    format!("+86138001{number:05}")
}

/// A text as a value in a query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A path with these fields in its query.
pub(crate) fn with_query(path: &str, fields: &Value) -> String {
    let pairs = fields.as_object().unwrap().iter();
    let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value.as_str().unwrap())));
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Asserts an answer that the document has, which has HTTP status 200 whatever its state, and sets
/// no cookie.
#[track_caller]
pub(crate) fn says(reply: &Reply, state: u16, message: &str, case: &str) {
    let body = json!({ "state": state, "msg": message });
    let found = (reply.status.as_u16(), reply.json(), reply.cookies());
    assert_eq!(found, (200, body, Vec::new()), "{case}");
}

/// Asserts an answer that the document lacks, which has its state as its HTTP status.
#[track_caller]
fn faults(reply: &Reply, state: u16, message: &str, case: &str) {
    let body = json!({ "state": state, "msg": message });
    let found = (reply.status.as_u16(), reply.json(), reply.cookies());
    assert_eq!(found, (state, body, Vec::new()), "{case}");
}

/// Asserts that a budget is used up, and answers in how many seconds it says to try again.
#[track_caller]
pub(crate) fn too_many(reply: &Reply, case: &str) -> i64 {
    faults(reply, 429, "too many requests", case);
    reply.header("retry-after").unwrap().parse().unwrap()
}

/// Asks for a code.
pub(crate) async fn ask(browser: &mut Browser, phone: &str) -> Reply {
    browser.get(&with_query(CODE, &json!({ "phone": phone }))).await
}

/// The text messages to a number, newest first.
pub(crate) fn texts_to(app: &TestApp, phone: &str) -> Vec<Message> {
    app.outbox.messages().into_iter().filter(|message| message.to == phone).collect()
}

/// The code that was last sent to a number.
pub(crate) fn code_to(app: &TestApp, phone: &str) -> String {
    texts_to(app, phone)[0].code.clone().unwrap()
}

/// Asks for a code and reads it.
pub(crate) async fn fresh_code(app: &TestApp, phone: &str) -> String {
    says(&ask(&mut app.browser(), phone).await, 200, "success", phone);
    code_to(app, phone)
}

/// Another code than this one, for each number between 1 and 999999.
pub(crate) fn wrong(code: &str, number: u32) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + number) % 1_000_000)
}

pub(crate) async fn register(browser: &mut Browser, phone: &str, code: &str) -> Reply {
    let body = json!({ "phone": phone, "password": PASSWORD, "code": code });
    browser.post(USERS, body).await
}

/// Makes an account and answers with its id.
pub(crate) async fn join(app: &TestApp, phone: &str) -> u64 {
    let code = fresh_code(app, phone).await;
    id_of(&register(&mut app.browser(), phone, &code).await, phone)
}

/// Asserts that an account with this number was made, and answers with its id.
#[track_caller]
pub(crate) fn id_of(reply: &Reply, phone: &str) -> u64 {
    assert_eq!(reply.json()["content"]["phone"], phone, "{reply}");
    reply.json()["content"]["id"].as_u64().unwrap()
}

pub(crate) fn account(id: u64) -> AccountId {
    AccountId::new(id).unwrap()
}

pub(crate) fn credentials(phone: &str, password: &str) -> Value {
    json!({ "phone": phone, "password": password })
}

/// Signs in as the document has it.
async fn sign_in(browser: &mut Browser, phone: &str, password: &str) -> Reply {
    browser.get(&with_query(TOKEN, &credentials(phone, password))).await
}

/// A browser that is signed in to the account with this number.
async fn signed_in(app: &TestApp, phone: &str) -> Browser {
    let mut browser = app.browser();
    let reply = sign_in(&mut browser, phone, PASSWORD).await;
    assert_eq!(reply.json()["msg"], "success", "{reply}");
    browser
}

/// Signs in by email, at the other function of the contract.
async fn signed_in_by_email(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let fields = json!({ "email": email, "password": PASSWORD });
    let reply = browser.get(&with_query("/email/token", &fields)).await;
    assert_eq!(reply.json()["msg"], "success", "{reply}");
    browser
}

/// Whether the session that the browser keeps is live.
async fn is_signed_in(app: &TestApp, browser: &Browser) -> bool {
    let token = browser.kept("token").and_then(Token::parse);
    app.directory.session(Kind::ContactSession, token.as_ref()).await.is_ok()
}

/// How many events of a number a counter has seen in its window.
pub(crate) async fn counted(app: &TestApp, counter: &str, phone: &str) -> u32 {
    let key = format!("count#{counter}#{}", digest(phone));
    let items = app.dump("tokens").await;
    let item = items.iter().find(|item| item["pk"].as_s() == Ok(&key));
    item.map_or(0, |item| item["count"].as_n().unwrap().parse().unwrap())
}

/// How many requests are under way at the same time. More would make a slow machine's calls of the
/// database time out, and then it is an outage that is tested.
const UNDER_WAY: usize = 20;

/// Lets all of these run at once, and answers with what came of them.
pub(crate) async fn at_once<F: Future>(requests: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    stream::iter(requests).buffer_unordered(UNDER_WAY).collect().await
}

/// A sign-in in both of its forms.
async fn sign_in_both(app: &TestApp, fields: &Value) -> [Reply; 2] {
    let by_get = app.get(&with_query(TOKEN, fields)).await;
    let by_post = app.browser().send_json(Method::POST, TOKEN, fields.clone()).await;
    [by_get, by_post]
}
