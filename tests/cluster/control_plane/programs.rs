//! The programs of `tests/cluster/build.sh`, built where they are missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The paths of programs, by name.
#[derive(Debug)]
pub(crate) struct Programs(BTreeMap<String, PathBuf>);

impl Programs {
    /// The programs of the control plane. If one of them cannot be built, this process exits: `build.sh` has said why, and
    /// every further test would only repeat it.
    pub(super) fn control_plane() -> Result<&'static Self, String> {
        static PROGRAMS: OnceLock<Result<Programs, String>> = OnceLock::new();
        let built = PROGRAMS.get_or_init(|| match build(&[]) {
            Err(BuildError::Failed(code)) => std::process::exit(code),
            Err(BuildError::NotStarted(error)) => Err(error),
            Ok(paths) => Ok(Self(paths)),
        });
        built.as_ref().map_err(Clone::clone)
    }

    /// The programs called `names`, and those of the control plane, which need the network of the machine to be built.
    pub(crate) fn with_control_plane(names: &[&str]) -> Result<Self, String> {
        let mut paths = BTreeMap::new();
        for names in [&[], names] {
            paths.append(&mut build(names).map_err(|error| match error {
                BuildError::NotStarted(error) => error,
                BuildError::Failed(_) => "a program is missing, as said above".to_owned(),
            })?);
        }
        Ok(Self(paths))
    }

    /// The path of the program `name`.
    pub(crate) fn path(&self, name: &str) -> &Path {
        &self.0[name]
    }

    /// The folder of the cache that holds the program `name` and the files that belong to it.
    pub(crate) fn folder(&self, name: &str) -> &Path {
        self.path(name).parent().expect("a program is a file in a folder")
    }

    /// The version of the program `name`: the name of its folder, or what Debian's nginx says of itself.
    pub(crate) fn version(&self, name: &str) -> String {
        if name == "nginx" {
            let result =
                Command::new(self.path(name)).arg("-v").output().map(|output| output.stderr).unwrap_or_default();
            let result = String::from_utf8_lossy(&result).into_owned();
            return result.rsplit('/').next().unwrap_or_default().trim().to_owned();
        }
        let folder = self.folder(name).file_name().map(|folder| folder.to_string_lossy().into_owned());
        let folder = folder.unwrap_or_default();
        folder.strip_prefix(&format!("{name}-")).unwrap_or(&folder).to_owned()
    }
}

enum BuildError {
    NotStarted(String),
    /// The script's exit code.
    Failed(i32),
}

/// Runs `build.sh`, which shows its progress on standard error, for the programs `names`; for the control plane if there
/// are none.
fn build(names: &[&str]) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let script = super::root().join("tests/cluster/build.sh");
    let output = Command::new(&script).args(names).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| BuildError::NotStarted(format!("{}: {error}", script.display())))?;
    if !output.status.success() {
        return Err(BuildError::Failed(output.status.code().unwrap_or(1)));
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, path)| (name.to_owned(), PathBuf::from(path))).collect())
}
