//! Runs the real kubectl.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs::Programs;

/// kubectl for one user of one cluster.
pub(crate) struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    home: PathBuf,
}

/// The output of kubectl.
#[derive(Debug)]
pub(crate) struct KubectlOutput {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Kubectl {
    /// kubectl for the user of `kubeconfig`, with its cache in `home`.
    pub(super) fn new(programs: &Programs, kubeconfig: &Path, home: &Path) -> Self {
        let program = programs.path("kubectl").to_owned();
        Self { program, kubeconfig: kubeconfig.to_owned(), home: home.to_owned() }
    }

    /// Runs kubectl in `folder`.
    pub(crate) fn run(&self, folder: &Path, arguments: &[&str]) -> KubectlOutput {
        let mut command = Command::new(&self.program);
        command.current_dir(folder).env("HOME", &self.home).env_remove("KUBECONFIG");
        let output = command.arg("--kubeconfig").arg(&self.kubeconfig).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        KubectlOutput { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl KubectlOutput {
    /// Standard output; standard error if kubectl failed.
    pub(crate) fn result(self) -> Result<String, String> {
        if self.code == 0 { Ok(self.out) } else { Err(self.err) }
    }

    /// Asserts that kubectl succeeded. Returns standard output.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "kubectl failed: {}{}", self.out, self.err);
        self.out
    }

    /// Asserts that kubectl succeeded without a warning. Returns standard output.
    #[track_caller]
    pub(crate) fn silently(self) -> String {
        assert_eq!(self.err, "", "kubectl is silent");
        self.done()
    }

    /// Asserts that the webhook denied the request. Returns the webhook's message.
    #[track_caller]
    pub(crate) fn refusal(&self) -> &str {
        const DENIED: &str = "admission webhook \"ingress.backstop.dev\" denied the request: ";
        assert_eq!(self.code, 1, "kubectl fails: {}{}", self.out, self.err);
        assert!(self.err.contains("Error from server (Forbidden): "), "{}", self.err);
        let (_, reason) = self.err.split_once(DENIED).unwrap_or_else(|| panic!("no refusal: {}", self.err));
        reason.trim_end()
    }

    /// The warnings, in the order of their arrival.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.err.lines().filter_map(|line| line.strip_prefix("Warning: ")).collect()
    }
}
