//! Objects that exist and could not be read: they are unknown, never absent.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::kinds::Kind;
use crate::engine::model::ObjectName;

/// The names of objects that do not decode, by kind and namespace; the namespace of cluster-scoped objects is empty.
#[derive(Debug, Default)]
pub(super) struct Unread(BTreeMap<Kind, BTreeMap<String, BTreeSet<String>>>);

impl Unread {
    pub(super) fn add(&mut self, kind: Kind, ObjectName { namespace, name }: ObjectName) {
        self.0.entry(kind).or_default().entry(namespace).or_default().insert(name);
    }

    /// Forgets an object in whose place another one was read.
    pub(super) fn remove(&mut self, kind: Kind, namespace: &str, name: &str) {
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

    /// Whether there is any of these kinds in the namespace.
    pub(super) fn any(&self, kinds: &[Kind], namespace: &str) -> bool {
        kinds.iter().any(|kind| self.0.get(kind).is_some_and(|spaces| spaces.contains_key(namespace)))
    }
}
