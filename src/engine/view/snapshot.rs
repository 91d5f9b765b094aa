//! A snapshot: the objects of files, or of a cluster that was listed once. It does not lag.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::beyond::Beyond;
use super::doubtful::DoubtfulServices;
use super::makers::NamespacedMakers;
use super::selectable::Selectable;
use super::unread::Unread;
use super::workloads::Workloads;
use super::{Among, Elsewhere, Index, Lookup, Proof, Stage, Unknown, View};
use crate::engine::kinds::{Doubt, Kind, Object, PodParts};
use crate::engine::model::{
    Claim, ClassFacts, CustomFacts, Labels, MakerKind, Makers, NamePair, NameRef, NamespaceFacts, NetworkPolicies,
    ObjectName, PodFacts, ServiceFacts, SliceFacts, TargetId, WorkloadFacts, has_placeholder, is_generated_name,
};
use crate::engine::subject::{Neighbour, Subject};

/// A later object replaces an earlier one of the same kind and name, so that manifests can be laid over the state of a
/// cluster.
#[derive(Debug)]
pub struct Snapshot {
    index: Index,
    subjects: BTreeMap<ObjectName, Arc<Subject>>,
    /// By namespace, then by name.
    pods: BTreeMap<String, Selectable<String, PodFacts>>,
    workloads: Workloads,
    makers: NamespacedMakers,
    /// The slices that Kubernetes makes of core Endpoints.
    mirrored: BTreeMap<ObjectName, Vec<SliceFacts>>,
    /// The number of objects whose name the API server will generate. It makes their keys different.
    generated: usize,
    /// Objects that exist but cannot be decoded.
    unread: Unread,
    /// Why objects may exist that are not in the snapshot.
    beyond: Beyond,
    /// The Services and Ingresses whose manifests state no namespace; `None` if manifests are not judged.
    unstated: Option<BTreeSet<(Kind, ObjectName)>>,
    /// Other IngressClasses may exist in the cluster.
    classes_elsewhere: bool,
    doubtful: DoubtfulServices,
    stage: Stage,
}

impl Snapshot {
    /// An empty, complete snapshot: an object that is not in it does not exist.
    pub fn complete() -> Self {
        Self::new(Beyond::default())
    }

    /// An empty, partial snapshot: an object that is not in it is unknown.
    pub fn partial() -> Self {
        Self::new(Beyond::all(Unknown::Partial))
    }

