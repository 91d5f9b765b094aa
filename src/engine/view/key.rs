//! Keys: everything that can be looked up in a view.

use std::sync::Arc;

use crate::engine::kinds::Kind;
use crate::engine::model::{Labels, TargetId};
use crate::engine::subject::Neighbour;

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
    Users(Arc<str>, TargetId),
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
#[derive(Clone, Debug, Default)]
pub struct Changes {
    keys: Vec<Key>,
    /// The changed Ingresses. Their keys are computed later, because an Ingress may have thousands of targets, and the
    /// index is locked during a change.
    ingresses: Vec<IngressChange>,
}

/// A change of an Ingress.
#[derive(Clone, Debug)]
pub(super) struct IngressChange {
    pub(super) namespace: Arc<str>,
    pub(super) old: Option<Arc<Neighbour>>,
    pub(super) new: Option<Arc<Neighbour>>,
}

impl Changes {
    pub(super) fn of_ingress(change: IngressChange) -> Self {
        Self { keys: Vec::new(), ingresses: vec![change] }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.ingresses.iter().all(|change| change.targets().next().is_none())
    }

    /// The keys, each once, sorted.
    pub fn keys(&self) -> Vec<Key> {
        let of_ingress = |change: &IngressChange| {
            let namespace = Arc::clone(&change.namespace);
            change.targets().map(|target| Key::Users(Arc::clone(&namespace), target)).collect::<Vec<_>>()
        };
        let of_ingresses = self.ingresses.iter().flat_map(of_ingress);
        let mut keys: Vec<Key> = self.keys.iter().cloned().chain(of_ingresses).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

impl IngressChange {
    /// The targets whose users changed, some of them twice.
    fn targets(&self) -> impl Iterator<Item = TargetId> {
        [&self.old, &self.new].into_iter().flatten().flat_map(|ingress| ingress.targets().iter().copied())
    }
}

impl FromIterator<Key> for Changes {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect(), ingresses: Vec::new() }
    }
}

/// Several changes as one.
impl FromIterator<Self> for Changes {
    fn from_iter<I: IntoIterator<Item = Self>>(changes: I) -> Self {
        let mut all = Self::default();
        for Self { keys, ingresses } in changes {
            all.keys.extend(keys);
            all.ingresses.extend(ingresses);
        }
        all
    }
}
