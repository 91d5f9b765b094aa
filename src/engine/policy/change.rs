//! What an UPDATE changes, compared as sets and never by position (rulebook 7.8, trap 40).

use crate::engine::model::{Backend, Subject};

/// A new object beside the stored one.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    new: &'a Subject,
    old: Option<&'a Subject>,
}

impl<'a> Change<'a> {
    /// A creation: everything is new.
    pub fn creation(new: &'a Subject) -> Self {
        Self { new, old: None }
    }

    /// An update of `old` to `new`.
    pub fn update(old: &'a Subject, new: &'a Subject) -> Self {
        Self { new, old: Some(old) }
    }

    /// Whether nothing that a judgement reads has changed: such an update passes untouched.
    pub fn is_none(&self) -> bool {
        !self.reinterprets() && self.new.backends.iter().all(|backend| self.had(backend)) && !self.removes()
    }

    /// Whether class or relevant annotations changed, so that an old reference may mean something else. Labels do not:
    /// whether one of them spared the stored object is for the exemptions to say.
    pub fn reinterprets(&self) -> bool {
        self.old.is_some_and(|old| old.class != self.new.class || old.annotations != self.new.annotations)
    }

    /// The stored object; `None` for a creation.
    pub fn old(&self) -> Option<&'a Subject> {
        self.old
    }

    /// Whether the stored object already holds the reference of `backend`, wherever in it.
    pub fn had(&self, backend: &Backend) -> bool {
        self.old.is_some_and(|old| old.refers_to(&backend.target))
    }

    /// Whether a reference of the stored object is gone.
    fn removes(&self) -> bool {
        let stays = |gone: &Backend| self.new.backends.iter().any(|backend| backend.target == gone.target);
        self.old.is_some_and(|old| !old.backends.iter().all(stays))
    }
}
