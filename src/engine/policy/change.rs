//! What an UPDATE changes. Targets are compared as sets, never by position (rulebook 7.8, trap 40).

use ahash::HashSet;

use crate::engine::model::Target;
use crate::engine::subject::Subject;

/// A new object, and the stored object that it replaces.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    new: &'a Subject,
    old: Option<&'a Subject>,
    /// The targets of the stored object, if there are too many to compare them one by one.
    many_old_targets: HashSet<&'a Target>,
    /// Both objects have the same targets.
    same_targets: bool,
}

/// The number of targets up to which targets are compared one by one.
const COMPARED: usize = 8;

impl<'a> Change<'a> {
    /// A creation: everything is new.
    pub fn creation(new: &'a Subject) -> Self {
        Self { new, old: None, many_old_targets: HashSet::default(), same_targets: false }
    }

    /// An update of `old` to `new`.
    pub fn update(old: &'a Subject, new: &'a Subject) -> Self {
        let many = old.targets.len() > COMPARED;
        let many_old_targets = if many { old.targets.iter().collect() } else { HashSet::default() };
        let mut change = Self { new, old: Some(old), many_old_targets, same_targets: false };
        // The targets of a subject are distinct, so sets of the same size with the same members are equal.
        let same_size = old.targets.len() == new.targets.len();
        change.same_targets = same_size && new.targets.iter().all(|target| change.had(target));
        change
    }

    /// Whether the update changes nothing that a judgement reads. Such an update is not judged.
    pub fn is_none(&self) -> bool {
        self.same_targets && !self.reinterprets()
    }

    /// Whether the class or a relevant annotation changed, so that an old reference may have another meaning. Labels
    /// are not compared here: the caller compares the exemptions of both objects.
    pub fn reinterprets(&self) -> bool {
        self.old.is_some_and(|old| old.class() != self.new.class() || old.annotations.differ(&self.new.annotations))
    }

    /// The stored object; `None` for a creation.
    pub fn old(&self) -> Option<&'a Subject> {
        self.old
    }

    /// Whether the stored object refers to `target` in any of its references.
    pub fn had(&self, target: &Target) -> bool {
        match self.old {
            Some(old) if self.many_old_targets.is_empty() => old.targets.contains(target),
            _ => self.many_old_targets.contains(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::manifest::ingress;

    /// An Ingress with these backends (Service and port) in this order, and this class.
    fn subject(backends: &[(u8, u16)], class: &str) -> Subject {
        let path = |(service, port): &(u8, u16)| serde_json::json!({"backend": {"service": {"name": format!("s{service}"), "port": {"number": port}}}});
        let paths: Vec<_> = backends.iter().map(path).collect();
        let json = serde_json::json!({"metadata": {"name": "web"},
            "spec": {"ingressClassName": class, "rules": [{"http": {"paths": paths}}]}});
        ingress(&json.to_string(), "shop").unwrap()
    }

    /// Up to 24 distinct targets: few enough to be compared one by one, and more.
    fn backends() -> impl Strategy<Value = Vec<(u8, u16)>> {
        (1..13_u8).prop_flat_map(|services| proptest::collection::vec((0..services, 1..3_u16), 0..24))
    }

    proptest! {
        /// A reference is new if and only if no reference of the old object has the same target.
        #[test]
        fn references_are_compared_as_sets(old in backends(), new in backends(), same_class: bool) {
            let (was, is) = (subject(&old, "a"), subject(&new, if same_class { "a" } else { "b" }));
            let change = Change::update(&was, &is);
            for (reference, backend) in is.references.iter().zip(&new) {
                prop_assert_eq!(change.had(is.target(reference).unwrap()), old.iter().any(|known| known == backend));
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
            prop_assert!(!change.is_none() && is.targets.iter().all(|target| !change.had(target)));
        }
    }
}
