//! What the user reads: warnings, the denial, and the audit annotations (rulebook 1.2 to 1.4, 11.2).

use std::fmt::Write as _;

use super::review::{Response, Status, StatusCause};
use crate::engine::evaluate::Gap;
use crate::engine::model::{Action, Effect, Finding, ObjectName, Subject};
use crate::engine::policy::{Answer, Change, Judged, Judgement, OnUnknown, Trouble, Verdict, answer};
use crate::text::visible;

/// How many findings are told one by one before the rest is only counted.
const TOLD: usize = 4;
/// Bytes of the `findings` annotation: audit logs are kept, and paid for.
const ANNOTATION_LIMIT: usize = 1024;
/// Characters that a warning should have at most where names allow, as the API asks.
const WARNING_LENGTH: usize = 120;
/// Characters that a warning may have beside names, however long those are.
const LEAST_SAID: usize = 44;
/// Characters to which the API server cuts a long warning anyway (rulebook 1.3.3).
const WARNING_LIMIT: usize = 256;

/// Allowed, with nothing to say.
pub(super) fn pass(uid: String) -> Response {
    Response { uid, allowed: true, ..Response::default() }
}

/// The answer to a request that could not be read.
pub(super) fn unreadable(uid: String, trouble: Trouble, why: &str) -> Response {
    let warnings = match answer(trouble, OnUnknown::Allow) {
        Answer::Allow | Answer::Deny => Vec::new(),
        Answer::AllowWithWarning => vec![cut(&format!("backend check skipped: {why}"), WARNING_LIMIT)],
    };
    let audit_annotations = vec![("verdict", Verdict::Unknown.as_str().into())];
    Response { uid, allowed: true, warnings, audit_annotations, ..Response::default() }
}

/// The answer to a judged request.
pub(super) fn judged(uid: String, subject: &Subject, change: &Change<'_>, judgement: &Judgement) -> Response {
    let denied: Vec<&Judged> = with_action(judgement, Action::Deny);
    let status = (!denied.is_empty()).then(|| Status::forbidden(denial(subject, &denied), causes(&denied)));
    let mut audit_annotations = vec![("verdict", judgement.verdict.as_str().into())];
    if !judgement.findings.is_empty() {
        audit_annotations.push(("findings", annotation(&judgement.findings).into()));
    }
    let warnings = warnings(subject, change, judgement);
    Response { uid, allowed: denied.is_empty(), status, warnings, audit_annotations }
}

fn with_action(judgement: &Judgement, action: Action) -> Vec<&Judged> {
    judgement.findings.iter().filter(|judged| judged.action == action).collect()
}

/// `Ingress shop/web: …`: one finding in a sentence, several in a list.
fn denial(subject: &Subject, denied: &[&Judged]) -> String {
    let identity = format!("{} {}", subject.kind, subject.name);
    if let [only] = denied {
        let finding = &only.finding;
        return format!("{identity}: {} To fix it, {}.", sentence(&finding.detail), printable(&finding.help));
    }
    let mut message = format!("{identity}: refused for {} reasons:", denied.len());
    for judged in denied.iter().take(TOLD) {
        let finding = &judged.finding;
        // Writing to a string cannot fail.
        let _ = write!(
            message,
            "\n- {}: {}; to fix it, {}",
            finding.field,
            printable(&finding.detail),
            printable(&finding.help)
        );
    }
    if denied.len() > TOLD {
        let _ = write!(message, "\n- … and {} more", denied.len() - TOLD);
    }
    message
}

fn causes(denied: &[&Judged]) -> Vec<StatusCause> {
    let causes = denied.iter().map(|judged| StatusCause {
        reason: judged.finding.check.0,
        field: judged.finding.field.to_string(),
        message: printable(&judged.finding.reason),
    });
    causes.take(16).collect()
}

