//! The annotation `backstop.dev/ignore` of a subject: checks that its owners silence, and why.

use crate::engine::checks;
use crate::engine::model::{CheckId, Subject};

/// The annotation.
pub(super) const IGNORE: &str = "backstop.dev/ignore";
/// The one that says why.
pub(super) const REASON: &str = "backstop.dev/ignore-reason";

/// What the annotation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ignored<'a> {
    /// The checks that it names, in its order.
    pub(super) checks: Vec<CheckId>,
    /// The words in it that are the id of no check.
    pub(super) unknown: Vec<&'a str>,
    /// Why; `None` where nobody says.
    pub(super) reason: Option<&'a str>,
}

impl<'a> Ignored<'a> {
    /// Reads the annotation; `None` where there is none.
    pub(super) fn of(subject: &'a Subject) -> Option<Self> {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for word in subject.annotation(IGNORE)?.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match checks::by_id(word) {
                Some(check) => known.push(check.id),
                None => unknown.push(word),
            }
        }
        let reason = subject.annotation(REASON).map(str::trim).filter(|reason| !reason.is_empty());
        Some(Self { checks: known, unknown, reason })
    }

    /// Whether it silences `check`.
    pub(super) fn silences(&self, check: CheckId) -> bool {
        self.checks.contains(&check)
    }
}
