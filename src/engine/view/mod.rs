//! What is known of a cluster: every lookup is answered with Found, Absent or Unknown.

mod availability;
mod classes;
mod contents;
mod index;
mod ingresses;
mod key;
mod needs;
mod overlay;
mod picture;
mod pool;
mod proof;
mod slices;
mod snapshot;
mod trace;
mod unread;

use std::fmt;
use std::sync::Arc;

pub use index::Index;
pub use key::{Changes, Key};
pub use needs::{Need, Needs, Purpose};
pub use overlay::{LiveFacts, Overlay, ServiceRead};
pub use picture::Picture;
pub use proof::Proof;
pub use snapshot::Snapshot;
pub use trace::Trace;

use super::model::{
    Claim, ClassFacts, Labels, Makers, NamespaceFacts, NetworkPolicyFacts, PodFacts, ServiceFacts, SliceFacts, Target,
    WorkloadFacts,
};
use super::subject::Subject;

/// Why something could not be looked up. Never treated as "does not exist".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown {
    /// The watch has not delivered its first list yet, or is too old to trust.
    NotSynced,
    /// The API server refused the read: a permission is missing.
    Forbidden,
    /// The read did not end in time.
    Timeout,
    /// The API server failed, or was not reached.
    Failed,
    /// The object does not decode.
    Undecodable,
    /// It is larger than what is read, or than what is looked at in one evaluation.
    TooLarge,
    /// Nobody read it: this view does not hold that kind.
    NotRead,
    /// The manifests are only a part of the world (`--partial`).
    Partial,
    /// It may be in what could not be read: a file, or a document that does not say what it is.
    Unreadable,
    /// Policies of other kinds exist and may say otherwise (rulebook 5.11).
    Overruled,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSynced => "the cluster has not been read yet",
            Self::Forbidden => "permission to read it is missing",
            Self::Timeout => "timeout",
            Self::Failed => "the API server did not answer",
            Self::Undecodable => "it does not decode",
            Self::TooLarge => "it is too large to read in time",
            Self::NotRead => "it was not read",
            Self::Partial => "the manifests are partial",
            Self::Unreadable => "some of the files could not be read",
            Self::Overruled => "policies of other kinds may overrule it",
        })
    }
}

/// The answer to a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It exists.
    Found(T),
    /// It does not exist.
    Absent,
    /// It could not be looked up.
    Unknown(Unknown),
}

impl<T> Lookup<T> {
    /// The value, if it was found.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// Applies `f` to what was found.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(value) => Lookup::Found(f(value)),
            Self::Absent => Lookup::Absent,
            Self::Unknown(why) => Lookup::Unknown(why),
        }
    }

    /// Continues with what was found.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Lookup<U>) -> Lookup<U> {
        match self {
            Self::Found(value) => f(value),
            Self::Absent => Lookup::Absent,
            Self::Unknown(why) => Lookup::Unknown(why),
        }
    }

    /// Borrows what was found.
    pub fn as_ref(&self) -> Lookup<&T> {
        match self {
            Self::Found(value) => Lookup::Found(value),
            Self::Absent => Lookup::Absent,
            Self::Unknown(why) => Lookup::Unknown(*why),
        }
    }

    /// Found with `value`, or absent.
    pub fn known(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Found)
    }
}

/// One consistent picture of a cluster.
pub trait View {
    /// The Service `namespace/name`.
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts>;

    /// What tells which Services are yet to be made in `namespace`; absent where nobody makes any by itself.
    fn makers(&self, namespace: &str) -> Lookup<&Makers>;

    /// The slices of the Service `namespace/name`; found and empty where it has none.
    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]>;

    /// The IngressClass `name`.
    fn class(&self, name: &str) -> Lookup<&ClassFacts>;

    /// The names of the default IngressClasses, sorted; there should be one at most.
    fn default_classes(&self) -> Lookup<Vec<&str>>;

    /// The names of the IngressClasses, sorted; for "did you mean", and to tell a cluster without any.
    fn class_names(&self) -> Lookup<Vec<&str>>;

    /// The Namespace `name`.
    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts>;

    /// The Ingresses of `namespace` with a backend that refers to `target`, a Service and port, sorted by name.
    fn ingresses_with_target(&self, namespace: &str, target: &Target) -> Lookup<&[Arc<Subject>]>;

    /// The NetworkPolicies of `namespace` that isolate Pods for incoming traffic, with their names and sorted by them.
    fn network_policies(&self, namespace: &str) -> Lookup<Vec<(&str, &NetworkPolicyFacts)>>;

    /// The Pods of `namespace` that `selector` selects. An empty one selects all of them, of which a live read takes
    /// the first few hundred.
    fn pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>>;

    /// The workloads of `namespace` whose Pod template `selector` matches; an empty one matches all of them, as above.
    fn workloads(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&WorkloadFacts>>;

    /// The names of the Services in `namespace`, in no order; for "did you mean". Empty where they are not known.
    fn service_names(&self, namespace: &str) -> Vec<&str>;

    /// What proves `claim`: a live read or a complete view. `None` where the view rests on a cache, which may lag. The
    /// proof of an absence is about the Service itself, not about who may create it.
    fn proof(&self, claim: &Claim) -> Option<Proof>;

    /// Whether the view proves `claim`.
    fn proves(&self, claim: &Claim) -> bool {
        self.proof(claim).is_some()
    }

    /// Whether the labels of the Namespace `name` rest on a live read or a complete picture.
    fn proves_namespace(&self, name: &str) -> bool;
}
