//! `v1` Pod: its state, and why it is not ready (rulebook 6).

use serde::Deserialize;

use super::pod_spec::{PodSpec, asks_for_injection, pod_spec_facts};
use super::wire::{Manifest, Metadata, nullable};
use crate::engine::model::{Cause, PodFacts, PodSpecFacts, PodState};

/// The needed fields of a Pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pod {
    #[serde(deserialize_with = "nullable")]
    metadata: Metadata,
    #[serde(deserialize_with = "nullable")]
    spec: PodSpec,
    #[serde(deserialize_with = "nullable")]
    status: PodStatus,
}

impl Manifest for Pod {
    fn metadata(&mut self) -> &mut Metadata {
        &mut self.metadata
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStatus {
    #[serde(deserialize_with = "nullable")]
    phase: String,
    #[serde(deserialize_with = "nullable")]
    reason: String,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    init_container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "nullable")]
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    #[serde(deserialize_with = "nullable")]
    reason: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    name: String,
    #[serde(deserialize_with = "nullable")]
    ready: bool,
    started: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    state: ContainerState,
    #[serde(deserialize_with = "nullable")]
    last_state: ContainerState,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    waiting: Option<Reason>,
    running: Option<serde::de::IgnoredAny>,
    terminated: Option<Terminated>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Reason {
    #[serde(deserialize_with = "nullable")]
    reason: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    #[serde(deserialize_with = "nullable")]
    reason: String,
    #[serde(deserialize_with = "nullable")]
    exit_code: i64,
}

/// The reason of the condition `PodScheduled` if no node has room.
const UNSCHEDULABLE: &str = "Unschedulable";

/// The reason of a container that used more memory than its limit.
const OOM_KILLED: &str = "OOMKilled";

/// The waiting reasons of a container that is starting normally. Any other reason is a fault.
const NORMAL_WAITING_REASONS: [&str; 3] = ["", "ContainerCreating", "PodInitializing"];

/// The facts of a Pod.
pub fn pod_facts(pod: Pod) -> PodFacts {
    let gates = pod.spec.gates();
    let node = pod.spec.node_name.clone();
    let spec = PodSpecFacts { injected: asks_for_injection(&pod.metadata), ..pod_spec_facts(pod.spec) };
    let terminating = pod.metadata.deletion_timestamp.is_some();
    PodFacts {
        state: PodStateFields { status: &pod.status, spec: &spec, gates: &gates, node: &node }.state(terminating),
        spec,
        name: pod.metadata.name,
        created: pod.metadata.creation_timestamp,
        labels: pod.metadata.labels.into_iter().collect(),
    }
}

/// The parts of a Pod that determine its state.
struct PodStateFields<'a> {
    status: &'a PodStatus,
    spec: &'a PodSpecFacts,
    gates: &'a [String],
    node: &'a str,
}

/// The role of a container in its Pod.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    Sidecar,
    Init,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Main => "container",
            Self::Sidecar => "sidecar",
            Self::Init => "init container",
        }
    }
}

fn cause(reason: &str, about: String) -> Cause {
    Cause { reason: reason.to_owned(), about }
}

