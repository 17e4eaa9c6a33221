//! The targets under libFuzzer: `fuzz --target=email`, and then libFuzzer's own options. It takes the
//! options that begin with two hyphens to be for somebody else. `.ci/fuzz` builds and runs it.

#![no_main]

use std::sync::OnceLock;

use fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::args().find_map(|arg| arg.strip_prefix("--target=").map(str::to_owned));
        match name.as_deref().and_then(fuzz::find) {
            Some(target) => drop(TARGET.set(target)),
            None => {
                eprintln!("--target= is to be one of {}", fuzz::names().join(", "));
                std::process::exit(2);
            }
        }
    },
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            target.check(data);
        }
    }
);
