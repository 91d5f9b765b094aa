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

impl CanaryFacts {
    /// Whether Flagger creates `service` for this Canary: the apex Service, the primary Service or the canary Service.
    fn creates(&self, service: &str) -> bool {
        let suffix = service.strip_prefix(self.apex.as_str());
        TARGETS.contains(&&*self.target_kind) && matches!(suffix, Some("" | "-primary" | "-canary"))
    }
}

/// The objects of one namespace that determine which Services Flagger will create there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Makers {
    /// The Canaries, by name.
    pub canaries: BTreeMap<String, CanaryFacts>,
    /// Kind and name of each workload that may get a Canary later. Empty if no Canary can be added later.
    pub workloads: BTreeSet<(String, String)>,
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
    /// Returns why `service` is expected to be created; `None` if it is not.
    pub fn promise(&self, service: &str) -> Option<Promise<'_>> {
        if let Some(maker) = self.canaries.values().find(|canary| canary.creates(service)) {
            return Some(Promise::Canary(&maker.name));
        }
        let (kind, _) = self.workloads.iter().find(|(kind, name)| {
            // If a Canary names the workload and creates a Service of another name, nothing creates this Service.
            name == service
                && TARGETS.contains(&&**kind)
                && !self.canaries.values().any(|canary| canary.target_kind == *kind && canary.target == *name)
        })?;
        Some(Promise::Workload(kind))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    type Canary = (&'static str, &'static str, &'static str);

    /// `canaries`: kind and name of the workload, and the apex Service. `workloads`: kind and name.
    fn makers(canaries: &[Canary], workloads: &[(&str, &str)]) -> Makers {
        let canary = |(target_kind, target, apex): &Canary| {
            let (target_kind, target, apex) = ((*target_kind).to_owned(), (*target).to_owned(), (*apex).to_owned());
            ("release".to_owned(), CanaryFacts { name: "release".to_owned(), target_kind, target, apex })
        };
        let workload = |(kind, name): &(&str, &str)| ((*kind).to_owned(), (*name).to_owned());
        Makers { canaries: canaries.iter().map(canary).collect(), workloads: workloads.iter().map(workload).collect() }
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
}
