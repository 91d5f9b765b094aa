//! The commands: arguments and wiring, no logic. One file each.

pub mod certs;
mod check;
mod checks;
mod config;
mod demo;
mod global;
mod serve;

use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use global::{Console, Global, Level};

use crate::http::BindError;
use crate::sources::{ConfigurationError, SourceError};
use crate::telemetry::logs;

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
  backstop demo                                   see what it does, without a cluster
  backstop serve --self-signed --snapshot prod.json
                                                  run the webhook against files
  backstop checks service-not-found               say what a check means, and how to fix it
  backstop config validate backstop.yaml          find every mistake in a configuration file

Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 the job could not be done.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge manifests before they are merged or applied
    Check(check::Args),
    /// Run the webhook
    Serve(Box<serve::Serve>),
    /// Tell the whole story in one process, without a cluster
    Demo(demo::Demo),
    /// Make certificates for the webhook, or look at them
    Certs(certs::Certs),
    /// List the checks, or document one
    Checks(checks::Args),
    /// Validate configuration files, show what holds, print their schema
    Config(config::Args),
}

/// Runs the command line `args`, the first of which is ignored, as the program that users know as `name`.
///
/// What it answers is the process's exit code: [`PASSED`], [`FAILED`] or [`TROUBLE`].
pub fn main(args: impl IntoIterator<Item = OsString>, name: &'static str) -> ExitCode {
    let parsed =
        Cli::command().bin_name(name).try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let Cli { global, command: chosen } = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let console = Console::new(&global);
    let code = match chosen {
        Command::Check(args) => check::run(&args, &global, console),
        Command::Serve(args) => serve(*args, &global, console),
        Command::Demo(args) => demo(args, &global, console),
        Command::Certs(args) => args.print(&global, console),
        Command::Checks(args) => checks::run(&args, &global, console),
        Command::Config(args) => config::run(&args, &global, console),
    };
    ExitCode::from(code.unwrap_or_else(|error| error.print(console)))
}

fn demo(args: demo::Demo, global: &Global, console: Console) -> Result<u8, CommandError> {
    match global.idle(&[]) {
        Some(flag) => Err(CommandError::new(format!("{flag} means nothing here: the demo has a cluster of its own"))),
        None => within_runtime(args.run(console)),
    }
}

/// Serves. Exit code 1 is a fault that a restart may cure, 2 one that it does not.
fn serve(args: serve::Serve, global: &Global, console: Console) -> Result<u8, CommandError> {
    if let Some(flag) = global.idle(&["--config", "--kubeconfig", "--context"]) {
        return Err(CommandError::new(format!("{flag} means nothing here: the webhook answers for the whole cluster")));
    }
    let format = if global.log_format == global::LogFormat::Json { logs::Format::Json } else { logs::Format::Text };
    let verbosity = i8::from(global.verbose) - i8::from(global.quiet);
    logs::init(format, verbosity, global.colored())?;
    within_runtime(async {
        match args.run(global, console).await {
            // Whoever holds the address may have let go of it by the next start.
            Err(error) if error.is::<BindError>() => {
                console.note(Level::Error, &error.to_string());
                Ok(FAILED)
            }
            ended => ended,
        }
    })
}

/// Runs an asynchronous command to its end.
fn within_runtime<T>(command: impl Future<Output = anyhow::Result<T>>) -> Result<T, CommandError> {
    crate::tls::install_crypto_provider();
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(command)?)
}

/// Prints help to stdout, and a mistake in the arguments to stderr.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell where the stream is closed.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { TROUBLE } else { PASSED })
}

/// The reason why a command could not do its job.
#[derive(Debug)]
pub struct CommandError {
    /// The reason, and the next step.
    pub message: String,
}

impl CommandError {
    /// An error with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    fn print(&self, console: Console) -> u8 {
        console.note(Level::Error, &self.message);
        TROUBLE
    }
}

impl std::fmt::Display for CommandError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}

impl From<anyhow::Error> for CommandError {
    /// The error and its causes in one line.
    fn from(error: anyhow::Error) -> Self {
        Self::new(format!("{error:#}"))
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<logs::LogError> for CommandError {
    fn from(error: logs::LogError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<SourceError> for CommandError {
    fn from(error: SourceError) -> Self {
        Self::new(error.to_string())
    }
}

/// Prints each mistake of a configuration file, and returns the error that ends the command.
fn invalid_configuration(error: &ConfigurationError, console: Console) -> CommandError {
    if let ConfigurationError::Invalid(invalid) = error {
        console.mistakes(invalid);
    }
    CommandError::new(error.to_string())
}
