//! The controllers of a report, in words.

use std::collections::BTreeMap;

use super::model::{ControllerReport, SubjectReport};
use super::text::Detail;
use crate::engine::controllers::IdentifiedBy;

/// The number of subjects that a note names.
const NAMED: usize = 3;

/// One note for each controller: who serves which subjects, and what identified the controller. A controller that is not
/// identified has a note even if its subjects have no finding, because some checks are silent without a controller.
pub(super) fn controller_notes(subjects: &[SubjectReport], detail: Detail) -> Vec<String> {
    let mut by_controller: BTreeMap<(&[String], IdentifiedBy), Vec<&SubjectReport>> = BTreeMap::new();
    let is_shown = |subject: &&SubjectReport| {
        let silent = subject.findings.is_empty() && subject.unknown.is_empty();
        !silent || detail == Detail::Verbose || subject.controller.candidates.is_empty()
    };
    for subject in subjects.iter().filter(is_shown) {
        let ControllerReport { candidates, identified_by, .. } = &subject.controller;
        by_controller.entry((candidates, *identified_by)).or_default().push(subject);
    }
    let note = |((candidates, by), subjects): ((&[String], IdentifiedBy), Vec<&SubjectReport>)| {
        let names = names(&subjects);
        match candidates {
            [] => format!(
                "the controller of {names} is unknown: a wrong port is a warning at most there, and checks that depend on \
                 the controller are silent; state the controller with --controller, or with `controllers` in the configuration"
            ),
            [only] => format!("{only} serves {names}, {}", by_words(by)),
            several => format!(
                "{} may serve {names}, {}: a denial needs all of them to fail; --controller states which one it is",
                either(several),
                by_words(by)
            ),
        }
    };
    by_controller.into_iter().map(note).collect()
}

/// The controllers as a choice, without their versions: `a, b or c`.
fn either(controllers: &[String]) -> String {
    let mut ids: Vec<&str> =
        controllers.iter().map(|id| id.split_once('@').map_or(id.as_str(), |(id, _)| id)).collect();
    ids.dedup();
    match ids.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => ids.concat(),
    }
}

/// What identified a controller, as the end of a sentence.
fn by_words(by: IdentifiedBy) -> &'static str {
    match by {
        IdentifiedBy::Class => "by its class",
        IdentifiedBy::Annotation => "by its annotation",
        IdentifiedBy::DefaultClass => "by the default class",
        IdentifiedBy::Flag => "by --controller",
        IdentifiedBy::Config => "by the configuration",
        IdentifiedBy::None => "by nothing",
    }
}

/// The subjects: `Ingress shop/web, shop/api and 3 more`.
fn names(subjects: &[&SubjectReport]) -> String {
    let kind = subjects.first().map_or("", |subject| subject.kind.as_str());
    let shown = subjects.iter().take(NAMED).map(|subject| format!("{}/{}", subject.namespace, subject.name));
    let shown: Vec<String> = shown.collect();
    let more = subjects.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{kind} {}{more}", shown.join(", "))
}
