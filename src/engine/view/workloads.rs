//! The objects of a snapshot that create Pods: workloads, and custom resources.

use std::collections::BTreeMap;

use super::selectable::Selectable;
use crate::engine::model::{
    CustomFacts, Labels, Relation, WorkloadFacts, has_placeholder, is_set_later, nearly_selects,
};

/// The name and the kind of a workload.
type Key = (String, String);
/// The kind, the API group and the name of a custom resource.
type CustomKey = (String, String, String);
/// The namespace, the kind and the name of a workload.
type Scaled = (String, String, String);

/// The workloads and custom resources by namespace.
#[derive(Debug, Default)]
pub(super) struct Workloads {
    by_namespace: BTreeMap<String, Selectable<Key, WorkloadFacts>>,
    customs: BTreeMap<String, BTreeMap<CustomKey, CustomFacts>>,
    /// The workloads whose replicas other objects decide: the number of these objects, and the replicas that the workload
    /// states itself.
    scaled: BTreeMap<Scaled, (usize, Option<u32>)>,
}

impl Workloads {
    /// Adds a workload, or replaces the one with the same `name` and kind.
    pub(super) fn insert(&mut self, namespace: String, name: String, mut facts: WorkloadFacts) {
        let scaled = (namespace.clone(), facts.kind.clone(), facts.name.clone());
        if let Some((_, own)) = self.scaled.get_mut(&scaled).filter(|(scalers, _)| *scalers > 0) {
            *own = facts.replicas.take();
        }
        let key = (name, facts.kind.clone());
        let workloads = self.by_namespace.entry(namespace);
        workloads.or_insert_with(|| Selectable::new(|it| &it.template_labels)).insert(key, facts);
    }

    /// Adds a custom resource, or replaces the one with the same kind, API group and name.
    pub(super) fn insert_custom(&mut self, namespace: &str, facts: CustomFacts) {
        let key = (facts.kind.clone(), facts.group.clone(), facts.name.clone());
        let scales = facts.scales.clone();
        let replaced = self.customs.entry(namespace.to_owned()).or_default().insert(key, facts);
        let scaled_before = replaced.and_then(|replaced| replaced.scales);
        if scaled_before == scales {
            return;
        }
        for (scaled, more) in [(scaled_before, false), (scales, true)] {
            if let Some((kind, name)) = scaled {
                self.count_scaler(namespace.to_owned(), kind, name, more);
            }
        }
    }

    /// Counts one more or one fewer object that decides the replicas of a workload.
    fn count_scaler(&mut self, namespace: String, kind: String, name: String, more: bool) {
        let key = (name.clone(), kind.clone());
        let workload = self.by_namespace.get(&namespace).and_then(|workloads| workloads.get(&key)).cloned();
        let (scalers, own) = self.scaled.entry((namespace.clone(), kind, name.clone())).or_default();
        let before = *scalers;
        *scalers = if more { scalers.saturating_add(1) } else { scalers.saturating_sub(1) };
        let Some(mut workload) = workload else { return };
        if before > 0 {
            workload.replicas = *own;
        }
        self.insert(namespace, name, workload);
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
        let customs = self.customs.get(namespace).into_iter().flat_map(BTreeMap::values);
        let relation = customs.filter_map(|custom| custom.relation(selector)).max();
        let all = self.by_namespace.get(namespace).map(|workloads| workloads.select(&Labels::default()));
        let all = all.unwrap_or_default();
        // A name alone shows little: a workload that has the labels but for a typing error shows more.
        let by_name = || {
            relation == Some(Relation::Name)
                && !all.iter().any(|workload| nearly_selects(selector, &workload.template_labels))
        };
        let may_set = |workload: &&WorkloadFacts| {
            selector.iter().all(|(key, value)| match workload.template_labels.get(key) {
                Some(own) => own == value,
                None => is_set_later(key),
            })
        };
        relation == Some(Relation::Labels)
            || all.iter().any(|workload| may_select(selector, &workload.template_labels))
            || by_name()
            || self.labelled_later(namespace, selector).is_some_and(|(all, rest)| all.select(&rest).iter().any(may_set))
    }

    /// The number of objects and labels that [`Self::may_hide_pods`] compares at most.
    pub(super) fn hiding_cost(&self, namespace: &str, selector: &Labels) -> usize {
        let customs = self.customs.get(namespace).into_iter().flat_map(BTreeMap::values);
        let customs: usize = customs.map(|custom| 1 + custom.templates.len()).sum();
        let all = self.by_namespace.get(namespace).map_or(0, |all| all.cost(&Labels::default()));
        let later = self.labelled_later(namespace, selector).map_or(0, |(all, rest)| all.cost(&rest));
        customs.saturating_add(all).saturating_mul(1 + selector.len()).saturating_add(later)
    }

