//! What has been built, and where it is.

use std::{env, fs, path::PathBuf};

/// The file that this variable of the environment names.
fn told(variable: &str) -> PathBuf {
    let Some(path) = env::var_os(variable) else {
        panic!("{variable} is not set: run these tests by .ci/packaged.py");
    };
    // Cargo runs tests in the folder of their package.
    fs::canonicalize(&path).unwrap_or_else(|error| panic!("{variable}: {error}"))
}

/// AWS's runtime interface emulator.
pub(crate) fn emulator() -> PathBuf {
    told("RUNTIME_INTERFACE_EMULATOR")
}

/// The program of a function, by the function's folder.
pub(crate) fn program(function: &str) -> PathBuf {
    let words = function.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    let id = words.collect::<String>() + "Function";
    told("PACKAGED_FUNCTIONS").join(id).join("bootstrap")
}

/// A program that is built as the functions are, and has a route that panics.
pub(crate) fn panicking() -> PathBuf {
    told("PANICKING_FUNCTION")
}
