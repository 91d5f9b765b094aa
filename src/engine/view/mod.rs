//! Views of a cluster: the result of every lookup is Found, Absent or Unknown.

mod availability;
mod beyond;
mod classes;
mod contents;
mod doubtful;
mod index;
mod ingresses;
mod key;
mod list_facts;
mod makers;
mod needs;
mod overlay;
mod picture;
mod pool;
mod proof;
mod selectable;
mod slices;
mod snapshot;
mod stage;
mod trace;
mod unread;
mod workloads;

use std::fmt;

pub use doubtful::DoubtfulServices;
pub use index::Index;
pub use ingresses::Among;
pub use key::{Changes, Key};
pub use list_facts::ListFacts;
pub use needs::{Need, NeedRef, Needs, Purpose};
pub use overlay::{LiveFacts, Overlay, ServiceRead};
pub use picture::Picture;
pub use proof::Proof;
pub use snapshot::Snapshot;
pub use stage::Stage;
pub use trace::Trace;

use super::model::{
    Claim, ClassFacts, Labels, Makers, NameRef, NamespaceFacts, NetworkPolicies, ObjectName, PodFacts, ServiceFacts,
    SliceFacts, TargetId, WorkloadFacts,
};
use super::subject::Neighbour;

/// Why a fact could not be looked up. Unknown never counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown {
    /// The watch has not received its first list yet, or is out of date.
    NotSynced,
    /// The API server refused the read: a permission is missing.
    Forbidden,
    /// The read timed out.
    Timeout,
    /// The API server returned an error, or could not be reached.
    Failed,
    /// The object cannot be decoded.
    Undecodable,
    /// It exceeds the limits of a read, or of one evaluation.
    TooLarge,
    /// This view does not contain the kind or the namespace.
    NotRead,
    /// The manifests are incomplete (`--partial`).
    Partial,
    /// The snapshot has no object of the kind.
    NotSaved,
    /// It may be in a file or document that could not be read.
    Unreadable,
    /// A kustomization adds objects that were not read.
    NotRendered,
    /// A name has a placeholder.
    Placeholder,
    /// Policies of other kinds exist and may overrule NetworkPolicies (rulebook 5.11).
    Overruled,
}

impl Unknown {
    /// Whether the manifests do not have all objects that will be applied together with them.
    pub fn is_incomplete(self) -> bool {
        matches!(self, Self::Partial | Self::NotRendered)
    }

    /// The reason as a clause for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSynced => "the cluster has not been read yet",
            Self::Forbidden => "permission to read it is missing",
            Self::Timeout => "timeout",
            Self::Failed => "the API server did not answer",
            Self::Undecodable => "it does not decode",
            Self::TooLarge => "it is too large to read in time",
            Self::NotRead => "it was not read",
            Self::Partial => "the manifests are partial",
            Self::NotSaved => "the snapshot has no object of the kind",
            Self::Unreadable => "some of the files could not be read",
            Self::NotRendered => "a kustomization adds objects that were not read: check the output of kustomize build",
            Self::Placeholder => "a name has a placeholder: replace the placeholder first",
            Self::Overruled => "policies of other kinds may overrule it",
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

    /// Applies `f` to the found value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(value) => Lookup::Found(f(value)),
            Self::Absent => Lookup::Absent,
            Self::Unknown(why) => Lookup::Unknown(why),
        }
    }

    /// Continues with the found value.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Lookup<U>) -> Lookup<U> {
        match self {
            Self::Found(value) => f(value),
            Self::Absent => Lookup::Absent,
            Self::Unknown(why) => Lookup::Unknown(why),
        }
    }

    /// Borrows the found value.
    pub fn as_ref(&self) -> Lookup<&T> {
        match self {
            Self::Found(value) => Lookup::Found(value),
            Self::Absent => Lookup::Absent,
            Self::Unknown(why) => Lookup::Unknown(*why),
        }
    }

    /// Found if there is a `value`, otherwise absent.
    pub fn known(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Found)
    }
}

/// The only other namespace with a Service of some name, and which manifests state no namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The manifest of the Service states no namespace.
    pub service_unstated: bool,
    /// The manifest of the subject states no namespace.
    pub subject_unstated: bool,
}

/// One consistent picture of a cluster.
pub trait View {
    /// The Service `namespace/name`.
    fn service(&self, namespace: &str, name: &str) -> Lookup<&ServiceFacts>;

