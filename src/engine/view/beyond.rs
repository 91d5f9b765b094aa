//! Why objects may exist that a snapshot does not hold.

use std::collections::BTreeMap;

use super::Unknown;
use crate::engine::kinds::{Doubt, Kind};

/// The kinds of the objects that a kustomization may add to those of its files. Namespaces and IngressClasses rarely belong
/// to an application.
const OF_APPLICATIONS: [Kind; 8] = [
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Endpoints,
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicaSet,
];

/// The reasons by kind. Without a reason, an object that is not in the snapshot does not exist.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    /// By kind, for all namespaces.
    everywhere: [Option<Unknown>; Kind::ALL.len()],
    /// By kind, for some namespaces; the namespace of cluster-scoped objects is empty.
    within: [BTreeMap<String, Unknown>; Kind::ALL.len()],
    /// Objects of [`OF_APPLICATIONS`] may exist in every namespace, for the subject that is judged now.
    not_rendered: bool,
}

impl Beyond {
    /// Any object may exist.
    pub(super) fn all(why: Unknown) -> Self {
        Self { everywhere: [Some(why); Kind::ALL.len()], ..Self::default() }
    }

    /// Adds the objects of a doubt. A reason that is known already stays.
    pub(super) fn add(&mut self, doubt: &Doubt, why: Unknown) {
        match doubt {
            Doubt::All => Kind::ALL.into_iter().for_each(|kind| self.add_kind(kind, why)),
            Doubt::Kinds(kinds, None) => kinds.iter().for_each(|kind| self.add_kind(*kind, why)),
            Doubt::Kinds(kinds, Some(namespace)) => {
                for kind in kinds {
                    if let Some(within) = self.within.get_mut(*kind as usize) {
                        within.entry(namespace.clone()).or_insert(why);
                    }
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

    /// Sets whether a kustomization adds objects to those of the subject that is judged next.
    pub(super) fn set_not_rendered(&mut self, not_rendered: bool) {
        self.not_rendered = not_rendered;
    }

    /// Why objects of `kind` may exist in `namespace`; `None` if there are no others.
    pub(super) fn reason(&self, kind: Kind, namespace: &str) -> Option<Unknown> {
        let everywhere = self.everywhere.get(kind as usize).copied().flatten();
        let within = || self.within.get(kind as usize).and_then(|within| within.get(namespace)).copied();
        let not_rendered = self.not_rendered && OF_APPLICATIONS.contains(&kind);
        // A file that could not be read says more than that nobody saved the kind.
        let unsaved = everywhere.filter(|why| *why == Unknown::NotSaved);
        let stated = everywhere.filter(|_| unsaved.is_none());
        stated.or_else(|| not_rendered.then_some(Unknown::NotRendered)).or_else(within).or(unsaved)
    }
}
