//! Findings: what a check states about a subject, as parts. Reports and the webhook compose the sentences.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FieldPath, ObjectName, Part, Target};

/// The kebab-case id of a check, for example `service-not-found`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CheckId(pub &'static str);

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What policy makes of a finding, ordered from harmless to severe.
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

/// What a finding claims about the cluster. A live read can confirm it; nothing is denied without the confirmation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// The Service does not exist, and nobody is going to create it.
    Absent(ObjectName),
    /// The Service is as the finding states.
    Service(ObjectName),
    /// Several objects are as the finding states. No single read can confirm that: only a complete view does.
    View,
}

/// What a finding means for requests: would they reach a ready Pod of the Service that the reference names?
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

/// The parts of a finding's text. Each part is complete by itself, so that a sentence can leave some of them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingText {
    /// What is wrong: `Service "web" has no port 81`.
    pub reason: String,
    /// What a short line adds to the reason, with the punctuation before it: `; it has 80, 8080 and 3 more`.
    pub brief: String,
    /// What a long text adds to the reason in place of `brief`, with the punctuation before it.
    pub context: String,
    /// What becomes of requests: `requests get 503`. Empty where the finding is not about requests.
    pub consequence: Cow<'static, str>,
    /// What was probably meant: `did you mean 80?`. Empty where nothing is near.
    pub hint: String,
    /// The short line needs no hint, because its reason says as much.
    pub brief_without_hint: bool,
    /// The next step.
    pub help: String,
    /// What was observed, one short phrase each.
    pub evidence: Vec<String>,
}

/// Why a finding about a reference matters less than the finding says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mitigation {
    /// Something else answers: a canary's primary, or a redirect.
    Spared,
    /// The Service of the annotation `default-backend` answers, or may answer.
    DefaultBackend {
        /// The Service.
        service: Box<str>,
        /// It certainly answers.
        certain: bool,
    },
    /// The controller does not use the reference: it ignores `spec.defaultBackend` beside rules.
    Unused {
        /// The name of the controller, for people.
        controller: &'static str,
    },
}

/// The field that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingField {
    /// This part of each reference of the finding.
    Reference(Part),
    /// This field, whatever the references are.
    At(FieldPath),
}

/// One thing that is wrong with a subject or one of its targets.
///
/// A finding about a target holds all references to the target, so that ten thousand paths to one broken Service are one
/// finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check that the finding belongs to.
    pub check: CheckId,
    /// The check whose rule found it. It differs from `check` where an action of an annotation leads to the target.
    pub found_by: CheckId,
    /// The field to look at.
    pub field: FindingField,
    /// The target that the finding is about; `None` where it is about the subject as a whole.
    pub target: Option<Target>,
    /// The index of the target among the targets of the subject. The evaluation adds it.
    pub target_index: Option<u32>,
    /// The references that the finding is about, as indexes of the references of the subject, in their order. Empty where
    /// it is about the subject as a whole.
    pub references: Arc<[u32]>,
    /// The action of an annotation that leads to the target (rulebook 4.5.1, AWS).
    pub action_name: Option<Box<str>>,
    /// What the finding means for the requests of the references.
    pub effect: Effect,
    /// The action that the finding deserves before configuration, modes and gates.
    pub action: Action,
    /// What a denial must have confirmed; `None` where the finding never denies by itself.
    pub claim: Option<Claim>,
    /// Why the finding matters less than its text says.
    pub mitigation: Option<Mitigation>,
    /// The text.
    pub text: FindingText,
}

impl Finding {
    /// A finding about a target: requests fail. The evaluation adds the references.
    pub fn about_target(check: CheckId, part: Part, target: Target, action: Action, text: FindingText) -> Self {
        let field = FindingField::Reference(part);
        Self { target: Some(target), effect: Effect::Fails, claim: None, ..Self::new(check, field, action, text) }
    }