impl PodStateFields<'_> {
    fn state(&self, terminating: bool) -> PodState {
        let status = self.status;
        if matches!(status.phase.as_str(), "Succeeded" | "Failed") {
            return PodState::Finished(self.end_cause());
        }
        if terminating {
            return PodState::Terminating;
        }
        let ready = self.condition("Ready");
        if ready.is_some_and(|ready| ready.status == "True") {
            return PodState::Ready;
        }
        if let Some(scheduled) = self.condition("PodScheduled").filter(|scheduled| scheduled.status == "False") {
            let cause = cause(&scheduled.reason, String::new());
            return if cause.reason == UNSCHEDULABLE { PodState::Unready(cause) } else { PodState::Failing(cause) };
        }
        if let Some(fault) = self.containers().find_map(|(container, role)| fault(container, role)) {
            return PodState::Failing(fault);
        }
        if let Some((container, role)) =
            self.containers().find(|(container, role)| fails_readiness_probe(container, *role))
        {
            return PodState::Unready(cause("ReadinessProbe", container.label(role)));
        }
        if ready.is_some_and(|ready| ready.reason == "ReadinessGatesNotReady") {
            return PodState::Gated(self.open_gate());
        }
        // Ready is not true although the containers are ready: the node lifecycle controller has reset it.
        let lost = ready.is_some_and(|ready| ready.status == "Unknown") || status.reason == "NodeLost";
        if lost || self.condition("ContainersReady").is_some_and(|ready| ready.status == "True") {
            let node = if self.node.is_empty() { String::new() } else { format!("node \"{}\"", self.node) };
            return PodState::Failing(cause("NodeNotReady", node));
        }
        if !status.container_statuses.is_empty() && status.container_statuses.iter().all(|container| container.ready) {
            return PodState::Failing(cause("NotReady", String::new()));
        }
        PodState::Starting(self.waiting_for())
    }

    fn condition(&self, kind: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// The containers in the order in which they start.
    fn containers(&self) -> impl Iterator<Item = (&ContainerStatus, Role)> {
        let sidecar = |name: &str| self.spec.containers.iter().any(|container| *container.name == *name);
        let role = move |container: &ContainerStatus| if sidecar(&container.name) { Role::Sidecar } else { Role::Init };
        let first = self.status.init_container_statuses.iter().map(move |container| (container, role(container)));
        first.chain(self.status.container_statuses.iter().map(|container| (container, Role::Main)))
    }

    /// Why a Pod has ended.
    fn end_cause(&self) -> Cause {
        let ends = self.containers().filter_map(|(container, role)| Some((container, role, container.terminated()?)));
        let failed = ends.into_iter().find(|(_, _, end)| end.exit_code != 0);
        match (self.status.reason.as_str(), self.status.phase.as_str(), failed) {
            ("", "Succeeded", _) => cause("Completed", String::new()),
            ("", _, Some((container, role, end))) => cause(&end.reason, container.ended(role, end)),
            ("", phase, None) => cause(phase, String::new()),
            (reason, ..) => cause(reason, String::new()),
        }
    }

    /// The first readiness gate by name that is not true.
    fn open_gate(&self) -> Cause {
        let open = |gate: &&String| self.condition(gate).is_none_or(|condition| condition.status != "True");
        let gate = self.gates.iter().filter(open).min().map(|gate| format!("readiness gate \"{gate}\""));
        cause("ReadinessGatesNotReady", gate.unwrap_or_default())
    }

    /// The step that a starting Pod is waiting for.
    fn waiting_for(&self) -> Cause {
        if self.condition("PodReadyToStartContainers").is_some_and(|sandbox| sandbox.status == "False") {
            return cause("PodReadyToStartContainers=False", String::new());
        }
        let step = |(container, role): (&ContainerStatus, Role)| match (&container.state.waiting, role) {
            (Some(waiting), _) if waiting.reason.is_empty() => Some(cause("ContainerCreating", container.label(role))),
            (Some(waiting), _) => Some(cause(&waiting.reason, container.label(role))),
            (None, Role::Init) if container.state.running.is_some() => {
                Some(cause("PodInitializing", container.label(role)))
            }
            (None, Role::Main | Role::Sidecar) if container.state.running.is_some() && !container.ready => {
                Some(cause("StartupProbe", container.label(role)))
            }
            _ => None,
        };
        self.containers().find_map(step).unwrap_or_else(|| cause("Pending", String::new()))
    }
}

impl ContainerStatus {
    fn label(&self, role: Role) -> String {
        format!("{} \"{}\"", role.name(), self.name)
    }

    /// The container and its exit code. The reason `OOMKilled` says more than the code.
    fn ended(&self, role: Role, end: &Terminated) -> String {
        let label = self.label(role);
        if end.reason == OOM_KILLED { label } else { format!("{label}, exit code {}", end.exit_code) }
    }

    fn terminated(&self) -> Option<&Terminated> {
        self.state.terminated.as_ref()
    }
}

/// The fault of a container; `None` if it has none.
fn fault(container: &ContainerStatus, role: Role) -> Option<Cause> {
    if let Some(waiting) = &container.state.waiting {
        let last = container.last_state.terminated.as_ref();
        return match (waiting.reason.as_str(), last) {
            (normal, _) if NORMAL_WAITING_REASONS.contains(&normal) => None,
            (_, Some(last)) if last.reason == OOM_KILLED => Some(cause(OOM_KILLED, container.label(role))),
            // The container waits because of its last end.
            ("CrashLoopBackOff", Some(last)) => Some(cause(&waiting.reason, container.ended(role, last))),
            (reason, _) => Some(cause(reason, container.label(role))),
        };
    }
    let end = container.terminated().filter(|end| role != Role::Init || end.exit_code != 0)?;
    Some(cause(&end.reason, container.ended(role, end)))
}

/// Whether a started container fails its readiness probe. Without a startup probe, it has started as soon as it runs.
fn fails_readiness_probe(container: &ContainerStatus, role: Role) -> bool {
    let running = container.state.running.is_some() && container.started == Some(true);
    running && !container.ready && role != Role::Init
}

#[cfg(test)]
mod tests;