    fn new(beyond: Beyond) -> Self {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_available(kind, Ok(()));
        }
        Self {
            index,
            subjects: BTreeMap::new(),
            pods: BTreeMap::new(),
            workloads: Workloads::default(),
            makers: NamespacedMakers::default(),
            mirrored: BTreeMap::new(),
            generated: 0,
            unread: Unread::default(),
            beyond,
            unstated: None,
            classes_elsewhere: false,
            doubtful: DoubtfulServices::default(),
            stage: Stage::default(),
        }
    }

    /// Adds an object, or replaces an earlier one of the same kind and name.
    pub fn insert(&mut self, object: Object) {
        if let Some(identity) = object.identity() {
            self.unread.remove(identity);
        }
        match object {
            Object::Ingress(subject) => {
                self.index.apply_ingress(&subject);
                self.subjects.insert(subject.name.clone(), subject);
            }
            Object::Pod(space, facts) => {
                let key = self.key(&facts.name);
                let pods = self.pods.entry(space).or_insert_with(|| Selectable::new(|pod| &pod.labels));
                pods.insert(key, facts);
            }
            Object::Workload(space, facts) => {
                if facts.is_expanded {
                    self.makers.add_other(&space, &facts.kind, &facts.name);
                }
                self.add_workload(space, facts);
            }
            Object::Custom(space, facts) => self.add_custom(&space, facts),
            Object::Maker(space, facts, pods) => {
                let PodParts { workload, custom } = *pods;
                if let Some(workload) = workload {
                    self.add_workload(space.clone(), workload);
                }
                if let Some(custom) = custom {
                    self.workloads.insert_custom(&space, custom);
                }
                self.makers.add(space, facts);
            }
            Object::Endpoints(name, slices) => drop(self.mirrored.insert(name, slices)),
            Object::Slice(mut name, service, facts) => {
                name.name = self.key(&name.name);
                self.index.apply(Object::Slice(name, service, facts));
            }
            Object::Unread(kind, name) => self.unread.add(kind, name),
            indexed => drop(self.index.apply(indexed)),
        }
    }

    fn add_workload(&mut self, namespace: String, facts: WorkloadFacts) {
        let name = self.key(&facts.name);
        self.workloads.insert(namespace, name, facts);
    }

    /// Adds a custom resource. If an operator may create objects for it, it may create Services, too (rulebook 7.15).
    fn add_custom(&mut self, namespace: &str, facts: CustomFacts) {
        if facts.is_expanded {
            self.makers.add_other(namespace, &facts.kind, &facts.name);
        }
        self.workloads.insert_custom(namespace, facts);
    }

    /// Notes that the API server serves `kinds`, so that objects of these kinds may be added later.
    pub fn set_served(&mut self, kinds: &[MakerKind]) {
        self.makers.set_served(kinds);
    }

    /// The key of an object of this name: objects whose names the API server will generate do not replace each other.
    fn key(&mut self, name: &str) -> String {
        if !is_generated_name(name) {
            return name.to_owned();
        }
        self.generated += 1;
        format!("{name} {}", self.generated)
    }

    /// Notes that an object could not be read, and that its name is unknown. It may be any object of `doubt` that is not in
    /// the snapshot.
    pub fn add_doubt(&mut self, doubt: &Doubt) {
        self.beyond.add(doubt, Unknown::Unreadable);
    }

    /// Notes that the name or the namespace of an object has a placeholder. It may be any object of `doubt` that is not in
    /// the snapshot.
    pub fn add_placeholder(&mut self, doubt: &Doubt) {
        self.beyond.add(doubt, Unknown::Placeholder);
    }

    /// Sets whether a kustomization adds objects that were not read to those of the subject that is judged next.
    pub fn set_not_rendered(&mut self, not_rendered: bool) {
        self.beyond.set_not_rendered(not_rendered);
    }

    /// Notes that manifests are judged, and which Services and Ingresses among them state no namespace.
    pub fn set_unstated(&mut self, unstated: BTreeSet<(Kind, ObjectName)>) {
        self.unstated = Some(unstated);
    }

    /// Notes that nobody saved the objects of `kind`, so that they are unknown.
    pub fn set_unsaved(&mut self, kind: Kind) {
        self.beyond.add_kind(kind, Unknown::NotSaved);
    }

    /// Notes that the cluster may have other IngressClasses. A class that the snapshot does not have still has no facts.
    pub fn set_classes_elsewhere(&mut self) {
        self.classes_elsewhere = true;
    }

    /// Sets where the judgements are made that look at the snapshot.
    pub fn set_stage(&mut self, stage: Stage) {
        self.stage = stage;
    }

    /// The Services about which nothing is proven.
    pub fn doubtful_services(&mut self) -> &mut DoubtfulServices {
        &mut self.doubtful
    }

    /// Notes that `kind` could not be read. A watched kind is unknown as a whole then. For any other kind, objects may
    /// exist that are not in the snapshot.
    pub fn set_unavailable(&mut self, kind: Kind, why: Unknown) {
        self.index.set_available(kind, Err(why));
    }

    /// The number of objects of `kind`.
    pub fn count(&self, kind: Kind) -> usize {
        self.index.count(kind)
    }

    /// The names of the Namespaces.
    pub fn namespace_names(&self) -> impl Iterator<Item = &str> {
        self.index.namespace_names()
    }

    /// The Ingresses, sorted by namespace and name.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.values().map(|subject| &**subject)
    }

    /// The slices that Kubernetes makes of core Endpoints for a Service without a selector (rulebook 3.7.5).
    fn mirrored(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        let facts = self.index.in_namespace(namespace).service(service);
        if !matches!(facts, Lookup::Found(facts) if facts.selector.is_empty()) {
            return Lookup::Found(&[]);
        }
        self.read(Kind::Endpoints, namespace, service, || {
            let slices = self.mirrored.get(&(namespace, service) as &dyn NamePair);
            Lookup::Found(slices.map(Vec::as_slice).unwrap_or_default())
        })
    }

    /// Turns absent into unknown if the object `name` of `kind` may exist although it is not in the snapshot.
    fn bounded<T>(&self, kind: Kind, (namespace, name): (&str, &str), found: Lookup<T>) -> Lookup<T> {
        match (found, self.beyond.reason(kind, namespace)) {
            (Lookup::Absent, Some(why)) => Lookup::Unknown(why),
            (Lookup::Absent, None) if has_placeholder(name) => Lookup::Unknown(Unknown::Placeholder),
            (found, _) => found,
        }
    }

    /// The selected objects of `kinds`. If there is none, the result is unknown if others may exist.
    fn selected<T>(&self, kinds: &[Kind], namespace: &str, found: Vec<T>) -> Lookup<Vec<T>> {
        match self.reason(kinds, namespace) {
            Some(why) if found.is_empty() => Lookup::Unknown(why),
            _ => Lookup::Found(found),
        }
    }

    /// Why objects of `kinds` may exist in `namespace` that are not in the snapshot.
    fn reason(&self, kinds: &[Kind], namespace: &str) -> Option<Unknown> {
        let reason = |kind: &Kind| self.index.reason(*kind).or_else(|| self.beyond.reason(*kind, namespace));
        kinds.iter().find_map(reason)
    }

    /// The result of `find`, unless the object exists but cannot be decoded.
    fn read<T>(&self, kind: Kind, namespace: &str, name: &str, find: impl FnOnce() -> Lookup<T>) -> Lookup<T> {
        if self.unread.has(kind, namespace, name) { Lookup::Unknown(Unknown::Undecodable) } else { find() }
    }

    /// The result of `find` for a whole namespace, unless an object in it cannot be decoded.
    fn read_all<T>(&self, kinds: &[Kind], namespace: &str, find: impl FnOnce() -> Lookup<T>) -> Lookup<T> {
        if self.unread.any(kinds, namespace) { Lookup::Unknown(Unknown::Undecodable) } else { find() }
    }
}

