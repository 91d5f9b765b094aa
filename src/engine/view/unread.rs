//! What is there and could not be read: never absent.

use std::collections::BTreeSet;

use crate::engine::model::ObjectName;

/// Kinds and names of objects that do not decode; the namespace of cluster-scoped ones is empty.
#[derive(Debug, Default)]
pub(super) struct Unread(BTreeSet<(String, ObjectName)>);

impl Unread {
    pub(super) fn add(&mut self, kind: String, name: ObjectName) {
        self.0.insert((kind, name));
    }

    /// One that can be read took its place.
    pub(super) fn remove(&mut self, kind: &str, namespace: &str, name: &str) {
        if !self.0.is_empty() {
            self.0.remove(&(kind.to_owned(), ObjectName::new(namespace, name)));
        }
    }

    pub(super) fn has(&self, kind: &str, namespace: &str, name: &str) -> bool {
        self.0.iter().any(|(of, at)| of == kind && at.namespace == namespace && at.name == name)
    }

    /// Whether there is any of these kinds in the namespace.
    pub(super) fn any(&self, kinds: &[&str], namespace: &str) -> bool {
        self.0.iter().any(|(of, at)| kinds.contains(&of.as_str()) && at.namespace == namespace)
    }
}
