//! The objects of a snapshot that create Pods: workloads, and custom resources.

use std::collections::{BTreeMap, BTreeSet};

use super::selectable::Selectable;
use crate::engine::model::{CustomFacts, Labels, WorkloadFacts, is_set_later};

/// The name and the kind of a workload.
type Key = (String, String);

/// The workloads and custom resources by namespace.
#[derive(Debug, Default)]
pub(super) struct Workloads {
    by_namespace: BTreeMap<String, Selectable<Key, WorkloadFacts>>,
    customs: BTreeMap<String, Customs>,
    /// Namespace, kind and name of the workloads whose replicas another object decides.
    scaled: BTreeSet<(String, String, String)>,
}

/// The custom resources of a namespace.
#[derive(Debug, Default)]
struct Customs {
    all: Vec<CustomFacts>,
    /// The number of the custom resources and of their templates.
    size: usize,
}

impl Workloads {
    /// Adds a workload, or replaces the one with the same `name` and kind.
    pub(super) fn insert(&mut self, namespace: String, name: String, mut facts: WorkloadFacts) {
        if self.scaled.contains(&(namespace.clone(), facts.kind.clone(), facts.name.clone())) {
            facts.replicas = None;
        }
        let key = (name, facts.kind.clone());
        let workloads = self.by_namespace.entry(namespace);
        workloads.or_insert_with(|| Selectable::new(|it| &it.template_labels)).insert(key, facts);
    }

    /// Adds a custom resource.
    pub(super) fn insert_custom(&mut self, namespace: String, facts: CustomFacts) {
        if let Some((kind, name)) = &facts.scales {
            self.scaled.insert((namespace.clone(), kind.clone(), name.clone()));
            let key = (name.clone(), kind.clone());
            let workload = self.by_namespace.get(&namespace).and_then(|workloads| workloads.get(&key)).cloned();
            if let Some(workload) = workload {
                self.insert(namespace.clone(), name.clone(), workload);
            }
        }
        let customs = self.customs.entry(namespace).or_default();
        customs.size += 1 + facts.templates.len();
        customs.all.push(facts);
    }

    /// The workloads whose Pods `selector` selects, sorted by name and kind. An empty selector selects all.
    pub(super) fn select(&self, namespace: &str, selector: &Labels) -> Vec<&WorkloadFacts> {
        let Some(workloads) = self.by_namespace.get(namespace) else { return Vec::new() };
        // No template has the labels that a workload sets for each Pod.
        match selector.without(WorkloadFacts::sets_for_each_pod) {
            None => workloads.select(selector),
            Some(rest) => workloads.select(&rest).into_iter().filter(|one| one.makes(selector)).collect(),
        }
    }

    /// The number of workloads and labels that [`Self::select`] compares at most.
    pub(super) fn cost(&self, namespace: &str, selector: &Labels) -> usize {
        let Some(workloads) = self.by_namespace.get(namespace) else { return 0 };
        workloads.cost(selector.without(WorkloadFacts::sets_for_each_pod).as_ref().unwrap_or(selector))
    }

    /// Whether Pods that `selector` selects may exist although no template has its labels.
    pub(super) fn may_hide_pods(&self, namespace: &str, selector: &Labels) -> bool {
        let mut customs = self.customs.get(namespace).into_iter().flat_map(|customs| &customs.all);
        let may_set = |workload: &&WorkloadFacts| {
            selector.iter().all(|(key, value)| match workload.template_labels.get(key) {
                Some(own) => own == value,
                None => is_set_later(key),
            })
        };
        customs.any(|custom| custom.may_make(selector))
            || self.labelled_later(namespace, selector).is_some_and(|(all, rest)| all.select(&rest).iter().any(may_set))
    }

    /// The number of objects and labels that [`Self::may_hide_pods`] compares at most.
    pub(super) fn hiding_cost(&self, namespace: &str, selector: &Labels) -> usize {
        let customs = self.customs.get(namespace).map_or(0, |customs| customs.size);
        let workloads = self.labelled_later(namespace, selector).map_or(0, |(all, rest)| all.cost(&rest));
        customs.saturating_mul(1 + selector.len()).saturating_add(workloads)
    }

