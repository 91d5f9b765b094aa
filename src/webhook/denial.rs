//! The message of a denial (rulebook 1.2, 11.2).

use std::fmt::Write as _;

use super::review::StatusCause;
use super::shorten::{full_sentence, printable, truncate_bytes, truncate_chars};
use crate::engine::message::{grouped, requests};
use crate::engine::model::Finding;
use crate::engine::policy::Judged;
use crate::engine::subject::{Reference, Subject};

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

/// Findings that read the same: one cause with one or several targets.
struct Denied<'j> {
    judged: &'j Judged,
    /// The first fields: as many as fit into a denial, and one more.
    fields: Vec<String>,
    /// Bytes of `fields`.
    length: usize,
    /// The number of all fields.
    count: usize,
    /// The requests of the first reference.
    requests: Option<String>,
    /// None of the references is a default backend.
    only_paths: bool,
}

impl<'j> Denied<'j> {
    fn of(subject: &Subject, judged: &[&'j Judged]) -> Option<Self> {
        let first = *judged.first()?;
        let (fields, length, count, requests) = (Vec::new(), 0, 0, None);
        let mut cause = Self { judged: first, fields, length, count, requests, only_paths: true };
        for judged in judged {
            cause.add(subject, &judged.finding);
        }
        Some(cause)
    }

    /// Adds the fields of `finding`. A finding may have tens of thousands.
    fn add(&mut self, subject: &Subject, finding: &Finding) {
        self.count += finding.field_count();
        for place in subject.places(&finding.field, &finding.references) {
            if self.length > DENIAL_LIMIT {
                return;
            }
            let requests_of = |reference: &Reference| truncate_chars(&reference.requests(), REQUESTS_LENGTH);
            self.requests = self.requests.take().or_else(|| place.reference.map(requests_of));
            self.only_paths &= place.reference.is_some_and(|reference| !reference.is_default_backend());
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

    /// The sentence, without a full stop.
    fn sentence(&self) -> String {
        let requests = self.requests.as_ref().map(|first| requests(first, self.count, self.only_paths));
        let sentence = self.judged.finding.sentence(requests.as_deref());
        match self.judged.unproven {
            Some(why) => format!("{sentence}; {why} (onUnknown: deny)"),
            None => sentence,
        }
    }

    fn help(&self) -> String {
        printable(self.judged.finding.help())
    }

    /// `text` with the fields: one field comes first. Several fields come last, because the reader looks for the cause.
    fn with_fields(&self, text: &str, limit: usize) -> String {
        let fields = self.fields(limit);
        if self.count > 1 { format!("{text} at {fields}") } else { format!("{fields}: {text}") }
    }

    /// The line in a list of several. It has no help if all have the same.
    fn line(&self, fields_limit: usize, with_help: bool) -> String {
        let Finding { check, .. } = self.judged.finding;
        let help = if with_help { format!("; to fix it, {}", self.help()) } else { String::new() };
        let text = format!("{}{help} [{check}]", printable(&self.sentence()));
        format!("\n- {}", self.with_fields(&text, fields_limit))
    }
}

/// The message of a denial, such as `Ingress shop/web: …`: one cause as a sentence, several causes as a list. Each
/// cause names its fields, its check and the next step. A message within the limit is complete. `count` is the number of
/// all fields with a denial, including fields that are not reported.
pub(super) fn message(subject: &Subject, denied: &[&Judged], count: usize) -> String {
    let identity = printable(&format!("{} {}", subject.kind, subject.name));
    let groups = grouped(denied.iter().copied(), |judged| (judged.finding.wording(), judged.unproven));
    let causes: Vec<_> = groups.iter().filter_map(|group| Denied::of(subject, group)).collect();
    let message = match causes.as_slice() {
        [only] => {
            let Finding { check, .. } = only.judged.finding;
            let text = format!("{} To fix it, {}. [{check}]", full_sentence(&only.sentence()), only.help());
            let room = DENIAL_LIMIT.saturating_sub(identity.len() + text.len() + MORE_LENGTH);
            format!("{identity}: {}", only.with_fields(&text, room))
        }
        causes => list(&identity, causes, count),
    };
    truncate_bytes(message, DENIAL_LIMIT)
}

/// The list of several causes, one cause a line. If all have the same next step, it comes once, at the end.
fn list(identity: &str, causes: &[Denied<'_>], denied: usize) -> String {
    let reported: usize = causes.iter().map(|cause| cause.count).sum();
    let reasons = causes.len() + denied.saturating_sub(reported);
    let mut message = format!("{identity}: refused for {reasons} reasons:");
    let first = causes.first().map(Denied::help).unwrap_or_default();
    let alike = causes.iter().all(|cause| cause.help() == first);
    let end = if alike { format!("\nTo fix each of them, {first}.") } else { String::new() };
    let room = DENIAL_LIMIT.saturating_sub(message.len() + end.len() + MORE_LENGTH);
    let lines = |fields_limit| causes.iter().map(move |cause| (cause.count, cause.line(fields_limit, !alike)));
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
    message + &end
}

/// The causes for programs: one for each field, up to a maximum.
pub(super) fn causes(subject: &Subject, denied: &[&Judged]) -> Vec<StatusCause> {
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
