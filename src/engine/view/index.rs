//! The index: facts of a cluster, fed by watches, small enough to hold a large one.
//!
//! ```text
//! namespace ─┬─ labels
//!            ├─ ingress name ─ Subject
//!            ├─ network policy name ─ NetworkPolicyFacts
//!            ├─ service name ─ ServiceFacts
//!            └─ slice name ─ service name ─ [SliceFacts]
//! class name ─ ClassFacts
//! ```
//!
//! The index is a plain value. A shared index stands behind a lock, which is held for one change or to take one
//! [`Picture`]: lookups, and so judgements, are made in pictures.

use std::sync::Arc;

use ahash::HashMap;

use super::availability::Availability;
use super::classes::{Classes, ClassesView};
use super::contents::{Contents, NamespaceView};
use super::pool::Pool;
use super::{Picture, Unknown};
use crate::engine::model::{
    ClassFacts, NamespaceFacts, NetworkPolicyFacts, ServiceFacts, ServicePort, SliceFacts, SlicePort, Subject,
};

/// The kinds that the index holds; each is fed by a watch of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `v1` Services.
    Services,
    /// `discovery.k8s.io/v1` EndpointSlices.
    EndpointSlices,
    /// `v1` Namespaces.
    Namespaces,
    /// `networking.k8s.io/v1` IngressClasses.
    IngressClasses,
    /// `networking.k8s.io/v1` Ingresses.
    Ingresses,
    /// `networking.k8s.io/v1` NetworkPolicies.
    NetworkPolicies,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Services,
        Self::EndpointSlices,
        Self::Namespaces,
        Self::IngressClasses,
        Self::Ingresses,
        Self::NetworkPolicies,
    ];

    /// Whether every judgement needs it. Others are watched only where the configuration makes use of them.
    pub fn is_required(self) -> bool {
        self != Self::NetworkPolicies
    }

    /// The API's plural name, as in RBAC rules and metrics.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::EndpointSlices => "endpointslices",
            Self::Namespaces => "namespaces",
            Self::IngressClasses => "ingressclasses",
            Self::Ingresses => "ingresses",
            Self::NetworkPolicies => "networkpolicies",
        }
    }
}

/// See the documentation of the module.
///
/// An index that has seen nothing answers no lookup: each kind is unknown until [`Index::set_available`] says that it can
/// be looked up.
#[derive(Debug, Default)]
pub struct Index {
    /// The names are shared with pictures.
    namespaces: HashMap<Arc<str>, Arc<Contents>>,
    classes: Arc<Classes>,
    /// Every set of slice ports once: most slices of a cluster share a few. Lookups are faster, too, because the shared
    /// sets stay in the cache of the processor.
    slice_ports: Pool<SlicePort>,
    /// Every list of Service ports once, as above.
    service_ports: Pool<ServicePort>,
    availability: Availability,
}

impl Index {
    /// Sets whether `kind` can be looked up (`Ok`), or why not. A kind that cannot be looked up is unknown as a whole:
    /// what an outdated index still shows may be gone.
    pub fn set_available(&mut self, kind: Kind, available: Result<(), Unknown>) {
        self.availability.set(kind, available);
    }

    /// Adds or changes a Service.
    pub fn apply_service(&mut self, namespace: &str, name: &str, mut facts: ServiceFacts) {
        self.service_ports.share(&mut facts.ports);
        Arc::make_mut(&mut self.contents_mut(namespace).services).insert(name.into(), facts);
    }

    /// Deletes a Service.
    pub fn delete_service(&mut self, namespace: &str, name: &str) {
        self.remove(namespace, |contents| drop(Arc::make_mut(&mut contents.services).remove(name)));
    }

    /// Adds or changes a slice of `service`, or moves it here from another Service.
    pub fn apply_slice(&mut self, namespace: &str, name: &str, service: &str, mut facts: SliceFacts) {
        self.slice_ports.share(&mut facts.ports);
        Arc::make_mut(&mut self.contents_mut(namespace).slices).apply(name, service, facts);
    }

