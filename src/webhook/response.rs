//! The texts of a response: warnings, the denial, and the audit annotations (rulebook 1.2 to 1.4, 11.2).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::review::{Response, Status, StatusCause};
use crate::engine::evaluate::Gap;
use crate::engine::model::{Action, Effect, FieldPath, Finding, FindingField, ObjectName, Part};
use crate::engine::policy::{Answer, Change, Judged, Judgement, Obstacle, OnUnknown, Verdict, answer};
use crate::engine::subject::{Reference, Subject};
use crate::text::visible;

/// The maximum number of warnings. The others are only counted.
const WARNINGS: usize = 4;
/// The maximum number of causes in `details` of a denial.
const CAUSES: usize = 16;
/// The maximum bytes of the message of a denial.
const DENIAL_LIMIT: usize = 8 << 10;
/// The maximum bytes of the fields of one cause, if a denial would be too long with all fields.
const FIELDS_LIMIT: usize = 256;
/// The bytes reserved for the number of further causes, if not all causes fit into a denial.
const MORE_LENGTH: usize = 40;
/// The maximum characters of the requests of a cause, because host and path may have any length.
const REQUESTS_LENGTH: usize = 1024;
/// The maximum bytes of the `findings` annotation, because the storage of audit logs costs money.
const ANNOTATION_LIMIT: usize = 1024;
/// The maximum characters of a warning, as the API recommends. Long names may exceed it.
const WARNING_LENGTH: usize = 120;
/// The characters that the text of a warning always gets, besides names of any length.
const LEAST_TEXT: usize = 44;
/// The length to which the API server cuts long warnings (rulebook 1.3.3).
const WARNING_LIMIT: usize = 256;

/// The response that allows a request without a warning.
pub(super) fn pass(uid: String) -> Response {
    Response { uid, allowed: true, ..Response::default() }
}

/// The response to a request that could not be judged.
pub(super) fn unreadable(uid: String, obstacle: Obstacle, why: &str) -> Response {
    let warnings = match answer(obstacle, OnUnknown::Allow) {
        Answer::Allow | Answer::Deny => Vec::new(),
        Answer::AllowWithWarning => vec![one_line(&format!("backend check skipped: {why}"), WARNING_LIMIT)],
    };
    let audit_annotations = vec![("verdict", Verdict::Unknown.as_str().into())];
    Response { uid, allowed: true, warnings, audit_annotations, ..Response::default() }
}

/// The response to the request `uid`, which makes `change` to `subject`.
pub fn judged(uid: String, subject: &Subject, change: &Change<'_>, judgement: &Judgement) -> Response {
    let denied: Vec<&Judged> = with_action(judgement, Action::Deny);
    let status =
        (!denied.is_empty()).then(|| Status::forbidden(denial(subject, &denied, judgement), causes(subject, &denied)));
    let mut audit_annotations = vec![("verdict", judgement.verdict.as_str().into())];
    if !judgement.findings.is_empty() {
        audit_annotations.push(("findings", annotation(subject, judgement).into()));
    }
    let proofs = proofs(&denied);
    if !proofs.is_empty() {
        audit_annotations.push(("proof", proofs.into()));
    }
    let warnings = warnings(subject, change, judgement);
    Response { uid, allowed: denied.is_empty(), status, warnings, audit_annotations }
}

fn with_action(judgement: &Judgement, action: Action) -> Vec<&Judged> {
    judgement.findings.iter().filter(|judged| judged.action == action).collect()
}

/// Findings with one cause: the same sentence about one or several targets.
struct Cause<'j> {
    judged: &'j Judged,
    /// The first fields: as many as fit into a denial, and one more.
    fields: Vec<String>,
    /// Bytes of `fields`.
    length: usize,
    /// The number of all fields.
    count: usize,
    /// The requests of the first reference.
    requests: Option<String>,
}

/// Groups findings by check and cause, in the order of the findings.
fn grouped<'j>(subject: &Subject, denied: &[&'j Judged]) -> Vec<Cause<'j>> {
    let mut causes: Vec<Cause<'j>> = Vec::new();
    let mut known: BTreeMap<(&str, String, &str), usize> = BTreeMap::new();
    for judged in denied {
        let finding = &judged.finding;
        let key = (finding.check.0, finding.headline(), finding.help());
        let at = *known.entry(key).or_insert_with(|| {
            causes.push(Cause { judged, fields: Vec::new(), length: 0, count: 0, requests: None });
            causes.len() - 1
        });
        if let Some(cause) = causes.get_mut(at) {
            cause.add(subject, finding);
        }
    }
    causes
}

