//! Findings of policy itself: about labels, annotations and failed lookups.

use super::Mode;
use super::ignore::{IGNORE, Ignored, REASON};
use crate::engine::checks;
use crate::engine::evaluate::Gap;
use crate::engine::model::{
    Action, CheckId, Effect, FieldPath, FindingText, Found, FoundReferences, Part, Target, annotation_field,
};
use crate::engine::view::Stage;
use crate::text::near;

/// A kind of finding that does not come from a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// The id, in the form of the id of a check.
    pub id: CheckId,
    /// What the finding states, in one line.
    pub summary: &'static str,
    /// When Backstop reports the finding, and what to do.
    pub about: &'static str,
}

const MODE_LABEL: Note = Note {
    id: CheckId("mode-label"),
    summary: "the label backstop.dev/mode of the namespace is not a mode",
    about: "The mode of the cluster applies until the label of the Namespace is enforce, warn, audit or off. The finding is a \
            warning for each Ingress that is judged in the namespace.",
};
const IGNORE_ANNOTATION: Note = Note {
    id: CheckId("ignore-annotation"),
    summary: "the annotation backstop.dev/ignore silences checks, or has no effect",
    about: "Silenced checks are recorded. The finding is a warning if backstop.dev/ignore-reason is missing, if the annotation \
            names something that is not a check, or if the configuration does not allow it (allowIgnoreAnnotation).",
};
const LOOKUP_FAILED: Note = Note {
    id: CheckId("lookup-failed"),
    summary: "a reference could not be looked up, and the configuration denies what cannot be checked",
    about: "The finding is a denial, and occurs only with onUnknown: deny. With onUnknown: allow, a warning replaces it. Try \
            again. If the failure persists, the log and /readyz of Backstop show the cause.",
};

/// All notes. They cannot be configured or ignored.
pub const NOTES: [Note; 3] = [MODE_LABEL, IGNORE_ANNOTATION, LOOKUP_FAILED];

impl Note {
    fn finding(self, field: FieldPath, action: Action, reason: String, help: String) -> Found<'static> {
        let text = FindingText { reason, help, ..FindingText::default() };
        Found { effect: Effect::Works, ..Found::about_subject(self.id, field, action, || text) }
    }
}

/// The label of the namespace is not a mode, so the mode of the cluster applies.
pub(super) fn malformed_mode(namespace: &str, label: &str, mode: Mode) -> Found<'static> {
    let reason =
        format!("Namespace \"{namespace}\" has backstop.dev/mode: \"{label}\", which is not a mode: {mode} applies");
    let near = near(label, ["enforce", "warn", "audit", "off"]);
    let hint = near.map(|near| format!(" (did you mean \"{near}\"?)")).unwrap_or_default();
    let help = format!("set the label of the Namespace to enforce, warn, audit or off{hint}");
    MODE_LABEL.finding(FieldPath("metadata.namespace".to_owned()), Action::Warn, reason, help)
}

/// The annotation names checks, but the configuration does not allow the annotation.
pub(super) fn ignore_not_allowed() -> Found<'static> {
    let reason = "it has no effect: the configuration does not allow it".to_owned();
    let help = "fix the findings, or ask the operator of Backstop for allowIgnoreAnnotation: true".to_owned();
    IGNORE_ANNOTATION.finding(annotation_field(IGNORE), Action::Warn, reason, help)
}

/// The annotation has an effect: silenced checks are recorded, and faults of the annotation are warnings.
pub(super) fn ignored(ignored: &Ignored<'_>) -> Vec<Found<'static>> {
    let at = |action, reason, help| IGNORE_ANNOTATION.finding(annotation_field(IGNORE), action, reason, help);
    let mut findings = Vec::new();
    if !ignored.checks.is_empty() {
        let names: Vec<&str> = ignored.checks.iter().map(|check| check.0).collect();
        let why = ignored.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let reason = format!("it ignores {}{why}", names.join(", "));
        findings.push(at(Action::Audit, reason, "remove the annotation once the reason is gone".to_owned()));
    }
    for word in &ignored.unknown {
        let near = near(word, checks::ALL.iter().map(|check| check.id.0));
        let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        let help = "name checks, separated by commas: `backstop checks` lists them".to_owned();
        findings.push(at(Action::Warn, format!("no check \"{word}\"{hint}"), help));
    }
    if ignored.checks.is_empty() && ignored.unknown.is_empty() {
        let help = "name checks, separated by commas; or remove the annotation".to_owned();
        findings.push(at(Action::Warn, "it names no check to ignore".to_owned(), help));
    } else if ignored.reason.is_none() && !ignored.checks.is_empty() {
        let help = format!("give the reason in the annotation {REASON}");
        findings.push(at(Action::Warn, format!("it ignores checks without {REASON}"), help));
    }
    findings
}

/// The denial of the references of `gap`, whose target could not be looked up.
pub(super) fn lookup_failed<'g>(gap: &'g Gap, target: &'g Target, stage: Stage) -> Found<'g> {
    let Gap { references, action_name, what, .. } = gap;
    let text = move || FindingText {
        reason: format!("{what} could not be looked up"),
        brief: format!(": {}", gap.why(stage)),
        context: format!(
            " ({}), and the configuration denies what cannot be checked (onUnknown: deny)",
            gap.why(stage)
        ),
        help: "try again; if the failure persists, the log and /readyz of Backstop show the cause".to_owned(),
        ..FindingText::default()
    };
    Found {
        effect: Effect::Unsure,
        target: Some(target),
        references: FoundReferences::Gap(references),
        field: gap.field(),
        action_name: action_name.as_deref(),
        ..Found::about_target(LOOKUP_FAILED.id, Part::ServiceName, Action::Deny, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_not_about_requests() {
        for note in [malformed_mode("shop", "enfroce", Mode::Warn), ignore_not_allowed()] {
            let note = note.into_finding();
            assert_eq!((note.effect, &*note.consequence()), (Effect::Works, ""));
        }
    }
}
