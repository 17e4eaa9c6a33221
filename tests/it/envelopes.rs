//! Every reason and every fault in every contract: the tables that a reviewer reads in a minute.

use axum::{
    Router,
    routing::{delete, get, patch, post, put},
};
use http::{HeaderMap, Method};
use insta::assert_snapshot;
use local::{Function, link};
use serde_json::{Value, json};
use shared::{
    app::App,
    envelope::{ApiKey, Contact, Cookie, Tenant, Users},
    error::Reason,
    http::{Fault, Refusal},
};

use crate::support::TestApp;

/// A handler that refuses as the request's header says.
async fn refuse(headers: HeaderMap) -> Refusal {
    let number: usize = headers["x-refusal"].to_str().unwrap().parse().unwrap();
    match Reason::ALL.get(number) {
        Some(reason) => (*reason).into(),
        None => faults().swap_remove(number - Reason::ALL.len()).into(),
    }
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::ForeignOrigin,
        Fault::NotFound,
        Fault::MethodNotAllowed,
        Fault::BodyTooLarge,
        Fault::UnsupportedMediaType,
        Fault::TooManyRequests { retry_after: 7 },
        Fault::Internal,
        Fault::Unavailable { cause: "a secret cause".to_owned() },
    ]
}

async fn app() -> TestApp {
    let routes: fn(&str) -> Router<App> = |name| match name {
        "api-key" => Router::new().route("/user/signin", post(refuse)),
        "cookie" => Router::new().route("/api/v1/user/login", post(refuse)),
        "email" => Router::new()
            .route("/email/users", post(refuse))
            .route("/email/users/active/{*link}", get(refuse))
            .route("/email/token", get(refuse)),
        "phone" => Router::new()
            .route("/phone/users", post(refuse))
            .route("/phone/users/code", get(refuse))
            .route("/phone/token", get(refuse)),
        "tenant" => Router::new()
            .route("/api/user/signin", post(refuse))
            .route("/api/user/update_password", put(refuse))
            .route("/.well-known/jwks.json", get(refuse)),
        "oauth" => Router::new().route("/oauth/{provider}/callback", get(refuse)),
        _ => Router::new()
            .route("/users/sign_in", post(refuse))
            .route("/users/sign_out", delete(refuse))
            .route("/users", post(refuse).patch(refuse).delete(refuse))
            .route("/users/password", patch(refuse))
            .route("/users/{id}", get(refuse)),
    };
    TestApp::with_functions(&[], |name, app| {
        Ok(match name {
            "api-key" => Function::new::<ApiKey>(routes(name), app),
            "cookie" => Function::new::<Cookie>(routes(name), app),
            "email" | "phone" => Function::new::<Contact>(routes(name), app),
            "tenant" | "oauth" => Function::new::<Tenant>(routes(name), app),
            "users" => Function::new::<Users>(routes(name), app),
            _ => link(name, app)?,
        })
    })
    .await
}

/// A line for each refusal: what it is, the status, what of the body differs.
async fn table(app: &TestApp, method: Method, path: &str, differs: fn(&Value) -> Value) -> String {
    let reasons = Reason::ALL.iter().map(ToString::to_string);
    let faults = faults().into_iter().map(|fault| format!("{:?}", fault.status()));
    let mut lines = Vec::new();
    for (number, name) in reasons.chain(faults).enumerate() {
        let mut browser = app.browser().header("x-refusal", &number.to_string());
        let reply = browser.send_json(method.clone(), path, json!({})).await;
        assert!(!reply.text.contains("secret"), "{reply}");
        let status = reply.status.as_u16();
        lines.push(format!("{name:20} | {status} | {}", differs(&reply.json())));
    }
    lines.join("\n")
}