impl View for Snapshot {
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts> {
        let kind = Kind::Service;
        if self.doubtful.hide(namespace, name) {
            return Lookup::Absent;
        }
        let find = || self.bounded(kind, (namespace, name), self.index.in_namespace(namespace).service(name));
        self.read(kind, namespace, name, find)
    }

    /// The custom resources for which programs create Services. In a complete snapshot, no other will follow, except
    /// objects of the kinds that the API server serves.
    fn makers(&self, namespace: &str) -> Lookup<&Makers> {
        let kinds = [Kind::Canary];
        self.read_all(&kinds, namespace, || match self.reason(&kinds, namespace) {
            None => Lookup::Found(self.makers.within(namespace)),
            Some(why) => Lookup::Unknown(why),
        })
    }

    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        self.read_all(&[Kind::EndpointSlice], namespace, || {
            let found = match self.index.in_namespace(namespace).slices(service) {
                Lookup::Found([]) => self.mirrored(namespace, service),
                found => found,
            };
            match (found, self.beyond.reason(Kind::EndpointSlice, namespace)) {
                (Lookup::Found([]), Some(why)) => Lookup::Unknown(why),
                (found, _) => found,
            }
        })
    }

    fn class(&self, name: &str) -> Lookup<&ClassFacts> {
        let kind = Kind::IngressClass;
        self.read(kind, "", name, || self.bounded(kind, ("", name), self.index.in_classes().class(name)))
    }

    fn default_classes(&self) -> Lookup<Vec<&str>> {
        let found = || match self.index.in_classes().defaults() {
            Lookup::Found(classes) => self.selected(&[Kind::IngressClass], "", classes),
            unknown => unknown,
        };
        self.read_all(&[Kind::IngressClass], "", found)
    }

    fn class_names(&self) -> Lookup<Vec<&str>> {
        self.index.in_classes().names()
    }

    /// A namespace exists even if the snapshot has no Namespace object, because manifests rarely contain it.
    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts> {
        self.read(Kind::Namespace, "", name, || self.index.in_namespace(name).facts())
    }

    fn ingresses_with_targets(&self, namespace: &str, targets: &[TargetId], among: Among) -> Lookup<Vec<&Neighbour>> {
        self.read_all(&[Kind::Ingress], namespace, || {
            self.index.in_namespace(namespace).ingresses_with_targets(targets, among)
        })
    }

    /// A NetworkPolicy that is not in a partial snapshot may admit the traffic, so the result is unknown.
    fn network_policies(&self, namespace: &str) -> Lookup<&NetworkPolicies> {
        let kind = Kind::NetworkPolicy;
        self.read_all(&[kind], namespace, || match self.beyond.reason(kind, namespace) {
            Some(why) => Lookup::Unknown(why),
            None => self.index.in_namespace(namespace).network_policies(),
        })
    }

    fn pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        let selected = || self.pods.get(namespace).map(|pods| pods.select(selector)).unwrap_or_default();
        self.read_all(&[Kind::Pod], namespace, || self.selected(&[Kind::Pod], namespace, selected()))
    }

    fn workloads(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&WorkloadFacts>> {
        let (kinds, selected) = (&Kind::WORKLOADS, || self.workloads.select(namespace, selector));
        self.read_all(kinds, namespace, || self.selected(kinds, namespace, selected()))
    }

    fn selection_cost(&self, namespace: &str, selector: &Labels) -> usize {
        let of_pods = self.pods.get(namespace).map_or(0, |pods| pods.cost(selector));
        of_pods.saturating_add(self.workloads.cost(namespace, selector))
    }

    fn elsewhere(&self, subject: &ObjectName, service: &str) -> Option<Elsewhere<'_>> {
        let unstated = self.unstated.as_ref()?;
        let mut others = self.index.namespaces_with_service(service).filter(|of| *of != subject.namespace);
        let namespace = others.next().filter(|_| others.next().is_none())?;
        Some(Elsewhere {
            namespace,
            service_unstated: unstated.contains(&(Kind::Service, ObjectName::new(namespace, service))),
            subject_unstated: unstated.contains(&(Kind::Ingress, subject.clone())),
        })
    }

    fn elsewhere_cost(&self) -> usize {
        self.unstated.as_ref().map_or(0, |_| self.index.namespace_count())
    }

    fn stage(&self) -> Stage {
        self.stage
    }

    fn has_all_classes(&self) -> bool {
        !self.classes_elsewhere
    }

    fn may_hide_pods(&self, namespace: &str, selector: &Labels) -> bool {
        let unread = || self.reason(&[Kind::Pod], namespace).or_else(|| self.reason(&Kind::WORKLOADS, namespace));
        unread().is_some() || self.workloads.may_hide_pods(namespace, selector)
    }

    fn hiding_cost(&self, namespace: &str, selector: &Labels) -> usize {
        self.workloads.hiding_cost(namespace, selector)
    }

    fn service_names(&self, namespace: &str) -> Vec<&str> {
        let mut names = self.index.in_namespace(namespace).service_names();
        names.retain(|name| !self.doubtful.hide(namespace, name));
        names
    }

    fn proof(&self, claim: Claim<NameRef<'_>>) -> Option<Proof> {
        self.why_unproven(claim).is_none().then_some(Proof::Snapshot)
    }

    fn why_unproven(&self, claim: Claim<NameRef<'_>>) -> Option<&'static str> {
        self.doubtful.why_unproven(claim)
    }

    fn proves_namespace(&self, _: &str) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
