//! Which kinds can be looked up, and why the others cannot.

use super::Unknown;
use crate::engine::kinds::Kind;

/// For each kind, whether lookups of it can be answered. One that cannot be answered is unknown as a whole: what an
/// outdated index still shows may be gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Availability {
    /// By kind; `None` where lookups can be answered.
    reasons: [Option<Unknown>; Kind::ALL.len()],
    /// The cluster has policies of other kinds, which may overrule NetworkPolicies (rulebook 5.11).
    other_policies: bool,
}

/// No kind has been read yet.
impl Default for Availability {
    fn default() -> Self {
        Self { reasons: [Some(Unknown::NotSynced); Kind::ALL.len()], other_policies: false }
    }
}

impl Availability {
    /// Sets whether `kind` can be looked up; returns whether that is a change.
    pub(super) fn set(&mut self, kind: Kind, available: Result<(), Unknown>) -> bool {
        let Some(reason) = self.reasons.get_mut(kind as usize) else { return false };
        let new = available.err();
        std::mem::replace(reason, new) != new
    }

    /// Sets whether policies of other kinds exist; returns whether that is a change.
    pub(super) fn set_other_policies(&mut self, exist: bool) -> bool {
        std::mem::replace(&mut self.other_policies, exist) != exist
    }

    /// Why lookups of `kind` cannot be answered, if so.
    pub(super) fn reason(self, kind: Kind) -> Option<Unknown> {
        if kind == Kind::NetworkPolicy && self.other_policies {
            return Some(Unknown::Overruled);
        }
        self.reasons.get(kind as usize).copied().flatten()
    }
}
