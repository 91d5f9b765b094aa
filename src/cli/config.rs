//! `backstop config`: configuration files.

use std::path::PathBuf;

use super::global::Form;
use super::{CommandError, Console, Global, Level, PASSED, TROUBLE, invalid_configuration};
use crate::config::schema;
use crate::report::{FileReport, ProblemsReport};
use crate::sources::files::display_name;
use crate::sources::{InvalidConfiguration, configuration};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  backstop config validate backstop.yaml          every mistake, with its line and what to do
  backstop config show                            what holds without a configuration file
  backstop config show --config backstop.yaml     what holds with it, with all that it leaves out
  backstop config schema > schema.json            for editors: # yaml-language-server: $schema=schema.json

Exit codes: 0 all is well, 2 a file cannot be used.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find every mistake in configuration files
    Validate {
        /// The files; - for standard input
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Show the configuration that holds: that of --config, with all that it leaves out; as YAML, if --output asks for no
    /// other form
    Show,
    /// Print the JSON Schema of configuration files; as JSON, if --output asks for no other form
    Schema,
}

/// Runs it.
pub(super) fn run(args: &Args, global: &Global, console: Console) -> Result<u8, CommandError> {
    let used: &[&str] = if matches!(args.command, Command::Show) { &["--output", "--config"] } else { &["--output"] };
    if let Some(flag) = global.idle(used) {
        let hint = if flag == "--config" { ": name the files without it" } else { ": no cluster is asked" };
        return Err(CommandError::new(format!("{flag} means nothing here{hint}")));
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
                // Programs get them in the result.
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
    Ok(if report.valid() && readable { PASSED } else { TROUBLE })
}
