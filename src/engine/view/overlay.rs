//! An overlay: facts from live reads, over a picture that may lag.

use std::collections::BTreeMap;

use super::{Among, Elsewhere, ListFacts, Lookup, Need, Proof, Stage, View};
use crate::engine::model::{
    Claim, ClassFacts, Labels, Makers, NamePair, NameRef, NamespaceFacts, NetworkPolicies, ObjectName, PodFacts,
    ServiceFacts, SliceFacts, TargetId, WorkloadFacts,
};
use crate::engine::subject::Neighbour;

/// A Service as a live read found it, with its `metadata.resourceVersion` if the API server sent one.
pub type ServiceRead = (ServiceFacts, Option<Box<str>>);

/// The results of live reads, for each [`Need`].
#[derive(Clone, Debug, Default)]
pub struct LiveFacts {
    /// Services.
    pub services: BTreeMap<ObjectName, Lookup<ServiceFacts>>,
    /// `metadata.resourceVersion` of Services that were found.
    pub resource_versions: BTreeMap<ObjectName, Box<str>>,
    /// The EndpointSlices of Services; found and empty if there are none.
    pub slices: BTreeMap<ObjectName, Lookup<Vec<SliceFacts>>>,
    /// Namespaces.
    pub namespaces: BTreeMap<String, Lookup<NamespaceFacts>>,
    /// The objects by which programs create Services in a namespace.
    pub makers: BTreeMap<String, Lookup<Makers>>,
    /// The Pods of a namespace that a selector selects.
    pub pods: BTreeMap<(String, Labels), Lookup<ListFacts<PodFacts>>>,
    /// The workloads of a namespace whose Pod template a selector matches.
    pub workloads: BTreeMap<(String, Labels), Lookup<ListFacts<WorkloadFacts>>>,
}

impl LiveFacts {
    /// Whether `need` asks for Pods that were not read. Pods whose read failed were read.
    pub fn lacks_pods(&self, need: &Need) -> bool {
        let Need::Pods(namespace, selector) = need else { return false };
        !self.pods.contains_key(&(namespace.clone(), selector.clone()))
    }

    /// Sets the result of a live read of the Service `name`.
    pub fn set_service(&mut self, name: ObjectName, read: Lookup<ServiceRead>) {
        self.resource_versions.remove(&name);
        let service = read.map(|(facts, version)| {
            self.resource_versions.extend(version.map(|version| (name.clone(), version)));
            facts
        });
        self.services.insert(name, service);
    }

    /// Adds the results of further reads. A fact replaces an unknown, and an unknown replaces nothing.
    pub fn add(&mut self, more: Self) {
        fn add_each<K: Ord, V>(facts: &mut BTreeMap<K, Lookup<V>>, more: BTreeMap<K, Lookup<V>>) {
            for (key, value) in more {
                if !matches!(value, Lookup::Unknown(_)) || !facts.contains_key(&key) {
                    facts.insert(key, value);
                }
            }
        }
        // A resourceVersion is valid only for the Service from the same read.
        for (name, _) in more.services.iter().filter(|(_, read)| !matches!(read, Lookup::Unknown(_))) {
            self.resource_versions.remove(name);
        }
        self.resource_versions.extend(more.resource_versions);
        add_each(&mut self.services, more.services);
        add_each(&mut self.slices, more.slices);
        add_each(&mut self.namespaces, more.namespaces);
        add_each(&mut self.makers, more.makers);
        add_each(&mut self.pods, more.pods);
        add_each(&mut self.workloads, more.workloads);
    }
}

/// `live` over `base`: the result of a live read replaces the fact in `base`. A failed live read makes the fact
/// unknown.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    base: &'a dyn View,
    live: &'a LiveFacts,
}

impl<'a> Overlay<'a> {
    /// Creates a view of `live` over `base`.
    pub fn new(base: &'a dyn View, live: &'a LiveFacts) -> Self {
        Self { base, live }
    }
}

