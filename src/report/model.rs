//! The data of a report. Programs rely on its JSON form: fields are only ever added.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::texts::Texts;
use crate::engine::controllers::{Identified, IdentifiedBy, Profile, UNKNOWN};
use crate::engine::model::{Action, CheckId, Effect, FieldPath};
use crate::engine::policy::Verdict;
use crate::text::Document;

/// The result of `backstop check`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `backstop.dev/v1`.
    pub api_version: &'static str,
    /// `Report`.
    pub kind: &'static str,
    /// The subjects, sorted by namespace, kind and name.
    pub subjects: Vec<SubjectReport>,
    /// The number of subjects by verdict.
    pub summary: Summary,
    /// The files and documents that could not be read.
    pub errors: Vec<ErrorReport>,
}

/// The result for one subject.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectReport {
    /// `Ingress`.
    pub kind: String,
    /// The namespace of the subject.
    pub namespace: String,
    /// The name of the subject.
    pub name: String,
    /// The ingress controllers that may serve the subject.
    pub controller: ControllerReport,
    /// The file and line of the object; `None` for an object from a cluster.
    pub source: Option<Source>,
    /// The worst action of the findings; otherwise `unknown` or `pass`.
    pub verdict: Verdict,
    /// The findings, sorted by field and check.
    pub findings: Vec<FindingReport>,
    /// The facts that could not be looked up, sorted by field.
    pub unknown: Vec<GapReport>,
}

/// The ingress controllers that may serve a subject, and how they were identified.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControllerReport {
    /// The id of the only controller; `unknown` if there are several or none.
    pub profile: &'static str,
    /// The ids of the profiles of the controllers that may serve the subject, with `@version` if versions differ.
    pub candidates: Vec<String>,
    /// The source of the identification.
    pub identified_by: IdentifiedBy,
}

impl From<Identified> for ControllerReport {
    fn from(Identified { profile, candidates, by }: Identified) -> Self {
        let known = candidates.iter().filter(|candidate| candidate.id != UNKNOWN.id);
        Self { profile: profile.id, candidates: known.map(Profile::id_with_version).collect(), identified_by: by }
    }
}

/// The position of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// The name of the file; `-` for standard input.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// The position of a value in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileSpan {
    /// The name of the file; `-` for standard input.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The column after the last character of the value in that line; `None` if it is not known.
    pub end_column: Option<usize>,
}

/// A finding at one field, and its action.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingReport {
    /// The check.
    pub check: CheckId,
    /// The action.
    pub action: Action,
    /// The path of the field.
    pub field: FieldPath,
    /// The host of the rule; `None` for all hosts.
    pub host: Option<String>,
    /// The path of the rule.
    pub path: Option<String>,
    /// The requests that use the route, as text; `None` if the finding is not about a backend.
    #[serde(skip)]
    pub route: Option<String>,
    /// The backend; `None` if the finding is not about a backend, or the backend is empty.
    pub backend: Option<BackendReport>,
    /// The consequence for requests: `works`, `elsewhere`, `fails` or `unsure`.
    pub effect: Effect,
    /// Findings of a subject with the same number read the same, so that a text names them once.
    #[serde(skip)]
    pub group: usize,
    /// The reason, in one short line.
    pub reason: String,
    /// The reason with its context and consequence.
    pub detail: String,
    /// The part of the detail that the reason does not contain.
    #[serde(skip)]
    pub note: String,
    /// The next step.
    pub help: String,
    /// The position of the field; `None` for an object from a cluster.
    pub location: Option<FileSpan>,
    /// The reason why the action is milder than the configured one; `None` if it is not.
    pub softened: Option<Cow<'static, str>>,
    /// The observations, in short phrases.
    pub evidence: Vec<String>,
}

/// The target of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum BackendReport {
    /// A Service.
    Service {
        /// The namespace of the Service; `None` for the namespace of the subject.
        #[serde(skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// The name of the Service.
        service: String,
        /// The requested port; `None` if there is none.
        port: Option<Port>,
    },
    /// Another object in the namespace of the subject.
    Resource {
        /// The object.
        resource: ResourceReport,
    },
}

/// An object that is not a Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceReport {
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
}

/// A port: a number or a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Port {
    /// `port.number`.
    Number(i32),
    /// `port.name`.
    Name(String),
}

/// A fact that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GapReport {
    /// The path of the field whose evaluation needs the fact.
    pub field: FieldPath,
    /// The fact.
    pub what: String,
    /// The reason why it is unknown.
    pub why: String,
    /// The position of the field; `None` for an object from a cluster.
    pub location: Option<FileSpan>,
    /// As for findings.
    #[serde(skip)]
    pub group: usize,
}

/// The number of subjects by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All subjects.
    pub subjects: usize,
    /// Subjects that are denied.
    pub deny: usize,
    /// Subjects with a warning.
    pub warn: usize,
    /// Subjects with a finding that is only recorded.
    pub audit: usize,
    /// Subjects without findings.
    pub pass: usize,
    /// Subjects with a fact that could not be looked up.
    pub unknown: usize,
}

/// A file or document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ErrorReport {
    /// The name of the file; `-` for standard input; empty, and null in JSON, if the error is not about a single file.
    #[serde(serialize_with = "null_if_empty")]
    pub file: String,
    /// The line, counted from 1; `None` if the error is about the whole file.
    pub line: Option<usize>,
    /// The reason.
    pub message: String,
    /// The column in characters, counted from 1.
    pub column: Option<usize>,
}

impl std::fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            None if self.file.is_empty() => f.write_str(&self.message),
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// Serializes an empty text as null.
fn null_if_empty<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Some(text).filter(|text| !text.is_empty()).serialize(serializer)
}

impl From<String> for ErrorReport {
    /// An error that is not about a single file.
    fn from(message: String) -> Self {
        Self { file: String::new(), line: None, message, column: None }
    }
}

/// The document that a subject was read from.
#[derive(Clone, Copy, Debug)]
pub struct SourceDocument<'a> {
    /// The name of the file; `-` for standard input.
    pub file: &'a str,
    /// The document.
    pub document: &'a Document,
    /// The texts of all files.
    pub texts: &'a Texts,
}

impl Report {
    /// Creates a report: sorts the subjects and errors, and counts the verdicts.
    pub fn new(mut subjects: Vec<SubjectReport>, mut errors: Vec<ErrorReport>) -> Self {
        subjects.sort_by(|a, b| a.key().cmp(&b.key()));
        errors.sort();
        let summary = subjects.iter().fold(Summary::default(), Summary::with);
        Self { api_version: "backstop.dev/v1", kind: "Report", subjects, summary, errors }
    }

    /// Returns the worst verdict; `Pass` if there is no subject.
    pub fn worst(&self) -> Verdict {
        self.subjects.iter().map(|subject| subject.verdict).max().unwrap_or(Verdict::Pass)
    }
}

impl Summary {
    fn with(mut self, subject: &SubjectReport) -> Self {
        self.subjects += 1;
        *match subject.verdict {
            Verdict::Deny => &mut self.deny,
            Verdict::Warn => &mut self.warn,
            Verdict::Audit => &mut self.audit,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Pass => &mut self.pass,
        } += 1;
        self
    }
}

impl SubjectReport {
    fn key(&self) -> (&str, &str, &str, &Option<Source>) {
        (&self.namespace, &self.kind, &self.name, &self.source)
    }
}
