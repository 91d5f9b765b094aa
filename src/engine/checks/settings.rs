//! The configuration of checks: their actions, and how long Pods may take to start.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::Check;
use crate::engine::model::{Action, CheckId};

/// The settings of the configuration file for checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSettings {
    /// The configured actions of checks. Other checks keep their own actions.
    pub actions: BTreeMap<CheckId, Action>,
    /// The age up to which an unready Pod counts as starting (rulebook 6.3).
    pub grace: SignedDuration,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl CheckSettings {
    /// No configured actions, and a grace period of two minutes.
    pub const DEFAULT: Self = Self { actions: BTreeMap::new(), grace: SignedDuration::from_mins(2) };

    /// Returns the configured action of a finding of `check`, or `action` if none is configured.
    ///
    /// `action` is the action that the check gave to the finding. A configured action replaces it if it is the most
    /// severe one of the check. If the finding is milder than that (Pods that are starting, a port on an unknown
    /// controller), the configured action can only make it milder still.
    pub fn action(&self, check: &Check, action: Action) -> Action {
        match self.actions.get(&check.id) {
            Some(configured) if action >= check.action => *configured,
            Some(configured) => action.min(*configured),
            None => action,
        }
    }
}
