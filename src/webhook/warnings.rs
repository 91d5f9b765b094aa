//! The warnings of a response (rulebook 1.3, 11.2).

use std::borrow::Cow;

use super::shorten::{one_line, printable};
use crate::engine::evaluate::Gap;
use crate::engine::message::grouped;
use crate::engine::model::{Effect, FieldPath, Finding, FindingField, ObjectName, Part, Target};
use crate::engine::policy::{Answer, Change, Judged, Judgement, Obstacle, OnUnknown, answer};
use crate::engine::subject::Subject;

/// The maximum number of warnings. The others are only counted.
const WARNINGS: usize = 4;
/// The maximum characters of a warning whose names have the usual length, as the API recommends (rulebook 1.3.1).
const WARNING_LENGTH: usize = 120;
/// The characters of a name of the usual length. A longer name makes its warning longer, and does not replace other words.
const USUAL_NAME: usize = 12;
/// The maximum characters of a warning about a request that is not judged.
const SKIPPED_LENGTH: usize = 256;
/// The maximum characters of a warning with names of any length: the API server leaves 4096 characters uncut (rulebook 1.3.3).
const WARNING_LIMIT: usize = 800;

/// A warning about a request that is not judged.
pub(super) fn skipped_review(why: &str) -> String {
    one_line(&format!("backend check skipped: {why}"), SKIPPED_LENGTH)
}

/// The warnings, one line each. Findings with one cause share a line. Findings about new references come before findings
/// about old ones, failing requests come before possibly failing ones, and failed lookups come last. `count` is the number of
/// all fields with a warning, including fields that are not reported.
pub(super) fn warnings(
    subject: &Subject,
    change: &Change<'_>,
    judgement: &Judgement,
    (mut findings, count): (Vec<&Judged>, usize),
) -> Vec<String> {
    if findings.is_empty() && judgement.gaps.is_empty() {
        return Vec::new();
    }
    let old = |finding: &Finding| {
        finding.target.as_ref().is_some_and(|target| change.had(target, judgement.controller.profile))
    };
    findings.sort_by_key(|judged| (old(&judged.finding), urgency(judged.finding.effect)));
    let reported = |gap: &&Gap| answer(Obstacle::Fact(gap.why), OnUnknown::Allow) == Answer::AllowWithWarning;
    let gaps: Vec<&Gap> = judgement.gaps.iter().filter(reported).collect();
    let all = count + gaps.iter().map(|gap| gap.field_count()).sum::<usize>();
    let of_findings = grouped(findings, |judged| (judged.finding.wording(), judged.doubt().map(str::to_owned)));
    let of_gaps = grouped(gaps, |gap| gap.wording());
    let mut shown = 0;
    let lines = of_findings.iter().filter_map(|group| of_judged(subject, group));
    let lines = lines.chain(of_gaps.iter().filter_map(|group| of_lookups(subject, group)));
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

/// The line of findings with one cause, and the number of their fields.
fn of_judged(subject: &Subject, group: &[&Judged]) -> Option<(usize, String)> {
    let judged = *group.first()?;
    let finding = &judged.finding;
    let count = group.iter().map(|judged| judged.finding.field_count()).sum();
    let (target, action) = (finding.target.as_ref().and_then(Target::service), finding.action_name.as_deref());
    let line = Line {
        place: place(subject, &finding.field, &finding.references, count),
        clauses: finding.clauses(),
        short: finding.short_reason(),
        aside: judged.doubt().map(|doubt| format!(" ({doubt})")).unwrap_or_default(),
        names: [target.map(|target| &*target.name), action],
        subject: &subject.name,
        check: Some(finding.check.0),
    };
    Some((count, line.compose()))
}

/// The line of lookups that failed for one reason, and the number of their fields.
fn of_lookups(subject: &Subject, group: &[&Gap]) -> Option<(usize, String)> {
    let gap = *group.first()?;
    let count = group.iter().map(|gap| gap.field_count()).sum();
    let line = Line {
        place: place(subject, &gap.field(), &gap.references, count),
        clauses: vec![gap.headline().into()],
        short: None,
        aside: String::new(),
        names: [None, None],
        subject: &subject.name,
        check: None,
    };
    Some((count, line.compose()))
}

/// The first reference of a finding and the number of the other fields, or the field that the finding names.
fn place(subject: &Subject, field: &FindingField, references: &[u32], count: usize) -> String {
    let first = references.first().and_then(|index| subject.reference(*index));
    let FieldPath(first) = match (field, first) {
        (FindingField::Reference(_), Some(reference)) => reference.place.field(Part::Whole),
        (FindingField::At(field), _) => field.clone(),
        (FindingField::Reference(_), None) => FieldPath("spec".to_owned()),
    };
    if count > 1 { format!("{first} and {} more", count - 1) } else { first }
}

/// The parts of a warning.
struct Line<'l> {
    /// The field. Each warning begins with it.
    place: String,
    /// The text: the first clause is always there, and each other one if there is room.
    clauses: Vec<Cow<'l, str>>,
    /// The first clause in fewer words, which replace it if it has no room.
    short: Option<String>,
    /// A remark that is always there.
    aside: String,
    /// The names in the first clause.
    names: [Option<&'l str>; 2],
    /// The object. A warning always contains its whole name, because the API server shows equal lines of two Ingresses only
    /// once (rulebook 1.3.4).
    subject: &'l ObjectName,
    /// The check, if there is one. A warning contains it if there is room, or if long names make the warning long anyway.
    check: Option<&'l str>,
}

impl Line<'_> {
    fn compose(&self) -> String {
        let name = printable(&format!(" [{}]", self.subject));
        let check = self.check.map(|check| format!(" [{check}]")).unwrap_or_default();
        let clauses: Vec<String> = self.clauses.iter().map(|clause| printable(clause)).collect();
        let (first, others) = clauses.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        let excess = self.excess();
        let room = WARNING_LENGTH + excess + self.domain_length();
        let around: usize = [&self.place, ": ", &self.aside, &name].iter().map(|part| length(part)).sum();
        let short = self.short.as_ref().filter(|_| around + length(first) > room).map(|short| printable(short));
        let first = short.as_deref().unwrap_or(first);
        let mut length = around + length(first);
        let mut text = format!("{}: {first}", self.place);
        for clause in others {
            let with_clause = length + self::length(clause);
            if with_clause <= room {
                length = with_clause;
                text.push_str(clause);
            }
        }
        let is_long = excess > 0 && length > WARNING_LENGTH;
        let names_check = is_long || length + self::length(&check) <= WARNING_LENGTH;
        let end = if names_check { name + &check } else { name };
        let limit = WARNING_LIMIT.saturating_sub(self::length(&end)).max(WARNING_LIMIT / 2);
        one_line(&format!("{text}{}", self.aside), limit) + &end
    }

    /// The characters by which the names are longer than usual.
    fn excess(&self) -> usize {
        let ObjectName { namespace, name } = self.subject;
        let names = [Some(namespace.as_str()), Some(name)].into_iter().chain(self.names).flatten();
        names.map(|name| length(name).saturating_sub(USUAL_NAME)).sum()
    }

    /// The characters of the domain in the key of an annotation, which no line can omit.
    fn domain_length(&self) -> usize {
        let key = self.place.split_once('[').map_or("", |(_, key)| key);
        key.split_once('/').map_or(0, |(domain, _)| length(domain))
    }
}

/// The number of characters.
fn length(text: &str) -> usize {
    text.chars().count()
}
