//! A function that is killed while it waits for the database, at each of its writes: the directory is
//! sound, and whoever asks again gets an answer that a whole function could have given.

use serde_json::Value;
use shared::clock::Clock;

use crate::{
    alike::replies_alike,
    emulator::kill,
    events::prepared,
    gate::{Gate, Hold},
    neighbours::{Neighbours, database},
    support::{TestApp, host::Host, scene},
};

/// The event of a function with this name.
fn event(function: &str, name: &str) -> Value {
    let mut events = scene::events(function).into_iter();
    events.find(|(found, _)| found == name).unwrap().1
}

/// Hands an event to a packaged function whose database is behind this gate.
async fn ask(app: &TestApp, gate: &Gate, function: &str, event: &Value, is_killed: bool) -> Value {
    let neighbours = Neighbours::with_database(app, gate.address, scene::settings(function)).await;
    let emulator = neighbours.start(function).await;
    if !is_killed {
        return emulator.invoke(event).await;
    }
    let killed = async {
        gate.holds().await;
        kill(emulator.program().unwrap());
    };
    let (answer, ()) = tokio::join!(emulator.invoke(event), killed);
    answer
}

/// Whatever was left over, `admin audit --repair` ends, and then finds nothing.
async fn assert_sound(app: &TestApp, when: &str) {
    let audit = app.directory.audit().await.unwrap();
    assert!(audit.problems.is_empty(), "{when}: {audit:?}");
    app.directory.finish_deletions().await.unwrap();
    app.audited().await;
}

/// Kills a function at each write of what it does for an event that succeeds, before and after the
/// write, and asks again each time.
async fn kill_at_each_write(function: &str, name: &str) {
    let event = event(function, name);
    let provider = Host::start(&Clock::system()).await;
    let whole = prepared(function, &provider, Clock::system().now()).await;
    let gate = Gate::before(database(&whole), None).await;
    let once = ask(&whole, &gate, function, &event, false).await;
    assert_eq!(once["statusCode"], 200, "{once}");
    let writes = gate.writes();
    assert!(writes > 0, "{function}/{name} writes nothing");
    let twice = ask(&whole, &gate, function, &event, false).await;

    for write in 0..writes {
        for hold in [Hold::Request, Hold::Reply] {
            let when = format!("{function}/{name} at write {} of {writes}, {hold:?}", write + 1);
            let app = prepared(function, &provider, Clock::system().now()).await;
            let gate = Gate::before(database(&app), Some((write, hold))).await;
            let answer = ask(&app, &gate, function, &event, true).await;
            assert!(answer["statusCode"].is_null(), "{when}: it was not killed: {answer}");
            assert_sound(&app, &when).await;

            let gate = Gate::before(database(&app), None).await;
            let again = ask(&app, &gate, function, &event, false).await;
            let is_expected = replies_alike(&once, &again) || replies_alike(&twice, &again);
            assert!(is_expected, "{when}:\nonce:  {once}\ntwice: {twice}\nagain: {again}");
            // Nothing was done before the first write.
            assert!(
                (write, hold) != (0, Hold::Request) || replies_alike(&once, &again),
                "{when}: {again}"
            );
            assert_sound(&app, &when).await;
        }
    }
    println!("{function}/{name}: killed {} times", 2 * writes);
}

macro_rules! kill_at_each_write {
    ($($test:ident: $function:literal, $name:literal;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            kill_at_each_write($function, $name).await;
        })*
    };
}

kill_at_each_write! {
    a_sign_in_that_is_killed_leaves_the_directory_sound: "api-key", "signin-ok";
    a_registration_that_is_killed_leaves_the_directory_sound: "cookie", "register-ok";
    a_confirmation_that_is_killed_leaves_the_directory_sound: "email", "confirm-ok";
    a_registration_by_phone_that_is_killed_leaves_the_directory_sound: "phone", "register-ok";
    a_sign_up_that_is_killed_leaves_the_directory_sound: "tenant", "signup-ok";
    a_password_change_that_is_killed_leaves_the_directory_sound: "users", "change-password-ok";
    a_change_of_a_profile_that_is_killed_leaves_the_directory_sound: "users", "update-ok";
    a_deletion_that_is_killed_leaves_the_directory_sound: "users", "delete-ok";
}
