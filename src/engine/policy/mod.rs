//! Policy: modes, gates and exemptions; from findings to a verdict.

use std::fmt;

use serde::Serialize;

use super::controllers::IdentifiedBy;
use super::evaluate::Gap;
use super::model::{Action, Finding};

/// The worst that is said of a subject; ordered from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to say.
    Pass,
    /// Something could not be looked up, and nothing worse was found.
    Unknown,
    /// Something to record.
    Audit,
    /// Something to tell.
    Warn,
    /// Refused.
    Deny,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Deny => "deny",
        })
    }
}

/// A finding and what policy makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What is done about it; never [`Action::Off`].
    pub action: Action,
    /// Why it is milder than the finding deserves, for people; `None` where it is not.
    pub softened: Option<String>,
}

/// All that is said of one subject.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The id of the controller profile.
    pub profile: &'static str,
    /// What told it.
    pub identified_by: IdentifiedBy,
    /// The worst of the findings, or `Unknown`, or `Pass`.
    pub verdict: Verdict,
    /// The findings that are not off, sorted by field and check.
    pub findings: Vec<Judged>,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
}
