//! `backstop config`: validates and shows configuration files.

use std::path::PathBuf;

use super::global::Form;
use super::{CommandError, Console, ERROR, Global, Level, PASSED, invalid_configuration};
use crate::config::schema;
use crate::report::{FileReport, ProblemsReport};
use crate::sources::files::display_name;
use crate::sources::{InvalidConfiguration, configuration};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  backstop config validate backstop.yaml          all mistakes, with line and next step
  backstop config show                            the default configuration
  backstop config show --config backstop.yaml     the effective configuration, with all defaults
  backstop config schema > schema.json            for editors: # yaml-language-server: $schema=schema.json

Exit codes: 0 all files are valid, 2 a file cannot be used.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List all mistakes in configuration files
    Validate {
        /// The files; - for standard input
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Show the effective configuration: the file of --config with all defaults, as YAML unless --output is given
    Show,
    /// Print the JSON schema of configuration files, as JSON unless --output is given
    Schema,
}

/// Runs the command.
pub(super) fn run(args: &Args, global: &Global, console: Console) -> Result<u8, CommandError> {
    let used: &[&str] = if matches!(args.command, Command::Show) { &["--output", "--config"] } else { &["--output"] };
    if let Some(flag) = global.unused_flag(used) {
        let hint = if flag == "--config" { ": name the files without it" } else { ": no cluster is used" };
        return Err(CommandError::new(format!("{flag} has no effect{hint}")));
    }
    match &args.command {
        Command::Validate { files } => validate(files, global.form(), console),
        Command::Show => {
            let configuration = configuration::configuration(global.config.as_deref());
            let configuration = configuration.map_err(|error| invalid_configuration(&error, console))?;
            let yaml = serde_saphyr::to_string(&configuration).map_err(anyhow::Error::from)?;
            console.result(&global.form().write(&configuration, || yaml)?)?;
            Ok(PASSED)
        }
        Command::Schema => {
            let schema = schema();
            let json = serde_json::to_string_pretty(&schema).map_err(anyhow::Error::from)?;
            console.result(&global.form().write(&schema, || json + "\n")?)?;
            Ok(PASSED)
        }
    }
}

fn validate(files: &[PathBuf], output: Form, console: Console) -> Result<u8, CommandError> {
    let (mut reports, mut readable) = (Vec::new(), true);
    for path in files {
        let file = display_name(path);
        match configuration::read(path) {
            Ok(bytes) => {
                let problems = crate::config::parse(&bytes).err().unwrap_or_default();
                reports.push(FileReport::new(file.clone(), &problems));
                // In JSON and YAML, the result contains the mistakes.
                if !problems.is_empty() && output == Form::Text {
                    console.mistakes(&InvalidConfiguration { file, bytes, problems });
                }
            }
            Err(error) => {
                readable = false;
                console.note(Level::Error, &error.to_string());
            }
        }
    }
    let report = ProblemsReport::new(reports);
    let valid = || {
        let valid = report.files.iter().filter(|file| file.valid);
        valid.fold(String::new(), |text, file| text + &file.file + ": valid\n")
    };
    console.result(&output.write(&report, valid)?)?;
    Ok(if report.valid() && readable { PASSED } else { ERROR })
}
