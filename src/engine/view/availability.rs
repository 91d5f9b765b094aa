//! Which kinds can be looked up, and why the others cannot.

use super::Unknown;
use crate::engine::kinds::Kind;

/// Whether each kind can be looked up. A kind that cannot be looked up is unknown as a whole, because its objects may
/// have changed since the last event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Availability {
    /// By kind; `None` if the kind can be looked up.
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

    /// Why `kind` cannot be looked up; `None` if it can.
    pub(super) fn reason(self, kind: Kind) -> Option<Unknown> {
        if kind == Kind::NetworkPolicy && self.other_policies {
            return Some(Unknown::Overruled);
        }
        self.reasons.get(kind as usize).copied().flatten()
    }
}
