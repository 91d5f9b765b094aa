//! A network, mounts and processes of the judge's own: nothing on the machine changes, and nothing is left over.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::harness::process::scratch;
use crate::programs;
use crate::setups::SetUp;

/// Set in the environment of the judge that runs inside.
const INSIDE: &str = "BACKSTOP_JUDGE_INSIDE";

/// Where Pods are (kwok's range), the ClusterIP of Services, endpoints of Services without a selector, and
/// the targets of ExternalName Services.
const RANGES: [&str; 4] = ["10.244.0.0/16", "10.96.0.0/16", "10.198.0.0/16", "10.199.0.0/16"];

/// What programs need of the machine's own /etc.
const KEPT: [&str; 6] = ["passwd", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives"];

/// Whether this process is the one inside.
pub(crate) fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Builds what is missing, which needs the network of the machine; then runs the judge again, inside.
pub(crate) fn enter(setups: &[&'static SetUp], named: &str) -> Result<ExitCode, String> {
    let tried = unshare().arg("true").stdin(Stdio::null()).output();
    let tried = tried.map_err(|error| format!("unshare (of util-linux) is needed, and does not start: {error}"))?;
    if !tried.status.success() {
        let why = String::from_utf8_lossy(&tried.stderr);
        return Err(format!("root or user namespaces are needed, for a network of its own: {}", why.trim()));
    }
    programs::find(setups)?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    // Made and removed from here: whoever would remove it inside dies with all that is inside.
    let folder = scratch()?;
    let mut judge = unshare();
    judge.arg(program).arg(named).env(INSIDE, "1").env("TMPDIR", folder);
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

/// Gives the new network its addresses, and the processes in it an /etc of their own.
pub(crate) fn furnish() -> Result<(), String> {
    run("ip", &["link", "set", "lo", "up"])?;
    run("ip", &["address", "add", "10.0.0.1/32", "dev", "lo"])?;
    for range in RANGES {
        run("ip", &["route", "add", "local", range, "dev", "lo"])?;
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let etc = folder.path().display().to_string();
    run("mount", &["-t", "tmpfs", "tmpfs", &etc])?;
    let filled = own_etc(folder.path()).and_then(|()| run("mount", &["--bind", &etc, "/etc"]));
    // It stays where it is bound.
    run("umount", &[&etc])?;
    filled
}

/// Fills a folder that takes the place of /etc: controllers write there, and names are resolved by our server.
fn own_etc(folder: &Path) -> Result<(), String> {
    for name in KEPT.iter().filter(|name| Path::new("/etc").join(name).exists()) {
        run("cp", &["-R", "-P", &format!("/etc/{name}"), &folder.display().to_string()])?;
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

/// Runs a command that has nothing to say but errors.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}
