//! Findings: what a check states about a subject, as parts. The module [`message`](crate::engine::message) composes the
//! sentences.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FieldPath, NameRef, ObjectName, Part, Target, Unused};

/// The kebab-case id of a check, for example `service-not-found`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CheckId(pub &'static str);

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The action for a finding, ordered from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The finding is dropped.
    Off,
    /// The finding is recorded only.
    Audit,
    /// The user gets a warning, and the request goes on.
    Warn,
    /// The request is refused.
    Deny,
}

impl Action {
    /// The value in configuration, reports and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// What a finding claims about the cluster. A finding only denies if a live read has confirmed its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim<N = ObjectName> {
    /// The Service does not exist, and nothing is expected to create it.
    Absent(N),
    /// The Service is as the finding states.
    Service(N),
    /// Several objects are as the finding states. Only a complete view confirms that, not a single read.
    View,
}

impl From<Claim<NameRef<'_>>> for Claim {
    fn from(claim: Claim<NameRef<'_>>) -> Self {
        match claim {
            Claim::Absent(service) => Self::Absent(service.into()),
            Claim::Service(service) => Self::Service(service.into()),
            Claim::View => Self::View,
        }
    }
}

/// The effect of a finding on requests: do they reach a ready Pod of the Service that the reference names?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Requests reach a Pod. The finding is about something else, or about a risk.
    Works,
    /// Something else answers the requests.
    Elsewhere,
    /// Requests fail.
    Fails,
    /// The known facts do not decide.
    Unsure,
}

/// The parts of a finding's text. Each part is complete by itself, so that a sentence can leave some of them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingText {
    /// What is wrong: `Service "web" has no port 81`.
    pub reason: String,
    /// The reason in fewer words, for a line that has no room for the reason. Empty if there are none.
    pub short_reason: String,
    /// The addition to the reason in a short line, with the punctuation before it: `; it has 80, 8080 and 3 more`.
    pub brief: String,
    /// The end of the addition, which a line omits that would be too long otherwise: `, container "app"`.
    pub brief_detail: String,
    /// The addition to the reason in a long text, instead of `brief`, with the punctuation before it.
    pub context: String,
    /// What happens to requests: `requests get 503`. Empty if the finding is not about requests.
    pub consequence: Cow<'static, str>,
    /// What was probably meant: `did you mean 80?`. Empty if nothing is similar.
    pub hint: String,
    /// The short line omits the hint, because the reason already contains it.
    pub brief_without_hint: bool,
    /// The next step.
    pub help: String,
    /// The observations, one short phrase each.
    pub evidence: Vec<String>,
}

/// Why a finding about a reference is less severe than its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mitigation {
    /// The primary of a canary, a redirect or another annotation answers.
    Spared,
    /// The Service of the annotation `default-backend` answers, or may answer.
    DefaultBackend {
        /// The Service.
        service: Box<str>,
        /// The Service certainly answers.
        certain: bool,
    },
    /// The controller sends no request to the reference, whatever its target is.
    Unused {
        /// The name of the controller, for people.
        controller: &'static str,
        /// Why the controller does not use the reference.
        why: Unused,
    },
}

/// The field that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingField {
    /// This part of each reference of the finding.
    Reference(Part),
    /// This field, regardless of the references.
    At(FieldPath),
}

/// One fault of a subject or of one of its targets.
///
/// A finding about a target holds all references to the target, so that ten thousand paths to one broken Service are
/// one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check that the finding belongs to.
    pub check: CheckId,
    /// The check whose rule found the fault. It differs from `check` if an action of an annotation refers to the
    /// target.
    pub found_by: CheckId,
    /// The field with the fault.
    pub field: FindingField,
    /// The target that the finding is about; `None` if it is about the subject as a whole.
    pub target: Option<Target>,
    /// The index of the target among the targets of the subject. The evaluation adds it.
    pub target_index: Option<u32>,
    /// The references that the finding is about, as indexes of the references of the subject, in their order. Empty if
    /// the finding is about the subject as a whole.
    pub references: Arc<[u32]>,
    /// The name of the action of an annotation that refers to the target (rulebook 4.5.1, AWS).
    pub action_name: Option<Box<str>>,
    /// The effect of the finding on the requests of the references.
    pub effect: Effect,
    /// The action before configuration, modes and gates.
    pub action: Action,
    /// The claim that must be confirmed before a denial; `None` if the finding denies only by configuration.
    pub claim: Option<Claim>,
    /// Why the finding is less severe than its text.
    pub mitigation: Option<Mitigation>,
    /// The text.
    pub text: FindingText,
}

impl Finding {
    /// The number of fields of the subject that the finding is about.
    pub fn field_count(&self) -> usize {
        match self.field {
            FindingField::Reference(_) => self.references.len(),
            FindingField::At(_) => 1,
        }
    }
}
