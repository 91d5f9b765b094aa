//! The commands: arguments and wiring, no logic. One file each.

mod check;
mod checks;
mod global;
mod sources;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use global::{Console, Global, Level};

/// Nothing stands at or above what was asked to fail.
pub const PASSED: u8 = 0;
/// Something does.
pub const FAILED: u8 = 1;
/// The command could not do its job: usage, files, the API server.
pub const TROUBLE: u8 = 2;

const ABOUT: &str = "Stops an Ingress that has no working backend: before it is merged, and before it is stored";

#[derive(Debug, Parser)]
#[command(name = "backstop", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  backstop check -f manifests/                    judge the manifests of a directory
  kubectl kustomize . | backstop check -f -       judge what kustomize renders
  backstop checks service-not-found               say what a check means, and how to fix it

Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 the job could not be done.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge manifests before they are merged or applied
    Check(check::Args),
    /// List the checks, or document one
    Checks(checks::Args),
    // serve, demo and certs go here.
}

/// Runs the command line `args`, the first of which is ignored, as the program that users know as `name`.
///
/// What it answers is the process's exit code: [`PASSED`], [`FAILED`] or [`TROUBLE`].
pub fn main(args: impl IntoIterator<Item = OsString>, name: &'static str) -> ExitCode {
    let parsed = Cli::command().bin_name(name).try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let Cli { global, command: chosen } = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let console = Console::new(&global);
    let code = match chosen {
        Command::Check(args) => check::run(&args, &global, console),
        Command::Checks(args) => checks::run(&args, &global, console),
        // serve, demo and certs go here.
    };
    ExitCode::from(code.unwrap_or_else(|trouble| trouble.tell(console)))
}

/// Prints help to stdout, and a mistake in the arguments to stderr.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell where the stream is closed.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { TROUBLE } else { PASSED })
}

/// Why a command could not do its job.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    /// What went wrong, and the next step.
    pub message: String,
}

impl Trouble {
    /// Trouble with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    fn tell(&self, console: Console) -> u8 {
        console.note(Level::Error, &self.message);
        TROUBLE
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::new(format!("cannot write the result: {error}"))
    }
}
