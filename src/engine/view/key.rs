//! Keys: everything that can be looked up in a view.

use crate::engine::kinds::Kind;
use crate::engine::model::{Labels, Target};

/// One lookup. An evaluation depends on the keys that it looked up, and a change of facts changes some keys. The result
/// of an evaluation can change only if one of its keys changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The Service with this namespace and name.
    Service(Box<str>, Box<str>),
    /// The slices of the Service with this namespace and name.
    Slices(Box<str>, Box<str>),
    /// The names of the Services in this namespace.
    ServiceNames(Box<str>),
    /// The IngressClass with this name.
    Class(Box<str>),
    /// The names of the IngressClasses, and which of them are a default.
    ClassList,
    /// The Namespace with this name.
    Namespace(Box<str>),
    /// The Ingresses of this namespace that refer to this target.
    Users(Box<str>, Box<Target>),
    /// The NetworkPolicies of this namespace.
    Policies(Box<str>),
    /// The Pods of this namespace that the labels select.
    Pods(Box<str>, Labels),
    /// The workloads of this namespace whose Pod template the labels select.
    Workloads(Box<str>, Labels),
    /// The objects by which programs create Services in this namespace.
    Makers(Box<str>),
    /// Whether objects of this kind can be looked up at all.
    Available(Kind),
}

impl Key {
    /// The kinds of the objects that the lookup needs. The result depends on their availability.
    pub fn kinds(&self) -> &[Kind] {
        match self {
            Self::Service(..) | Self::ServiceNames(_) => &[Kind::Service],
            Self::Slices(..) => &[Kind::EndpointSlice],
            Self::Class(_) | Self::ClassList => &[Kind::IngressClass],
            Self::Namespace(_) => &[Kind::Namespace],
            Self::Users(..) => &[Kind::Ingress],
            Self::Policies(_) => &[Kind::NetworkPolicy],
            Self::Pods(..) => &[Kind::Pod],
            Self::Workloads(..) => &Kind::WORKLOADS,
            Self::Makers(_) => &[Kind::Canary, Kind::Deployment, Kind::DaemonSet],
            Self::Available(kind) => std::slice::from_ref(kind),
        }
    }
}

/// The keys whose facts a change really changed. Facts that are the same as before change no key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Key>);

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys, each once.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl FromIterator<Key> for Changes {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        let mut changes = Self::default();
        changes.extend(keys);
        changes
    }
}

impl Extend<Key> for Changes {
    fn extend<I: IntoIterator<Item = Key>>(&mut self, keys: I) {
        self.0.extend(keys);
        if self.0.len() > 1 {
            self.0.sort_unstable();
            self.0.dedup();
        }
    }
}

impl IntoIterator for Changes {
    type Item = Key;
    type IntoIter = std::vec::IntoIter<Key>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