    /// A finding about the subject as a whole. It rests on the whole view, which only a complete one proves.
    pub fn about_subject(check: CheckId, field: FieldPath, action: Action, text: FindingText) -> Self {
        Self::new(check, FindingField::At(field), action, text)
    }

    fn new(check: CheckId, field: FindingField, action: Action, text: FindingText) -> Self {
        Self {
            check,
            found_by: check,
            field,
            target: None,
            target_index: None,
            references: Arc::default(),
            action_name: None,
            effect: Effect::Unsure,
            action,
            claim: Some(Claim::View),
            mitigation: None,
            text,
        }
    }

    /// How many fields of the subject the finding is about.
    pub fn field_count(&self) -> usize {
        match self.field {
            FindingField::Reference(_) => self.references.len(),
            FindingField::At(_) => 1,
        }
    }

    /// The short line, without the field: reason, the most important further fact, and the hint.
    pub fn headline(&self) -> String {
        let FindingText { reason, brief, hint, brief_without_hint, .. } = &self.text;
        let mut line = self.prefix() + reason + brief;
        match &self.mitigation {
            Some(Mitigation::DefaultBackend { service, certain }) => {
                let verb = answers(*certain);
                line = format!("{line} (default backend \"{service}\" {verb})");
            }
            Some(Mitigation::Unused { controller }) => line = format!("{line}; {}", unused(controller)),
            Some(Mitigation::Spared) | None => {}
        }
        if hint.is_empty() || *brief_without_hint { line } else { format!("{line}; {hint}") }
    }

    /// The whole sentence, without the field and without a full stop. `requests` are those of the references:
    /// `shop.example/cart`; `None` where the finding is about the subject as a whole.
    pub fn sentence(&self, requests: Option<&str>) -> String {
        let FindingText { reason, context, hint, .. } = &self.text;
        let mut sentence = self.prefix() + reason + context;
        if let Some(Mitigation::Unused { controller }) = &self.mitigation {
            sentence = format!("{sentence}; {}", unused(controller));
        }
        let consequence = self.consequence();
        match requests {
            Some(requests) if consequence.is_empty() => sentence = format!("{sentence} ({requests})"),
            Some(requests) => sentence = format!("{sentence} ({requests}: {consequence})"),
            None if consequence.is_empty() => {}
            None => sentence = format!("{sentence} ({consequence})"),
        }
        if hint.is_empty() { sentence } else { format!("{sentence}; {hint}") }
    }

    /// What the sentence has and the short line lacks, for a text that shows both. Empty where that is nothing.
    pub fn note(&self) -> String {
        let context = self.text.context.trim_start_matches([';', ',', ' ']);
        let context = if self.text.context == self.text.brief { "" } else { context };
        let consequence = self.consequence();
        match (context.is_empty(), consequence.is_empty()) {
            (true, _) => consequence.into_owned(),
            (false, true) => context.to_owned(),
            (false, false) => format!("{context}; {consequence}"),
        }
    }

    /// What becomes of requests, given what mitigates the finding.
    pub fn consequence(&self) -> Cow<'_, str> {
        match &self.mitigation {
            None => Cow::Borrowed(&self.text.consequence),
            Some(Mitigation::DefaultBackend { service, certain }) => {
                Cow::Owned(format!("the default backend Service \"{service}\" {} instead", answers(*certain)))
            }
            Some(Mitigation::Spared | Mitigation::Unused { .. }) => Cow::Borrowed(""),
        }
    }

    /// The next step.
    pub fn help(&self) -> &str {
        match self.mitigation {
            Some(Mitigation::Unused { .. }) => "remove it, or give it an Ingress of its own, without rules",
            _ => &self.text.help,
        }
    }

    fn prefix(&self) -> String {
        self.action_name.as_ref().map(|name| format!("action \"{name}\": ")).unwrap_or_default()
    }
}

fn answers(certain: bool) -> &'static str {
    if certain { "answers" } else { "may answer" }
}

fn unused(controller: &str) -> String {
    format!("{controller} ignores spec.defaultBackend beside rules")
}
