//! The fault sweep: every endpoint, every call that it makes to AWS, every way in which that can
//! fail. Nothing may be lost, nobody may be let in, and a client that tries again gets where it
//! wanted to be. See `docs/reliability.md`.

mod check;
mod fault;
mod point;
mod row;
mod said;
mod sweep;
mod table;
mod tally;
mod town;

use shared::config::process_environment;

use crate::support::TEMPLATE;
use sweep::{Choice, sweep};
use table::rows;

#[test]
fn every_endpoint_has_a_row() {
    let rows = rows();
    let routes = TEMPLATE.routes.iter().filter(|route| route.method != "ANY");
    let without_routes = ["authorizer", "bounces"].map(str::to_owned);
    let endpoints: Vec<_> = routes
        .map(|route| format!("{} {}", route.method, route.path))
        .chain(without_routes)
        .collect();
    for endpoint in &endpoints {
        assert!(rows.iter().any(|row| row.endpoint == endpoint), "{endpoint} has no row");
    }
    for row in &rows {
        assert!(endpoints.iter().any(|endpoint| endpoint == row.endpoint), "{}", row.name());
        let same = rows.iter().filter(|other| other.name() == row.name());
        assert_eq!(same.count(), 1, "{}", row.name());
    }
    // Those that have no row: who hands on, and knows no AWS.
    let mut functions: Vec<_> = TEMPLATE.policies.keys().map(String::as_str).collect();
    functions.sort_unstable();
    let known = ["api-key", "authorizer", "bounces", "cookie", "email", "fallback", "oauth"];
    assert_eq!(functions, [&known[..], &["phone", "tenant", "users"]].concat());
}

/// Part of the points, or all of them with `FAULT_SWEEP=full`; `FAULT_POINT` names those to run.
#[test]
fn a_fault_at_any_call_loses_nothing_and_lets_nobody_in() {
    let environment = process_environment();
    let set = |name: &str| environment.get(name).cloned();
    let choice = match (set("FAULT_POINT"), set("FAULT_SWEEP").as_deref()) {
        (Some(name), _) => Choice::Named(name),
        (None, Some("full")) => Choice::All,
        (None, Some(other)) => panic!("FAULT_SWEEP={other}"),
        (None, None) => Choice::Some,
    };
    let swept = sweep(&rows(), &choice);
    println!("{}", swept.tally);
    let least = match choice {
        Choice::All => 10_000,
        Choice::Some => 400,
        Choice::Named(_) => 1,
    };
    assert!(swept.tally.points() >= least, "{} points", swept.tally.points());
    assert!(swept.wrong.is_empty(), "{} points:\n{}", swept.wrong.len(), swept.wrong.join("\n"));
}

#[test]
fn a_request_that_nobody_answers_ends_before_lambda_stops_the_function() {
    let rows: Vec<_> = rows().into_iter().filter(|row| row.case == "another password").collect();
    let swept = sweep(&rows, &Choice::Named("Silence of rest".to_owned()));
    assert_eq!(rows.len(), 1);
    assert!(swept.tally.points() > 20, "{}", swept.tally);
    assert!(swept.wrong.is_empty(), "{}", swept.wrong.join("\n"));
}

#[test]
fn what_meets_a_transaction_is_done_when_that_is_over() {
    let swept = sweep(&rows(), &Choice::Named(", Conflict of attempt".to_owned()));
    assert!(swept.tally.points() > 100, "{}", swept.tally);
    assert!(swept.wrong.is_empty(), "{}", swept.wrong.join("\n"));
}
