//! Facts of Pods and of the workloads that make them; read only to explain a warning.

use jiff::Timestamp;

use super::Labels;

/// Why a Pod is not ready, as a person would put it (rulebook section 6).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The word the API uses, or the closest to it: `CrashLoopBackOff`, `Unschedulable`, `ReadinessProbe`.
    pub reason: String,
    /// What it is about: `container "app"`; empty where the Pod as a whole is meant.
    pub about: String,
}

/// How a Pod stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodState {
    /// `Ready` is true.
    Ready,
    /// Nothing is wrong yet: scheduled, pulling, starting, or waiting for a readiness gate alone (rulebook 6.1).
    Starting,
    /// Something keeps it from becoming ready.
    Failing(Cause),
    /// It is being deleted.
    Terminating,
    /// It ran to its end or was evicted; such a Pod is in no slice (rulebook 3.2.5).
    Finished,
}

/// What a decision needs of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFacts {
    /// The Pod's name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// `metadata.creationTimestamp`; manifests have none.
    pub created: Option<Timestamp>,
    /// How it stands.
    pub state: PodState,
}

/// What a decision needs of a Deployment, StatefulSet, DaemonSet or ReplicaSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadFacts {
    /// `Deployment`, `StatefulSet`, `DaemonSet` or `ReplicaSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The labels that its Pods get.
    pub template_labels: Labels,
    /// `spec.replicas`; `None` where the API defaults it or the kind has none.
    pub replicas: Option<u32>,
}
