//! The command line: one file for each command, with its arguments and wiring.

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

/// Exit code: no verdict is as severe as `--fail-on`.
pub const PASSED: u8 = 0;
/// Exit code: a verdict is at least as severe as `--fail-on`.
pub const FAILED: u8 = 1;
/// Exit code: the command failed, because of its arguments, a file or the API server.
pub const ERROR: u8 = 2;

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
  backstop check -f manifests/                    check the manifests in a directory
  kubectl kustomize . | backstop check -f -       check the output of kustomize
  backstop demo                                   see how it works, without a cluster
  backstop serve --self-signed --snapshot prod.json
                                                  run the webhook against files
  backstop checks service-not-found               explain a check, and how to fix its findings
  backstop config validate backstop.yaml          list all mistakes in a configuration file

Exit codes: 0 no verdict is as severe as --fail-on, 1 at least one is, 2 the command failed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check manifests before they are merged or applied
    Check(check::Args),
    /// Run the webhook
    Serve(Box<serve::Serve>),
    /// Show how the webhook works, without a cluster
    Demo(demo::Demo),
    /// Create or inspect certificates of the webhook
    Certs(certs::Certs),
    /// List the checks, or explain one
    Checks(checks::Args),
    /// Validate configuration files, show the effective configuration, print the JSON schema
    Config(config::Args),
}

/// Runs the command line `args`, whose first item is ignored. `name` is the name of the program in messages.
///
/// Returns the exit code of the process: [`PASSED`], [`FAILED`] or [`ERROR`].
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
    match global.unused_flag(&[]) {
        Some(flag) => Err(CommandError::new(format!("{flag} has no effect: the demo has its own cluster"))),
        None => within_runtime(args.run(console)),
    }
}

/// Runs the webhook. The exit code is 1 for errors that a restart may resolve, and 2 for others.
fn serve(args: serve::Serve, global: &Global, console: Console) -> Result<u8, CommandError> {
    if let Some(flag) = global.unused_flag(&["--config", "--kubeconfig", "--context"]) {
        return Err(CommandError::new(format!("{flag} has no effect: the webhook serves the whole cluster")));
    }
    let format = if global.log_format == global::LogFormat::Json { logs::Format::Json } else { logs::Format::Text };
    let verbosity = i8::from(global.verbose) - i8::from(global.quiet);
    logs::init(format, verbosity, global.colored())?;
    within_runtime(async {
        match args.run(global, console).await {
            // The address may be free at the next start.
            Err(error) if error.is::<BindError>() => {
                console.note(Level::Error, &error.to_string());
                Ok(FAILED)
            }
            ended => ended,
        }
    })
}

/// Runs an asynchronous command in a runtime.
fn within_runtime<T>(command: impl Future<Output = anyhow::Result<T>>) -> Result<T, CommandError> {
    crate::tls::install_crypto_provider();
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(command)?)
}

/// Prints help to stdout, and an error in the arguments to stderr.
fn usage(error: &clap::Error) -> ExitCode {
    // An error means that the stream is closed.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { ERROR } else { PASSED })
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
        ERROR
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
