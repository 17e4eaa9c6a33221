//! Every input that is kept, once through its target: what was found does not come back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use fuzz::{TARGETS, Target};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files in a folder, in their order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("there is no {folder:?}"));
    let files: BTreeSet<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.into_iter().collect()
}

/// The inputs of a target: its own, and the stored events that it reads.
fn inputs(target: &Target) -> Vec<PathBuf> {
    let functions = ["api-key", "cookie", "email", "fallback", "oauth", "phone", "tenant", "users"];
    let events: &[&str] = match target.name {
        "event" => &functions,
        "authorizer_event" => &["authorizer"],
        "bounces_event" => &["bounces"],
        _ => &[],
    };
    let own = files(&format!("fuzz/corpus/{}", target.name));
    assert!(!own.is_empty(), "{} has no inputs", target.name);
    own.into_iter().chain(events.iter().flat_map(|name| files(&format!("events/{name}")))).collect()
}

#[test]
fn every_input_of_every_target_keeps_the_promises() {
    let mut broken = Vec::new();
    for target in TARGETS {
        for input in inputs(&target) {
            let data = fs::read(&input).unwrap();
            if std::panic::catch_unwind(|| target.check(&data)).is_err() {
                broken.push(format!("{} of {}", input.display(), target.name));
            }
        }
    }
    assert!(broken.is_empty(), "promises are broken by\n{}", broken.join("\n"));
}

#[test]
fn every_corpus_has_a_target() {
    let folders = files("fuzz/corpus").into_iter();
    let folders: BTreeSet<_> =
        folders.map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    let targets: BTreeSet<_> = fuzz::names().into_iter().map(str::to_owned).collect();
    assert_eq!(folders, targets);
}
