//! Nothing that is secret reaches the log.

use super::{
    COOKIE, Stage, arrives,
    host::{Answer, TOKEN},
    instead, is_outage, is_refused, parameter,
};
use crate::support::Log;

#[tokio::test]
async fn the_log_holds_no_code_state_token_or_secret() {
    let log = Log::begin();

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
    secrets.extend(["a-wrong-state".to_owned(), "a-quoted-secret".to_owned()]);

    let log = log.end();
    assert!(log.contains("arrival invalid"), "{log}");
    assert!(log.contains("a provider refuses to talk to us"), "{log}");
    assert!(log.contains("/oauth/{provider}/callback"), "{log}");
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "the log holds {secret}");
    }
}
