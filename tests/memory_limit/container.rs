//! The memory that the deployment gives the server. A control group sets this limit if the test may create one. Linux
//! reports the largest resident set of each process.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The memory limit of the container, in bytes.
pub const LIMIT: usize = 256 << 20;

/// Where the limit of a control group is written, and where its controllers are: version 2, then version 1.
const VERSIONS: [(&str, &str); 2] =
    [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];

/// What runs in it may use [`LIMIT`] bytes.
pub struct Container {
    /// The control group; `None` where none can be made.
    group: Option<PathBuf>,
}

impl Container {
    /// A control group needs root. Elsewhere the kernel does not end a server that uses too much; the largest resident set
    /// still tells.
    pub fn create() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("backstop-test-{}-{}", std::process::id(), MADE.fetch_add(1, Relaxed));
        let made = VERSIONS.iter().find_map(|(root, limit)| group(&Path::new(root).join(&name), limit).ok());
        if made.is_none() {
            eprintln!(
                "NO CONTROL GROUP: the server is not killed at {LIMIT} bytes; only its largest resident set is held"
            );
        }
        Self { group: made }
    }

    /// A command that runs `program` in the container, with the arguments that it gets.
    pub fn command(&self, program: &Path) -> Command {
        let Some(group) = &self.group else { return Command::new(program) };
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"echo $$ >"$0/cgroup.procs" && exec "$@""#]).arg(group).arg(program);
        shell
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Only an empty group can be removed: the server has to be dropped first.
        if let Some(Err(error)) = self.group.as_ref().map(fs::remove_dir) {
            eprintln!("a control group is left over: {error}");
        }
    }
}

fn group(folder: &Path, limit: &str) -> io::Result<PathBuf> {
    fs::create_dir(folder)?;
    // Only a file that the kernel made is a limit.
    let limited = File::options().write(true).open(folder.join(limit));
    if let Err(error) = limited.and_then(|mut file| write!(file, "{LIMIT}")) {
        fs::remove_dir(folder)?;
        return Err(error);
    }
    // Where there is swap, the group must not use it. The file is missing where the kernel does not count swap.
    let _ = fs::write(folder.join("memory.swap.max"), "0");
    Ok(folder.to_owned())
}

/// The largest resident set of a process so far, in bytes; `None` once the process has ended.
pub fn peak(process: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}

/// Forgets the largest resident set so far, where the kernel can.
pub fn forget_peak(process: u32) {
    let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
}
