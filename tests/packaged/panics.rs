//! A panic in a packaged function.

use axum::routing::post;
use local::{Function, link};
use shared::envelope::ApiKey;

use crate::{
    alike::replies_alike,
    neighbours::Neighbours,
    packages,
    support::{
        TestApp,
        scene::{self, events},
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_answered_and_the_same_process_serves_the_next_request() {
    let panics = || post(async || -> &'static str { panic!("a secret: hunter42") });
    let app = TestApp::with_functions(&[], |name, app| match name {
        "api-key" => {
            Ok(Function::new::<ApiKey>(api_key::router().route("/user/panic", panics()), app))
        }
        _ => link(name, app),
    })
    .await;
    scene::set(&app).await;
    let events = events("api-key");
    let (_, sign_in) = events.iter().find(|(name, _)| name == "signin-ok").unwrap();
    let mut panicking = sign_in.clone();
    for place in ["/rawPath", "/requestContext/http/path"] {
        *panicking.pointer_mut(place).unwrap() = "/user/panic".into();
    }

    let neighbours = Neighbours::of(&app, &[]).await;
    let emulator = neighbours.start_program(&packages::panicking()).await;
    let expected = app.function("api-key").answer(panicking.clone()).await;
    assert_eq!(expected["statusCode"], 500);
    for _ in 0..2 {
        let answered = emulator.invoke(&panicking).await;
        assert!(replies_alike(&expected, &answered), "{answered}\n{}", emulator.output());
    }
    let process = emulator.program();
    let answered = emulator.invoke(sign_in).await;
    assert_eq!(answered["statusCode"], 200, "{answered}\n{}", emulator.output());
    assert!(process.is_some() && process == emulator.program());
    let log = emulator.output();
    assert!(log.contains("panicked") && !log.contains("hunter42"), "{log}");
}
