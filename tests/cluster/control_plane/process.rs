//! Programs that end with the tests.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

/// Starts a watcher in the process group, and then becomes the program. When the tests end for any reason, the pipe to
/// the watcher closes, and the watcher kills the program. While the watcher runs, no other process group gets the same
/// id.
const WATCHED: &str = r#"exec 3<&0
{ read -r _; kill -s KILL $$; } <&3 >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-"#;

/// The same for a folder: removes the folder after the programs in it have ended.
const JANITOR: &str = r#"read -r _; for wait in 1 1 2 4; do sleep $wait; rm -rf "$1" && break; done"#;

/// A running program and its log.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    _watched: Option<ChildStdin>,
}

impl Process {
    /// Starts `program`, and appends its stdout and stderr to `folder/name.log`.
    pub(crate) fn start<A: AsRef<OsStr>>(
        name: &str,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        folder: &Path,
    ) -> Result<Self, String> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log);
        let file = file.map_err(|error| format!("{}: {error}", log.display()))?;
        let errors = file.try_clone().map_err(|error| error.to_string())?;
        let mut command = Command::new("sh");
        command.args(["-c", WATCHED, "sh"]).arg(program).args(arguments);
        command.stdin(Stdio::piped()).stdout(file).stderr(errors).current_dir(folder).process_group(0);
        command.env_remove("KUBECONFIG");
        let mut child = command.spawn().map_err(|error| format!("{name} does not start: {error}"))?;
        // Taken out of the child, because `wait` closes the standard input of the child.
        let watched = child.stdin.take();
        Ok(Self { name: name.to_owned(), child, log, _watched: watched })
    }

    /// Whether the program has this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of the log, for people.
    pub(crate) fn tail(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(25);
        format!("--- {} ({})\n{}\n", self.name, self.log.display(), lines[from..].join("\n"))
    }

    /// The log.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The exit status; `None` while the program runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal: `TERM`, `STOP`, `CONT`, `KILL`.
    pub(crate) fn signal(&self, signal: &str) {
        send(signal, &self.id().to_string());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        send("KILL", &format!("-{}", self.id()));
        let _ = self.child.wait();
    }
}

/// Uses `kill` of the shell, because the standard library has no function for signals.
fn send(signal: &str, to: &str) {
    let mut kill = Command::new("sh");
    let _ = kill.args(["-c", r#"kill -s "$1" -- "$2""#, "sh", signal, to]).stderr(Stdio::null()).status();
}

/// A folder that is removed at the end of the tests, for any reason, unless `BACKSTOP_TEST_KEEP` is set.
pub(crate) fn scratch() -> Result<PathBuf, String> {
    let folder = tempfile::Builder::new().prefix("backstop-").tempdir().map_err(|error| error.to_string())?.keep();
    if std::env::var_os("BACKSTOP_TEST_KEEP").is_some() {
        super::progress(&format!("keeping {}", folder.display()));
        return Ok(folder);
    }
    let mut janitor = Command::new("sh");
    janitor.args(["-c", JANITOR, "sh"]).arg(&folder).process_group(0);
    let janitor = janitor.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    // Without `wait`, its standard input stays open until this process ends.
    std::mem::forget(janitor.map_err(|error| format!("no shell: {error}"))?);
    Ok(folder)
}
