//! The annotation `backstop.dev/ignore` of a subject: checks that its owners silence, and why.

use std::collections::BTreeSet;

use crate::engine::checks;
use crate::engine::model::CheckId;
use crate::engine::subject::Subject;

/// The annotation.
pub(super) const IGNORE: &str = "backstop.dev/ignore";
/// The annotation that says why.
pub(super) const REASON: &str = "backstop.dev/ignore-reason";

/// How many words that name no check are reported. An annotation has room for a hundred thousand.
const UNKNOWN_SHOWN: usize = 8;

/// What the annotation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ignored<'a> {
    /// The checks that it names, sorted.
    pub(super) checks: Vec<CheckId>,
    /// Words in it that are the id of no check, sorted; the first few.
    pub(super) unknown: Vec<&'a str>,
    /// Why; `None` where the second annotation is missing.
    pub(super) reason: Option<&'a str>,
}

impl<'a> Ignored<'a> {
    /// Reads the annotation; `None` where there is none.
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

    /// Whether it silences `check`.
    pub(super) fn silences(&self, check: CheckId) -> bool {
        self.checks.contains(&check)
    }
}
