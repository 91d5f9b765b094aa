//! Services that do not exist yet, because Flagger is to make them (rulebook 7.12).

use std::collections::{BTreeMap, BTreeSet};

/// The kinds of workload for which Flagger makes Services; for others it finds them.
const TARGETS: [&str; 2] = ["Deployment", "DaemonSet"];

/// What a decision needs of a Canary of Flagger's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryFacts {
    /// Its name.
    pub name: String,
    /// The kind of the workload that it releases.
    pub target_kind: String,
    /// The name of that workload.
    pub target: String,
    /// The Service that stands before the workload, after which the two others are named.
    pub apex: String,
}

impl CanaryFacts {
    /// Whether Flagger makes `service` for it: the apex, or the one for the primary or the canary.
    fn makes(&self, service: &str) -> bool {
        let beside = service.strip_prefix(self.apex.as_str());
        TARGETS.contains(&&*self.target_kind) && matches!(beside, Some("" | "-primary" | "-canary"))
    }
}

/// What tells of one namespace which Services Flagger is to make there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Makers {
    /// The Canaries, by name.
    pub canaries: BTreeMap<String, CanaryFacts>,
    /// Kind and name of the workloads that may yet get a Canary; none where all that will be is known.
    pub workloads: BTreeSet<(String, String)>,
}

/// Why a Service may be expected that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise<'a> {
    /// Flagger makes it for the Canary of this name.
    Canary(&'a str),
    /// Flagger makes it as soon as a Canary names the workload of this kind, which is called as the Service is.
    Workload(&'a str),
}

impl Makers {
    /// Why `service` may be expected, if it may.
    pub fn promise(&self, service: &str) -> Option<Promise<'_>> {
        if let Some(maker) = self.canaries.values().find(|canary| canary.makes(service)) {
            return Some(Promise::Canary(&maker.name));
        }
        let (kind, _) = self.workloads.iter().find(|(kind, name)| {
            // A Canary that names it already, and makes another Service for it, will not make this one.
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

    /// Canaries of a kind, a workload and a Service; and workloads.
    fn makers(canaries: &[Canary], workloads: &[(&str, &str)]) -> Makers {
        let canary = |(target_kind, target, apex): &Canary| {
            let (target_kind, target, apex) = ((*target_kind).to_owned(), (*target).to_owned(), (*apex).to_owned());
            ("release".to_owned(), CanaryFacts { name: "release".to_owned(), target_kind, target, apex })
        };
        let workload = |(kind, name): &(&str, &str)| ((*kind).to_owned(), (*name).to_owned());
        Makers { canaries: canaries.iter().map(canary).collect(), workloads: workloads.iter().map(workload).collect() }
    }

    /// Asked for the Service `web`.
    #[rstest]
    #[case::the_apex(&[("Deployment", "web", "web")], &[], Some(Promise::Canary("release")))]
    #[case::another_name(&[("Deployment", "web-v2", "web")], &[], Some(Promise::Canary("release")))]
    #[case::of_a_daemon_set(&[("DaemonSet", "web", "web")], &[], Some(Promise::Canary("release")))]
    #[case::it_stands_before_a_service(&[("Service", "web", "web")], &[], None)]
    #[case::another_service(&[("Deployment", "api", "api")], &[], None)]
    #[case::a_longer_one(&[("Deployment", "web-api", "web-api")], &[], None)]
    #[case::without_a_canary(&[], &[("Deployment", "web")], Some(Promise::Workload("Deployment")))]
    #[case::a_daemon_set(&[], &[("DaemonSet", "web")], Some(Promise::Workload("DaemonSet")))]
    #[case::not_releasable(&[], &[("StatefulSet", "web")], None)]
    #[case::another_workload(&[], &[("Deployment", "web-2")], None)]
    #[case::released_under_another_name(&[("Deployment", "web", "shop")], &[("Deployment", "web")], None)]
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
    fn the_two_beside_the_apex(#[case] service: &str, #[case] made: bool) {
        assert_eq!(makers(&[("Deployment", "web", "web")], &[]).promise(service).is_some(), made);
    }
}
