//! The data of a report about configuration files. Programs rely on its JSON form: fields are only ever added.

use serde::Serialize;

use crate::text::Problem;

/// The result of `backstop config validate`.
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

/// The result for one file.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// The name of the file; `-` for standard input.
    pub file: String,
    /// Whether it can be used.
    pub valid: bool,
    /// The mistakes, in the order of the file.
    pub problems: Vec<ProblemReport>,
}

/// One mistake.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemReport {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The key; empty if the mistake is about the whole file.
    pub path: String,
    /// The description of the mistake.
    pub message: String,
    /// The next step.
    pub suggestion: Option<String>,
}

impl ProblemsReport {
    /// The report of `files`.
    pub fn new(files: Vec<FileReport>) -> Self {
        Self { api_version: "backstop.dev/v1", kind: "ConfigurationReport", files }
    }

    /// Returns whether all files can be used.
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
