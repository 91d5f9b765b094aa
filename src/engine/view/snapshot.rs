//! A snapshot: a picture made of objects from files, or listed once from a cluster. It does not lag.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Index, Kind, Lookup, Unknown, View};
use crate::engine::manifest::Object;
use crate::engine::model::{
    Claim, ClassFacts, Labels, Makers, NamespaceFacts, NetworkPolicyFacts, ObjectName, PodFacts, ServiceFacts,
    SliceFacts, Subject, WorkloadFacts,
};

/// Objects added later replace those of the same kind and name: manifests are laid over a cluster's state.
#[derive(Debug)]
pub struct Snapshot {
    index: Index,
    subjects: BTreeMap<ObjectName, Arc<Subject>>,
    pods: BTreeMap<ObjectName, PodFacts>,
    workloads: BTreeMap<(ObjectName, String), WorkloadFacts>,
    /// By namespace.
    makers: BTreeMap<String, Makers>,
    /// Why the makers of a namespace may be others, or more.
    makers_unknown: Option<Unknown>,
    /// What is not in it: nothing (`None`), or unknown for this reason.
    beyond: Option<Unknown>,
}

impl Snapshot {
    /// An empty snapshot of the whole world: what is not in it does not exist.
    pub fn complete() -> Self {
        Self::new(None)
    }

    /// An empty snapshot of a part of the world: what is not in it is unknown.
    pub fn partial() -> Self {
        Self::new(Some(Unknown::Partial))
    }

    fn new(beyond: Option<Unknown>) -> Self {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_sight(kind, Ok(()));
        }
        Self {
            index,
            subjects: BTreeMap::new(),
            pods: BTreeMap::new(),
            workloads: BTreeMap::new(),
            makers: BTreeMap::new(),
            makers_unknown: None,
            beyond,
        }
    }

    /// Adds an object, in place of an earlier one of the same kind and name.
    pub fn insert(&mut self, object: Object) {
        match object {
            Object::Ingress(subject) => {
                let (name, subject) = (subject.name.clone(), Arc::new(subject));
                self.index.apply_ingress(&name.namespace, &name.name, Arc::clone(&subject));
                self.subjects.insert(name, subject);
            }
            Object::Service(at, facts) => self.index.apply_service(&at.namespace, &at.name, facts),
            Object::Slice(at, service, facts) => self.index.apply_slice(&at.namespace, &at.name, &service, facts),
            Object::Pod(space, facts) => drop(self.pods.insert(ObjectName::new(space, facts.name.clone()), facts)),
            Object::Workload(space, facts) => {
                let name = ObjectName::new(space, facts.name.clone());
                self.workloads.insert((name, facts.kind.clone()), facts);
            }
            Object::Class(name, facts) => self.index.apply_class(&name, facts),
            Object::Namespace(name, facts) => self.index.apply_namespace(&name, facts),
            Object::NetworkPolicy(at, facts) => self.index.apply_network_policy(&at.namespace, &at.name, facts),
            Object::Canary(space, facts) => {
                drop(self.makers.entry(space).or_default().canaries.insert(facts.name.clone(), facts));
            }
            Object::OtherPolicy => self.index.set_other_policies(true),
            Object::Other => {}
        }
    }

    /// Says that `kind` could not be read: whatever of it is not in here is unknown, and so is what is.
    pub fn blind(&mut self, kind: Kind, why: Unknown) {
        self.index.set_sight(kind, Err(why));
    }

    /// Says that it could not be read who is to make Services.
    pub fn set_makers_unknown(&mut self, why: Unknown) {
        self.makers_unknown = Some(why);
    }

    /// The Ingresses in it, sorted by namespace and name.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.values().map(|subject| &**subject)
    }

    fn bounded<T>(&self, found: Lookup<T>) -> Lookup<T> {
        match (found, self.beyond) {
            (Lookup::Absent, Some(why)) => Lookup::Unknown(why),
            (found, _) => found,
        }
    }

    fn selected<T>(&self, found: Vec<T>) -> Lookup<Vec<T>> {
        match self.beyond {
            Some(why) if found.is_empty() => Lookup::Unknown(why),
            _ => Lookup::Found(found),
        }
    }
}

