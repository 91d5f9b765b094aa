//! What an UPDATE changes, compared as sets and never by position (rulebook 7.8, trap 40).

use std::collections::BTreeSet;

use crate::engine::model::{ActionSpec, Backend, Subject, Target};

/// A new object beside the stored one.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    new: &'a Subject,
    old: Option<&'a Subject>,
    /// What the stored object refers to, wherever in it; nothing for a creation. A set, because an Ingress may have
    /// thousands of paths.
    known: BTreeSet<&'a Target>,
    /// Both refer to the same.
    same: bool,
}

impl<'a> Change<'a> {
    /// A creation: everything is new.
    pub fn creation(new: &'a Subject) -> Self {
        Self { new, old: None, known: BTreeSet::new(), same: false }
    }

    /// An update of `old` to `new`.
    pub fn update(old: &'a Subject, new: &'a Subject) -> Self {
        let known = references(old);
        let same = known == references(new);
        Self { new, old: Some(old), known, same }
    }

    /// Whether nothing that a judgement reads has changed: such an update passes untouched.
    pub fn is_none(&self) -> bool {
        self.same && !self.reinterprets()
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
        self.known.contains(&backend.target)
    }
}

/// What `subject` refers to, in its paths and in the actions of its annotations.
fn references(subject: &Subject) -> BTreeSet<&Target> {
    let forwards = subject.actions.values().flat_map(|action| match action {
        ActionSpec::Forward(groups) => groups.as_slice(),
        ActionSpec::Answer | ActionSpec::Unreadable(_) => &[],
    });
    subject.backends.iter().map(|backend| &backend.target).chain(forwards.map(|group| &group.target)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::manifest::ingress;

    /// An Ingress with these backends in this order, each a Service and a port, and this class.
    fn subject(backends: &[(u8, u16)], class: &str) -> Subject {
        let path = |(service, port): &(u8, u16)| serde_json::json!({"backend": {"service": {"name": format!("s{service}"), "port": {"number": port}}}});
        let paths: Vec<_> = backends.iter().map(path).collect();
        let json = serde_json::json!({"metadata": {"name": "web"},
            "spec": {"ingressClassName": class, "rules": [{"http": {"paths": paths}}]}});
        ingress(&json.to_string(), "shop").unwrap()
    }

    fn backends() -> impl Strategy<Value = Vec<(u8, u16)>> {
        proptest::collection::vec((0..4_u8, 1..3_u16), 0..8)
    }

    proptest! {
        /// Whatever the order and however often: a reference is new if and only if it stands nowhere in the old object.
        #[test]
        fn references_are_compared_as_sets(old in backends(), new in backends(), same_class: bool) {
            let (was, is) = (subject(&old, "a"), subject(&new, if same_class { "a" } else { "b" }));
            let change = Change::update(&was, &is);
            for (backend, reference) in is.backends.iter().zip(&new) {
                prop_assert_eq!(change.had(backend), old.iter().any(|known| known == reference));
            }
            let same = new.iter().all(|one| old.contains(one)) && old.iter().all(|one| new.contains(one));
            prop_assert_eq!(change.is_none(), same && same_class);
        }

        #[test]
        fn another_order_is_no_change(old in backends().prop_shuffle(), rotate in 0..8_usize) {
            let mut new = old.clone();
            new.rotate_left(rotate.min(old.len()));
            new.extend(old.first().copied());
            let (was, is) = (subject(&old, "a"), subject(&new, "a"));
            prop_assert!(Change::update(&was, &is).is_none());
        }

        #[test]
        fn all_of_a_creation_is_new(new in backends()) {
            let is = subject(&new, "a");
            let change = Change::creation(&is);
            prop_assert!(!change.is_none() && is.backends.iter().all(|backend| !change.had(backend)));
        }
    }
}
