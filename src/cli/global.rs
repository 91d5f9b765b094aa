//! Flags that every command takes, and the two streams that commands write to.

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

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The namespace of objects that name none (default: with --cluster the context's, else default); alone with --snapshot
    /// or --cluster: judge only this one
    #[arg(short, long, global = true, value_name = "NAMESPACE", value_parser = label)]
    pub namespace: Option<String>,
    /// Judge all namespaces of --snapshot or --cluster, which is the default without --namespace
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// The configuration file: modes, checks, controllers, exemptions (`backstop config schema` describes it)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The kubeconfig file to reach the cluster with (default: $KUBECONFIG, else ~/.kube/config)
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig file to use
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The form of the result (default: text)
    #[arg(short, long, global = true, value_name = "FORM")]
    pub output: Option<Form>,
    /// When to colour the output; `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say only what is wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// The form of what goes to stderr
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub log_format: LogFormat,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// The form of what goes to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The form of a command's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Text,
    /// For programs
    Json,
    /// For programs
    Yaml,
}

impl Form {
    /// `value` in this form; `text` makes the one for people.
    ///
    /// # Errors
    /// If `value` has no such form.
    pub fn write<T: Serialize>(self, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<String> {
        Ok(match self {
            Self::Text => text(),
            Self::Json => visible_json(&serde_json::to_string_pretty(value)?) + "\n",
            Self::Yaml => serde_saphyr::to_string(value)?,
        })
    }
}

impl Global {
    /// The way to the cluster.
    pub fn client(&self) -> ClientOptions {
        ClientOptions { kubeconfig: self.kubeconfig.clone(), context: self.context.clone() }
    }

    /// Whether what goes to stderr may be coloured.
    pub fn colored(&self) -> bool {
        match self.color {
            Color::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            Color::Always => true,
            Color::Never => false,
        }
    }

    /// The form of the result.
    pub fn form(&self) -> Form {
        self.output.unwrap_or(Form::Text)
    }

    /// A flag that was given and means nothing to a command, which uses only those that `used` names.
    pub fn idle(&self, used: &[&str]) -> Option<&'static str> {
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

    /// How much a report says.
    pub fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        }
    }
}

/// Reads the name of a namespace or Service.
pub(super) fn label(text: &str) -> Result<String, String> {
    if is_label(text) {
        Ok(text.to_owned())
    } else {
        Err("write lower-case letters, digits and -, at most 63".to_owned())
    }
}

/// Reads a name for a certificate: of DNS, perhaps with `*` for its first part, or an address.
pub(super) fn host(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("*.").unwrap_or(text).to_ascii_lowercase();
    if text.parse::<IpAddr>().is_ok() || is_subdomain(&name) {
        Ok(text.to_owned())
    } else {
        Err("write a DNS name such as webhook.example, or an IP address".to_owned())
    }
}

/// How grave a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Said with `--verbose`.
    Debug,
    /// Worth knowing; not said with `--quiet`.
    Info,
    /// Likely a mistake; not said with `--quiet`.
    Warning,
    /// Why the exit code is 2.
    Error,
}

impl Level {
    /// The name in JSON lines: that of the log's.
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

/// Where a command writes: results to stdout, all else to stderr.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    format: LogFormat,
    least: Level,
}

impl Console {
    /// A console as the flags ask for.
    pub fn new(global: &Global) -> Self {
        match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        let least = match global.detail() {
            Detail::Quiet => Level::Error,
            Detail::Normal => Level::Info,
            Detail::Verbose => Level::Debug,
        };
        Self { format: global.log_format, least }
    }

    /// Writes a result. A reader that has gone away, such as `head`, is content with what it got.
    ///
    /// # Errors
    /// If stdout cannot be written to for another reason: the disk is full, say.
    pub fn result(self, text: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Says `message` on stderr.
    pub fn note(self, level: Level, message: &str) {
        let (word, style) = level.word();
        self.styled(level, message, || format!("{style}{word}:{style:#} {}\n", visible(message)));
    }

    /// Prints the notes about what was read.
    pub fn notes(self, notes: &[Note]) {
        for Note { level, message } in notes {
            let level = match level {
                NoteLevel::Detail => Level::Debug,
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

    /// Says `message` on stderr; to people in the words that `text` makes, which may hold colours and several lines.
    pub fn styled(self, level: Level, message: &str, text: impl FnOnce() -> String) {
        if level < self.least {
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
        // Nobody is left to tell where stderr is closed.
        let _ = anstream::stderr().lock().write_all(words.as_bytes());
    }
}