impl View for Overlay<'_> {
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts> {
        let live = self.live.services.get(&(namespace, name) as &dyn NamePair);
        live.map_or_else(|| self.base.service(namespace, name), Lookup::as_ref)
    }

    fn makers(&self, namespace: &str) -> Lookup<&Makers> {
        self.live.makers.get(namespace).map_or_else(|| self.base.makers(namespace), Lookup::as_ref)
    }

    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        let live = self.live.slices.get(&(namespace, service) as &dyn NamePair);
        live.map_or_else(|| self.base.slices(namespace, service), |found| found.as_ref().map(Vec::as_slice))
    }

    fn class(&self, name: &str) -> Lookup<&ClassFacts> {
        self.base.class(name)
    }

    fn default_classes(&self) -> Lookup<Vec<&str>> {
        self.base.default_classes()
    }

    fn class_names(&self) -> Lookup<Vec<&str>> {
        self.base.class_names()
    }

    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts> {
        self.live.namespaces.get(name).map_or_else(|| self.base.namespace(name), Lookup::as_ref)
    }

    fn ingresses_with_targets(&self, namespace: &str, targets: &[TargetId], among: Among) -> Lookup<Vec<&Neighbour>> {
        self.base.ingresses_with_targets(namespace, targets, among)
    }

    fn network_policies(&self, namespace: &str) -> Lookup<&NetworkPolicies> {
        self.base.network_policies(namespace)
    }

    fn pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        let live = self.live.pods.get(&(namespace.to_owned(), selector.clone()));
        live.map_or_else(|| self.base.pods(namespace, selector), |found| found.as_ref().map(|it| it.iter().collect()))
    }

    fn listed_pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        self.base.listed_pods(namespace, selector)
    }

    fn workloads(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&WorkloadFacts>> {
        let live = self.live.workloads.get(&(namespace.to_owned(), selector.clone()));
        live.map_or_else(
            || self.base.workloads(namespace, selector),
            |found| found.as_ref().map(|it| it.iter().collect()),
        )
    }

    fn selection_cost(&self, namespace: &str, selector: &Labels) -> usize {
        self.base.selection_cost(namespace, selector)
    }

    fn elsewhere(&self, subject: &ObjectName, service: &str) -> Option<Elsewhere<'_>> {
        self.base.elsewhere(subject, service)
    }

    fn elsewhere_cost(&self) -> usize {
        self.base.elsewhere_cost()
    }

    fn stage(&self) -> Stage {
        self.base.stage()
    }

    fn has_all_classes(&self) -> bool {
        self.base.has_all_classes()
    }

    fn may_hide_pods(&self, namespace: &str, selector: &Labels) -> bool {
        self.base.may_hide_pods(namespace, selector)
    }

    fn hiding_cost(&self, namespace: &str, selector: &Labels) -> usize {
        self.base.hiding_cost(namespace, selector)
    }

    fn service_names(&self, namespace: &str) -> Vec<&str> {
        self.base.service_names(namespace)
    }

    fn proof(&self, claim: Claim<NameRef<'_>>) -> Option<Proof> {
        let (Claim::Absent(name) | Claim::Service(name)) = claim else { return self.base.proof(claim) };
        match self.live.services.get(&name as &dyn NamePair) {
            Some(Lookup::Found(_)) => Some(Proof::Found {
                resource_version: self.live.resource_versions.get(&name as &dyn NamePair).cloned(),
            }),
            Some(Lookup::Absent) => Some(Proof::NotFound),
            Some(Lookup::Unknown(_)) => None,
            None => self.base.proof(claim),
        }
    }

    fn proves_namespace(&self, name: &str) -> bool {
        match self.live.namespaces.get(name) {
            Some(read) => !matches!(read, Lookup::Unknown(_)),
            None => self.base.proves_namespace(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::view::Unknown;

    /// Two reads may request the same Pods, and one of them may be incomplete.
    #[test]
    fn a_fact_wins_over_an_unknown() {
        let key = ("shop".to_owned(), Labels::default());
        let (mut found, mut unknown) = (LiveFacts::default(), LiveFacts::default());
        found.pods.insert(key.clone(), Lookup::Found([].into()));
        unknown.pods.insert(key.clone(), Lookup::Unknown(Unknown::Timeout));
        unknown.workloads.insert(key.clone(), Lookup::Unknown(Unknown::Timeout));
        for answers in [[found.clone(), unknown.clone()], [unknown, found]] {
            let mut facts = LiveFacts::default();
            for answer in answers {
                facts.add(answer);
            }
            assert_eq!(facts.pods[&key], Lookup::Found([].into()));
            assert_eq!(facts.workloads[&key], Lookup::Unknown(Unknown::Timeout));
        }
    }
}
