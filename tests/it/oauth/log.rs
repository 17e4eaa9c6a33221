//! Nothing that is secret reaches the log.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing::Dispatch;
use tracing_subscriber::{Registry, filter::LevelFilter, fmt::MakeWriter};

use super::{
    COOKIE, Stage, arrives,
    host::{Answer, TOKEN},
    instead, is_outage, is_refused, parameter,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_holds_no_code_state_token_or_secret() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false);
    let lines = lines.with_max_level(LevelFilter::TRACE).finish();
    // With one subscriber alone, tracing asks whichever test first comes by a line whether it is
    // logged, and the others log nothing.
    let _spare = Dispatch::new(Registry::default());
    let logging = tracing::subscriber::set_default(lines);

    let stage = Stage::set().await;
    let mut secrets = vec![
        stage.host.entry()["client_secret"].as_str().unwrap().to_owned(),
        "ann-at-home".into(),
    ];
    let mut visit = async |answer: Option<Answer>| {
        let (mut browser, url) = stage.sent().await;
        let back = stage.host.sign_in(&url, "ann-at-home").await;
        for name in ["state", "nonce", "code_challenge"] {
            secrets.push(parameter(&url, name));
        }
        secrets.push(parameter(&back, "code"));
        secrets.push(browser.kept(COOKIE).unwrap().to_owned());
        if let Some(answer) = answer {
            stage.host.answer(TOKEN, answer);
        }
        is_refused(&browser.clone().get(&instead(&back, "state", "state=a-wrong-state")).await);
        let reply = browser.get(&back).await;
        stage.host.behave();
        secrets.extend(browser.kept(COOKIE).map(str::to_owned));
        reply
    };
    arrives(&visit(None).await);
    let quoting = r#"{"error":"invalid_client","error_description":"a-quoted-secret"}"#;
    is_outage(&visit(Some(Answer::Text(401, quoting.to_owned()))).await);
    is_outage(
        &visit(Some(Answer::Text(200, r#"{"id_token":"a-quoted-secret"}"#.to_owned()))).await,
    );
    drop(logging);
    secrets.extend(["a-wrong-state".to_owned(), "a-quoted-secret".to_owned()]);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("arrival invalid"), "{log}");
    assert!(log.contains("a provider refuses to talk to us"), "{log}");
    assert!(log.contains("/oauth/{provider}/callback"), "{log}");
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "the log holds {secret}");
    }
}
