//! What an operator says about checks: their actions, and how long Pods may take to start.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::Check;
use crate::engine::model::{Action, CheckId};

/// What the configuration file says about checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSettings {
    /// The action of a check in place of its own.
    pub actions: BTreeMap<CheckId, Action>,
    /// How old Pods may be and still count as starting (rulebook 6.3).
    pub grace: SignedDuration,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self::OWN
    }
}

impl CheckSettings {
    /// Two minutes of grace, and every check as it is by itself.
    pub const OWN: Self = Self { actions: BTreeMap::new(), grace: SignedDuration::from_mins(2) };

    /// What a finding of `check` deserves that by itself deserves `action`.
    ///
    /// A configured action takes the place of the check's own. A finding that is milder than its check usually is
    /// (Pods that are merely starting, a port on an unknown controller) stays as mild, or becomes milder.
    pub fn action(&self, check: &Check, action: Action) -> Action {
        match self.actions.get(&check.id) {
            Some(configured) if action >= check.action => *configured,
            Some(configured) => action.min(*configured),
            None => action,
        }
    }
}