    /// The objects by which programs create Services in `namespace`; absent if no such program is installed.
    fn makers(&self, namespace: &str) -> Lookup<&Makers>;

    /// The slices of the Service `namespace/name`; found and empty if it has none.
    fn slices(&self, namespace: &str, service: &str) -> Lookup<&[SliceFacts]>;

    /// The IngressClass `name`.
    fn class(&self, name: &str) -> Lookup<&ClassFacts>;

    /// The names of the default IngressClasses, sorted. Usually there is at most one.
    fn default_classes(&self) -> Lookup<Vec<&str>>;

    /// The names of the IngressClasses, sorted; for suggestions, and to recognize a cluster without IngressClasses.
    fn class_names(&self) -> Lookup<Vec<&str>>;

    /// The Namespace `name`.
    fn namespace(&self, name: &str) -> Lookup<&NamespaceFacts>;

    /// The Ingresses of `namespace` with a backend that refers to at least one of `targets`, Services and ports, in any
    /// order. `targets` must be sorted.
    fn ingresses_with_targets(&self, namespace: &str, targets: &[TargetId], among: Among) -> Lookup<Vec<&Neighbour>>;

    /// The NetworkPolicies of `namespace` that isolate Pods for incoming traffic; found and empty if there are none.
    fn network_policies(&self, namespace: &str) -> Lookup<&NetworkPolicies>;

    /// The Pods of `namespace` that `selector` selects. An empty selector selects all Pods; a live read then returns
    /// the first few hundred.
    fn pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>>;

    /// As [`Self::pods`], without live reads. Which controller runs must not depend on whether a warning was explained.
    fn listed_pods(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&PodFacts>> {
        self.pods(namespace, selector)
    }

    /// The workloads of `namespace` whose Pod template `selector` matches. An empty selector matches all workloads.
    fn workloads(&self, namespace: &str, selector: &Labels) -> Lookup<Vec<&WorkloadFacts>>;

    /// The number of objects and labels that [`Self::pods`] and [`Self::workloads`] compare with `selector` at most, besides
    /// the labels of `selector`.
    fn selection_cost(&self, namespace: &str, selector: &Labels) -> usize;

    /// The names of the Services in `namespace`, in any order, for suggestions. Empty if they are not known.
    fn service_names(&self, namespace: &str) -> Vec<&str>;

    /// The proof of `claim`: a live read or a complete view. `None` if the facts come from a watch, which may lag. The
    /// proof of an absence is about the Service only, not about the objects by which programs create Services.
    fn proof(&self, claim: Claim<NameRef<'_>>) -> Option<Proof>;

    /// The namespace of the Service `service` that `subject` does not reach, if exactly one other namespace has it. Only
    /// manifests answer: at admission, users must not learn about other namespaces.
    fn elsewhere(&self, _subject: &ObjectName, _service: &str) -> Option<Elsewhere<'_>> {
        None
    }

    /// The number of namespaces that [`Self::elsewhere`] compares.
    fn elsewhere_cost(&self) -> usize {
        0
    }

    /// Where the judgement is made that looks at this view.
    fn stage(&self) -> Stage {
        Stage::Admission
    }

    /// Whether there are no other IngressClasses than those of [`Self::class_names`]. Manifests have some at most.
    fn has_all_classes(&self) -> bool {
        true
    }

    /// Whether Pods that `selector` selects may exist although no Pod and no workload of the view has its labels: a custom
    /// resource may have the Pods, or labels are set after a Pod is created. Only files have such objects.
    fn may_hide_pods(&self, _namespace: &str, _selector: &Labels) -> bool {
        false
    }

    /// The number of objects and labels that [`Self::may_hide_pods`] compares at most.
    fn hiding_cost(&self, _namespace: &str, _selector: &Labels) -> usize {
        0
    }

    /// Why the view does not prove `claim`, as a clause for people; `None` if it proves the claim, or if only a live
    /// read can.
    fn why_unproven(&self, _: Claim<NameRef<'_>>) -> Option<&'static str> {
        None
    }

    /// Whether the view proves `claim`.
    fn proves(&self, claim: Claim<NameRef<'_>>) -> bool {
        self.proof(claim).is_some()
    }

    /// Whether the labels of the Namespace `name` come from a live read or a complete view.
    fn proves_namespace(&self, name: &str) -> bool;
}
