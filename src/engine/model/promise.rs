//! Services that do not exist yet, because Flagger is to make them (rulebook 7.12).

use super::WorkloadFacts;

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

    fn releases(&self, workload: &WorkloadFacts) -> bool {
        self.target_kind == workload.kind && self.target == workload.name
    }
}

/// Why a Service may be expected that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Flagger makes it for this Canary.
    Canary(String),
    /// Flagger makes it as soon as a Canary names this workload, which is called as the Service is.
    Target {
        /// `Deployment` or `DaemonSet`.
        kind: String,
        /// Its name.
        name: String,
    },
}

impl Promise {
    /// The promise of `service` in a cluster with Flagger, by these Canaries and workloads of its namespace. Where no
    /// Canary is to follow, leave the workloads out.
    pub fn of(service: &str, canaries: &[&CanaryFacts], workloads: &[&WorkloadFacts]) -> Option<Self> {
        if let Some(maker) = canaries.iter().find(|canary| canary.makes(service)) {
            return Some(Self::Canary(maker.name.clone()));
        }
        let target = workloads.iter().find(|it| {
            // A Canary that names it already, and makes another Service for it, will not make this one.
            it.name == service && TARGETS.contains(&&*it.kind) && !canaries.iter().any(|canary| canary.releases(it))
        })?;
        Some(Self::Target { kind: target.kind.clone(), name: target.name.clone() })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::engine::model::{Labels, PodSpecFacts};

    fn canary(target_kind: &str, target: &str, apex: &str) -> CanaryFacts {
        let (target_kind, target, apex) = (target_kind.to_owned(), target.to_owned(), apex.to_owned());
        CanaryFacts { name: "release".to_owned(), target_kind, target, apex }
    }

    fn workload(kind: &str, name: &str) -> WorkloadFacts {
        WorkloadFacts {
            kind: kind.to_owned(),
            name: name.to_owned(),
            template_labels: Labels::default(),
            template_spec: PodSpecFacts::default(),
            replicas: None,
        }
    }

    fn by_canary() -> Promise {
        Promise::Canary("release".to_owned())
    }

    fn by_workload(kind: &str) -> Promise {
        Promise::Target { kind: kind.to_owned(), name: "web".to_owned() }
    }

    /// Asked for the Service `web`.
    #[rstest]
    #[case::the_apex(&[canary("Deployment", "web", "web")], &[], Some(by_canary()))]
    #[case::another_name(&[canary("Deployment", "web-v2", "web")], &[], Some(by_canary()))]
    #[case::of_a_daemon_set(&[canary("DaemonSet", "web", "web")], &[], Some(by_canary()))]
    #[case::it_stands_before_a_service(&[canary("Service", "web", "web")], &[], None)]
    #[case::another_service(&[canary("Deployment", "api", "api")], &[], None)]
    #[case::a_longer_one(&[canary("Deployment", "web-api", "web-api")], &[], None)]
    #[case::without_a_canary(&[], &[workload("Deployment", "web")], Some(by_workload("Deployment")))]
    #[case::a_daemon_set(&[], &[workload("DaemonSet", "web")], Some(by_workload("DaemonSet")))]
    #[case::not_releasable(&[], &[workload("StatefulSet", "web")], None)]
    #[case::another_workload(&[], &[workload("Deployment", "web-2")], None)]
    #[case::released_under_another_name(&[canary("Deployment", "web", "shop")], &[workload("Deployment", "web")], None)]
    #[case::nothing(&[], &[], None)]
    fn promises(
        #[case] canaries: &[CanaryFacts],
        #[case] workloads: &[WorkloadFacts],
        #[case] expected: Option<Promise>,
    ) {
        let (canaries, workloads): (Vec<_>, Vec<_>) = (canaries.iter().collect(), workloads.iter().collect());
        assert_eq!(Promise::of("web", &canaries, &workloads), expected);
    }

    #[rstest]
    #[case("web-primary", true)]
    #[case("web-canary", true)]
    #[case("web-stable", false)]
    #[case("primary", false)]
    fn the_two_beside_the_apex(#[case] service: &str, #[case] made: bool) {
        assert_eq!(Promise::of(service, &[&canary("Deployment", "web", "web")], &[]).is_some(), made);
    }
}
