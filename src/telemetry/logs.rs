//! Logs on standard error: one line for each event, as text or JSON.

use std::io;
use std::panic::PanicHookInfo;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use super::one_line::OneLine;

/// The environment variables that override the verbosity flags. The first one that is set counts.
const VARIABLES: [&str; 2] = ["BACKSTOP_LOG", "RUST_LOG"];

/// The target of the event that is logged with any verbosity, because other programs wait for it.
pub const READY: &str = "backstop::ready";

/// The format of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text for users.
    #[default]
    Text,
    /// One JSON object for each line, with the fields of the event, `timestamp`, `level` and `message`.
    Json,
}

/// The reason why logging cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter in an environment variable is invalid.
    #[error(
        "{variable} is not a log filter: {reason}; write a level (error, warn, info, debug, trace) or target=level, separated by commas"
    )]
    Filter {
        /// The name of the variable.
        variable: &'static str,
        /// The reason.
        reason: String,
    },
    /// Logging is already set up.
    #[error("logging is already set up")]
    AlreadySet,
}

/// Writes the logs of this process, including panics, to standard error.
///
/// `verbosity` is the number of `-v` minus the number of `-q`; `BACKSTOP_LOG`, else `RUST_LOG`, overrides it.
/// `color` applies to [`Format::Text`].
pub fn init(format: Format, verbosity: i8, color: bool) -> Result<(), LogError> {
    let filter = match VARIABLES.into_iter().find_map(|name| Some((name, std::env::var(name).ok()?))) {
        Some((variable, text)) => {
            text.parse().map_err(|error| LogError::Filter { variable, reason: format!("{error}") })?
        }
        None => EnvFilter::new(directives(verbosity)),
    };
    subscriber(format, filter, color, io::stderr).try_init().map_err(|_| LogError::AlreadySet)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Returns the filter for a verbosity. Errors of clients, which libraries log, are only included with high verbosity:
/// otherwise any client could fill the disk.
const fn directives(verbosity: i8) -> &'static str {
    match verbosity {
        i8::MIN..=-2 => "error,backstop::ready=info",
        // The client of kube logs each failed call. The caller logs it, too, with its purpose.
        -1 => "warn,backstop::ready=info,rustls=error,kube=error,kube_client=off,hyper=error,h2=error",
        // The watcher of kube logs each refusal in several lines. The watch logs it in one line.
        0 => "info,rustls=error,kube=warn,kube_client=off,kube_runtime=error,hyper=error,h2=error",
        1 => "info,backstop=debug,rustls=error",
        2 => "debug,backstop=trace",
        3.. => "trace",
    }
}

fn subscriber<W>(format: Format, filter: EnvFilter, color: bool, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        Format::Text => Box::new(builder.fmt_fields(OneLine).with_ansi(color).finish()),
        Format::Json => Box::new(builder.json().flatten_event(true).with_span_list(false).finish()),
    }
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let reason = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(location, reason, "panicked");
}

#[cfg(test)]
#[path = "../../tests/support/log_lines.rs"]
mod log_lines;

#[cfg(test)]
mod tests {
    use super::log_lines::LogLines;
    use super::*;

    fn logged(format: Format, verbosity: i8, event: impl FnOnce()) -> String {
        let lines = LogLines::default();
        let subscriber = subscriber(format, EnvFilter::new(directives(verbosity)), false, lines.writer());
        tracing::subscriber::with_default(subscriber, event);
        lines.text()
    }

    #[test]
    fn json_lines_have_the_fields_at_the_top_level() {
        let line =
            logged(Format::Json, 0, || tracing::info!(admission = "127.0.0.1:1234", admin = "127.0.0.1:80", "serving"));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["message"], "serving");
        assert_eq!(value["level"], "INFO");
        assert_eq!(value["admission"], "127.0.0.1:1234");
        assert_eq!(value["admin"], "127.0.0.1:80");
        assert!(value["timestamp"].is_string());
    }

    #[allow(clippy::cognitive_complexity, reason = "each macro counts as a branch")]
    fn one_of_each() {
        tracing::error!("e");
        tracing::warn!("w");
        tracing::info!("i");
        tracing::debug!("d");
        tracing::trace!("t");
        tracing::warn!(target: "rustls::conn", "noise");
        tracing::warn!(target: "kube_runtime::watcher", "noise");
    }

    #[test]
    fn the_ready_event_is_logged_with_any_verbosity() {
        for verbosity in -3..=3 {
            let line = logged(Format::Text, verbosity, || tracing::info!(target: READY, "serving"));
            assert_eq!(line.lines().count(), 1, "{verbosity}");
        }
    }

    /// The creator of an Ingress chooses its name, and a validating webhook gets it before the API server validates it.
    #[test]
    fn no_value_forges_a_field_or_a_line() {
        for (name, expected) in [
            ("shop/web", "ingress=shop/web user=\"jane\""),
            ("shop/web verdict=allow", "ingress=\"shop/web verdict=allow\" user=\"jane\""),
            ("a\n2030-01-01T00:00:00Z  INFO forged", "ingress=\"a\\n2030-01-01T00:00:00Z  INFO forged\" user=\"jane\""),
            ("a\r\u{1b}[2Kb", "ingress=\"a\\r\\u{1b}[2Kb\" user=\"jane\""),
            ("a\u{202e}b", "ingress=\"a\\u{202e}b\" user=\"jane\""),
            ("\"a\" b=\"c\"", "ingress=\"\\\"a\\\" b=\\\"c\\\"\" user=\"jane\""),
            ("", "ingress=\"\" user=\"jane\""),
        ] {
            let line = logged(Format::Text, 0, || tracing::info!(ingress = %name, user = "jane", "judged"));
            assert!(line.ends_with(&format!(" judged {expected}\n")), "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
            let line = logged(Format::Text, 0, || tracing::info!("{name}"));
            assert_eq!(line.lines().count(), 1, "{line}");
            assert!(!line.contains(['\r', '\u{1b}', '\u{202e}']), "{line}");
            let line = logged(Format::Json, 0, || tracing::info!(ingress = %name, "judged"));
            assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["ingress"], name);
        }
    }

    #[test]
    fn the_verbosity_selects_the_events() {
        let events = |verbosity| {
            let text = logged(Format::Text, verbosity, one_of_each);
            (text.lines().count(), text.contains("noise"))
        };
        assert_eq!(events(-2), (1, false));
        assert_eq!(events(-1), (2, false));
        assert_eq!(events(0), (3, false));
        assert_eq!(events(1), (5, true));
        assert_eq!(events(2), (7, true));
    }
}