#[tokio::test]
async fn api_key_has_an_answer_to_everything() {
    let app = app().await;
    let table = table(&app, Method::POST, "/user/signin", Value::clone).await;
    assert_snapshot!(table, @r#"
    malformed request    | 403 | {"error_name":"lack of parameters"}
    email invalid        | 403 | {"error_name":"does not match"}
    username length      | 403 | {"error_name":"does not match"}
    password length      | 403 | {"error_name":"does not match"}
    password too easy    | 403 | {"error_name":"does not match"}
    passwords differ     | 403 | {"error_name":"does not match"}
    email taken          | 403 | {"error_name":"does not match"}
    username taken       | 403 | {"error_name":"does not match"}
    account unknown      | 403 | {"error_name":"does not match"}
    password wrong       | 403 | {"error_name":"does not match"}
    account banned       | 403 | {"error_name":"does not match"}
    not signed in        | 403 | {"error_name":"does not match"}
    phone invalid        | 403 | {"error_name":"does not match"}
    phone not supported  | 403 | {"error_name":"does not match"}
    phone taken          | 403 | {"error_name":"does not match"}
    sent too often       | 403 | {"error_name":"does not match"}
    code wrong           | 403 | {"error_name":"does not match"}
    link invalid         | 403 | {"error_name":"does not match"}
    tenant unauthenticated | 403 | {"error_name":"does not match"}
    arrival invalid      | 403 | {"error_name":"does not match"}
    403                  | 403 | {"error_name":"forbidden"}
    404                  | 404 | {"error_name":"not found"}
    405                  | 405 | {"error_name":"method not allowed"}
    413                  | 413 | {"error_name":"body too large"}
    415                  | 415 | {"error_name":"unsupported media type"}
    429                  | 429 | {"error_name":"too many requests"}
    500                  | 500 | {"error_name":"internal error"}
    503                  | 503 | {"error_name":"service unavailable"}
    "#);
}

#[tokio::test]
async fn contact_has_an_answer_to_everything_on_each_route() {
    let app = app().await;
    let mut tables = Vec::new();
    // The routes of a line answer alike.
    for routes in [
        &[
            (Method::POST, "/email/users"),
            (Method::GET, "/email/users/active/ann@example.com/0"),
            (Method::GET, "/email/token"),
        ] as &[_],
        &[(Method::POST, "/phone/users"), (Method::GET, "/phone/users/code")],
        &[(Method::GET, "/phone/token")],
    ] {
        let mut alike = Vec::new();
        for (method, path) in routes {
            alike.push(table(&app, method.clone(), path, Value::clone).await);
        }
        let (method, path) = &routes[0];
        assert!(alike.iter().all(|table| *table == alike[0]), "{path}");
        tables.push(format!("{method} {path}\n{}", alike[0]));
    }
    assert_snapshot!(tables.join("\n\n"), @r#"
    POST /email/users
    malformed request    | 200 | {"state":400,"msg":"message required"}
    email invalid        | 200 | {"state":400,"msg":"email invalid"}
    username length      | 200 | {"state":400,"msg":"message required"}
    password length      | 200 | {"state":400,"msg":"password invalid"}
    password too easy    | 200 | {"state":400,"msg":"password invalid"}
    passwords differ     | 200 | {"state":400,"msg":"message required"}
    email taken          | 200 | {"state":402,"msg":"email has exist"}
    username taken       | 200 | {"state":402,"msg":"email has exist"}
    account unknown      | 200 | {"state":404,"msg":"email not exists"}
    password wrong       | 200 | {"state":404,"msg":"wrong password"}
    account banned       | 200 | {"state":403,"msg":"user banned"}
    not signed in        | 200 | {"state":404,"msg":"email not exists"}
    phone invalid        | 200 | {"state":404,"msg":"phone invalid"}
    phone not supported  | 200 | {"state":404,"msg":"phone not supported"}
    phone taken          | 200 | {"content":null,"state":402,"msg":"phone has exist"}
    sent too often       | 200 | {"state":402,"msg":"send too frequently"}
    code wrong           | 200 | {"state":404,"msg":"wrong code"}
    link invalid         | 200 | {"content":null,"state":404,"msg":"email not found"}
    tenant unauthenticated | 200 | {"state":404,"msg":"email not exists"}
    arrival invalid      | 200 | {"state":404,"msg":"email not found"}
    403                  | 403 | {"state":403,"msg":"forbidden"}
    404                  | 404 | {"state":404,"msg":"not found"}
    405                  | 405 | {"state":405,"msg":"method not allowed"}
    413                  | 413 | {"state":413,"msg":"body too large"}
    415                  | 415 | {"state":415,"msg":"unsupported media type"}
    429                  | 429 | {"state":429,"msg":"too many requests"}
    500                  | 500 | {"state":500,"msg":"internal error"}
    503                  | 503 | {"state":503,"msg":"service unavailable"}

    POST /phone/users
    malformed request    | 200 | {"state":404,"msg":"message required"}
    email invalid        | 200 | {"state":400,"msg":"email invalid"}
    username length      | 200 | {"state":404,"msg":"message required"}
    password length      | 200 | {"state":404,"msg":"password invalid"}
    password too easy    | 200 | {"state":404,"msg":"password invalid"}
    passwords differ     | 200 | {"state":404,"msg":"message required"}
    email taken          | 200 | {"state":402,"msg":"email has exist"}
    username taken       | 200 | {"state":402,"msg":"email has exist"}
    account unknown      | 200 | {"state":404,"msg":"phone not exists"}
    password wrong       | 200 | {"state":404,"msg":"wrong password"}
    account banned       | 200 | {"state":403,"msg":"user banned"}
    not signed in        | 200 | {"state":404,"msg":"phone not exists"}
    phone invalid        | 200 | {"state":404,"msg":"phone invalid"}
    phone not supported  | 200 | {"state":404,"msg":"phone not supported"}
    phone taken          | 200 | {"content":null,"state":402,"msg":"phone has exist"}
    sent too often       | 200 | {"state":402,"msg":"send too frequently"}
    code wrong           | 200 | {"state":404,"msg":"wrong code"}
    link invalid         | 200 | {"content":null,"state":404,"msg":"email not found"}
    tenant unauthenticated | 200 | {"state":404,"msg":"phone not exists"}
    arrival invalid      | 200 | {"state":404,"msg":"email not found"}
    403                  | 403 | {"state":403,"msg":"forbidden"}
    404                  | 404 | {"state":404,"msg":"not found"}
    405                  | 405 | {"state":405,"msg":"method not allowed"}
    413                  | 413 | {"state":413,"msg":"body too large"}
    415                  | 415 | {"state":415,"msg":"unsupported media type"}
    429                  | 429 | {"state":429,"msg":"too many requests"}
    500                  | 500 | {"state":500,"msg":"internal error"}
    503                  | 503 | {"state":503,"msg":"service unavailable"}

    GET /phone/token
    malformed request    | 200 | {"state":400,"msg":"message required"}
    email invalid        | 200 | {"state":400,"msg":"email invalid"}
    username length      | 200 | {"state":400,"msg":"message required"}
    password length      | 200 | {"state":400,"msg":"password invalid"}
    password too easy    | 200 | {"state":400,"msg":"password invalid"}
    passwords differ     | 200 | {"state":400,"msg":"message required"}
    email taken          | 200 | {"state":402,"msg":"email has exist"}
    username taken       | 200 | {"state":402,"msg":"email has exist"}
    account unknown      | 200 | {"state":404,"msg":"phone not exists"}
    password wrong       | 200 | {"state":404,"msg":"wrong password"}
    account banned       | 200 | {"state":403,"msg":"user banned"}
    not signed in        | 200 | {"state":404,"msg":"phone not exists"}
    phone invalid        | 200 | {"state":404,"msg":"phone invalid"}
    phone not supported  | 200 | {"state":404,"msg":"phone not supported"}
    phone taken          | 200 | {"content":null,"state":402,"msg":"phone has exist"}
    sent too often       | 200 | {"state":402,"msg":"send too frequently"}
    code wrong           | 200 | {"state":404,"msg":"wrong code"}
    link invalid         | 200 | {"content":null,"state":404,"msg":"email not found"}
    tenant unauthenticated | 200 | {"state":404,"msg":"phone not exists"}
    arrival invalid      | 200 | {"state":404,"msg":"email not found"}
    403                  | 403 | {"state":403,"msg":"forbidden"}
    404                  | 404 | {"state":404,"msg":"not found"}
    405                  | 405 | {"state":405,"msg":"method not allowed"}
    413                  | 413 | {"state":413,"msg":"body too large"}
    415                  | 415 | {"state":415,"msg":"unsupported media type"}
    429                  | 429 | {"state":429,"msg":"too many requests"}
    500                  | 500 | {"state":500,"msg":"internal error"}
    503                  | 503 | {"state":503,"msg":"service unavailable"}
    "#);
}

#[tokio::test]
async fn cookie_has_an_answer_to_everything() {
    let app = app().await;
    let table = table(&app, Method::POST, "/api/v1/user/login", Value::clone).await;
    assert_snapshot!(table, @r#"
    malformed request    | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    email invalid        | 200 | {"status":"failed","desc":"email invalid","error_code":107}
    username length      | 200 | {"status":"failed","desc":"username or password length","error_code":104}
    password length      | 200 | {"status":"failed","desc":"username or password length","error_code":104}
    password too easy    | 200 | {"status":"failed","desc":"username or password length","error_code":104}
    passwords differ     | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    email taken          | 200 | {"status":"failed","desc":"email taken","error_code":106}
    username taken       | 200 | {"status":"failed","desc":"username taken","error_code":105}
    account unknown      | 200 | {"status":"failed","desc":"user name or password incorrect","error_code":102}
    password wrong       | 200 | {"status":"failed","desc":"user name or password incorrect","error_code":102}
    account banned       | 200 | {"status":"failed","desc":"user banned","error_code":109}
    not signed in        | 401 | {"status":"failed","desc":"login required","error_code":101}
    phone invalid        | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    phone not supported  | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    phone taken          | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    sent too often       | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    code wrong           | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    link invalid         | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    tenant unauthenticated | 401 | {"status":"failed","desc":"login required","error_code":101}
    arrival invalid      | 200 | {"status":"failed","desc":"invalid parameters","error_code":103}
    403                  | 403 | {"status":"failed","desc":"forbidden","error_code":112}
    404                  | 404 | {"status":"failed","desc":"not found","error_code":111}
    405                  | 405 | {"status":"failed","desc":"not found","error_code":111}
    413                  | 413 | {"status":"failed","desc":"invalid parameters","error_code":103}
    415                  | 415 | {"status":"failed","desc":"invalid parameters","error_code":103}
    429                  | 429 | {"status":"failed","desc":"too many requests","error_code":108}
    500                  | 500 | {"status":"failed","desc":"internal error","error_code":100}
    503                  | 503 | {"status":"failed","desc":"service unavailable","error_code":110}
    "#);
}

#[tokio::test]
async fn tenant_has_an_answer_to_everything() {
    let app = app().await;
    let table_of = async |method, path| table(&app, method, path, Value::clone).await;
    let table = table_of(Method::POST, "/api/user/signin").await;
    for (method, path) in [
        (Method::PUT, "/api/user/update_password"),
        (Method::GET, "/.well-known/jwks.json"),
        (Method::GET, "/oauth/example/callback"),
    ] {
        assert_eq!(table_of(method, path).await, table, "{path}");
    }
    assert_snapshot!(table, @r#"
    malformed request    | 400 | {"message":"request illigal"}
    email invalid        | 400 | {"message":"request illigal"}
    username length      | 400 | {"message":"request illigal"}
    password length      | 400 | {"message":"request illigal"}
    password too easy    | 400 | {"message":"request illigal"}
    passwords differ     | 400 | {"message":"request illigal"}
    email taken          | 400 | {"message":"user with this username already existed"}
    username taken       | 400 | {"message":"user with this username already existed"}
    account unknown      | 400 | {"message":"credentials invalid"}
    password wrong       | 400 | {"message":"credentials invalid"}
    account banned       | 400 | {"message":"user banned"}
    not signed in        | 401 | {"code":401,"message":"user unauthenticated"}
    phone invalid        | 400 | {"message":"request illigal"}
    phone not supported  | 400 | {"message":"request illigal"}
    phone taken          | 400 | {"message":"user with this username already existed"}
    sent too often       | 400 | {"message":"request illigal"}
    code wrong           | 400 | {"message":"request illigal"}
    link invalid         | 400 | {"message":"request illigal"}
    tenant unauthenticated | 401 | {"code":401,"message":"tenant unauthenticated"}
    arrival invalid      | 400 | {"message":"oauth request illigal"}
    403                  | 403 | {"code":403,"message":"forbidden"}
    404                  | 404 | {"code":404,"message":"not found"}
    405                  | 405 | {"code":405,"message":"method not allowed"}
    413                  | 413 | {"code":413,"message":"body too large"}
    415                  | 415 | {"code":415,"message":"unsupported media type"}
    429                  | 429 | {"code":429,"message":"too many requests"}
    500                  | 500 | {"code":500,"message":"internal error"}
    503                  | 503 | {"code":503,"message":"service unavailable"}
    "#);
}

#[tokio::test]
async fn users_has_an_answer_to_everything_in_each_operation() {
    let app = app().await;
    let mut tables = Vec::new();
    for (method, path) in [
        (Method::POST, "/users/sign_in"),
        (Method::DELETE, "/users/sign_out"),
        (Method::POST, "/users"),
        (Method::PATCH, "/users"),
        (Method::PATCH, "/users/password"),
        (Method::DELETE, "/users"),
        (Method::GET, "/users/1"),
    ] {
        let table = table(&app, method.clone(), path, |body| body["error"].clone()).await;
        tables.push(format!("{method} {path}\n{table}"));
    }
    assert_snapshot!(tables.join("\n\n"), @r#"
    POST /users/sign_in
    malformed request    | 400 | {"code":0,"message":"Bad parameter."}
    email invalid        | 400 | {"code":0,"message":"Bad parameter."}
    username length      | 400 | {"code":0,"message":"Bad parameter."}
    password length      | 400 | {"code":0,"message":"Bad parameter."}
    password too easy    | 400 | {"code":2,"message":"This password is too easy."}
    passwords differ     | 400 | {"code":3,"message":"These passwords do not match."}
    email taken          | 400 | {"code":1,"message":"This email address has used."}
    username taken       | 400 | {"code":1,"message":"This email address has used."}
    account unknown      | 400 | {"code":1,"message":"There is not this email address."}
    password wrong       | 400 | {"code":2,"message":"This password is incorrect."}
    account banned       | 400 | {"code":3,"message":"This user is banned."}
    not signed in        | 400 | {"code":2,"message":"You have not sign in yet."}
    phone invalid        | 400 | {"code":0,"message":"Bad parameter."}
    phone not supported  | 400 | {"code":0,"message":"Bad parameter."}
    phone taken          | 400 | {"code":0,"message":"Bad parameter."}
    sent too often       | 400 | {"code":0,"message":"Bad parameter."}
    code wrong           | 400 | {"code":0,"message":"Bad parameter."}
    link invalid         | 400 | {"code":0,"message":"Bad parameter."}
    tenant unauthenticated | 400 | {"code":2,"message":"You have not sign in yet."}
    arrival invalid      | 400 | {"code":0,"message":"Bad parameter."}
    403                  | 403 | {"code":403,"message":"Forbidden"}
    404                  | 404 | {"code":404,"message":"Not Found"}
    405                  | 405 | {"code":405,"message":"Method Not Allowed"}
    413                  | 413 | {"code":413,"message":"Payload Too Large"}
    415                  | 415 | {"code":415,"message":"Unsupported Media Type"}
    429                  | 429 | {"code":429,"message":"Too Many Requests"}
    500                  | 500 | {"code":500,"message":"Internal Server Error"}
    503                  | 503 | {"code":503,"message":"Service Unavailable"}

    DELETE /users/sign_out
    malformed request    | 400 | {"code":0,"message":"Bad parameter."}
    email invalid        | 400 | {"code":0,"message":"Bad parameter."}
    username length      | 400 | {"code":0,"message":"Bad parameter."}
    password length      | 400 | {"code":0,"message":"Bad parameter."}
    password too easy    | 400 | {"code":2,"message":"This password is too easy."}
    passwords differ     | 400 | {"code":3,"message":"These passwords do not match."}
    email taken          | 400 | {"code":1,"message":"This email address has used."}
    username taken       | 400 | {"code":1,"message":"This email address has used."}
    account unknown      | 400 | {"code":1,"message":"There is not this email address."}
    password wrong       | 400 | {"code":2,"message":"This password is incorrect."}
    account banned       | 400 | {"code":3,"message":"This user is banned."}
    not signed in        | 403 | {"code":0,"message":"You have not sign in yet."}
    phone invalid        | 400 | {"code":0,"message":"Bad parameter."}
    phone not supported  | 400 | {"code":0,"message":"Bad parameter."}
    phone taken          | 400 | {"code":0,"message":"Bad parameter."}
    sent too often       | 400 | {"code":0,"message":"Bad parameter."}
    code wrong           | 400 | {"code":0,"message":"Bad parameter."}
    link invalid         | 400 | {"code":0,"message":"Bad parameter."}
    tenant unauthenticated | 403 | {"code":0,"message":"You have not sign in yet."}
    arrival invalid      | 400 | {"code":0,"message":"Bad parameter."}
    403                  | 403 | {"code":403,"message":"Forbidden"}
    404                  | 404 | {"code":404,"message":"Not Found"}
    405                  | 405 | {"code":405,"message":"Method Not Allowed"}
    413                  | 413 | {"code":413,"message":"Payload Too Large"}
    415                  | 415 | {"code":415,"message":"Unsupported Media Type"}
    429                  | 429 | {"code":429,"message":"Too Many Requests"}
    500                  | 500 | {"code":500,"message":"Internal Server Error"}
    503                  | 503 | {"code":503,"message":"Service Unavailable"}

    POST /users
    malformed request    | 400 | {"code":0,"message":"Bad parameter."}
    email invalid        | 400 | {"code":0,"message":"Bad parameter."}
    username length      | 400 | {"code":0,"message":"Bad parameter."}
    password length      | 400 | {"code":0,"message":"Bad parameter."}
    password too easy    | 400 | {"code":2,"message":"This password is too easy."}
    passwords differ     | 400 | {"code":3,"message":"These passwords do not match."}
    email taken          | 400 | {"code":1,"message":"This email address has used."}
    username taken       | 400 | {"code":1,"message":"This email address has used."}
    account unknown      | 400 | {"code":1,"message":"There is not this email address."}
    password wrong       | 400 | {"code":2,"message":"This password is incorrect."}
    account banned       | 400 | {"code":3,"message":"This user is banned."}
    not signed in        | 400 | {"code":2,"message":"You have not sign in yet."}
    phone invalid        | 400 | {"code":0,"message":"Bad parameter."}
    phone not supported  | 400 | {"code":0,"message":"Bad parameter."}
    phone taken          | 400 | {"code":0,"message":"Bad parameter."}
    sent too often       | 400 | {"code":0,"message":"Bad parameter."}
    code wrong           | 400 | {"code":0,"message":"Bad parameter."}
    link invalid         | 400 | {"code":0,"message":"Bad parameter."}
    tenant unauthenticated | 400 | {"code":2,"message":"You have not sign in yet."}
    arrival invalid      | 400 | {"code":0,"message":"Bad parameter."}
    403                  | 403 | {"code":403,"message":"Forbidden"}
    404                  | 404 | {"code":404,"message":"Not Found"}
    405                  | 405 | {"code":405,"message":"Method Not Allowed"}
    413                  | 413 | {"code":413,"message":"Payload Too Large"}
    415                  | 415 | {"code":415,"message":"Unsupported Media Type"}
    429                  | 429 | {"code":429,"message":"Too Many Requests"}
    500                  | 500 | {"code":500,"message":"Internal Server Error"}
    503                  | 503 | {"code":503,"message":"Service Unavailable"}

    PATCH /users
    malformed request    | 400 | {"code":0,"message":"Bad parameter."}
    email invalid        | 400 | {"code":0,"message":"Bad parameter."}
    username length      | 400 | {"code":0,"message":"Bad parameter."}
    password length      | 400 | {"code":0,"message":"Bad parameter."}
    password too easy    | 400 | {"code":2,"message":"This password is too easy."}
    passwords differ     | 400 | {"code":3,"message":"These passwords do not match."}
    email taken          | 400 | {"code":1,"message":"This email address has used."}
    username taken       | 400 | {"code":1,"message":"This email address has used."}
    account unknown      | 400 | {"code":1,"message":"There is not this email address."}
    password wrong       | 400 | {"code":2,"message":"This password is incorrect."}
    account banned       | 400 | {"code":3,"message":"This user is banned."}
    not signed in        | 400 | {"code":2,"message":"You have not sign in yet."}
    phone invalid        | 400 | {"code":0,"message":"Bad parameter."}
    phone not supported  | 400 | {"code":0,"message":"Bad parameter."}
    phone taken          | 400 | {"code":0,"message":"Bad parameter."}
    sent too often       | 400 | {"code":0,"message":"Bad parameter."}
    code wrong           | 400 | {"code":0,"message":"Bad parameter."}
    link invalid         | 400 | {"code":0,"message":"Bad parameter."}
    tenant unauthenticated | 400 | {"code":2,"message":"You have not sign in yet."}
    arrival invalid      | 400 | {"code":0,"message":"Bad parameter."}
    403                  | 403 | {"code":403,"message":"Forbidden"}
    404                  | 404 | {"code":404,"message":"Not Found"}
    405                  | 405 | {"code":405,"message":"Method Not Allowed"}
    413                  | 413 | {"code":413,"message":"Payload Too Large"}
    415                  | 415 | {"code":415,"message":"Unsupported Media Type"}
    429                  | 429 | {"code":429,"message":"Too Many Requests"}
    500                  | 500 | {"code":500,"message":"Internal Server Error"}
    503                  | 503 | {"code":503,"message":"Service Unavailable"}

    PATCH /users/password
    malformed request    | 400 | {"code":0,"message":"Bad parameter."}
    email invalid        | 400 | {"code":0,"message":"Bad parameter."}
    username length      | 400 | {"code":0,"message":"Bad parameter."}
    password length      | 400 | {"code":0,"message":"Bad parameter."}
    password too easy    | 400 | {"code":4,"message":"This password is too easy."}
    passwords differ     | 400 | {"code":5,"message":"These passwords do not match."}
    email taken          | 400 | {"code":1,"message":"This email address has used."}
    username taken       | 400 | {"code":1,"message":"This email address has used."}
    account unknown      | 400 | {"code":1,"message":"There is not this email address."}
    password wrong       | 400 | {"code":3,"message":"This password is incorrect."}
    account banned       | 400 | {"code":3,"message":"This user is banned."}
    not signed in        | 400 | {"code":2,"message":"You have not sign in yet."}
    phone invalid        | 400 | {"code":0,"message":"Bad parameter."}
    phone not supported  | 400 | {"code":0,"message":"Bad parameter."}
    phone taken          | 400 | {"code":0,"message":"Bad parameter."}
    sent too often       | 400 | {"code":0,"message":"Bad parameter."}
    code wrong           | 400 | {"code":0,"message":"Bad parameter."}
    link invalid         | 400 | {"code":0,"message":"Bad parameter."}
    tenant unauthenticated | 400 | {"code":2,"message":"You have not sign in yet."}
    arrival invalid      | 400 | {"code":0,"message":"Bad parameter."}
    403                  | 403 | {"code":403,"message":"Forbidden"}
    404                  | 404 | {"code":404,"message":"Not Found"}
    405                  | 405 | {"code":405,"message":"Method Not Allowed"}
    413                  | 413 | {"code":413,"message":"Payload Too Large"}
    415                  | 415 | {"code":415,"message":"Unsupported Media Type"}
    429                  | 429 | {"code":429,"message":"Too Many Requests"}
    500                  | 500 | {"code":500,"message":"Internal Server Error"}
    503                  | 503 | {"code":503,"message":"Service Unavailable"}

    DELETE /users
    malformed request    | 400 | {"code":0,"message":"Bad parameter."}
    email invalid        | 400 | {"code":0,"message":"Bad parameter."}
    username length      | 400 | {"code":0,"message":"Bad parameter."}
    password length      | 400 | {"code":0,"message":"Bad parameter."}
    password too easy    | 400 | {"code":2,"message":"This password is too easy."}
    passwords differ     | 400 | {"code":3,"message":"These passwords do not match."}
    email taken          | 400 | {"code":1,"message":"This email address has used."}
    username taken       | 400 | {"code":1,"message":"This email address has used."}
    account unknown      | 400 | {"code":1,"message":"This email address is incorrect."}
    password wrong       | 400 | {"code":2,"message":"This password is incorrect."}
    account banned       | 400 | {"code":3,"message":"This user is banned."}
    not signed in        | 400 | {"code":2,"message":"You have not sign in yet."}
    phone invalid        | 400 | {"code":0,"message":"Bad parameter."}
    phone not supported  | 400 | {"code":0,"message":"Bad parameter."}
    phone taken          | 400 | {"code":0,"message":"Bad parameter."}
    sent too often       | 400 | {"code":0,"message":"Bad parameter."}
    code wrong           | 400 | {"code":0,"message":"Bad parameter."}
    link invalid         | 400 | {"code":0,"message":"Bad parameter."}
    tenant unauthenticated | 400 | {"code":2,"message":"You have not sign in yet."}
    arrival invalid      | 400 | {"code":0,"message":"Bad parameter."}
    403                  | 403 | {"code":403,"message":"Forbidden"}
    404                  | 404 | {"code":404,"message":"Not Found"}
    405                  | 405 | {"code":405,"message":"Method Not Allowed"}
    413                  | 413 | {"code":413,"message":"Payload Too Large"}
    415                  | 415 | {"code":415,"message":"Unsupported Media Type"}
    429                  | 429 | {"code":429,"message":"Too Many Requests"}
    500                  | 500 | {"code":500,"message":"Internal Server Error"}
    503                  | 503 | {"code":503,"message":"Service Unavailable"}

    GET /users/1
    malformed request    | 400 | {"code":0,"message":"Bad parameter."}
    email invalid        | 400 | {"code":0,"message":"Bad parameter."}
    username length      | 400 | {"code":0,"message":"Bad parameter."}
    password length      | 400 | {"code":0,"message":"Bad parameter."}
    password too easy    | 400 | {"code":2,"message":"This password is too easy."}
    passwords differ     | 400 | {"code":3,"message":"These passwords do not match."}
    email taken          | 400 | {"code":1,"message":"This email address has used."}
    username taken       | 400 | {"code":1,"message":"This email address has used."}
    account unknown      | 404 | {"code":0,"message":"There is not this user."}
    password wrong       | 400 | {"code":2,"message":"This password is incorrect."}
    account banned       | 400 | {"code":3,"message":"This user is banned."}
    not signed in        | 400 | {"code":2,"message":"You have not sign in yet."}
    phone invalid        | 400 | {"code":0,"message":"Bad parameter."}
    phone not supported  | 400 | {"code":0,"message":"Bad parameter."}
    phone taken          | 400 | {"code":0,"message":"Bad parameter."}
    sent too often       | 400 | {"code":0,"message":"Bad parameter."}
    code wrong           | 400 | {"code":0,"message":"Bad parameter."}
    link invalid         | 400 | {"code":0,"message":"Bad parameter."}
    tenant unauthenticated | 400 | {"code":2,"message":"You have not sign in yet."}
    arrival invalid      | 400 | {"code":0,"message":"Bad parameter."}
    403                  | 403 | {"code":403,"message":"Forbidden"}
    404                  | 404 | {"code":404,"message":"Not Found"}
    405                  | 405 | {"code":405,"message":"Method Not Allowed"}
    413                  | 413 | {"code":413,"message":"Payload Too Large"}
    415                  | 415 | {"code":415,"message":"Unsupported Media Type"}
    429                  | 429 | {"code":429,"message":"Too Many Requests"}
    500                  | 500 | {"code":500,"message":"Internal Server Error"}
    503                  | 503 | {"code":503,"message":"Service Unavailable"}
    "#);
}
