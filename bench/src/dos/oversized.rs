//! Bodies that are too large, or made to be expensive to read: what they cost, in time and in hashes.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Instant,
};

use anyhow::Result;
use http::{Request, header};
use local::{Engine, Gateway, Template, create_tables, link};
use shared::{app::App, clock::Clock, config::Config, http::MAX_BODY_BYTES};
use tokio::net::TcpListener;

use crate::times::Times;

/// How often each body is sent to each door.
const TIMES: usize = 25;

/// What refusals cost.
#[derive(Debug)]
pub(crate) struct Oversized {
    pub(crate) times: Times,
    /// Replies that were no refusals.
    pub(crate) strays: u32,
    pub(crate) hashes: u64,
}

/// Has them refused by the functions in this process, where hashes can be counted.
pub(crate) async fn measure() -> Result<Oversized> {
    let template = Template::load()?;
    let engine = Engine::start(TcpListener::bind("127.0.0.1:0").await?, None)?;
    let db = engine.client().await;
    create_tables(&db, &template.tables).await?;
    let app = App::new(Config::from_vars(&template.environment)?, db, Clock::system())?;
    let gateway = Gateway::new(&template, &[], |name| link(name, app.clone()))?;
    let mut found = Oversized { times: Times::default(), strays: 0, hashes: 0 };
    for body in bodies() {
        for path in [
            "/user/signin",
            "/api/v1/user/login/",
            "/api/v1/user/register/",
            "/users/sign_in",
            "/users",
            "/email/token",
            "/email/users",
            "/phone/token",
            "/phone/users",
            "/api/user/signin",
            "/api/user/signup",
        ] {
            for _ in 0..TIMES {
                let request = Request::post(path)
                    .header(header::HOST, "api.example.com")
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(body.clone().into())?;
                let started = Instant::now();
                let reply = gateway.answer(request, IpAddr::from(Ipv4Addr::LOCALHOST)).await;
                found.times.add(started.elapsed());
                let text = String::from_utf8_lossy(reply.body());
                let is_success = reply.status() == 200
                    && ["\"status\":\"success\"", "\"state\":200"]
                        .iter()
                        .any(|it| text.contains(it));
                found.strays += u32::from(is_success || reply.status().is_server_error());
            }
        }
    }
    found.hashes = app.directory.hasher().computed();
    engine.stop().await?;
    Ok(found)
}

fn bodies() -> Vec<Vec<u8>> {
    let password = |bytes: usize| {
        let password = "x".repeat(bytes);
        let (email, phone) = ("ann@example.com", "+8613800138000");
        serde_json::json!({
            "email": email, "username": email, "phone": phone, "password": password,
            "user": { "email": email, "password": password },
        })
    };
    let text = |bytes: usize| password(bytes).to_string().into_bytes();
    vec![
        // Beyond the limit, by a little and by much.
        vec![b' '; MAX_BODY_BYTES + 1],
        text(MAX_BODY_BYTES),
        text(1024 * 1024),
        // Within it, and a password that nobody can have.
        text(MAX_BODY_BYTES / 4),
        // Nested as deeply as fits, an object of as many fields as fit, a number without end, and
        // what is no text.
        b"[".repeat(MAX_BODY_BYTES),
        [b"{\"user\":".repeat(MAX_BODY_BYTES / 8 - 1), b"1".to_vec()].concat(),
        format!("{{{}\"a\":1}}", "\"a\":1,".repeat(MAX_BODY_BYTES / 6 - 2)).into_bytes(),
        [b"{\"email\":".to_vec(), b"9".repeat(MAX_BODY_BYTES - 100), b"}".to_vec()].concat(),
        vec![0xff; MAX_BODY_BYTES],
    ]
}
