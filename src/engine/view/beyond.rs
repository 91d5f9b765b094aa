//! Why objects may exist that a snapshot does not hold.

use std::collections::BTreeMap;

use super::Unknown;
use crate::engine::kinds::{Doubt, Kind};

/// The reasons by kind. Without a reason, an object that is not in the snapshot does not exist.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    /// By kind, for all namespaces.
    everywhere: [Option<Unknown>; Kind::ALL.len()],
    /// By kind and namespace; the namespace of cluster-scoped objects is empty.
    within: BTreeMap<(Kind, String), Unknown>,
}

impl Beyond {
    /// Any object may exist.
    pub(super) fn all(why: Unknown) -> Self {
        Self { everywhere: [Some(why); Kind::ALL.len()], within: BTreeMap::new() }
    }

    /// Adds the objects of a doubt. A reason that is known already stays.
    pub(super) fn add(&mut self, doubt: &Doubt, why: Unknown) {
        match doubt {
            Doubt::All => Kind::ALL.into_iter().for_each(|kind| self.add_kind(kind, why)),
            Doubt::Kinds(kinds, None) => kinds.iter().for_each(|kind| self.add_kind(*kind, why)),
            Doubt::Kinds(kinds, Some(namespace)) => {
                for kind in kinds {
                    self.within.entry((*kind, namespace.clone())).or_insert(why);
                }
            }
        }
    }

    /// Adds all objects of `kind`.
    pub(super) fn add_kind(&mut self, kind: Kind, why: Unknown) {
        if let Some(reason) = self.everywhere.get_mut(kind as usize) {
            reason.get_or_insert(why);
        }
    }

    /// Why objects of `kind` may exist in `namespace`; `None` if there are no others.
    pub(super) fn reason(&self, kind: Kind, namespace: &str) -> Option<Unknown> {
        let everywhere = self.everywhere.get(kind as usize).copied().flatten();
        // Nearly all snapshots are complete, and a lookup must not copy the namespace then.
        everywhere.or_else(|| {
            let mut within = self.within.iter();
            within.find(|((doubted, space), _)| *doubted == kind && space == namespace).map(|(_, why)| *why)
        })
    }
}
