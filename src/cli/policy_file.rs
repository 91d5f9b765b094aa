//! The configuration file on disk: read once, or followed while serving.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::files::{self, STDIN, name};
use super::{Console, Global, Level, Trouble};
use crate::engine::controllers::Profile;
use crate::engine::policy::{Configuration, Mode, Policy};
use crate::report::{self, Texts};
use crate::telemetry::metrics::{Metrics, Outcome};
use crate::text::Problem;

/// MiB that a configuration may have: more than a ConfigMap can hold.
const MOST: u64 = 2;

/// A file that cannot be used.
pub(super) struct Refused {
    /// The file, as people call it.
    pub(super) file: String,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
}

impl Refused {
    /// Says on stderr what is wrong, each mistake where it stands.
    pub(super) fn tell(&self, console: Console) {
        let Self { file, bytes, problems } = self;
        let mut texts = Texts::default();
        texts.insert(file.clone(), bytes);
        for problem in problems {
            console.styled(Level::Error, &format!("{file}:{problem}"), || report::problem(file, problem, &texts));
        }
    }
}

/// The configuration that `--config` names, or what holds without.
///
/// # Errors
/// If the file cannot be used; all that is wrong with it has been said.
pub(super) fn configuration(global: &Global, console: Console) -> Result<Configuration, Trouble> {
    let Some(path) = &global.config else { return Ok(Configuration::default()) };
    parse(path, &read(path)?, console)
}

fn parse(path: &Path, bytes: &[u8], console: Console) -> Result<Configuration, Trouble> {
    crate::config::parse(bytes).map_err(|problems| {
        let refused = Refused { file: name(path), bytes: bytes.to_owned(), problems };
        refused.tell(console);
        let count = refused.problems.len();
        let mistakes = if count == 1 { "a mistake".to_owned() } else { format!("{count} mistakes") };
        Trouble::new(format!("the configuration {} has {mistakes}", refused.file))
    })
}

/// What flags say, in place of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overrides {
    /// `--mode`.
    pub(super) mode: Option<Mode>,
    /// `--controller`.
    pub(super) fallback: Option<&'static Profile>,
}

impl Overrides {
    fn over(self, configuration: Configuration) -> Policy {
        let mode = self.mode.unwrap_or(configuration.mode);
        Policy { configuration: Configuration { mode, ..configuration }, fallback: self.fallback }
    }
}

/// The policy of a process that goes on for long: that of the file, as it is now.
pub(super) struct Followed {
    current: Arc<ArcSwap<Policy>>,
    path: Option<PathBuf>,
    overrides: Overrides,
    /// What was read last, whether it is in use or not.
    seen: Result<Vec<u8>, String>,
    /// Why what the file holds now is not in use.
    complaint: Arc<Mutex<Option<String>>>,
}

impl Followed {
    /// Reads the file that `--config` names.
    ///
    /// # Errors
    /// As [`configuration`].
    pub(super) fn load(global: &Global, overrides: Overrides, console: Console) -> Result<Self, Trouble> {
        let bytes = global.config.as_deref().map(read).transpose()?;
        let configuration = match (&global.config, &bytes) {
            (Some(path), Some(bytes)) => {
                let configuration = parse(path, bytes, console)?;
                tracing::info!(file = name(path), "the configuration is in use");
                configuration
            }
            _ => Configuration::default(),
        };
        let current = Arc::new(ArcSwap::from_pointee(overrides.over(configuration)));
        Ok(Self {
            current,
            path: global.config.clone(),
            overrides,
            seen: Ok(bytes.unwrap_or_default()),
            complaint: Arc::default(),
        })
    }

    /// The policy that holds at any time.
    pub(super) fn current(&self) -> Arc<ArcSwap<Policy>> {
        Arc::clone(&self.current)
    }

    /// Tells at any time whether what the file holds is in use, or why not.
    pub(super) fn complaint(&self) -> impl Fn() -> Result<(), String> + Send + Sync + use<> {
        let complaint = Arc::clone(&self.complaint);
        move || complaint.lock().clone().map_or(Ok(()), |why| Err(format!("keeping the one in use: {why}")))
    }

    /// Follows changes of the file, looking every `period`: by its content, since a mounted ConfigMap changes without
    /// any event that can be trusted. `tell` hears of each policy that is taken into use. Does not return while there
    /// is a file, and needs no orderly end.
    pub(super) async fn keep_reloading(mut self, period: Duration, metrics: Metrics, tell: impl Fn(&Policy)) {
        let Some(path) = self.path.take().filter(|path| path.as_os_str() != STDIN) else { return };
        metrics.may_reload_config();
        loop {
            tokio::time::sleep(period).await;
            let read_from = path.clone();
            let Ok(read) = tokio::task::spawn_blocking(move || read(&read_from)).await else { return };
            let read = read.map_err(|trouble| trouble.message);
            if read != self.seen {
                let taken = self.take(&path, &read);
                if taken {
                    tell(&self.current.load());
                }
                let outcome = if taken { Outcome::Ok } else { Outcome::Failed };
                metrics.config_reload(outcome);
                self.seen = read;
            }
        }
    }

    /// Uses what was read if it can be used; says so either way.
    fn take(&self, path: &Path, read: &Result<Vec<u8>, String>) -> bool {
        let file = name(path);
        let read = read.as_ref().map_err(|reason| vec![reason.clone()]);
        let parsed = read.and_then(|bytes| {
            let told = |problem: &Problem| format!("{file}:{problem}");
            crate::config::parse(bytes).map_err(|problems| problems.iter().map(told).collect())
        });
        let mistakes = match parsed {
            Ok(configuration) => {
                let policy = self.overrides.over(configuration);
                tracing::info!(file, mode = %policy.configuration.mode, "a new configuration is in use");
                *self.complaint.lock() = None;
                self.current.store(Arc::new(policy));
                return true;
            }
            Err(mistakes) => mistakes,
        };
        *self.complaint.lock() = mistakes.first().cloned();
        for mistake in mistakes {
            tracing::error!(mistake, "the configuration cannot be used; keeping the one in use");
        }
        false
    }
}

/// The bytes of a configuration file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    files::read(path, MOST).map_err(|error| Trouble::new(format!("{}: {}", name(path), files::why(&error))))
}
