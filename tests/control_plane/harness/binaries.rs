//! The programs of a control plane, built where they are missing.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where the programs are.
#[derive(Debug)]
pub(super) struct Binaries(BTreeMap<String, PathBuf>);

impl Binaries {
    /// Those of `tests/cluster/build.sh`, which shows its progress and says what it lacks.
    pub(super) fn get() -> Result<&'static Self, String> {
        static BINARIES: OnceLock<Result<Binaries, String>> = OnceLock::new();
        BINARIES.get_or_init(build).as_ref().map_err(Clone::clone)
    }

    /// The path of one of them.
    pub(super) fn path(&self, name: &str) -> &Path {
        &self.0[name]
    }
}

fn build() -> Result<Binaries, String> {
    let script = super::world::root().join("tests/cluster/build.sh");
    let mut child = Command::new(&script)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", script.display()))?;
    let mut paths = String::new();
    let read = child.stdout.take().expect("it is piped").read_to_string(&mut paths);
    let status = read.and_then(|_| child.wait()).map_err(|error| error.to_string())?;
    if !status.success() {
        // It has said why, in one sentence. Each test would only repeat it.
        std::process::exit(status.code().unwrap_or(1));
    }
    let pairs = paths.lines().filter_map(|line| line.split_once('='));
    Ok(Binaries(pairs.map(|(name, path)| (name.to_owned(), PathBuf::from(path))).collect()))
}