/// One line each: what the request brings before what was there, what fails before what may, and all of them before
/// what could not be looked up.
fn warnings(subject: &Subject, change: &Change<'_>, judgement: &Judgement) -> Vec<String> {
    let mut findings = with_action(judgement, Action::Warn);
    let old = |finding: &Finding| finding.backend.as_ref().is_some_and(|backend| change.had(backend));
    findings.sort_by_key(|judged| (old(&judged.finding), urgency(judged.finding.effect)));
    let findings = findings.into_iter().map(|judged| warning(subject, judged));
    let gaps = judgement
        .gaps
        .iter()
        .filter(|gap| answer(Trouble::Fact(gap.why), OnUnknown::Allow) == Answer::AllowWithWarning);
    let mut lines: Vec<String> = findings.chain(gaps.map(|gap| skipped(&subject.name, gap))).collect();
    if lines.len() > TOLD {
        let more = lines.len() - TOLD;
        lines.truncate(TOLD);
        lines.push(format!("… and {more} more{}", printable(&format!(" [{}]", subject.name))));
    }
    lines
}

/// What is told first of findings that deserve the same.
fn urgency(effect: Effect) -> u8 {
    match effect {
        Effect::Fails => 0,
        Effect::Elsewhere => 1,
        Effect::Unsure => 2,
        Effect::Works => 3,
    }
}

fn warning(subject: &Subject, judged: &Judged) -> String {
    let finding = &judged.finding;
    let doubt = judged.doubt().map(|doubt| format!(" ({doubt})")).unwrap_or_default();
    line(finding.field.backend(), &finding.reason, &doubt, &subject.name)
}

fn skipped(name: &ObjectName, gap: &Gap) -> String {
    line(gap.field.backend(), &format!("not checked: {} ({})", gap.what, gap.why), "", name)
}

/// `service-not-found=deny@spec.rules[0]…`, as many as the limit allows.
fn annotation(findings: &[Judged]) -> String {
    let mut text = String::new();
    for (at, judged) in findings.iter().enumerate() {
        let next = format!("{}={}@{}", judged.finding.check, judged.action.as_str(), judged.finding.field);
        if text.len() + next.len() > ANNOTATION_LIMIT {
            let _ = write!(text, " +{}", findings.len() - at);
            break;
        }
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{next}");
    }
    text
}

/// With a full stop, unless it asks.
fn sentence(text: &str) -> String {
    let stop = if text.ends_with('?') { "" } else { "." };
    printable(text) + stop
}

/// Without control characters: the API server drops a warning that holds one, silently (rulebook 1.3.5). Nor with others
/// that a terminal would obey.
fn printable(text: &str) -> String {
    visible(text).into_owned()
}

/// A warning about what stands at `place` of the subject `name`, which is part of it and never cut off: equal lines of two
/// Ingresses would be shown once (rulebook 1.3.4).
fn line(place: &str, text: &str, aside: &str, name: &ObjectName) -> String {
    let name = printable(&format!(" [{name}]"));
    let around: usize = [place, ": ", aside, &name].iter().map(|part| part.chars().count()).sum();
    let said = shorten(&printable(text), WARNING_LENGTH.saturating_sub(around).max(LEAST_SAID));
    let room = WARNING_LIMIT.saturating_sub(name.chars().count()).max(WARNING_LIMIT / 2);
    cut(&format!("{place}: {said}{aside}"), room) + &name
}

/// Of at most so many characters: without the last of its clauses, which say more of what the first says; or cut off.
fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let fits: String = text.chars().take(limit + 1).collect();
    let clause = ["; ", " (", ", "].iter().find_map(|end| fits.rfind(end)).and_then(|end| fits.get(..end));
    clause.filter(|clause| clause.chars().count() >= limit / 3).map_or_else(|| cut(text, limit), str::to_owned)
}

/// On one line, of at most so many characters.
fn cut(text: &str, limit: usize) -> String {
    let text = printable(text);
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}
