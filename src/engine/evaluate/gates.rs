//! Gates: how severe findings about a subject and about its targets may be.

use crate::engine::controllers::UnusedReferences;
use crate::engine::model::Action;
use crate::engine::subject::Subject;

/// The most severe action that findings may have, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The most severe action. The mode may limit it further.
    pub most: Action,
    /// Why the action is limited, for people; `None` for an open gate.
    pub why: Option<&'static str>,
}

impl Gate {
    /// A gate that allows every action.
    pub const OPEN: Self = Self { most: Action::Deny, why: None };

    /// Limits the action to `most` because of `why` if `condition` holds. An equally strict limit keeps its reason.
    pub fn limit(&mut self, condition: bool, most: Action, why: &'static str) {
        if condition && most < self.most {
            *self = Self { most, why: Some(why) };
        }
    }

    /// Limits the action to that of `other`, with its reason.
    pub fn limit_to(&mut self, other: &Self) {
        if other.most < self.most {
            *self = *other;
        }
    }
}

/// The gates of one subject: one for the subject, and one for each of its distinct targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gates {
    /// The gate for findings about the subject as a whole.
    pub subject: Gate,
    /// The gates for findings about targets, each at the index of its target.
    pub targets: Vec<Gate>,
    /// The references that the controller does not use.
    pub unused: UnusedReferences,
    /// The gates for findings about those references, each at the index of their target. Empty if there are none.
    pub unused_targets: Vec<Gate>,
    /// The controller answers requests of a subject of this shape without its backends (rows 26 and 27); `None` for an
    /// ordinary subject.
    pub spared: Option<Spared>,
    /// The controller rejects the subject as a whole (rulebook 2.5.4).
    pub rejected: bool,
}

/// Which backends get no requests, because the controller answers without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spared {
    /// The target of the default backend, if that gets its requests.
    pub except: Option<u32>,
    /// The Service and the port must exist; only its endpoints get no requests.
    pub needs_port: bool,
    /// The most severe action.
    pub most: Action,
}

impl Gates {
    /// Gates that allow every action.
    pub fn open(subject: &Subject) -> Self {
        Self {
            subject: Gate::OPEN,
            targets: vec![Gate::OPEN; subject.targets.len()],
            unused: UnusedReferences::default(),
            unused_targets: Vec::new(),
            spared: None,
            rejected: false,
        }
    }

    /// The gate for findings about these references to the target with this index. The controller uses all of them, or
    /// none.
    pub fn of(&self, target: u32, references: &[u32]) -> Gate {
        let unused = references.first().is_some_and(|reference| self.unused.why(*reference).is_some());
        if unused { gate(&self.unused_targets, target) } else { self.target(target) }
    }

    /// The gate for findings about the target with this index.
    pub(super) fn target(&self, index: u32) -> Gate {
        gate(&self.targets, index)
    }
}

fn gate(gates: &[Gate], target: u32) -> Gate {
    let index = usize::try_from(target).unwrap_or(usize::MAX);
    gates.get(index).copied().unwrap_or(Gate::OPEN)
}
