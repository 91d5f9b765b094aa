//! Applies the events of one watch to the index.

use std::sync::Arc;

use parking_lot::RwLock;

use super::watch::{Names, Sink};
use crate::engine::kinds::{Kind, Object};
use crate::engine::view::{Changes, Index, Unknown};

/// The maximum number of deletions during one lock of the index.
const DELETIONS_AT_ONCE: usize = 256;

/// Feeds one kind into the index.
pub(super) struct Feed {
    pub(super) kind: Kind,
    pub(super) index: Arc<RwLock<Index>>,
}

impl Feed {
    /// Makes a change while the index is locked.
    fn change(&self, change: impl FnOnce(&mut Index) -> Changes) {
        let changes = change(&mut self.index.write());
        if !changes.is_empty() {
            tracing::trace!(kind = %self.kind.plural(), keys = ?changes.keys(), "facts changed");
        }
    }
}

impl Sink for Feed {
    fn apply(&self, namespace: &str, name: &str, object: Object) {
        match object {
            // A slice or a NetworkPolicy that has no facts any more.
            Object::Other => self.delete(namespace, name),
            object => self.change(|index| index.apply(object)),
        }
    }

    fn delete(&self, namespace: &str, name: &str) {
        self.change(|index| index.delete(self.kind, namespace, name));
    }

    fn keep_only(&self, listed: &Names) {
        // No other task changes this kind, so a picture contains all objects that may be deleted, and the index is not
        // locked meanwhile.
        let known = self.index.read().whole_picture();
        let names = known.names(self.kind).into_iter().filter(|(namespace, name)| !listed.contains(namespace, name));
        let gone: Vec<(String, String)> = names.map(|(space, name)| (space.to_owned(), name.to_owned())).collect();
        drop(known);
        for chunk in gone.chunks(DELETIONS_AT_ONCE) {
            self.change(|index| chunk.iter().map(|(space, name)| index.delete(self.kind, space, name)).collect());
        }
    }

    fn set_available(&self, available: Result<(), Unknown>) {
        self.change(|index| index.set_available(self.kind, available));
    }
}