    /// The workloads whose Pods may get the rest of the labels of `selector` later, and the labels that they must have.
    fn labelled_later(&self, namespace: &str, selector: &Labels) -> Option<(&Selectable<Key, WorkloadFacts>, Labels)> {
        // The label with the name of a Pod is judged exactly.
        let exact = selector.iter().any(|(key, _)| WorkloadFacts::sets_for_each_pod(key));
        let rest = selector.without(is_set_later).filter(|_| !exact)?;
        Some((self.by_namespace.get(namespace)?, rest))
    }
}

/// Whether `selector` does not select `labels`, and would but for values with placeholders.
fn may_select(selector: &Labels, labels: &Labels) -> bool {
    let mut differences = selector.differences(labels).peekable();
    let is_placeholder = |(_, wanted, found): (&str, &str, Option<&str>)| {
        found.is_some_and(|found| has_placeholder(wanted) || has_placeholder(found))
    };
    differences.peek().is_some() && differences.all(is_placeholder)
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
            is_expanded: false,
        }
    }

    fn custom(scales: Option<(&str, &str)>) -> CustomFacts {
        CustomFacts {
            kind: "ScaledObject".to_owned(),
            group: "keda.sh".to_owned(),
            name: "web".to_owned(),
            templates: Vec::new(),
            is_expanded: scales.is_none(),
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
                all.insert_custom("shop", scaler.clone());
            }
            for kind in ["Deployment", "StatefulSet"] {
                all.insert("shop".to_owned(), "web".to_owned(), workload(kind, &[("app", "web")]));
            }
            if !first {
                all.insert_custom("shop", scaler.clone());
            }
            let replicas: Vec<_> =
                all.select("shop", &labels(&[("app", "web")])).into_iter().map(|one| one.replicas).collect();
            assert_eq!(replicas, [None, Some(0)]);
        }
    }

    /// A manifest may replace an object of a snapshot.
    #[test]
    fn a_workload_that_is_no_longer_scaled_has_its_own_replicas() {
        let replicas = |all: &Workloads| all.select("shop", &labels(&[("app", "web")]))[0].replicas;
        let mut all = Workloads::default();
        all.insert("shop".to_owned(), "web".to_owned(), workload("Deployment", &[("app", "web")]));
        for (scales, expected) in [
            (Some(("Deployment", "web")), None),
            (Some(("Deployment", "web")), None),
            (Some(("Deployment", "api")), Some(0)),
            (Some(("Deployment", "web")), None),
            (None, Some(0)),
        ] {
            all.insert_custom("shop", custom(scales));
            assert_eq!(replicas(&all), expected, "{scales:?}");
            assert_eq!(all.customs["shop"].len(), 1);
        }
    }

    /// The name of a custom resource alone does not hide a typing error.
    #[test]
    fn a_workload_with_nearly_these_labels_shows_a_typing_error() {
        let possible = |all: &Workloads, selector: &[(&str, &str)]| all.may_hide_pods("shop", &labels(selector));
        let mut all = Workloads::default();
        all.insert_custom("shop", custom(None));
        assert!(possible(&all, &[("app", "web")]));
        all.insert("shop".to_owned(), "web".to_owned(), workload("Deployment", &[("app", "wbe")]));
        assert!(!possible(&all, &[("app", "web")]));
        assert!(possible(&all, &[("app", "web"), ("tier", "front")]), "two labels differ");
        assert!(possible(&all, &[("app", "web"), ("keda.sh/part", "x")]));
    }

    #[test]
    fn a_placeholder_may_become_the_value_of_a_label() {
        let mut all = Workloads::default();
        all.insert(
            "shop".to_owned(),
            "web".to_owned(),
            workload("Deployment", &[("app", "${APP}"), ("tier", "front")]),
        );
        let possible = |selector: &[(&str, &str)]| all.may_hide_pods("shop", &labels(selector));
        assert!(possible(&[("app", "web")]) && possible(&[("app", "web"), ("tier", "$(TIER)")]));
        assert!(!possible(&[("app", "web"), ("tier", "back")]) && !possible(&[("part", "${PART}")]));
        assert!(!possible(&[("tier", "front")]), "the template shows the Pods");
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
        all.insert_custom("shop", custom(None));
        assert!(possible(&all, &[("app", "web"), ("tier", "front")]));
        assert!(!all.may_hide_pods("blog", &labels(&[("app", "web")])));
    }

    /// What is compared costs something.
    #[test]
    fn the_cost_counts_what_is_compared() {
        let mut all = Workloads::default();
        let selector = labels(&[("app", "web"), ("vault-active", "true")]);
        assert_eq!(all.hiding_cost("shop", &selector), 0);
        all.insert_custom("shop", custom(None));
        assert_eq!(all.hiding_cost("shop", &selector), 3);
        all.insert("shop".to_owned(), "web".to_owned(), workload("Deployment", &[("app", "web")]));
        assert_eq!(all.hiding_cost("shop", &selector), 8);
    }
}
