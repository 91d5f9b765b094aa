//! The controllers' programs, built where they are missing, and their versions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::setups::SetUp;

/// Where the programs are, by name.
#[derive(Debug)]
pub(crate) struct Programs(BTreeMap<String, PathBuf>);

impl Programs {
    /// The path of one of them.
    pub(crate) fn path(&self, name: &str) -> &Path {
        &self.0[name]
    }

    /// The folder of the cache that one of them is in, with what belongs to it.
    pub(crate) fn folder(&self, name: &str) -> &Path {
        self.path(name).parent().expect("it is a file in a folder")
    }

    /// The version of one of them: its folder is named by it, but for Debian's nginx.
    pub(crate) fn version(&self, name: &str) -> String {
        if name == "nginx" {
            let said = Command::new(self.path(name)).arg("-v").output().map(|output| output.stderr).unwrap_or_default();
            let said = String::from_utf8_lossy(&said).into_owned();
            return said.rsplit('/').next().unwrap_or_default().trim().to_owned();
        }
        let folder = self.folder(name).file_name().map(|folder| folder.to_string_lossy().into_owned());
        let folder = folder.unwrap_or_default();
        folder.strip_prefix(&format!("{name}-")).unwrap_or(&folder).to_owned()
    }
}

/// Those of `setups` and the control plane, by `tests/cluster/build.sh`, which shows its progress.
pub(crate) fn find(setups: &[&'static SetUp]) -> Result<Programs, String> {
    let mut programs = build(&[])?;
    let names: BTreeSet<&str> = setups.iter().flat_map(|setup| setup.programs).copied().collect();
    programs.append(&mut build(&names.into_iter().collect::<Vec<_>>())?);
    Ok(Programs(programs))
}

fn build(names: &[&str]) -> Result<BTreeMap<String, PathBuf>, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/build.sh");
    let output = Command::new(&script).args(names).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{}: {error}", script.display()))?;
    if !output.status.success() {
        return Err("a program is missing, as said above".to_owned());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, path)| (name.to_owned(), PathBuf::from(path))).collect())
}
