//! The facts of one namespace in an index, shared with pictures.
//!
//! A write copies the facts of one kind in one namespace if a picture still uses them, and otherwise nothing.

use std::sync::Arc;

use ahash::HashMap;

use super::Lookup;
use super::availability::Availability;
use super::ingresses::{Among, Ingresses};
use super::slices::Slices;
use crate::engine::kinds::Kind;
use crate::engine::model::{NamespaceFacts, NetworkPolicies, ServiceFacts, SliceFacts, TargetId};
use crate::engine::subject::Neighbour;

/// The facts of one namespace, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// `None` until the Namespace object arrives: the kinds arrive in any order.
    pub(super) facts: Option<NamespaceFacts>,
    pub(super) services: Arc<HashMap<Box<str>, ServiceFacts>>,
    pub(super) slices: Arc<Slices>,
    pub(super) ingresses: Arc<Ingresses>,
    pub(super) policies: Arc<NetworkPolicies>,
}

impl Contents {
    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_none()
            && self.services.is_empty()
            && self.slices.is_empty()
            && self.ingresses.is_empty()
            && self.policies.is_empty()
    }

    /// The number of objects of `kind`, which must be namespaced and watched.
    pub(super) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Service => self.services.len(),
            Kind::EndpointSlice => self.slices.len(),
            Kind::Ingress => self.ingresses.len(),
            Kind::NetworkPolicy => self.policies.len(),
            _ => 0,
        }
    }

    /// The names of the objects of `kind`, which must be namespaced and watched, in any order.
    pub(super) fn names(&self, kind: Kind) -> Box<dyn Iterator<Item = &str> + '_> {
        match kind {
            Kind::Service => Box::new(self.services.keys().map(|name| &**name)),
            Kind::EndpointSlice => Box::new(self.slices.names()),
            Kind::Ingress => Box::new(self.ingresses.names()),
            Kind::NetworkPolicy => Box::new(self.policies.iter().map(|(name, _)| name)),
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// Answers lookups in one namespace.
#[derive(Clone, Copy)]
pub(super) struct NamespaceView<'a> {
    /// `None` if the index contains nothing in the namespace.
    pub(super) contents: Option<&'a Contents>,
    pub(super) availability: &'a Availability,
}

impl<'a> NamespaceView<'a> {
    fn available<T>(self, kind: Kind, find: impl FnOnce(&'a Contents) -> T) -> Lookup<Option<T>> {
        match self.availability.reason(kind) {
            Some(why) => Lookup::Unknown(why),
            None => Lookup::Found(self.contents.map(find)),
        }
    }

    /// One object; absent if it does not exist.
    fn one<T>(self, kind: Kind, find: impl FnOnce(&'a Contents) -> Option<T>) -> Lookup<T> {
        self.available(kind, find).and_then(|found| Lookup::known(found.flatten()))
    }

    /// Several objects; found and empty if there are none.
    fn all<T: Default>(self, kind: Kind, find: impl FnOnce(&'a Contents) -> T) -> Lookup<T> {
        self.available(kind, find).map(Option::unwrap_or_default)
    }

    pub(super) fn service(self, name: &str) -> Lookup<&'a ServiceFacts> {
        self.one(Kind::Service, |contents| contents.services.get(name))
    }

    /// The names of the Services; empty if they are not known.
    pub(super) fn service_names(self) -> Vec<&'a str> {
        self.contents.into_iter().flat_map(|contents| contents.services.keys()).map(|name| &**name).collect()
    }

    pub(super) fn slices(self, service: &str) -> Lookup<&'a [SliceFacts]> {
        self.all(Kind::EndpointSlice, |contents| contents.slices.of(service))
    }

    pub(super) fn facts(self) -> Lookup<&'a NamespaceFacts> {
        self.one(Kind::Namespace, |contents| contents.facts.as_ref())
    }

    pub(super) fn ingresses_with_targets(self, targets: &[TargetId], among: Among) -> Lookup<Vec<&'a Neighbour>> {
        let found = self.available(Kind::Ingress, |contents| contents.ingresses.with_targets(targets, among));
        found.and_then(|found| found.unwrap_or(Lookup::Found(Vec::new())))
    }

    pub(super) fn network_policies(self) -> Lookup<&'a NetworkPolicies> {
        self.all(Kind::NetworkPolicy, |contents| &*contents.policies)
    }
}
