//! The index: the facts of a cluster, from watches. It is compact, so that it can contain a large cluster.
//!
//! ```text
//! namespace ─┬─ labels
//!            ├─ ingress name ─ Neighbour
//!            ├─ network policy name ─ NetworkPolicyFacts
//!            ├─ service name ─ ServiceFacts
//!            └─ slice name ─ service name ─ [SliceFacts]
//! class name ─ ClassFacts
//! ```
//!
//! The index is a plain value. A shared index needs a lock, which is held for one change or to create one [`Picture`].
//! Judgements look up facts in pictures.

use std::sync::Arc;

use ahash::HashMap;

use super::availability::Availability;
use super::classes::{Classes, ClassesView};
use super::contents::{Contents, NamespaceView};
use super::key::IngressChange;
use super::pool::Pool;
use super::{Changes, Key, Picture, Unknown};
use crate::engine::kinds::{Kind, Object};
use crate::engine::model::{
    ClassFacts, NamespaceFacts, NetworkPolicyFacts, ServiceFacts, ServicePort, SliceFacts, SlicePort,
};
use crate::engine::subject::{Neighbour, Subject};

/// See the documentation of the module.
///
/// Each kind is unknown until [`Index::set_available`] makes it available, so a new index answers no lookup.
#[derive(Debug, Default)]
pub struct Index {
    /// The names are shared with pictures.
    namespaces: HashMap<Arc<str>, Arc<Contents>>,
    classes: Arc<Classes>,
    /// Every set of slice ports once, because most slices of a cluster share a few sets. The shared sets stay in the
    /// cache of the processor, so lookups are faster, too.
    slice_ports: Pool<SlicePort>,
    /// Every list of Service ports once, for the same reasons.
    service_ports: Pool<ServicePort>,
    availability: Availability,
}

impl Index {
    /// Sets whether `kind` can be looked up (`Ok`), or why not. A kind that cannot be looked up is unknown as a whole,
    /// because its objects may have changed since the last event.
    pub fn set_available(&mut self, kind: Kind, available: Result<(), Unknown>) -> Changes {
        self.availability.set(kind, available).then_some(Key::Available(kind)).into_iter().collect()
    }

    /// Adds or changes an object. An object of a kind that is not watched changes nothing.
    pub fn apply(&mut self, object: Object) -> Changes {
        match object {
            Object::Service(at, facts) => self.apply_service(&at.namespace, &at.name, facts),
            Object::Slice(at, service, facts) => self.apply_slice(&at.namespace, &at.name, &service, facts),
            Object::Namespace(name, facts) => self.apply_namespace(&name, facts),
            Object::Class(name, facts) => self.apply_class(&name, facts),
            Object::Ingress(subject) => self.apply_ingress(&subject),
            Object::Neighbour(namespace, neighbour) => self.apply_neighbour(&namespace, neighbour),
            Object::NetworkPolicy(at, facts) => self.apply_network_policy(&at.namespace, &at.name, facts),
            Object::OtherPolicy => self.set_other_policies(true),
            Object::Endpoints(..)
            | Object::Pod(..)
            | Object::Workload(..)
            | Object::Maker(..)
            | Object::Custom(..)
            | Object::Unread(..)
            | Object::Other => Changes::default(),
        }
    }

    /// Adds or changes a Service.
    pub fn apply_service(&mut self, namespace: &str, name: &str, mut facts: ServiceFacts) -> Changes {
        let old = self.namespaces.get(namespace).and_then(|contents| contents.services.get(name));
        if old == Some(&facts) {
            return Changes::default();
        }
        let is_new = old.is_none();
        self.service_ports.share(&mut facts.ports);
        Arc::make_mut(&mut self.contents_mut(namespace).services).insert(name.into(), facts);
        service_changes(namespace, name, is_new)
    }

    /// Deletes a Service.
    pub fn delete_service(&mut self, namespace: &str, name: &str) -> Changes {
        let is_there = |contents: &Contents| contents.services.contains_key(name);
        let remove = |contents: &mut Contents| drop(Arc::make_mut(&mut contents.services).remove(name));
        if self.remove(namespace, is_there, remove) {
            return service_changes(namespace, name, true);
        }
        Changes::default()
    }

    /// Adds or changes a slice of `service`, or moves it here from another Service.
    pub fn apply_slice(&mut self, namespace: &str, name: &str, service: &str, mut facts: SliceFacts) -> Changes {
        let slices = |service: &str| Key::Slices(namespace.into(), service.into());
        let old = self.namespaces.get(namespace).and_then(|contents| contents.slices.get(name));
        if old == Some((service, &facts)) {
            return Changes::default();
        }
        let of_before = old.map(|(service, _)| slices(service));
        self.slice_ports.share(&mut facts.ports);
        Arc::make_mut(&mut self.contents_mut(namespace).slices).apply(name, service, facts);
        of_before.into_iter().chain([slices(service)]).collect()
    }

