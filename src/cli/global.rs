//! The global flags, and the output of commands.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::cluster::ClientOptions;
use crate::engine::model::{is_label, is_subdomain};
use crate::report::{self, Detail, Texts, visible_json};
use crate::sources::{InvalidConfiguration, Note, NoteLevel};
use crate::text::visible;

/// The flags of all commands.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The namespace of manifests without one (default: the namespace of the context with --cluster, otherwise default).
    /// Without --filename: the only namespace to check
    #[arg(short, long, global = true, value_name = "NAMESPACE", value_parser = label)]
    pub namespace: Option<String>,
    /// Check all namespaces of --snapshot or --cluster, which is the default without --namespace
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// The configuration file: mode, checks, controllers, exemptions (`backstop config schema` describes it)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The kubeconfig file (default: $KUBECONFIG, otherwise ~/.kube/config)
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig file
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The format of the result (default: text)
    #[arg(short, long, global = true, value_name = "FORM")]
    pub output: Option<Form>,
    /// When to color the output; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Print more details
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print only findings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// The format of messages on stderr
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub log_format: LogFormat,
}

/// When to color the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The format of messages on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object for each line.
    Json,
}

/// The format of the result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Text for users
    Text,
    /// JSON for programs
    Json,
    /// YAML for programs
    Yaml,
}

impl Form {
    /// Formats `value`; `text` returns its text form.
    ///
    /// # Errors
    /// If `value` cannot be serialized.
    pub fn write<T: Serialize>(self, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<String> {
        Ok(match self {
            Self::Text => text(),
            Self::Json => visible_json(&serde_json::to_string_pretty(value)?) + "\n",
            Self::Yaml => serde_saphyr::to_string(value)?,
        })
    }
}

impl Global {
    /// The options for connecting to the cluster.
    pub fn client(&self) -> ClientOptions {
        ClientOptions { kubeconfig: self.kubeconfig.clone(), context: self.context.clone() }
    }

    /// Returns whether messages on stderr are colored.
    pub fn colored(&self) -> bool {
        match self.color {
            Color::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            Color::Always => true,
            Color::Never => false,
        }
    }

    /// The format of the result.
    pub fn form(&self) -> Form {
        self.output.unwrap_or(Form::Text)
    }

    /// Returns a flag that is set, but is not among the flags `used` by the command.
    pub fn unused_flag(&self, used: &[&str]) -> Option<&'static str> {
        let given = [
            ("--config", self.config.is_some()),
            ("--kubeconfig", self.kubeconfig.is_some()),
            ("--context", self.context.is_some()),
            ("--namespace", self.namespace.is_some()),
            ("--all-namespaces", self.all_namespaces),
            ("--output", self.output.is_some()),
        ];
        given.into_iter().find(|(flag, given)| *given && !used.contains(flag)).map(|(flag, _)| flag)
    }

    /// The amount of detail in a report.
    pub fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        }
    }
}

/// Parses the name of a namespace or Service.
pub(super) fn label(text: &str) -> Result<String, String> {
    if is_label(text) {
        Ok(text.to_owned())
    } else {
        Err("write lowercase letters, digits and -, at most 63 characters".to_owned())
    }
}

/// Parses a name for a certificate: a DNS name, whose first label may be `*`, or an IP address.
pub(super) fn host(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("*.").unwrap_or(text).to_ascii_lowercase();
    if text.parse::<IpAddr>().is_ok() || is_subdomain(&name) {
        Ok(text.to_owned())
    } else {
        Err("write a DNS name such as webhook.example, or an IP address".to_owned())
    }
}

/// The severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Printed with `--verbose`.
    Debug,
    /// Information; not printed with `--quiet`.
    Info,
    /// Probably a mistake; not printed with `--quiet`.
    Warning,
    /// The reason for exit code 2.
    Error,
}

impl Level {
    /// The name in JSON lines, as in the log.
    fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARN",
            Self::Error => "ERROR",
        }
    }

    fn word(self) -> (&'static str, Style) {
        match self {
            Self::Debug => ("debug", Style::new()),
            Self::Info => ("note", AnsiColor::BrightGreen.on_default().bold()),
            Self::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
            Self::Error => ("error", AnsiColor::BrightRed.on_default().bold()),
        }
    }
}

/// The output of a command: results on stdout, messages on stderr.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    format: LogFormat,
    min_level: Level,
}

impl Console {
    /// Creates the console for these flags.
    pub fn new(global: &Global) -> Self {
        match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        let min_level = match global.detail() {
            Detail::Quiet => Level::Error,
            Detail::Normal => Level::Info,
            Detail::Verbose => Level::Debug,
        };
        Self { format: global.log_format, min_level }
    }

    /// Prints a result. It is no error if the reader has closed the pipe, as `head` does.
    ///
    /// # Errors
    /// If stdout cannot be written to, for example because the disk is full.
    pub fn result(self, text: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Prints `message` on stderr.
    pub fn note(self, level: Level, message: &str) {
        let (word, style) = level.word();
        self.styled(level, message, || format!("{style}{word}:{style:#} {}\n", visible(message)));
    }

    /// Prints the notes about what was read.
    pub fn notes(self, notes: &[Note]) {
        for Note { level, message } in notes {
            let level = match level {
                NoteLevel::Detail => Level::Debug,
                NoteLevel::Info => Level::Info,
                NoteLevel::Warning => Level::Warning,
            };
            self.note(level, message);
        }
    }

    /// Prints the mistakes of a configuration file, each with the line of the file.
    pub fn mistakes(self, invalid: &InvalidConfiguration) {
        let InvalidConfiguration { file, bytes, problems } = invalid;
        let mut texts = Texts::default();
        texts.insert(file.clone(), bytes);
        for problem in problems {
            self.styled(Level::Error, &format!("{file}:{problem}"), || report::problem(file, problem, &texts));
        }
    }

    /// Prints `message` on stderr. In the text format, it prints the result of `text` instead, which may have colors and
    /// several lines.
    pub fn styled(self, level: Level, message: &str, text: impl FnOnce() -> String) {
        if level < self.min_level {
            return;
        }
        let words = match self.format {
            LogFormat::Text => text(),
            LogFormat::Json => {
                let line =
                    serde_json::json!({"timestamp": Timestamp::now(), "level": level.name(), "message": message});
                visible_json(&line.to_string()) + "\n"
            }
        };
        // An error means that stderr is closed.
        let _ = anstream::stderr().lock().write_all(words.as_bytes());
    }
}
