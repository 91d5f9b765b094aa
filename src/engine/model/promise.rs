//! Services that do not exist yet, because Flagger will create them (rulebook 7.12).

use std::collections::{BTreeMap, BTreeSet};

/// The kinds of workload for which Flagger creates Services. For other kinds the Services must exist.
const TARGETS: [&str; 2] = ["Deployment", "DaemonSet"];

/// The facts of a Flagger Canary that a decision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryFacts {
    /// The name of the Canary.
    pub name: String,
    /// The kind of the workload: `spec.targetRef.kind`.
    pub target_kind: String,
    /// The name of the workload: `spec.targetRef.name`.
    pub target: String,
    /// The name of the apex Service. The names of the other two Services are this name with `-primary` and `-canary`.
    pub apex: String,
}

/// The objects of one namespace that determine which Services Flagger will create there.
///
/// An Ingress may name thousands of missing Services, and a namespace may have thousands of these objects, so every
/// question is answered by lookups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Makers {
    /// The Canaries, by name.
    canaries: BTreeMap<String, CanaryFacts>,
    /// The names of the Canaries that create Services, by apex Service.
    by_apex: BTreeMap<String, BTreeSet<String>>,
    /// The number of Canaries of each workload, by name and kind.
    by_target: BTreeMap<String, BTreeMap<String, usize>>,
    /// The kinds of the workloads that may get a Canary later, by name. Empty if no Canary can be added later.
    workloads: BTreeMap<String, BTreeSet<String>>,
}

/// Why a Service that does not exist is expected to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise<'a> {
    /// Flagger creates the Service for the Canary with this name.
    Canary(&'a str),
    /// Flagger creates the Service as soon as a Canary names the workload of this kind. The workload has the name of
    /// the Service.
    Workload(&'a str),
}

impl Makers {
    /// Adds a Canary, or replaces the Canary of the same name.
    pub fn add_canary(&mut self, canary: CanaryFacts) {
        if let Some(old) = self.canaries.remove(&canary.name) {
            self.remove_from_indexes(&old);
        }
        let kinds = self.by_target.entry(canary.target.clone()).or_default();
        *kinds.entry(canary.target_kind.clone()).or_default() += 1;
        if canary.creates_services() {
            self.by_apex.entry(canary.apex.clone()).or_default().insert(canary.name.clone());
        }
        self.canaries.insert(canary.name.clone(), canary);
    }

    /// Adds a workload that may get a Canary later.
    pub fn add_workload(&mut self, kind: String, name: String) {
        self.workloads.entry(name).or_default().insert(kind);
    }

    fn remove_from_indexes(&mut self, canary: &CanaryFacts) {
        if let Some(names) = self.by_apex.get_mut(&canary.apex) {
            names.remove(&canary.name);
        }
        let kinds = self.by_target.get_mut(&canary.target);
        if let Some(count) = kinds.and_then(|kinds| kinds.get_mut(&canary.target_kind)) {
            *count = count.saturating_sub(1);
        }
    }

    /// Returns why `service` is expected to be created; `None` if it is not.
    pub fn promise(&self, service: &str) -> Option<Promise<'_>> {
        let apexes = ["", "-primary", "-canary"].into_iter().filter_map(|suffix| service.strip_suffix(suffix));
        let makers = apexes.filter_map(|apex| self.by_apex.get(apex)?.first());
        if let Some(canary) = makers.min() {
            return Some(Promise::Canary(canary));
        }
        // If a Canary names the workload and creates a Service of another name, nothing creates this Service.
        let claimed = self.by_target.get(service);
        let is_claimed = |kind: &str| claimed.and_then(|kinds| kinds.get(kind)).is_some_and(|count| *count > 0);
        let mut kinds = self.workloads.get(service)?.iter();
        kinds.find(|kind| TARGETS.contains(&kind.as_str()) && !is_claimed(kind)).map(|kind| Promise::Workload(kind))
    }
}