    /// Deletes a slice, or removes one that changed into a slice without facts.
    pub fn delete_slice(&mut self, namespace: &str, name: &str) -> Changes {
        let Some(contents) = self.namespaces.get(namespace) else { return Changes::default() };
        let Some((service, _)) = contents.slices.get(name) else { return Changes::default() };
        let key = Key::Slices(namespace.into(), service.into());
        self.remove(namespace, |_| true, |contents| Arc::make_mut(&mut contents.slices).delete(name));
        [key].into_iter().collect()
    }

    /// Adds or changes a Namespace.
    pub fn apply_namespace(&mut self, name: &str, facts: NamespaceFacts) -> Changes {
        if self.namespaces.get(name).is_some_and(|contents| contents.facts.as_ref() == Some(&facts)) {
            return Changes::default();
        }
        self.contents_mut(name).facts = Some(facts);
        [Key::Namespace(name.into())].into_iter().collect()
    }

    /// Deletes a Namespace. Its contents have their own delete events.
    pub fn delete_namespace(&mut self, name: &str) -> Changes {
        let deleted = self.remove(name, |contents| contents.facts.is_some(), |contents| contents.facts = None);
        deleted.then(|| Key::Namespace(name.into())).into_iter().collect()
    }

    /// Adds or changes an Ingress.
    pub fn apply_ingress(&mut self, subject: &Subject) -> Changes {
        self.apply_neighbour(&subject.name.namespace, Arc::new(Neighbour::of(subject)))
    }

    /// Adds or changes an Ingress of `namespace`. The cost is a comparison of the old and the new neighbour.
    pub fn apply_neighbour(&mut self, namespace: &str, new: Arc<Neighbour>) -> Changes {
        let old = self.namespaces.get(namespace).and_then(|contents| contents.ingresses.get(&new.name)).cloned();
        if old.as_ref() == Some(&new) {
            return Changes::default();
        }
        Arc::make_mut(&mut self.contents_mut(namespace).ingresses).apply(Arc::clone(&new));
        Changes::of_ingress(IngressChange { namespace: namespace.into(), old, new: Some(new) })
    }

    /// Deletes an Ingress.
    pub fn delete_ingress(&mut self, namespace: &str, name: &str) -> Changes {
        let Some(contents) = self.namespaces.get(namespace) else { return Changes::default() };
        let Some(old) = contents.ingresses.get(name).cloned() else { return Changes::default() };
        self.remove(namespace, |_| true, |contents| Arc::make_mut(&mut contents.ingresses).delete(name));
        Changes::of_ingress(IngressChange { namespace: namespace.into(), old: Some(old), new: None })
    }

    /// Adds or changes a NetworkPolicy.
    pub fn apply_network_policy(&mut self, namespace: &str, name: &str, facts: NetworkPolicyFacts) -> Changes {
        let old = self.namespaces.get(namespace).and_then(|contents| contents.policies.get(name));
        if old == Some(&facts) {
            return Changes::default();
        }
        Arc::make_mut(&mut self.contents_mut(namespace).policies).insert(name, facts);
        [Key::Policies(namespace.into())].into_iter().collect()
    }

    /// Deletes a NetworkPolicy, or removes one that no longer isolates Pods.
    pub fn delete_network_policy(&mut self, namespace: &str, name: &str) -> Changes {
        let is_there = |contents: &Contents| contents.policies.get(name).is_some();
        let remove = |contents: &mut Contents| Arc::make_mut(&mut contents.policies).remove(name);
        let deleted = self.remove(namespace, is_there, remove);
        deleted.then(|| Key::Policies(namespace.into())).into_iter().collect()
    }

    /// Sets whether the cluster has policies of other kinds, which may overrule NetworkPolicies (rulebook 5.11).
    pub fn set_other_policies(&mut self, exist: bool) -> Changes {
        let changed = self.availability.set_other_policies(exist);
        changed.then_some(Key::Available(Kind::NetworkPolicy)).into_iter().collect()
    }

    /// Adds or changes an IngressClass.
    pub fn apply_class(&mut self, name: &str, facts: ClassFacts) -> Changes {
        let old = self.classes.get(name);
        if old == Some(&facts) {
            return Changes::default();
        }
        let list_changed = old.is_none_or(|old| old.is_default != facts.is_default);
        Arc::make_mut(&mut self.classes).apply(name, facts);
        class_changes(name, list_changed)
    }

