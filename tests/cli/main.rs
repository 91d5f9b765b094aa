//! The commands: the tests run the real program on files, and compare its output with golden files.
//! `SNAPSHOTS=overwrite cargo test --test cli` writes the golden files. `raw` prevents that snapbox replaces
//! backslashes with slashes.

// Clippy allows unwrap and panic only in `#[test]` functions, not in their helpers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test or bench may panic at the first failure")]

mod check;
mod checks;
mod config;
mod demo;
mod reference;
mod sources;
mod usage;

use std::path::PathBuf;

use snapbox::cmd::{Command, OutputAssert};

/// The program, in the directory of the fixtures, without environment variables that change its output or its cluster.
fn backstop(args: &[&str]) -> Command {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/fixtures");
    let command = Command::new(env!("CARGO_BIN_EXE_backstop")).args(args).current_dir(fixtures);
    ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "KUBECONFIG", "TERM"].iter().fold(command, Command::env_remove)
}

/// The root of the package.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the package.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn run(args: &[&str]) -> OutputAssert {
    backstop(args).assert()
}

fn stdout(output: &OutputAssert) -> String {
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

fn stderr(output: &OutputAssert) -> String {
    String::from_utf8(output.get_output().stderr.clone()).unwrap()
}
