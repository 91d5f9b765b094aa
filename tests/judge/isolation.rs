//! A process with its own network, mounts and processes. It changes nothing on the machine, and leaves nothing behind.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::command;
use crate::control_plane::process::scratch;

/// Set in the environment of the isolated process.
const ISOLATED: &str = "BACKSTOP_JUDGE_ISOLATED";

/// The addresses of Pods (kwok's range), of Services, of endpoints of Services without a selector, and of the targets of
/// ExternalName Services.
const RANGES: [&str; 4] = ["10.244.0.0/16", "10.96.0.0/16", "10.198.0.0/16", "10.199.0.0/16"];

/// The files in /etc of the machine that programs need.
const KEPT: [&str; 6] = ["passwd", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives"];

/// Whether this is the isolated process.
pub(crate) fn is_isolated() -> bool {
    std::env::var_os(ISOLATED).is_some()
}

/// Whether a process can be isolated on this machine.
///
/// # Errors
/// What is missing.
pub(crate) fn check() -> Result<(), String> {
    let tried = unshare().arg("true").stdin(Stdio::null()).output();
    let tried = tried.map_err(|error| format!("unshare (of util-linux) is needed, and does not start: {error}"))?;
    if tried.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&tried.stderr);
    Err(format!("root or user namespaces are needed, for a network of its own: {}", reason.trim()))
}

/// Runs this program again with the arguments `words`, isolated.
pub(crate) fn run_again(words: &[String]) -> Result<ExitCode, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    // Created and removed here, because every isolated process dies with the judge.
    let folder = scratch()?;
    let mut judge = unshare();
    judge.arg(program).args(words).env(ISOLATED, "1").env("TMPDIR", folder);
    let status = judge.status().map_err(|error| format!("unshare does not start: {error}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]);
    let root = fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
    if !root {
        command.args(["--user", "--map-root-user"]);
    }
    command
}

/// Adds addresses to the isolated network, and gives its processes their own /etc.
pub(crate) fn configure() -> Result<(), String> {
    command::run("ip", &["link", "set", "lo", "up"])?;
    command::run("ip", &["address", "add", "10.0.0.1/32", "dev", "lo"])?;
    for range in RANGES {
        command::run("ip", &["route", "add", "local", range, "dev", "lo"])?;
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let etc = folder.path().display().to_string();
    command::run("mount", &["-t", "tmpfs", "tmpfs", &etc])?;
    let filled = own_etc(folder.path()).and_then(|()| command::run("mount", &["--bind", &etc, "/etc"]));
    // The bind mount stays.
    command::run("umount", &[&etc])?;
    filled
}

/// Fills the folder that replaces /etc. Controllers write there, and the DNS server of the judge resolves names.
fn own_etc(folder: &Path) -> Result<(), String> {
    for name in KEPT.iter().filter(|name| Path::new("/etc").join(name).exists()) {
        command::run("cp", &["-R", "-P", &format!("/etc/{name}"), &folder.display().to_string()])?;
    }
    let files = [
        ("resolv.conf", "nameserver 127.0.0.1\n"),
        ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("nsswitch.conf", "hosts: files dns\n"),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}
