//! What an UPDATE changes. Targets are compared as sets, never by position (rulebook 7.8, trap 40).

use ahash::HashMap;

use crate::engine::controllers::{Actions, Profile, ProfileSet};
use crate::engine::model::Target;
use crate::engine::subject::{ActionSpec, Subject};

/// A new object, and the stored object that it replaces.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    new: &'a Subject,
    old: Option<&'a Subject>,
    /// The uses of the targets of the stored object, each at the index of its target.
    old_uses: Vec<Uses>,
    /// The indexes of the targets of the stored object, if there are too many to compare them one by one.
    many_old_targets: HashMap<&'a Target, usize>,
    /// The references of both objects have the same targets, and every controller uses the same of them.
    same_targets: bool,
}

/// The ways in which a subject uses one of its targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Uses {
    /// A reference names the target.
    named: bool,
    /// The profiles whose controllers use such a reference.
    users: ProfileSet,
    /// An action that a reference names. The action of an annotation that no reference names is no use.
    forwarded: bool,
}

/// The number of targets up to which targets are compared one by one.
const COMPARED: usize = 8;

impl<'a> Change<'a> {
    /// A creation: everything is new.
    pub fn creation(new: &'a Subject) -> Self {
        Self { new, old: None, old_uses: Vec::new(), many_old_targets: HashMap::default(), same_targets: false }
    }

    /// An update of `old` to `new`.
    pub fn update(old: &'a Subject, new: &'a Subject) -> Self {
        let many = old.targets.len() > COMPARED;
        let many_old_targets = if many { old.targets.iter().zip(0..).collect() } else { HashMap::default() };
        let old_uses = Uses::of(old);
        let mut change = Self { new, old: Some(old), old_uses, many_old_targets, same_targets: false };
        // The targets of a subject are distinct, so sets of the same size with the same members are equal.
        let new_uses = Uses::of(new);
        let same_size = Uses::count_named(&change.old_uses) == Uses::count_named(&new_uses);
        let mut named = new.targets.iter().zip(new_uses).filter(|(_, uses)| uses.named);
        change.same_targets = same_size && named.all(|(target, uses)| change.old_uses(target).names_like(uses));
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

    /// Whether a controller with this profile sends requests of the stored object to `target`.
    pub fn had(&self, target: &Target, profile: &Profile) -> bool {
        let uses = self.old_uses(target);
        uses.users.has(profile) || (uses.forwarded && profile.actions == Actions::Served)
    }

    /// Whether a reference of the stored object names `target`, even if the controller ignores the reference.
    pub fn named(&self, target: &Target) -> bool {
        self.old_uses(target).named
    }

    /// The uses of `target` in the stored object.
    fn old_uses(&self, target: &Target) -> Uses {
        let index = match self.old {
            Some(old) if self.many_old_targets.is_empty() => old.targets.iter().position(|known| known == target),
            _ => self.many_old_targets.get(target).copied(),
        };
        index.and_then(|index| self.old_uses.get(index)).copied().unwrap_or_default()
    }
}

impl Uses {
    /// The uses of the targets of `subject`, each at the index of its target.
    fn of(subject: &Subject) -> Vec<Self> {
        let mut all = vec![Self::default(); subject.targets.len()];
        let users = ProfileSet::of_references(subject);
        for (index, reference) in subject.references.iter().enumerate() {
            if let Some(uses) = at(&mut all, reference.target) {
                uses.named = true;
                uses.users.add(users.get(index).copied().unwrap_or(ProfileSet::EVERY));
            }
        }
        for index in 0..all.len() {
            let named = all.get(index).is_some_and(|uses| uses.named);
            let Some(Target::Action(name)) = subject.targets.get(index).filter(|_| named) else { continue };
            if let Some(ActionSpec::Forward(groups)) = subject.action(name) {
                for group in groups {
                    if let Some(uses) = at(&mut all, group.target) {
                        uses.forwarded = true;
                    }
                }
            }
        }
        all
    }