impl View for Snapshot {
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts> {
        self.bounded(self.index.service(namespace, name))
    }

    /// By the Canaries: where all that will be is in here, none of them is to follow.
    fn makers(&self, namespace: &str) -> Lookup<&Makers> {
        match (self.makers.get(namespace), self.makers_unknown.or(self.beyond)) {
            (Some(makers), None) => Lookup::Found(makers),
            (None, None) => Lookup::Absent,
            (_, Some(why)) => Lookup::Unknown(why),
        }
    }

    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        match (self.index.slices(namespace, service), self.beyond) {
            (Lookup::Found([]), Some(why)) => Lookup::Unknown(why),
            (found, _) => found,
        }
    }

    fn class(&self, name: &str) -> Lookup<&ClassFacts> {
        self.bounded(self.index.class(name))
    }

    fn default_classes(&self) -> Lookup<Vec<&str>> {
        self.selected(self.index.default_classes().found().unwrap_or_default())
    }

    fn class_names(&self) -> Lookup<Vec<&str>> {
        self.index.class_names()
    }

    /// A namespace without an object of its own exists all the same: manifests rarely hold it.
    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts> {
        self.index.namespace(name)
    }

    fn ingresses(&self, namespace: &str) -> Lookup<Vec<&Subject>> {
        self.index.ingresses(namespace)
    }

    fn canary_ingresses(&self, namespace: &str) -> Lookup<&[Arc<Subject>]> {
        self.index.canary_ingresses(namespace)
    }

    /// Those that a part of the world lacks may admit what the others do not.
    fn network_policies(&self, namespace: &str) -> Lookup<Vec<(&str, &NetworkPolicyFacts)>> {
        match self.beyond {
            Some(why) => Lookup::Unknown(why),
            None => self.index.network_policies(namespace),
        }
    }

    fn pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        let here = self.pods.range(ObjectName::new(namespace, "")..).take_while(|(at, _)| at.namespace == namespace);
        self.selected(here.map(|(_, pod)| pod).filter(|pod| selector.selects(&pod.labels)).collect())
    }

    fn workloads(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&WorkloadFacts>> {
        let first = (ObjectName::new(namespace, ""), String::new());
        let here = self.workloads.range(first..).take_while(|((at, _), _)| at.namespace == namespace);
        let matching = here.map(|(_, workload)| workload).filter(|it| selector.selects(&it.template_labels));
        self.selected(matching.collect())
    }

    fn service_names(&self, namespace: &str) -> Vec<&str> {
        self.index.service_names(namespace)
    }

    fn proves(&self, _: &Claim) -> bool {
        true
    }

    fn proves_namespace(&self, _: &str) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::manifest::object;

    #[test]
    fn pods_and_workloads_are_those_of_the_namespace() {
        let mut snapshot = Snapshot::complete();
        for space in ["sho", "shop", "shop-2", "shoq"] {
            for (kind, version) in [("Pod", "v1"), ("Deployment", "apps/v1"), ("StatefulSet", "apps/v1")] {
                let labels = json!({"app": "web"});
                let object_of = json!({
                    "apiVersion": version, "kind": kind,
                    "metadata": {"name": format!("{space}-web"), "namespace": space, "labels": labels},
                    "spec": {"template": {"metadata": {"labels": labels}}},
                });
                snapshot.insert(object(&object_of, "default").unwrap());
            }
        }
        let selector = [("app", "web")].into_iter().collect();
        let pods = snapshot.pods("shop", &selector).found().unwrap();
        assert_eq!(pods.iter().map(|pod| &*pod.name).collect::<Vec<_>>(), ["shop-web"]);
        let workloads = snapshot.workloads("shop", &selector).found().unwrap();
        let found: Vec<_> = workloads.iter().map(|it| (&*it.kind, &*it.name)).collect();
        assert_eq!(found, [("Deployment", "shop-web"), ("StatefulSet", "shop-web")]);
        assert_eq!(snapshot.pods("empty", &selector), Lookup::Found(Vec::new()));
    }
}
