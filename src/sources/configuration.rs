//! The configuration file: read once, or again whenever it changes.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::files::{self, STDIN, display_name};
use crate::config::parse;
use crate::engine::controllers::Candidates;
use crate::engine::policy::{Configuration, Mode, Policy};
use crate::telemetry::metrics::{Metrics, Outcome};
use crate::text::Problem;

/// The largest configuration file that is read, in MiB: more than a ConfigMap can hold.
const MAX_MIB: u64 = 2;

/// The reason why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The name of the file.
        file: String,
        /// The reason.
        reason: String,
    },
    /// The file has mistakes.
    #[error("the configuration {} has {}", .0.file, mistakes(.0.problems.len()))]
    Invalid(InvalidConfiguration),
}

/// A configuration file with mistakes.
#[derive(Debug)]
pub struct InvalidConfiguration {
    /// The name of the file.
    pub file: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
    /// All mistakes, in the order of the file.
    pub problems: Vec<Problem>,
}

fn mistakes(count: usize) -> String {
    if count == 1 { "a mistake".to_owned() } else { format!("{count} mistakes") }
}

/// Reads the configuration from a file; the default configuration if there is none.
///
/// # Errors
/// If the file cannot be used.
pub fn configuration(path: Option<&Path>) -> Result<Configuration, ConfigurationError> {
    path.map_or_else(|| Ok(Configuration::default()), |path| parse_file(path, &read(path)?))
}

/// Reads the bytes of a configuration file.
///
/// # Errors
/// [`ConfigurationError::Unreadable`].
pub fn read(path: &Path) -> Result<Vec<u8>, ConfigurationError> {
    files::read(path, MAX_MIB)
        .map_err(|error| ConfigurationError::Unreadable { file: display_name(path), reason: files::reason(&error) })
}

fn parse_file(path: &Path, bytes: &[u8]) -> Result<Configuration, ConfigurationError> {
    parse(bytes).map_err(|problems| {
        let file = display_name(path);
        ConfigurationError::Invalid(InvalidConfiguration { file, bytes: bytes.to_owned(), problems })
    })
}

/// Command-line flags that take precedence over the file.
#[derive(Clone, Copy, Debug)]
pub struct Overrides {
    /// `--mode`.
    pub mode: Option<Mode>,
    /// `--controller`.
    pub fallback: Option<Candidates>,
}

impl Overrides {
    fn policy(self, configuration: Configuration) -> Policy {
        let mode = self.mode.unwrap_or(configuration.mode);
        Policy { configuration: Configuration { mode, ..configuration }, fallback: self.fallback }
    }
}

/// The policy of a running webhook, which follows the configuration file.
#[derive(Debug)]
pub struct FollowedPolicy {
    current: Arc<ArcSwap<Policy>>,
    path: Option<PathBuf>,
    overrides: Overrides,
    /// The last content of the file, whether it is in use or not, or the reason why it cannot be read.
    last: Result<Vec<u8>, String>,
    /// The reason why the present content of the file is not in use.
    rejection: Arc<Mutex<Option<String>>>,
}

impl FollowedPolicy {
    /// Reads the configuration from a file; the default configuration if there is none.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub fn load(path: Option<&Path>, overrides: Overrides) -> Result<Self, ConfigurationError> {
        let bytes = path.map(read).transpose()?;
        let configuration = match (path, &bytes) {
            (Some(path), Some(bytes)) => {
                let configuration = parse_file(path, bytes)?;
                tracing::info!(file = display_name(path), "the configuration is in use");
                configuration
            }
            _ => Configuration::default(),
        };
        Ok(Self {
            current: Arc::new(ArcSwap::from_pointee(overrides.policy(configuration))),
            path: path.map(Path::to_owned),
            overrides,
            last: Ok(bytes.unwrap_or_default()),
            rejection: Arc::default(),
        })
    }

    /// The policy in use, at any time.
    pub fn current(&self) -> Arc<ArcSwap<Policy>> {
        Arc::clone(&self.current)
    }

    /// Returns a function that tells whether the present content of the file is in use, and if not, why.
    pub fn condition(&self) -> impl Fn() -> Result<(), String> + Send + Sync + use<> {
        let rejection = Arc::clone(&self.rejection);
        move || rejection.lock().clone().map_or(Ok(()), |reason| Err(format!("keeping the one in use: {reason}")))
    }

    /// Reads the file every `period` and puts a changed configuration into use. It compares the content, because no file
    /// event for a mounted ConfigMap is reliable. `on_change` is called with each new policy. It returns at once if there is
    /// no file, otherwise never, and may be aborted at any time.
    pub async fn keep_reloading(mut self, period: Duration, metrics: Metrics, on_change: impl Fn(&Policy)) {
        let Some(path) = self.path.take().filter(|path| path.as_os_str() != STDIN) else { return };
        metrics.may_reload_config();
        loop {
            tokio::time::sleep(period).await;
            let read_from = path.clone();
            let Ok(content) = tokio::task::spawn_blocking(move || read(&read_from)).await else {
                metrics.panicked();
                continue;
            };
            let content = content.map_err(|error| error.to_string());
            if content != self.last {
                // A panic over one content of the file must not end the reload of all later ones.
                let applied = std::panic::catch_unwind(AssertUnwindSafe(|| {
                    let in_use = self.apply(&path, &content);
                    if in_use {
                        on_change(&self.current.load());
                    }
                    in_use
                }));
                if applied.is_err() {
                    metrics.panicked();
                    *self.rejection.lock() = Some("reading it ended with a panic; see the log".to_owned());
                }
                metrics.config_reload(if let Ok(true) = applied { Outcome::Ok } else { Outcome::Failed });
                self.last = content;
            }
        }
    }

    /// Puts the configuration with this content into use, if it has no mistakes, and logs the result. Returns whether it is
    /// in use.
    fn apply(&self, path: &Path, content: &Result<Vec<u8>, String>) -> bool {
        let file = display_name(path);
        let content = content.as_ref().map_err(|reason| vec![reason.clone()]);
        let parsed = content.and_then(|bytes| {
            let line = |problem: &Problem| format!("{file}:{problem}");
            parse(bytes).map_err(|problems| problems.iter().map(line).collect())
        });
        let mistakes = match parsed {
            Ok(configuration) => {
                let policy = self.overrides.policy(configuration);
                tracing::info!(file, mode = %policy.configuration.mode, "a new configuration is in use");
                *self.rejection.lock() = None;
                self.current.store(Arc::new(policy));
                return true;
            }
            Err(mistakes) => mistakes,
        };
        *self.rejection.lock() = mistakes.first().cloned();
        for mistake in mistakes {
            tracing::error!(mistake, "the configuration cannot be used; keeping the one in use");
        }
        false
    }
}
