//! The most severe findings of a subject, and the number of all.

use std::collections::BTreeMap;

use super::Judged;
use crate::engine::model::{Action, CheckId};

/// How severe a finding is: its action, and its action in mode `enforce`.
type Severity = (Action, Action);

/// Counts findings, and keeps the most severe ones in their order. Of equally severe findings, the first ones are kept.
pub(super) struct Worst {
    /// The maximum number of findings that are kept.
    most: usize,
    kept: Vec<Judged>,
    /// The severity of the least severe finding of `kept`, once there are as many as may be kept.
    least: Option<Severity>,
    counts: BTreeMap<(CheckId, Action), usize>,
    /// The severity of the most severe finding.
    most_severe: Action,
    /// A finding would deny the subject in mode `enforce`.
    enforced_denial: bool,
}

impl Worst {
    pub(super) fn new(most: usize) -> Self {
        let (kept, counts) = (Vec::new(), BTreeMap::new());
        Self { most, kept, least: None, counts, most_severe: Action::Off, enforced_denial: false }
    }

    /// Counts a finding of `check` about so many `fields`, and keeps it if it is severe enough. Only then is it made.
    pub(super) fn add(
        &mut self,
        (check, fields): (CheckId, usize),
        severity: Severity,
        judged: impl FnOnce() -> Judged,
    ) {
        let (action, enforced) = severity;
        if action == Action::Off {
            return;
        }
        *self.counts.entry((check, action)).or_default() += fields;
        self.most_severe = self.most_severe.max(action);
        self.enforced_denial |= enforced == Action::Deny;
        if self.kept.len() >= self.most {
            if self.least.is_none_or(|least| severity <= least) {
                return;
            }
            if let Some(at) = self.kept.iter().rposition(|judged| Some(judged.severity()) == self.least) {
                self.kept.remove(at);
            }
        }
        self.kept.push(judged());
        if self.kept.len() >= self.most {
            self.least = self.kept.iter().map(Judged::severity).min();
        }
    }

    /// The most severe action of all findings; `Off` if there are none.
    pub(super) fn action(&self) -> Action {
        self.most_severe
    }

    /// Whether a finding would deny the subject in mode `enforce`.
    pub(super) fn has_enforced_denial(&self) -> bool {
        self.enforced_denial
    }

    /// Whether there is a finding of one of `checks` that is not only recorded.
    pub(super) fn has_visible(&self, checks: &[CheckId]) -> bool {
        self.counts.keys().any(|(check, action)| *action > Action::Audit && checks.contains(check))
    }

    /// The findings that were kept, and the number of fields with a finding, by check and action.
    pub(super) fn into_parts(self) -> (Vec<Judged>, BTreeMap<(CheckId, Action), usize>) {
        (self.kept, self.counts)
    }
}

impl Judged {
    fn severity(&self) -> Severity {
        (self.action, self.enforced)
    }
}
