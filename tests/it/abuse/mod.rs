//! Abuse cases: what someone who means harm does, and that it comes to nothing.
//!
//! Each test is named after its case, and asks every contract to which the case applies: what is
//! replied, and what is stored. `docs/security.md` lists the cases.

mod activation;
mod authorization;
mod bans_and_csrf;
mod costs_and_data;
mod endpoints;
mod enumeration;
mod events;
mod forge;
mod guessing;
mod holder;
mod identities;
mod identity;
mod messages;
mod parsing;
mod paths_and_queries;
mod protocol;
mod scene;
mod sessions;
mod tenants;

use std::{collections::BTreeSet, fs, path::Path};

/// How many cases there are.
const CASES: u32 = 96;

/// The numbers of the cases that `docs/security.md` lists under "Out of scope", each in a line of its
/// own with a reason: `- A-01: …`.
fn out_of_scope(document: &str) -> BTreeSet<u32> {
    let sections = document.split("\n## ");
    let sections = sections.filter(|section| section.starts_with("Out of scope\n"));
    let lines = sections.flat_map(str::lines).filter_map(|line| line.strip_prefix("- A-"));
    let listed = lines.filter_map(|line| line.split_once(": "));
    listed
        .map(|(number, reason)| {
            assert!(reason.len() > 20, "A-{number} is out of scope without a reason");
            number.parse().unwrap()
        })
        .collect()
}

#[test]
fn every_abuse_case_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(root.join("it/abuse")).unwrap();
    let code: String =
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let out_of_scope =
        out_of_scope(&fs::read_to_string(root.join("../docs/security.md")).unwrap_or_default());
    let wrong: Vec<_> = (1..=CASES)
        .filter_map(|case| {
            let tests = code.matches(&format!("\nasync fn a{case:02}_")).count();
            let listed = out_of_scope.contains(&case);
            (tests + usize::from(listed) != 1).then(|| format!("A-{case:02}: {tests} tests"))
        })
        .collect();
    assert!(wrong.is_empty(), "each case has one test, or is out of scope: {wrong:?}");
    assert!(out_of_scope.iter().all(|case| (1..=CASES).contains(case)), "{out_of_scope:?}");
}