impl CanaryFacts {
    /// Whether Flagger creates Services for this Canary: the apex Service, the primary Service and the canary Service.
    fn creates_services(&self) -> bool {
        TARGETS.contains(&self.target_kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    type Canary = (&'static str, &'static str, &'static str);

    fn canary(name: &str, (target_kind, target, apex): (&str, &str, &str)) -> CanaryFacts {
        let (target_kind, target, apex) = (target_kind.to_owned(), target.to_owned(), apex.to_owned());
        CanaryFacts { name: name.to_owned(), target_kind, target, apex }
    }

    /// `canaries`: kind and name of the workload, and the apex Service. `workloads`: kind and name.
    fn makers(canaries: &[Canary], workloads: &[(&str, &str)]) -> Makers {
        let mut makers = Makers::default();
        for (target_kind, target, apex) in canaries {
            makers.add_canary(canary("release", (target_kind, target, apex)));
        }
        for (kind, name) in workloads {
            makers.add_workload((*kind).to_owned(), (*name).to_owned());
        }
        makers
    }

    /// Each case asks whether the Service `web` will be created.
    #[rstest]
    #[case::the_apex(&[("Deployment", "web", "web")], &[], Some(Promise::Canary("release")))]
    #[case::another_name(&[("Deployment", "web-v2", "web")], &[], Some(Promise::Canary("release")))]
    #[case::of_a_daemon_set(&[("DaemonSet", "web", "web")], &[], Some(Promise::Canary("release")))]
    #[case::target_is_a_service(&[("Service", "web", "web")], &[], None)]
    #[case::another_service(&[("Deployment", "api", "api")], &[], None)]
    #[case::a_longer_name(&[("Deployment", "web-api", "web-api")], &[], None)]
    #[case::without_a_canary(&[], &[("Deployment", "web")], Some(Promise::Workload("Deployment")))]
    #[case::a_daemon_set(&[], &[("DaemonSet", "web")], Some(Promise::Workload("DaemonSet")))]
    #[case::not_releasable(&[], &[("StatefulSet", "web")], None)]
    #[case::another_workload(&[], &[("Deployment", "web-2")], None)]
    #[case::canary_creates_another_service(&[("Deployment", "web", "shop")], &[("Deployment", "web")], None)]
    #[case::nothing(&[], &[], None)]
    fn promises(
        #[case] canaries: &[Canary],
        #[case] workloads: &[(&str, &str)],
        #[case] expected: Option<Promise<'static>>,
    ) {
        assert_eq!(makers(canaries, workloads).promise("web"), expected);
    }

    #[rstest]
    #[case("web-primary", true)]
    #[case("web-canary", true)]
    #[case("web-stable", false)]
    #[case("primary", false)]
    fn flagger_creates_the_primary_and_the_canary_service(#[case] service: &str, #[case] created: bool) {
        assert_eq!(makers(&[("Deployment", "web", "web")], &[]).promise(service).is_some(), created);
    }

    #[test]
    fn a_canary_replaces_the_canary_of_its_name() {
        let mut makers = makers(&[("Deployment", "web", "web")], &[("Deployment", "web")]);
        makers.add_canary(canary("release", ("Deployment", "api", "api")));
        assert_eq!(makers.promise("web"), Some(Promise::Workload("Deployment")));
        assert_eq!(makers.promise("api-canary"), Some(Promise::Canary("release")));
    }

    #[test]
    fn the_first_of_several_canaries_is_named() {
        let mut makers = Makers::default();
        for (name, apex) in [("c", "web"), ("b", "web"), ("a", "web-primary")] {
            makers.add_canary(canary(name, ("Deployment", "x", apex)));
        }
        assert_eq!(makers.promise("web"), Some(Promise::Canary("b")));
        assert_eq!(makers.promise("web-primary"), Some(Promise::Canary("a")));
    }
}
