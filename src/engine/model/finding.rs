//! Findings: what a check has to say, as data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Backend, ObjectName};

/// The kebab-case id of a check, `service-not-found` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CheckId(pub &'static str);

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What policy makes of a finding; ordered from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Not even recorded.
    Off,
    /// Recorded only.
    Audit,
    /// Told to the user, who goes on.
    Warn,
    /// Refused.
    Deny,
}

impl Action {
    /// The word of configuration, reports and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// A path of the API: `spec.rules[0].http.paths[1].backend.service.name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FieldPath(pub String);

impl FieldPath {
    /// The backend that it lies in; itself where it lies in none.
    pub fn backend(&self) -> &str {
        let up_to = |end: &str| self.0.find(end).and_then(|at| self.0.get(..at + end.len()));
        let backend = if self.0.starts_with("spec.rules") { ".backend" } else { "spec.defaultBackend" };
        up_to(backend).unwrap_or(&self.0)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a finding claims about the cluster and a live read can confirm; without the confirmation nothing is denied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// This Service does not exist, and nobody is to make it.
    Absent(ObjectName),
    /// This Service is as the finding says.
    Service(ObjectName),
    /// Several objects are as the finding says, which no single read can confirm: only a complete picture does.
    Picture,
}

/// What a finding means for requests: would they reach a ready Pod of the Service that the backend names?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// They would: the finding is about something else, or about a risk.
    Works,
    /// Something else answers them.
    Elsewhere,
    /// They would not.
    Fails,
    /// That depends on what cannot be seen.
    Unsure,
}

/// One thing that is wrong with a subject or one of its backends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check that says so.
    pub check: CheckId,
    /// The field to look at.
    pub field: FieldPath,
    /// The backend that it is about; `None` where it is about the subject as a whole.
    pub backend: Option<Backend>,
    /// What it means for the requests of that backend.
    pub effect: Effect,
    /// The action this finding deserves before configuration, modes and gates.
    pub action: Action,
    /// What a denial must have confirmed; `None` where the finding never denies.
    pub claim: Option<Claim>,
    /// One short line, fit for a warning.
    pub reason: String,
    /// The same with all that is known, for a denial or a report.
    pub detail: String,
    /// What the detail has and the reason lacks, for a text that shows both: what becomes of requests, what else was
    /// seen. Empty where that is nothing.
    pub note: String,
    /// The next step.
    pub help: String,
    /// The observations that led here: what exists, what the Pods say. One short phrase each.
    pub evidence: Vec<String>,
}
