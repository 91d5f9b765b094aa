//! Lists of which many objects have the same, each kept once.

use std::hash::Hash;
use std::sync::Arc;

use ahash::HashSet;

/// See the module's page.
#[derive(Debug)]
pub(super) struct Pool<T>(HashSet<Arc<[T]>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(HashSet::default())
    }
}

impl<T: Eq + Hash> Pool<T> {
    /// Puts the pool's own copy in place of `list`.
    pub(super) fn share(&mut self, list: &mut Arc<[T]>) {
        if let Some(known) = self.0.get(list) {
            *list = Arc::clone(known);
        } else {
            self.0.insert(Arc::clone(list));
        }
    }

    /// Forgets the list of an object that was just removed once only that and the pool hold it.
    pub(super) fn release(&mut self, removed: Option<Arc<[T]>>) {
        if let Some(list) = removed.filter(|list| Arc::strong_count(list) <= 2) {
            self.0.remove(&list);
        }
    }
}
