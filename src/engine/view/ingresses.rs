//! The Ingresses of one namespace, and those among them that are canaries: few, and asked for at every judgement.

use std::sync::Arc;

use ahash::HashMap;

use crate::engine::model::Subject;

/// See the documentation of the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Ingresses {
    all: HashMap<Box<str>, Arc<Subject>>,
    /// Sorted by name.
    canaries: Vec<Arc<Subject>>,
}

impl Ingresses {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(|name| &**name)
    }

    /// All of them, sorted by name.
    pub(super) fn all(&self) -> Vec<&Subject> {
        let mut all: Vec<&Subject> = self.all.values().map(|subject| &**subject).collect();
        all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The canaries, sorted by name.
    pub(super) fn canaries(&self) -> &[Arc<Subject>] {
        &self.canaries
    }

    pub(super) fn apply(&mut self, name: &str, subject: Arc<Subject>) {
        let old = self.all.insert(name.into(), Arc::clone(&subject));
        if old.is_some_and(|old| old.is_canary()) {
            self.forget_canary(name);
        }
        if subject.is_canary() {
            let at = self.canaries.partition_point(|canary| *canary.name.name < *name);
            self.canaries.insert(at, subject);
        }
    }

    pub(super) fn delete(&mut self, name: &str) {
        if self.all.remove(name).is_some_and(|old| old.is_canary()) {
            self.forget_canary(name);
        }
    }

    fn forget_canary(&mut self, name: &str) {
        self.canaries.retain(|canary| canary.name.name != name);
    }
}