    /// The workloads whose Pods may get the rest of the labels of `selector` later, and the labels that they must have.
    fn labelled_later(&self, namespace: &str, selector: &Labels) -> Option<(&Selectable<Key, WorkloadFacts>, Labels)> {
        // The label with the name of a Pod is judged exactly.
        let exact = selector.iter().any(|(key, _)| WorkloadFacts::sets_for_each_pod(key));
        let rest = selector.without(is_set_later).filter(|_| !exact)?;
        Some((self.by_namespace.get(namespace)?, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::PodSpecFacts;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().copied().collect()
    }

    fn workload(kind: &str, template: &[(&str, &str)]) -> WorkloadFacts {
        WorkloadFacts {
            kind: kind.to_owned(),
            name: "web".to_owned(),
            template_labels: labels(template),
            template_spec: PodSpecFacts::default(),
            replicas: Some(0),
            first_ordinal: 0,
        }
    }

    fn custom(scales: Option<(&str, &str)>) -> CustomFacts {
        CustomFacts {
            kind: "ScaledObject".to_owned(),
            group: "keda.sh".to_owned(),
            name: "web".to_owned(),
            templates: Vec::new(),
            makes_pods: scales.is_none(),
            scales: scales.map(|(kind, name)| (kind.to_owned(), name.to_owned())),
        }
    }

    /// The order of the objects makes no difference.
    #[test]
    fn a_scaled_workload_has_no_replicas_of_its_own() {
        let scaler = custom(Some(("Deployment", "web")));
        for first in [true, false] {
            let mut all = Workloads::default();
            if first {
                all.insert_custom("shop".to_owned(), scaler.clone());
            }
            for kind in ["Deployment", "StatefulSet"] {
                all.insert("shop".to_owned(), "web".to_owned(), workload(kind, &[("app", "web")]));
            }
            if !first {
                all.insert_custom("shop".to_owned(), scaler.clone());
            }
            let replicas: Vec<_> =
                all.select("shop", &labels(&[("app", "web")])).into_iter().map(|one| one.replicas).collect();
            assert_eq!(replicas, [None, Some(0)]);
        }
    }

    #[test]
    fn labels_that_are_set_later_hide_pods() {
        let mut all = Workloads::default();
        all.insert("shop".to_owned(), "web".to_owned(), workload("Deployment", &[("app", "web"), ("role", "replica")]));
        let possible = |all: &Workloads, selector: &[(&str, &str)]| all.may_hide_pods("shop", &labels(selector));
        assert!(possible(&all, &[("app", "web"), ("vault-active", "true")]));
        assert!(!possible(&all, &[("app", "web"), ("tier", "front")]));
        assert!(!possible(&all, &[("app", "db"), ("vault-active", "true")]));
        assert!(!possible(&all, &[("app", "web"), ("role", "master")]), "the template has another value");
        assert!(!possible(&all, &[("app", "web"), ("statefulset.kubernetes.io/pod-name", "web-0")]));
        all.insert_custom("shop".to_owned(), custom(None));
        assert!(possible(&all, &[("app", "web"), ("tier", "front")]));
        assert!(!all.may_hide_pods("blog", &labels(&[("app", "web")])));
    }

    /// What is compared costs something.
    #[test]
    fn the_cost_counts_what_is_compared() {
        let mut all = Workloads::default();
        let selector = labels(&[("app", "web"), ("vault-active", "true")]);
        assert_eq!(all.hiding_cost("shop", &selector), 0);
        all.insert_custom("shop".to_owned(), custom(None));
        assert_eq!(all.hiding_cost("shop", &selector), 3);
        all.insert("shop".to_owned(), "web".to_owned(), workload("Deployment", &[("app", "web")]));
        assert_eq!(all.hiding_cost("shop", &selector), 5);
    }
}
