//! The commands as users run them: the real program on files, its output held against what is written down.
//! `SNAPSHOTS=overwrite cargo test --test cli` writes it down anew.

// A test may stop at the first thing that is not as it should be; Clippy knows that of `#[test]` functions only.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

mod check;
mod checks;
mod config;
mod demo;
mod sources;

use std::path::PathBuf;

use snapbox::cmd::{Command, OutputAssert};

/// The program, in the fixtures' directory and nobody's environment.
fn backstop(args: &[&str]) -> Command {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/fixtures");
    let command = Command::new(env!("CARGO_BIN_EXE_backstop")).args(args).current_dir(fixtures);
    ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "KUBECONFIG", "TERM"].iter().fold(command, Command::env_remove)
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