impl Cause<'_> {
    /// Adds the fields of `finding`. A finding may have tens of thousands.
    fn add(&mut self, subject: &Subject, finding: &Finding) {
        self.count += finding.field_count();
        for place in subject.places(&finding.field, &finding.references) {
            if self.length > DENIAL_LIMIT {
                return;
            }
            let requests_of = |reference: &Reference| truncate_chars(&reference.requests(), REQUESTS_LENGTH);
            self.requests = self.requests.take().or_else(|| place.reference.map(requests_of));
            let field = printable(&place.field.0);
            self.length += field.len();
            self.fields.push(field);
        }
    }

    /// All fields if they have at most `limit` bytes; otherwise the first field and the number of the others.
    fn fields(&self, limit: usize) -> String {
        let mut text = String::new();
        for (index, field) in self.fields.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            if index > 0 && text.len() + comma.len() + field.len() > limit {
                // Writing to a String does not fail.
                let _ = write!(text, " and {} more", self.count - index);
                break;
            }
            text.push_str(comma);
            text.push_str(field);
        }
        text
    }

    /// The line of the cause in a list of several.
    fn list_entry(&self, fields_limit: usize) -> String {
        let Finding { check, .. } = self.judged.finding;
        let (sentence, help) = (printable(&self.sentence()), printable(self.judged.finding.help()));
        format!("\n- {}: {sentence}; to fix it, {help} [{check}]", self.fields(fields_limit))
    }

    fn sentence(&self) -> String {
        let requests = self.requests.as_ref().map(|first| match self.count {
            0 | 1 => first.clone(),
            all => format!("{first} and {} more", all - 1),
        });
        let sentence = self.judged.finding.sentence(requests.as_deref());
        match self.judged.unproven {
            Some(why) => format!("{sentence}; {why} (onUnknown: deny)"),
            None => sentence,
        }
    }
}

/// The message of a denial, such as `Ingress shop/web: …`: one cause as a sentence, several causes as a list. Each
/// cause names its fields, its check and the next step. A message within the limit is complete.
fn denial(subject: &Subject, denied: &[&Judged], judgement: &Judgement) -> String {
    let identity = printable(&format!("{} {}", subject.kind, subject.name));
    let causes = grouped(subject, denied);
    let message = match causes.as_slice() {
        [only] => {
            let Finding { check, .. } = only.judged.finding;
            let (sentence, help) = (full_sentence(&only.sentence()), printable(only.judged.finding.help()));
            let end = format!(": {sentence} To fix it, {help}. [{check}]");
            let room = DENIAL_LIMIT.saturating_sub(identity.len() + end.len() + MORE_LENGTH);
            format!("{identity}: {}{end}", only.fields(room))
        }
        causes => list(&identity, causes, judgement.count(Action::Deny)),
    };
    truncate_bytes(message, DENIAL_LIMIT)
}

/// The list of several causes. `denied` is the number of all fields with a denial, including fields that are not
/// reported.
fn list(identity: &str, causes: &[Cause<'_>], denied: usize) -> String {
    let reported: usize = causes.iter().map(|cause| cause.count).sum();
    let reasons = causes.len() + denied.saturating_sub(reported);
    let mut message = format!("{identity}: refused for {reasons} reasons:");
    let room = DENIAL_LIMIT.saturating_sub(message.len() + MORE_LENGTH);
    let lines = |fields_limit| causes.iter().map(move |cause| (cause.count, cause.list_entry(fields_limit)));
    let mut all: Vec<(usize, String)> = lines(DENIAL_LIMIT).collect();
    if all.iter().map(|(_, line)| line.len()).sum::<usize>() > room {
        all = lines(FIELDS_LIMIT).collect();
    }
    let mut left = room;
    let mut more = denied;
    for (fields, line) in all {
        let Some(rest) = left.checked_sub(line.len()) else { break };
        left = rest;
        message.push_str(&line);
        more = more.saturating_sub(fields);
    }
    if more > 0 {
        // Writing to a String does not fail.
        let _ = write!(message, "\n- … and {more} more");
    }
    message
}

fn causes(subject: &Subject, denied: &[&Judged]) -> Vec<StatusCause> {
    let causes = denied.iter().flat_map(|judged| {
        let finding = &judged.finding;
        subject.places(&finding.field, &finding.references).map(|place| StatusCause {
            reason: finding.check.0,
            field: printable(&place.field.0),
            message: printable(&finding.headline()),
        })
    });
    causes.take(CAUSES).collect()
}

/// The warnings, one line each. Findings about new references come before findings about old ones, failing requests
/// come before possibly failing ones, and failed lookups come last.
fn warnings(subject: &Subject, change: &Change<'_>, judgement: &Judgement) -> Vec<String> {
    let mut findings = with_action(judgement, Action::Warn);
    let old = |finding: &Finding| {
        finding.target.as_ref().is_some_and(|target| change.had(target, judgement.controller.profile))
    };
    findings.sort_by_key(|judged| (old(&judged.finding), urgency(judged.finding.effect)));
    let gaps = || {
        let reported = |gap: &&Gap| answer(Obstacle::Fact(gap.why), OnUnknown::Allow) == Answer::AllowWithWarning;
        judgement.gaps.iter().filter(reported)
    };
    let all = judgement.count(Action::Warn) + gaps().map(Gap::field_count).sum::<usize>();
    let mut shown = 0;
    let lines = findings.into_iter().map(|judged| (judged.finding.field_count(), warning(subject, judged)));
    let lines = lines.chain(gaps().map(|gap| (gap.field_count(), skipped(subject, gap))));
    let mut lines: Vec<String> = lines
        .take(WARNINGS)
        .map(|(count, line)| {
            shown += count;
            line
        })
        .collect();
    if all > shown {
        lines.push(format!("… and {} more{}", all - shown, printable(&format!(" [{}]", subject.name))));
    }
    lines
}

/// The order of findings with the same action.
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
    let place = place(subject, &finding.field, &finding.references);
    warning_line(&place, (&finding.headline(), &doubt), &subject.name, Some(finding.check.0))
}

