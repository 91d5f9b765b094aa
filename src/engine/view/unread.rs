//! Objects that exist and could not be read: they are unknown, never absent.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::kinds::{Identity, Kind};
use crate::engine::model::ObjectName;

/// The names of objects that cannot be decoded, by kind and namespace. The namespace of cluster-scoped objects is
/// empty.
#[derive(Debug, Default)]
pub(super) struct Unread(BTreeMap<Kind, BTreeMap<String, BTreeSet<String>>>);

impl Unread {
    pub(super) fn add(&mut self, kind: Kind, ObjectName { namespace, name }: ObjectName) {
        self.0.entry(kind).or_default().entry(namespace).or_default().insert(name);
    }

    /// Removes an object after an object with the same identity was read. Workloads of kinds without a row are never among
    /// the unread objects.
    pub(super) fn remove(&mut self, Identity { kind, namespace, name, .. }: Identity<'_>) {
        let Some(kind) = kind else { return };
        let Some(spaces) = self.0.get_mut(&kind) else { return };
        let Some(names) = spaces.get_mut(namespace) else { return };
        names.remove(name);
        if names.is_empty() {
            spaces.remove(namespace);
        }
    }

    pub(super) fn has(&self, kind: Kind, namespace: &str, name: &str) -> bool {
        let names = self.0.get(&kind).and_then(|spaces| spaces.get(namespace));
        names.is_some_and(|names| names.contains(name))
    }

    /// Whether the namespace has an unread object of one of these kinds.
    pub(super) fn any(&self, kinds: &[Kind], namespace: &str) -> bool {
        kinds.iter().any(|kind| self.0.get(kind).is_some_and(|spaces| spaces.contains_key(namespace)))
    }
}