    /// The number of targets that references name.
    fn count_named(all: &[Self]) -> usize {
        all.iter().filter(|uses| uses.named).count()
    }

    /// Whether references name the target, and the same controllers use them.
    fn names_like(self, other: Self) -> bool {
        (self.named, self.users) == (other.named, other.users)
    }
}

/// The uses of the target with this index.
fn at(all: &mut [Uses], target: u32) -> Option<&mut Uses> {
    all.get_mut(usize::try_from(target).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::engine::controllers::{UNKNOWN, by_id};
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

    /// An Ingress with an action that forwards to `s1`, a default backend `s2`, and these paths.
    fn subject_with_action(paths: &[(&str, &str)]) -> Subject {
        let path = |(service, port): &(&str, &str)| serde_json::json!({"backend": {"service": {"name": service, "port": {"name": port}}}});
        let paths: Vec<_> = paths.iter().map(path).collect();
        let forward = serde_json::json!({"type": "forward", "forwardConfig": {"targetGroups": [{"serviceName": "s1", "servicePort": "http"}]}});
        let json = serde_json::json!({
            "metadata": {"name": "web", "annotations": {"alb.ingress.kubernetes.io/actions.x": forward.to_string()}},
            "spec": {"defaultBackend": {"service": {"name": "s2", "port": {"name": "http"}}}, "rules": [{"http": {"paths": paths}}]}});
        ingress(&json.to_string(), "shop").unwrap()
    }

    /// The targets that the stored object had, by the profile of the controller.
    #[rstest]
    #[case::unused("aws-alb", &[("s0", "http")], &["s0", "s2"])]
    #[case::named("aws-alb", &[("x", "use-annotation")], &["s1", "s2", "x"])]
    #[case::named_in_vain("haproxytech", &[("x", "use-annotation")], &["s2", "x"])]
    #[case::referenced_as_well("haproxytech", &[("s1", "http")], &["s1", "s2"])]
    #[case::ignored_default("traefik", &[("s0", "http")], &["s0"])]
    #[case::default_beside_a_rule_without_a_host("ingress-nginx", &[("s0", "http")], &["s0"])]
    #[case::default_and_path("traefik", &[("s2", "http")], &["s2"])]
    fn only_targets_that_the_controller_uses_were_there_before(
        #[case] profile: &str,
        #[case] paths: &[(&str, &str)],
        #[case] expected: &[&str],
    ) {
        let (old, new) = (
            subject_with_action(paths),
            subject_with_action(&[("s0", "http"), ("s1", "http"), ("s2", "http"), ("x", "use-annotation")]),
        );
        let change = Change::update(&old, &new);
        let mut had: Vec<&str> = new
            .targets
            .iter()
            .filter(|target| change.had(target, by_id(profile).unwrap()))
            .map(|target| match target {
                Target::Service(service) => &*service.name,
                Target::Action(name) => name,
                other => panic!("{other:?}"),
            })
            .collect();
        had.sort_unstable();
        assert_eq!(had, expected);
        assert!(!change.is_none(), "a path to a target of an action or of the default backend is a change");
        assert!(Change::update(&old, &old.clone()).is_none());
    }

    proptest! {
        /// A reference is new if and only if no reference of the old object has the same target.
        #[test]
        fn references_are_compared_as_sets(old in backends(), new in backends(), same_class: bool) {
            let (was, is) = (subject(&old, "a"), subject(&new, if same_class { "a" } else { "b" }));
            let change = Change::update(&was, &is);
            for (reference, backend) in is.references.iter().zip(&new) {
                prop_assert_eq!(change.had(is.target(reference).unwrap(), &UNKNOWN), old.iter().any(|known| known == backend));
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
            prop_assert!(!change.is_none() && is.targets.iter().all(|target| !change.had(target, &UNKNOWN)));
        }
    }
}
