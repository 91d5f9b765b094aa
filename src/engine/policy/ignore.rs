//! The annotation `backstop.dev/ignore` of a subject: the checks that its owners silence, and the reason.

use std::collections::BTreeSet;

use crate::engine::checks;
use crate::engine::model::CheckId;
use crate::engine::subject::Subject;

/// The annotation.
pub(super) const IGNORE: &str = "backstop.dev/ignore";
/// The annotation with the reason.
pub(super) const REASON: &str = "backstop.dev/ignore-reason";

/// The maximum number of reported words that are not the id of a check. An annotation may contain a hundred thousand
/// words.
const UNKNOWN_SHOWN: usize = 8;

/// The content of the two annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ignored<'a> {
    /// The named checks, sorted.
    pub(super) checks: Vec<CheckId>,
    /// The first words that are not the id of a check, sorted.
    pub(super) unknown: Vec<&'a str>,
    /// The reason; `None` if the annotation with the reason is missing or empty.
    pub(super) reason: Option<&'a str>,
}

impl<'a> Ignored<'a> {
    /// Reads the annotations; `None` if the subject does not have the first one.
    pub(super) fn of(subject: &'a Subject) -> Option<Self> {
        let (mut known, mut unknown) = (BTreeSet::new(), BTreeSet::new());
        for word in subject.annotations.get(IGNORE)?.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match checks::by_id(word) {
                Some(check) => drop(known.insert(check.id)),
                None if unknown.len() < UNKNOWN_SHOWN => drop(unknown.insert(word)),
                None => {}
            }
        }
        let reason = subject.annotations.get(REASON).map(str::trim).filter(|reason| !reason.is_empty());
        Some(Self { checks: known.into_iter().collect(), unknown: unknown.into_iter().collect(), reason })
    }

    /// Whether the annotation silences `check`.
    pub(super) fn silences(&self, check: CheckId) -> bool {
        self.checks.contains(&check)
    }
}