    /// Deletes a slice; also one that changed into a slice that counts for nothing.
    pub fn delete_slice(&mut self, namespace: &str, name: &str) {
        self.remove(namespace, |contents| Arc::make_mut(&mut contents.slices).delete(name));
    }

    /// Adds or changes a Namespace.
    pub fn apply_namespace(&mut self, name: &str, facts: NamespaceFacts) {
        self.contents_mut(name).facts = Some(facts);
    }

    /// Deletes a Namespace. Its contents are deleted by events of their own.
    pub fn delete_namespace(&mut self, name: &str) {
        self.remove(name, |contents| contents.facts = None);
    }

    /// Adds or changes an Ingress.
    pub fn apply_ingress(&mut self, namespace: &str, name: &str, subject: Arc<Subject>) {
        Arc::make_mut(&mut self.contents_mut(namespace).ingresses).apply(name, subject);
    }

    /// Deletes an Ingress.
    pub fn delete_ingress(&mut self, namespace: &str, name: &str) {
        self.remove(namespace, |contents| Arc::make_mut(&mut contents.ingresses).delete(name));
    }

    /// Adds or changes a NetworkPolicy.
    pub fn apply_network_policy(&mut self, namespace: &str, name: &str, facts: NetworkPolicyFacts) {
        Arc::make_mut(&mut self.contents_mut(namespace).policies).insert(name.into(), facts);
    }

    /// Deletes a NetworkPolicy; also one that changed into a policy that isolates nothing.
    pub fn delete_network_policy(&mut self, namespace: &str, name: &str) {
        self.remove(namespace, |contents| drop(Arc::make_mut(&mut contents.policies).remove(name)));
    }

    /// Sets whether the cluster has policies of other kinds, which may overrule NetworkPolicies (rulebook 5.11).
    pub fn set_other_policies(&mut self, exist: bool) {
        self.availability.set_other_policies(exist);
    }

    /// Adds or changes an IngressClass.
    pub fn apply_class(&mut self, name: &str, facts: ClassFacts) {
        Arc::make_mut(&mut self.classes).insert(name.into(), facts);
    }

    /// Deletes an IngressClass.
    pub fn delete_class(&mut self, name: &str) {
        Arc::make_mut(&mut self.classes).remove(name);
    }

    /// A view of `namespaces` and of the classes as they are now, of which it copies nothing: it takes one lookup and one
    /// reference per namespace.
    pub fn picture<'n>(&self, namespaces: impl IntoIterator<Item = &'n str>) -> Picture {
        let held = namespaces.into_iter().map(|name| match self.namespaces.get_key_value(name) {
            Some((name, contents)) => (Arc::clone(name), Some(Arc::clone(contents))),
            None => (name.into(), None),
        });
        Picture::new(held.collect(), Arc::clone(&self.classes), self.availability)
    }

    /// A view of all namespaces, for work on whole kinds. It takes one reference per namespace.
    pub fn whole_picture(&self) -> Picture {
        let held = self.namespaces.iter().map(|(name, contents)| (Arc::clone(name), Some(Arc::clone(contents))));
        Picture::new(held.collect(), Arc::clone(&self.classes), self.availability)
    }

    /// How many objects of `kind` it holds.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::IngressClasses => self.classes.len(),
            Kind::Namespaces => self.namespaces.values().filter(|contents| contents.facts.is_some()).count(),
            _ => self.namespaces.values().map(|contents| contents.count(kind)).sum(),
        }
    }

    /// The names of the Namespaces, in no order.
    pub fn namespace_names(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().filter(|(_, contents)| contents.facts.is_some()).map(|(name, _)| &**name)
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

    /// Removes something from a namespace, and the namespace itself once it holds nothing.
    fn remove(&mut self, namespace: &str, remove: impl FnOnce(&mut Contents)) {
        if let Some(contents) = self.namespaces.get_mut(namespace) {
            let contents = Arc::make_mut(contents);
            remove(contents);
            if contents.is_empty() {
                self.namespaces.remove(namespace);
            }
        }
    }
}
