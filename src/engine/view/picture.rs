//! A picture: some namespaces of an index as they were at one moment.

use std::sync::Arc;

use super::availability::Availability;
use super::classes::{Classes, ClassesView};
use super::contents::{Contents, NamespaceView};
use super::{Among, Lookup, Proof, Unknown, View};
use crate::engine::kinds::Kind;
use crate::engine::model::{
    Claim, ClassFacts, Labels, Makers, NameRef, NamespaceFacts, NetworkPolicies, PodFacts, ServiceFacts, SliceFacts,
    TargetId, WorkloadFacts,
};
use crate::engine::subject::Neighbour;

/// Some namespaces of an [`Index`](super::Index), and its IngressClasses, in their state at the call of
/// [`Index::picture`](super::Index::picture). The picture shares the facts with the index, holds no lock, and does not
/// change. Lookups in any other namespace are [`Unknown::NotRead`].
#[derive(Clone, Debug)]
pub struct Picture {
    /// Sorted by name; `None` for a namespace that is not in the index.
    namespaces: Vec<(Arc<str>, Option<Arc<Contents>>)>,
    classes: Arc<Classes>,
    availability: Availability,
}

impl Picture {
    pub(super) fn new(
        mut namespaces: Vec<(Arc<str>, Option<Arc<Contents>>)>,
        classes: Arc<Classes>,
        availability: Availability,
    ) -> Self {
        namespaces.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        namespaces.dedup_by(|(a, _), (b, _)| a == b);
        Self { namespaces, classes, availability }
    }

    /// The names of all objects of `kind` in it, as (namespace, name); the namespace is empty for cluster-scoped kinds.
    pub fn names(&self, kind: Kind) -> Vec<(&str, &str)> {
        let spaces = self.namespaces.iter().filter_map(|(space, contents)| Some((&**space, contents.as_deref()?)));
        match kind {
            Kind::IngressClass => self.classes.names().map(|name| ("", name)).collect(),
            Kind::Namespace => spaces.filter(|(_, it)| it.facts.is_some()).map(|(space, _)| ("", space)).collect(),
            _ => spaces.flat_map(|(space, it)| it.names(kind).map(move |name| (space, name))).collect(),
        }
    }

    fn in_namespace(&self, name: &str) -> Lookup<NamespaceView<'_>> {
        let Ok(at) = self.namespaces.binary_search_by(|(known, _)| (**known).cmp(name)) else {
            return Lookup::Unknown(Unknown::NotRead);
        };
        let contents = self.namespaces.get(at).and_then(|(_, contents)| contents.as_deref());
        Lookup::Found(NamespaceView { contents, availability: &self.availability })
    }

    fn in_classes(&self) -> ClassesView<'_> {
        ClassesView { classes: &self.classes, availability: &self.availability }
    }
}

/// A picture may lag behind the cluster, so it never proves a claim.
impl View for Picture {
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts> {
        self.in_namespace(namespace).and_then(|it| it.service(name))
    }

    fn makers(&self, _: &str) -> Lookup<&Makers> {
        Lookup::Unknown(Unknown::NotRead)
    }

    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]> {
        self.in_namespace(namespace).and_then(|it| it.slices(service))
    }

    fn class(&self, name: &str) -> Lookup<&ClassFacts> {
        self.in_classes().class(name)
    }

    fn default_classes(&self) -> Lookup<Vec<&str>> {
        self.in_classes().defaults()
    }

    fn class_names(&self) -> Lookup<Vec<&str>> {
        self.in_classes().names()
    }

    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts> {
        self.in_namespace(name).and_then(NamespaceView::facts)
    }

    fn ingresses_with_targets(&self, namespace: &str, targets: &[TargetId], among: Among) -> Lookup<Vec<&Neighbour>> {
        self.in_namespace(namespace).and_then(|it| it.ingresses_with_targets(targets, among))
    }

    fn network_policies(&self, namespace: &str) -> Lookup<&NetworkPolicies> {
        self.in_namespace(namespace).and_then(NamespaceView::network_policies)
    }

    fn pods(&self, _: &str, _: &Labels) -> Lookup<Vec<&PodFacts>> {
        Lookup::Unknown(Unknown::NotRead)
    }

    fn workloads(&self, _: &str, _: &Labels) -> Lookup<Vec<&WorkloadFacts>> {
        Lookup::Unknown(Unknown::NotRead)
    }

    fn selection_cost(&self, _: &str, _: &Labels) -> usize {
        0
    }

    fn service_names(&self, namespace: &str) -> Vec<&str> {
        self.in_namespace(namespace).found().map(NamespaceView::service_names).unwrap_or_default()
    }

    fn proof(&self, _: Claim<NameRef<'_>>) -> Option<Proof> {
        None
    }

    fn proves_namespace(&self, _: &str) -> bool {
        false
    }
}
