//! Pods or workloads that a selector almost matches (rulebook 6.2).

use std::collections::BTreeMap;

use crate::engine::model::{Labels, PodFacts, WorkloadFacts, is_set_later};
use crate::text::near;

/// Pods or a workload that match all labels of a selector but one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NearMiss {
    /// `3 Pods`, `Deployment "web"`.
    owner: String,
    /// The label that does not match.
    key: String,
    /// The value of the label in the selector.
    wanted: String,
    /// The value of the label in the Pods; `None` if they do not have the label.
    found: Option<String>,
}

impl NearMiss {
    /// The observation as a short clause: `2 Pods have app=web`.
    pub(super) fn brief(&self) -> String {
        let Self { owner, key, found, .. } = self;
        let plural = owner.ends_with('s');
        match found {
            Some(found) => format!("{owner} {} {key}={found}", if plural { "have" } else { "has" }),
            None => format!("{owner} {} {key}", if plural { "lack" } else { "lacks" }),
        }
    }

    /// The observation as a clause: `2 Pods would match with app=web`.
    pub(super) fn observation(&self) -> String {
        let Self { owner, key, wanted, found } = self;
        match found {
            Some(found) => format!("{owner} would match with {key}={found}"),
            None => format!("{owner} would match without {key}={wanted}"),
        }
    }

    /// The next step.
    pub(super) fn help(&self) -> String {
        let Self { key, wanted, found, .. } = self;
        match found {
            Some(found) => format!("select {key}={found}, or label the Pods {key}={wanted}"),
            None => format!("leave {key}={wanted} out of the selector, or label the Pods with it"),
        }
    }
}

/// Returns what `selector` almost matches: the largest group of Pods that differ in the same label, or else a workload.
pub(super) fn near_miss(selector: &Labels, pods: &[&PodFacts], workloads: &[&WorkloadFacts]) -> Option<NearMiss> {
    let near_miss = |(key, found): (&str, Option<&str>), owner: String| NearMiss {
        owner,
        key: key.to_owned(),
        wanted: selector.get(key).unwrap_or_default().to_owned(),
        found: found.map(str::to_owned),
    };
    let mut counts: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
    for miss in pods.iter().filter_map(|pod| only_miss(selector, &pod.labels)) {
        *counts.entry(miss).or_default() += 1;
    }
    // Among groups of the same size, the first one in the order of labels makes the result deterministic.
    if let Some((miss, count)) = counts.into_iter().rev().max_by_key(|(_, count)| *count) {
        let owner = if count == 1 { "1 Pod".to_owned() } else { format!("{count} Pods") };
        return Some(near_miss(miss, owner));
    }
    let mut misses: Vec<_> = workloads
        .iter()
        .filter_map(|workload| Some((&workload.kind, &workload.name, only_miss(selector, &workload.template_labels)?)))
        .collect();
    misses.sort_unstable();
    misses.first().map(|(kind, name, miss)| near_miss(*miss, format!("{kind} \"{name}\"")))
}

/// Returns the only label of `selector` that `labels` does not match, with its value in `labels`. `None` if more labels
/// or no labels differ. If the selector has no other label, the two values must be similar.
fn only_miss<'a>(selector: &'a Labels, labels: &'a Labels) -> Option<(&'a str, Option<&'a str>)> {
    let mut misses = selector.differences(labels);
    let (key, wanted, found) = misses.next()?;
    let only_label = selector.iter().nth(1).is_none();
    let plausible = !only_label || found.is_some_and(|found| near(wanted, [found]).is_some());
    // A label that is set later is right in the selector, whatever the templates have.
    let plausible = plausible && !is_set_later(key);
    (misses.next().is_none() && plausible).then_some((key, found))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::engine::model::{PodSpecFacts, PodState};

    fn labels(text: &str) -> Labels {
        text.split(',').filter_map(|pair| pair.split_once('=')).collect()
    }

    fn observation_about(selector: &str, pods: &[&str], templates: &[&str]) -> Option<String> {
        let pod = |text: &&str| PodFacts {
            name: "p".to_owned(),
            labels: labels(text),
            created: None,
            state: PodState::Ready,
            spec: PodSpecFacts::default(),
        };
        let workload = |text: &&str| WorkloadFacts {
            kind: "Deployment".to_owned(),
            name: "web".to_owned(),
            template_labels: labels(text),
            template_spec: PodSpecFacts::default(),
            replicas: None,
            first_ordinal: 0,
            is_expanded: false,
        };
        let (pods, workloads): (Vec<_>, Vec<_>) =
            (pods.iter().map(pod).collect(), templates.iter().map(workload).collect());
        let miss =
            near_miss(&labels(selector), &pods.iter().collect::<Vec<_>>(), &workloads.iter().collect::<Vec<_>>());
        miss.map(|miss| miss.observation())
    }

    #[rstest]
    #[case::a_typing_error("app=wbe", &["app=web", "app=web", "app=db"], Some("2 Pods would match with app=web"))]
    #[case::other_values("app=web", &["app=db", "app=cart"], None)]
    #[case::nothing_in_common("app=web,tier=front", &["app=db,tier=back"], None)]
    #[case::one_of_two("app=web,tier=front", &["app=web,tier=edge"], Some("1 Pod would match with tier=edge"))]
    #[case::one_is_missing("app=web,tier=front", &["app=web", "x=y"], Some("1 Pod would match without tier=front"))]
    #[case::the_largest_group("app=web,v=1", &["app=web,v=2", "app=web,v=3", "app=web,v=3"], Some("2 Pods would match with v=3"))]
    #[case::the_first_of_equal_groups("app=web,v=1", &["app=web,v=3", "app=web,v=2"], Some("1 Pod would match with v=2"))]
    #[case::no_pods("app=web,v=1", &[], None)]
    fn pods_that_almost_match(#[case] selector: &str, #[case] pods: &[&str], #[case] expected: Option<&str>) {
        assert_eq!(observation_about(selector, pods, &[]).as_deref(), expected);
    }

    #[test]
    fn a_workload_is_compared_if_no_pod_almost_matches() {
        let observation = observation_about("app=wbe", &["app=db"], &["app=web"]);
        assert_eq!(observation.as_deref(), Some("Deployment \"web\" would match with app=web"));
    }
}
