//! The Ingresses of one namespace: by name for events, and by target for lookups.

use std::sync::Arc;

use ahash::HashMap;

use crate::engine::model::Target;
use crate::engine::subject::Subject;

/// See the documentation of the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Ingresses {
    all: HashMap<Box<str>, Arc<Subject>>,
    /// The Ingresses that refer to each target, sorted by name.
    users: HashMap<Target, Vec<Arc<Subject>>>,
}

/// The Services and ports that `subject` refers to, each once.
pub(super) fn service_targets(subject: &Subject) -> impl Iterator<Item = &Target> {
    subject.targets.iter().filter(|target| target.service().is_some())
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

    pub(super) fn get(&self, name: &str) -> Option<&Arc<Subject>> {
        self.all.get(name)
    }

    /// The Ingresses that refer to `target`, sorted by name.
    pub(super) fn users(&self, target: &Target) -> &[Arc<Subject>] {
        self.users.get(target).map_or(&[], Vec::as_slice)
    }

    /// Adds or changes the Ingress `name`.
    pub(super) fn apply(&mut self, name: &str, subject: Arc<Subject>) {
        self.delete(name);
        for target in service_targets(&subject) {
            let users = match self.users.get_mut(target) {
                Some(users) => users,
                None => self.users.entry(target.clone()).or_default(),
            };
            if let Err(at) = users.binary_search_by(|user| (*user.name.name).cmp(name)) {
                // Most targets have one user, and there are many targets.
                users.reserve_exact(usize::from(users.is_empty()));
                users.insert(at, Arc::clone(&subject));
            }
        }
        self.all.insert(name.into(), subject);
    }

    /// Deletes the Ingress `name`.
    pub(super) fn delete(&mut self, name: &str) {
        let Some(old) = self.all.remove(name) else { return };
        for target in service_targets(&old) {
            let Some(users) = self.users.get_mut(target) else { continue };
            if let Ok(at) = users.binary_search_by(|user| (*user.name.name).cmp(name)) {
                users.remove(at);
            }
            if users.is_empty() {
                self.users.remove(target);
            }
        }
    }
}