    /// Deletes an IngressClass.
    pub fn delete_class(&mut self, name: &str) -> Changes {
        if self.classes.get(name).is_none() {
            return Changes::default();
        }
        Arc::make_mut(&mut self.classes).delete(name);
        class_changes(name, true)
    }

    /// Deletes an object of `kind`. The namespace is empty for a cluster-scoped kind. No effect for a kind that is not
    /// watched.
    pub fn delete(&mut self, kind: Kind, namespace: &str, name: &str) -> Changes {
        match kind {
            Kind::Service => self.delete_service(namespace, name),
            Kind::EndpointSlice => self.delete_slice(namespace, name),
            Kind::Namespace => self.delete_namespace(name),
            Kind::IngressClass => self.delete_class(name),
            Kind::Ingress => self.delete_ingress(namespace, name),
            Kind::NetworkPolicy => self.delete_network_policy(namespace, name),
            _ => Changes::default(),
        }
    }

    /// Returns a view of the present state of `namespaces` and of the IngressClasses. It copies no facts: it needs one
    /// lookup and one reference for each namespace.
    pub fn picture<'n>(&self, namespaces: impl IntoIterator<Item = &'n str>) -> Picture {
        let held = namespaces.into_iter().map(|name| match self.namespaces.get_key_value(name) {
            Some((name, contents)) => (Arc::clone(name), Some(Arc::clone(contents))),
            None => (name.into(), None),
        });
        Picture::new(held.collect(), Arc::clone(&self.classes), self.availability)
    }

    /// Returns a view of all namespaces, for work on whole kinds. It needs one reference for each namespace.
    pub fn whole_picture(&self) -> Picture {
        let held = self.namespaces.iter().map(|(name, contents)| (Arc::clone(name), Some(Arc::clone(contents))));
        Picture::new(held.collect(), Arc::clone(&self.classes), self.availability)
    }

    /// The number of objects of `kind`; 0 for a kind that is not watched.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::IngressClass => self.classes.len(),
            Kind::Namespace => self.namespaces.values().filter(|contents| contents.facts.is_some()).count(),
            _ => self.namespaces.values().map(|contents| contents.count(kind)).sum(),
        }
    }

    /// The number of namespaces with objects.
    pub(super) fn namespace_count(&self) -> usize {
        self.namespaces.len()
    }

    /// The names of the Namespaces, in any order.
    pub fn namespace_names(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().filter(|(_, contents)| contents.facts.is_some()).map(|(name, _)| &**name)
    }

    /// The namespaces that have the Service `name`, in any order.
    pub(super) fn namespaces_with_service(&self, name: &str) -> impl Iterator<Item = &str> {
        self.namespaces.iter().filter(move |(_, contents)| contents.services.contains_key(name)).map(|(of, _)| &**of)
    }

    /// Why `kind` cannot be looked up; `None` if it can.
    pub(super) fn reason(&self, kind: Kind) -> Option<Unknown> {
        self.availability.reason(kind)
    }

    pub(super) fn in_namespace(&self, name: &str) -> NamespaceView<'_> {
        NamespaceView { contents: self.namespaces.get(name).map(|it| &**it), availability: &self.availability }
    }

    pub(super) fn in_classes(&self) -> ClassesView<'_> {
        ClassesView { classes: &self.classes, availability: &self.availability }
    }

    fn contents_mut(&mut self, namespace: &str) -> &mut Contents {
        Arc::make_mut(self.namespaces.entry(namespace.into()).or_default())
    }

    /// Removes an object from a namespace, and the namespace itself if it is empty then. Returns whether the object
    /// existed.
    fn remove(
        &mut self,
        namespace: &str,
        is_there: impl FnOnce(&Contents) -> bool,
        remove: impl FnOnce(&mut Contents),
    ) -> bool {
        let Some(contents) = self.namespaces.get_mut(namespace).filter(|contents| is_there(contents)) else {
            return false;
        };
        let contents = Arc::make_mut(contents);
        remove(contents);
        if contents.is_empty() {
            self.namespaces.remove(namespace);
        }
        true
    }
}

fn service_changes(namespace: &str, name: &str, names_changed: bool) -> Changes {
    let names = names_changed.then(|| Key::ServiceNames(namespace.into()));
    [Key::Service(namespace.into(), name.into())].into_iter().chain(names).collect()
}

fn class_changes(name: &str, list_changed: bool) -> Changes {
    [Key::Class(name.into())].into_iter().chain(list_changed.then_some(Key::ClassList)).collect()
}
