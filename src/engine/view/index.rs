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
//! The index is a plain value. Whoever shares it puts a lock around it and holds that for one request, so that
//! a judgement sees all kinds at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use ahash::HashMap;

use super::ingresses::Ingresses;
use super::pool::Pool;
use super::slices::Slices;
use super::{Lookup, Unknown, View};
use crate::engine::model::{
    Claim, ClassFacts, Labels, Makers, NamespaceFacts, NetworkPolicyFacts, PodFacts, ServiceFacts, ServicePort,
    SliceFacts, SlicePort, Subject, WorkloadFacts,
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

/// See the module's page.
#[derive(Debug)]
pub struct Index {
    namespaces: HashMap<Box<str>, Contents>,
    classes: HashMap<Box<str>, ClassFacts>,
    /// Every set of slice ports once: most slices of a cluster share a few. Lookups are quicker, too, where what
    /// they lead to is in use all the time.
    slice_ports: Pool<SlicePort>,
    /// Every list of Service ports once, as above.
    service_ports: Pool<ServicePort>,
    /// The cluster has policies of other kinds, which may overrule NetworkPolicies.
    other_policies: bool,
    /// Why a kind cannot be answered from here; empty once all are in sync.
    blind: HashMap<Kind, Unknown>,
}

/// What one namespace holds.
#[derive(Debug, Default)]
struct Contents {
    /// `None` until the Namespace object itself was seen: the kinds arrive in any order.
    facts: Option<NamespaceFacts>,
    services: HashMap<Box<str>, ServiceFacts>,
    slices: Slices,
    ingresses: Ingresses,
    policies: BTreeMap<Box<str>, NetworkPolicyFacts>,
}

impl Contents {
    fn is_empty(&self) -> bool {
        self.facts.is_none()
            && self.services.is_empty()
            && self.slices.is_empty()
            && self.ingresses.is_empty()
            && self.policies.is_empty()
    }
}

/// An index that has seen nothing: every lookup is unknown until [`Index::set_sight`] says that a kind is in sync.
impl Default for Index {
    fn default() -> Self {
        Self {
            namespaces: HashMap::default(),
            classes: HashMap::default(),
            slice_ports: Pool::default(),
            service_ports: Pool::default(),
            other_policies: false,
            blind: Kind::ALL.into_iter().map(|kind| (kind, Unknown::NotSynced)).collect(),
        }
    }
}

impl Index {
    /// Says whether `kind` can be answered from here (`Ok`), or why not. A kind that cannot is unknown as a whole:
    /// what an old picture still shows may be gone.
    pub fn set_sight(&mut self, kind: Kind, sight: Result<(), Unknown>) {
        match sight {
            Ok(()) => self.blind.remove(&kind),
            Err(why) => self.blind.insert(kind, why),
        };
    }

    /// A Service was added or changed.
    pub fn apply_service(&mut self, namespace: &str, name: &str, mut facts: ServiceFacts) {
        self.service_ports.share(&mut facts.ports);
        let old = self.contents(namespace).services.insert(name.into(), facts);
        self.service_ports.release(old.map(|old| old.ports));
    }

    /// A Service was deleted.
    pub fn delete_service(&mut self, namespace: &str, name: &str) {
        let mut old = None;
        self.shrink(namespace, |contents| old = contents.services.remove(name));
        self.service_ports.release(old.map(|old| old.ports));
    }

    /// A slice of `service` was added or changed, or moved here from another Service.
    pub fn apply_slice(&mut self, namespace: &str, name: &str, service: &str, mut facts: SliceFacts) {
        self.slice_ports.share(&mut facts.ports);
        let old = self.contents(namespace).slices.apply(name, service, facts);
        self.slice_ports.release(old.map(|old| old.ports));
    }

    /// A slice was deleted, or changed into one that counts for nothing.
    pub fn delete_slice(&mut self, namespace: &str, name: &str) {
        let mut old = None;
        self.shrink(namespace, |contents| old = contents.slices.delete(name));
        self.slice_ports.release(old.map(|old| old.ports));
    }

    /// A Namespace was added or changed.
    pub fn apply_namespace(&mut self, name: &str, facts: NamespaceFacts) {
        self.contents(name).facts = Some(facts);
    }

    /// A Namespace was deleted; what it held is deleted by events of its own.
    pub fn delete_namespace(&mut self, name: &str) {
        self.shrink(name, |contents| contents.facts = None);
    }

    /// An Ingress was added or changed.
    pub fn apply_ingress(&mut self, namespace: &str, name: &str, subject: Arc<Subject>) {
        self.contents(namespace).ingresses.apply(name, subject);
    }

    /// An Ingress was deleted.
    pub fn delete_ingress(&mut self, namespace: &str, name: &str) {
        self.shrink(namespace, |contents| contents.ingresses.delete(name));
    }

    /// A NetworkPolicy was added or changed.
    pub fn apply_network_policy(&mut self, namespace: &str, name: &str, facts: NetworkPolicyFacts) {
        self.contents(namespace).policies.insert(name.into(), facts);
    }

    /// A NetworkPolicy was deleted, or changed into one that isolates nothing.
    pub fn delete_network_policy(&mut self, namespace: &str, name: &str) {
        self.shrink(namespace, |contents| drop(contents.policies.remove(name)));
    }

    /// Says whether the cluster has policies of other kinds, which may overrule NetworkPolicies (rulebook 5.11).
    pub fn set_other_policies(&mut self, exist: bool) {
        self.other_policies = exist;
    }

    /// An IngressClass was added or changed.
    pub fn apply_class(&mut self, name: &str, facts: ClassFacts) {
        self.classes.insert(name.into(), facts);
    }

    /// An IngressClass was deleted.
    pub fn delete_class(&mut self, name: &str) {
        self.classes.remove(name);
    }

    /// The names of all objects of `kind`, as (namespace, name); the namespace is empty for cluster-scoped kinds.
    /// What is listed here and not in a new list was deleted while nobody watched.
    pub fn names(&self, kind: Kind) -> Vec<(&str, &str)> {
        let spaces = self.namespaces.iter();
        match kind {
            Kind::Services => {
                spaces.flat_map(|(space, it)| it.services.keys().map(move |name| (&**space, &**name))).collect()
            }
            Kind::EndpointSlices => {
                spaces.flat_map(|(space, it)| it.slices.names().map(move |name| (&**space, name))).collect()
            }
            Kind::Namespaces => spaces.filter(|(_, it)| it.facts.is_some()).map(|(space, _)| ("", &**space)).collect(),
            Kind::IngressClasses => self.classes.keys().map(|name| ("", &**name)).collect(),
            Kind::Ingresses => {
                spaces.flat_map(|(space, it)| it.ingresses.names().map(move |name| (&**space, name))).collect()
            }
            Kind::NetworkPolicies => {
                spaces.flat_map(|(space, it)| it.policies.keys().map(move |name| (&**space, &**name))).collect()
            }
        }
    }

    /// How many objects of `kind` it holds.
    pub fn count(&self, kind: Kind) -> usize {
        let spaces = self.namespaces.values();
        match kind {
            Kind::Services => spaces.map(|it| it.services.len()).sum(),
            Kind::EndpointSlices => spaces.map(|it| it.slices.len()).sum(),
            Kind::Namespaces => spaces.filter(|it| it.facts.is_some()).count(),
            Kind::IngressClasses => self.classes.len(),
            Kind::Ingresses => spaces.map(|it| it.ingresses.len()).sum(),
            Kind::NetworkPolicies => spaces.map(|it| it.policies.len()).sum(),
        }
    }

    fn contents(&mut self, namespace: &str) -> &mut Contents {
        self.namespaces.entry(namespace.into()).or_default()
    }

    /// Removes something from a namespace, and the namespace itself when nothing of it is left.
    fn shrink(&mut self, namespace: &str, remove: impl FnOnce(&mut Contents)) {
        if let Some(contents) = self.namespaces.get_mut(namespace) {
            remove(contents);
            if contents.is_empty() {
                self.namespaces.remove(namespace);
            }
        }
    }

    fn look<'a, T>(&'a self, kind: Kind, find: impl FnOnce() -> Option<T> + 'a) -> Lookup<T> {
        match self.blind.get(&kind) {
            Some(why) => Lookup::Unknown(*why),
            None => Lookup::known(find()),
        }
    }
}

