//! The programs of `tests/cluster/build.sh`, which builds missing ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The paths of programs, by name.
#[derive(Debug)]
pub(crate) struct Programs(BTreeMap<String, PathBuf>);

impl Programs {
    /// The programs of the control plane. If one of them cannot be built, the process exits, because `build.sh` has
    /// printed the reason, and every other test would fail for the same reason.
    pub(super) fn control_plane() -> Result<&'static Self, String> {
        static PROGRAMS: OnceLock<Result<Programs, String>> = OnceLock::new();
        let built = PROGRAMS.get_or_init(|| match build(&[]) {
            Err(BuildError::Failed(code)) => std::process::exit(code),
            Err(BuildError::NotStarted(error)) => Err(error),
            Ok(paths) => Ok(Self(paths)),
        });
        built.as_ref().map_err(Clone::clone)
    }

    /// The programs `names` and those of the control plane. The build needs the network of the machine.
    pub(crate) fn with_control_plane(names: &[&str]) -> Result<Self, String> {
        let mut paths = BTreeMap::new();
        for names in [&[], names] {
            paths.append(&mut build(names).map_err(|error| match error {
                BuildError::NotStarted(error) => error,
                BuildError::Failed(_) => "a program is missing; the reason is above".to_owned(),
            })?);
        }
        Ok(Self(paths))
    }

    /// The path of the program `name`.
    pub(crate) fn path(&self, name: &str) -> &Path {
        &self.0[name]
    }

    /// The folder in the cache with the program `name` and its files.
    pub(crate) fn folder(&self, name: &str) -> &Path {
        self.path(name).parent().expect("a program is a file in a folder")
    }

    /// The version of the program `name`: from the name of its folder, or from the output of `nginx -v`.
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
    /// The exit code of the script.
    Failed(i32),
}

/// Runs `build.sh` for the programs `names`, or for the control plane if `names` is empty. The script prints its
/// progress on standard error.
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