fn skipped(subject: &Subject, gap: &Gap) -> String {
    let text = format!("not checked: {} ({})", gap.what, gap.why);
    let field = gap.field();
    warning_line(&place(subject, &field, &gap.references), (&text, ""), &subject.name, None)
}

/// The first reference of a finding and the number of the others, or the field that the finding names.
fn place(subject: &Subject, field: &FindingField, references: &[u32]) -> String {
    let first = references.first().and_then(|index| subject.reference(*index));
    match (field, first) {
        (FindingField::Reference(_), Some(reference)) => {
            let FieldPath(path) = reference.place.field(Part::Whole);
            match references.len() {
                0 | 1 => path,
                all => format!("{path} and {} more", all - 1),
            }
        }
        (FindingField::At(field), _) => field.0.clone(),
        (FindingField::Reference(_), None) => "spec".to_owned(),
    }
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

/// Adds a full stop, unless the text ends with a question mark.
fn full_sentence(text: &str) -> String {
    let stop = if text.ends_with('?') { "" } else { "." };
    printable(text) + stop
}

/// Replaces control characters, because the API server silently drops a warning that contains one (rulebook 1.3.5), and
/// other characters that a terminal interprets.
fn printable(text: &str) -> String {
    visible(text).into_owned()
}

/// A warning about the field `place` of the subject `name`. The line always contains the whole name, because the API
/// server shows equal lines of two Ingresses only once (rulebook 1.3.4). It contains the check if there is room.
fn warning_line(place: &str, (text, aside): (&str, &str), name: &ObjectName, check: Option<&str>) -> String {
    let name = printable(&format!(" [{name}]"));
    let around: usize = [place, ": ", aside, &name].iter().map(|part| part.chars().count()).sum();
    let text = drop_clauses(&printable(text), WARNING_LENGTH.saturating_sub(around).max(LEAST_TEXT));
    let room = WARNING_LIMIT.saturating_sub(name.chars().count()).max(WARNING_LIMIT / 2);
    let line = one_line(&format!("{place}: {text}{aside}"), room) + &name;
    let check = check.map(|check| format!(" [{check}]")).unwrap_or_default();
    if line.chars().count() + check.chars().count() <= WARNING_LENGTH { line + &check } else { line }
}

/// Shortens the text to `limit` characters: removes its last clauses, which only add details, or cuts the text.
fn drop_clauses(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let fits: String = text.chars().take(limit + 1).collect();
    let clause = ["; ", " (", ", "].iter().find_map(|end| fits.rfind(end)).and_then(|end| fits.get(..end));
    clause.filter(|clause| clause.chars().count() >= limit / 3).map_or_else(|| one_line(text, limit), str::to_owned)
}

/// Shortens the text to one line of at most `limit` characters.
fn one_line(text: &str, limit: usize) -> String {
    truncate_chars(&printable(text), limit)
}

/// Cuts the text to at most `limit` bytes.
fn truncate_bytes(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let room = limit.saturating_sub('…'.len_utf8());
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= room).last().unwrap_or_default();
    text.get(..end).unwrap_or_default().to_owned() + "…"
}

/// The first `limit` characters.
fn truncate_chars(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}
