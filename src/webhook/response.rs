//! The response to a review: the verdict with its texts, and the audit annotations (rulebook 1.2 to 1.4).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::denial;
use super::review::{Response, Status};
use super::shorten::printable;
use super::warnings::{skipped_review, warnings};
use crate::engine::model::Action;
use crate::engine::policy::{Answer, Change, Judged, Judgement, Obstacle, OnUnknown, Verdict, answer};
use crate::engine::subject::Subject;

/// The maximum bytes of the `findings` annotation, because the storage of audit logs costs money.
const ANNOTATION_LIMIT: usize = 1024;

/// The response that allows a request without a warning.
pub(super) fn pass(uid: String) -> Response {
    Response { uid, allowed: true, ..Response::default() }
}

/// The response to a request that could not be judged.
pub(super) fn unreadable(uid: String, obstacle: Obstacle, why: &str) -> Response {
    let warnings = match answer(obstacle, OnUnknown::Allow) {
        Answer::Allow | Answer::Deny => Vec::new(),
        Answer::AllowWithWarning => vec![skipped_review(why)],
    };
    let audit_annotations = vec![("verdict", Verdict::Unknown.as_str().into())];
    Response { uid, allowed: true, warnings, audit_annotations, ..Response::default() }
}

/// The response to the request `uid`, which makes `change` to `subject`.
pub fn judged(uid: String, subject: &Subject, change: &Change<'_>, judgement: &Judgement) -> Response {
    let denied: Vec<&Judged> = with_action(judgement, Action::Deny);
    let status = (!denied.is_empty()).then(|| {
        let message = denial::message(subject, &denied, judgement.count(Action::Deny));
        Status::forbidden(message, denial::causes(subject, &denied))
    });
    let mut audit_annotations = vec![("verdict", judgement.verdict.as_str().into())];
    if !judgement.findings.is_empty() {
        audit_annotations.push(("findings", annotation(subject, judgement).into()));
    }
    let proofs = proofs(&denied);
    if !proofs.is_empty() {
        audit_annotations.push(("proof", proofs.into()));
    }
    let warned = (with_action(judgement, Action::Warn), judgement.count(Action::Warn));
    let warnings = warnings(subject, change, judgement, warned);
    Response { uid, allowed: denied.is_empty(), status, warnings, audit_annotations }
}

fn with_action(judgement: &Judgement, action: Action) -> Vec<&Judged> {
    judgement.findings.iter().filter(|judged| judged.action == action).collect()
}

/// The findings in the form `service-not-found=deny@spec.rules[0]…`, as many as the limit allows.
fn annotation(subject: &Subject, judgement: &Judgement) -> String {
    let mut text = String::new();
    let all: usize = judgement.counts.values().sum();
    let places = judgement.findings.iter().flat_map(|judged| {
        let finding = &judged.finding;
        subject.places(&finding.field, &finding.references).map(move |place| (judged, place.field))
    });
    let mut listed = 0;
    for (judged, field) in places {
        let next = format!("{}={}@{}", judged.finding.check, judged.action.as_str(), printable(&field.0));
        if text.len() + next.len() > ANNOTATION_LIMIT {
            break;
        }
        let comma = if listed == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{next}");
        listed += 1;
    }
    if all > listed {
        let _ = write!(text, " +{}", all - listed);
    }
    text
}

/// The proofs of the denials, each once, in the order of the findings, as many as the limit allows.
fn proofs(denied: &[&Judged]) -> String {
    let mut text = String::new();
    let mut known = BTreeSet::new();
    for proof in denied.iter().filter_map(|judged| judged.proof.as_ref()).filter(|proof| known.insert(*proof)) {
        let comma = if text.is_empty() { "" } else { "," };
        let next = printable(&format!("{comma}{proof}"));
        if text.len() + next.len() > ANNOTATION_LIMIT {
            break;
        }
        text.push_str(&next);
    }
    text
}
