//! What is wrong with configuration files, for programs. Fields are only ever added.

use serde::Serialize;

use crate::text::Problem;

/// All files that were validated.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProblemsReport {
    /// `backstop.dev/v1`.
    pub api_version: &'static str,
    /// `ConfigurationReport`.
    pub kind: &'static str,
    /// The files, in the order of the arguments.
    pub files: Vec<FileReport>,
}

/// One file.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// The file, `-` for standard input.
    pub file: String,
    /// Whether it can be used.
    pub valid: bool,
    /// What is wrong with it, in its order.
    pub problems: Vec<ProblemReport>,
}

/// One mistake.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemReport {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key; empty where it is about the whole file.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub suggestion: Option<String>,
}

impl ProblemsReport {
    /// The report of `files`.
    pub fn new(files: Vec<FileReport>) -> Self {
        Self { api_version: "backstop.dev/v1", kind: "ConfigurationReport", files }
    }

    /// Whether all files can be used.
    pub fn valid(&self) -> bool {
        self.files.iter().all(|file| file.valid)
    }
}

impl FileReport {
    /// The report of one file with these problems.
    pub fn new(file: String, problems: &[Problem]) -> Self {
        Self { file, valid: problems.is_empty(), problems: problems.iter().map(ProblemReport::from).collect() }
    }
}

impl From<&Problem> for ProblemReport {
    fn from(problem: &Problem) -> Self {
        let Problem { position, path, message, suggestion } = problem.clone();
        Self { line: position.line, column: position.column, path, message, suggestion }
    }
}