impl View for Index {
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts> {
        self.look(Kind::Services, || self.namespaces.get(namespace)?.services.get(name))
    }

    /// Not for an index to know: it is read where it matters.
    fn makers(&self, _: &str) -> Lookup<&Makers> {
        Lookup::Unknown(Unknown::NotRead)
    }

    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        self.look(Kind::EndpointSlices, || {
            Some(self.namespaces.get(namespace).map_or(&[][..], |contents| contents.slices.of(service)))
        })
    }

    fn class(&self, name: &str) -> Lookup<&ClassFacts> {
        self.look(Kind::IngressClasses, || self.classes.get(name))
    }

    fn default_classes(&self) -> Lookup<Vec<&str>> {
        self.look(Kind::IngressClasses, || {
            let defaults = self.classes.iter().filter(|(_, class)| class.is_default);
            let mut names: Vec<&str> = defaults.map(|(name, _)| &**name).collect();
            names.sort_unstable();
            Some(names)
        })
    }

    fn class_names(&self) -> Lookup<Vec<&str>> {
        self.look(Kind::IngressClasses, || {
            let mut names: Vec<&str> = self.classes.keys().map(|name| &**name).collect();
            names.sort_unstable();
            Some(names)
        })
    }

    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts> {
        self.look(Kind::Namespaces, || self.namespaces.get(name)?.facts.as_ref())
    }

    fn ingresses(&self, namespace: &str) -> Lookup<Vec<&Subject>> {
        self.look(Kind::Ingresses, || {
            Some(self.namespaces.get(namespace).map_or_else(Vec::new, |contents| contents.ingresses.all()))
        })
    }

    fn canary_ingresses(&self, namespace: &str) -> Lookup<&[Arc<Subject>]> {
        self.look(Kind::Ingresses, || {
            Some(self.namespaces.get(namespace).map_or(&[][..], |contents| contents.ingresses.canaries()))
        })
    }

    fn network_policies(&self, namespace: &str) -> Lookup<Vec<(&str, &NetworkPolicyFacts)>> {
        if self.other_policies {
            return Lookup::Unknown(Unknown::Overruled);
        }
        self.look(Kind::NetworkPolicies, || {
            let policies = self.namespaces.get(namespace).map(|contents| contents.policies.iter());
            Some(policies.into_iter().flatten().map(|(name, facts)| (&**name, facts)).collect())
        })
    }

    fn pods(&self, _: &str, _: &Labels) -> Lookup<Vec<&PodFacts>> {
        Lookup::Unknown(Unknown::NotRead)
    }

    fn workloads(&self, _: &str, _: &Labels) -> Lookup<Vec<&WorkloadFacts>> {
        Lookup::Unknown(Unknown::NotRead)
    }

    fn service_names(&self, namespace: &str) -> Vec<&str> {
        let services = self.namespaces.get(namespace).map(|contents| contents.services.keys());
        services.into_iter().flatten().map(|name| &**name).collect()
    }

    fn proves(&self, _: &Claim) -> bool {
        false
    }

    fn proves_namespace(&self, _: &str) -> bool {
        false
    }
}
