//! Facts of Pods and of the workloads that make them; read only to explain a warning.

use jiff::Timestamp;

use super::{Labels, Protocol, TargetPort};

/// Why a Pod is not ready, as a person would put it (rulebook 6).
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
    /// Nothing is wrong yet: scheduled, pulling, starting. What it waits for.
    Starting(Cause),
    /// Its containers are ready, and it waits for a readiness gate alone. With some load balancers that is the state
    /// before the Ingress exists, and never the user's fault (rulebook 6.1).
    Gated(Cause),
    /// What every Pod may be at first, and few for long: its readiness probe does not pass, or no node has room for it
    /// and a cluster autoscaler may be at work (rulebook 6.3).
    Unready(Cause),
    /// Something keeps it from becoming ready.
    Failing(Cause),
    /// It is being deleted.
    Terminating,
    /// It ran to its end or was evicted, for this reason; such a Pod is in no slice (rulebook 3.2.5).
    Finished(Cause),
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// Its name; empty where it has none.
    pub name: Box<str>,
    /// Its number.
    pub number: u16,
    /// The transport.
    pub protocol: Protocol,
}

/// What a decision needs of a container that runs as long as its Pod does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerFacts {
    /// Its name.
    pub name: Box<str>,
    /// It has a readiness probe.
    pub probed: bool,
    /// The ports it declares; those it does not declare can be reached all the same (rulebook 3.5.4).
    pub ports: Box<[ContainerPort]>,
}

/// What a decision needs of a Pod's `spec`, or of the template of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSpecFacts {
    /// The containers, then the sidecars, in the order in which a named port is looked for (rulebook 3.5.1).
    /// Ordinary init containers have ended before anything can reach the Pod.
    pub containers: Box<[ContainerFacts]>,
    /// It uses the node's network.
    pub host_network: bool,
    /// It has readiness gates: something else than its containers must say that it is ready.
    pub gated: bool,
}

impl PodSpecFacts {
    /// The ports that its containers declare.
    pub fn ports(&self) -> impl Iterator<Item = &ContainerPort> {
        self.containers.iter().flat_map(|container| container.ports.iter())
    }

    /// The number of `target`; `None` for a name that no container declares (rulebook 3.5.1).
    pub fn number(&self, target: &TargetPort, protocol: Protocol) -> Option<u16> {
        match target {
            TargetPort::Number(number) => Some(*number),
            TargetPort::Name(name) => {
                let mut named = self.ports().filter(|port| port.name == *name && port.protocol == protocol);
                named.next().map(|port| port.number)
            }
        }
    }

    /// The container that answers on `target`: the one that declares the port, or the only one there is.
    pub fn behind(&self, target: &TargetPort, protocol: Protocol) -> Option<&ContainerFacts> {
        let fits = |port: &ContainerPort| {
            port.protocol == protocol
                && match target {
                    TargetPort::Number(number) => port.number == *number,
                    TargetPort::Name(name) => port.name == *name,
                }
        };
        let declaring = self.containers.iter().find(|container| container.ports.iter().any(fits));
        let only = || match (&*self.containers, target) {
            ([only], TargetPort::Number(_)) => Some(only),
            _ => None,
        };
        declaring.or_else(only)
    }
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
    /// What its `spec` says.
    pub spec: PodSpecFacts,
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
    /// The `spec` that its Pods get.
    pub template_spec: PodSpecFacts,
    /// `spec.replicas`; `None` where the API defaults it or the kind has none.
    pub replicas: Option<u32>,
}
