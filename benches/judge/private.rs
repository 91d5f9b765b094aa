//! A network, mounts and processes of the judge's own: nothing on the machine changes, and nothing is left over.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::programs;
use crate::setups::SetUp;

/// Set in the environment of the judge that runs inside.
const INSIDE: &str = "BACKSTOP_JUDGE_INSIDE";

/// Where Pods are (kwok's range), selector-less Services' endpoints, and the targets of ExternalName Services.
const RANGES: [&str; 3] = ["10.244.0.0/16", "10.98.0.0/16", "10.99.0.0/16"];

/// Whether this process is the one inside.
pub(crate) fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Builds what is missing, which needs the network of the machine; then runs the judge again, inside.
pub(crate) fn enter(setups: &[&'static SetUp], named: &str) -> Result<bool, String> {
    let tried = unshare().arg("true").stdin(Stdio::null()).output();
    let tried = tried.map_err(|error| format!("unshare (of util-linux) is needed, and does not start: {error}"))?;
    if !tried.status.success() {
        let why = String::from_utf8_lossy(&tried.stderr);
        return Err(format!("root or user namespaces are needed, for a network of its own: {}", why.trim()));
    }
    programs::find(setups)?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let status = unshare().arg(program).arg(named).env(INSIDE, "1").status().map_err(|error| error.to_string())?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err("the judge inside did not come to an end".to_owned()),
    }
}

fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]);
    let root = fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0);
    if !root {
        command.args(["--user", "--map-root-user"]);
    }
    command
}

/// Gives the new network its addresses, and names their server.
pub(crate) fn furnish() -> Result<(), String> {
    run("ip", &["link", "set", "lo", "up"])?;
    run("ip", &["address", "add", "10.0.0.1/32", "dev", "lo"])?;
    for range in RANGES {
        run("ip", &["route", "add", "local", range, "dev", "lo"])?;
    }
    let resolver = std::env::temp_dir().join(format!("backstop-judge-resolv-{}.conf", std::process::id()));
    fs::write(&resolver, "nameserver 127.0.0.1\n").map_err(|error| error.to_string())?;
    let mounted = bind(&resolver, "/etc/resolv.conf");
    // A mount keeps the file.
    let removed = fs::remove_file(&resolver).map_err(|error| error.to_string());
    mounted.and(removed)
}

/// Shows `source` at `target` to the processes inside.
pub(crate) fn bind(source: &Path, target: &str) -> Result<(), String> {
    run("mount", &["--bind", &source.display().to_string(), target])
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
