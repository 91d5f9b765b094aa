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

/// The waiting reasons of a container that is starting normally. Any other reason is a fault.
const NORMAL_WAITING_REASONS: [&str; 3] = ["", "ContainerCreating", "PodInitializing"];

/// The facts of a Pod.
pub fn pod_facts(pod: Pod) -> PodFacts {
    let gates = pod.spec.gates();
    let node = pod.spec.node_name.clone();
    let spec = PodSpecFacts { injected: asks_for_injection(&pod.metadata), ..pod_spec_facts(pod.spec) };
    let terminating = pod.metadata.deletion_timestamp.is_some();
    PodFacts {
        state: PodParts { status: &pod.status, spec: &spec, gates: &gates, node: &node }.state(terminating),
        spec,
        name: pod.metadata.name,
        created: pod.metadata.creation_timestamp,
        labels: pod.metadata.labels.into_iter().collect(),
    }
}

/// The parts of a Pod that determine its state.
struct PodParts<'a> {
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

impl PodParts<'_> {
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
            ("", _, Some((container, role, end))) => cause(&end.reason, container.label(role)),
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

    fn terminated(&self) -> Option<&Terminated> {
        self.state.terminated.as_ref()
    }
}

/// The fault of a container; `None` if it has none.
fn fault(container: &ContainerStatus, role: Role) -> Option<Cause> {
    let fault = |reason: &str| Some(cause(reason, container.label(role)));
    if let Some(waiting) = &container.state.waiting {
        if NORMAL_WAITING_REASONS.contains(&waiting.reason.as_str()) {
            return None;
        }
        let killed = container.last_state.terminated.as_ref().is_some_and(|last| last.reason == "OOMKilled");
        return fault(if killed { "OOMKilled" } else { &waiting.reason });
    }
    if let Some(end) = container.terminated() {
        return if role == Role::Init && end.exit_code == 0 { None } else { fault(&end.reason) };
    }
    None
}

/// Whether a started container fails its readiness probe. Without a startup probe, it has started as soon as it runs.
fn fails_readiness_probe(container: &ContainerStatus, role: Role) -> bool {
    let running = container.state.running.is_some() && container.started == Some(true);
    running && !container.ready && role != Role::Init
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Every cause of rulebook 6, in the order of the rulebook.
    #[rstest]
    #[case::readiness_probe(
        r#"{"containerStatuses":[{"name":"a","started":true,"state":{"running":{}}}],
            "conditions":[{"type":"Ready","status":"False","reason":"ContainersNotReady"}]}"#,
        "unready: ReadinessProbe container \"a\""
    )]
    #[case::readiness_probe_of_a_sidecar(
        r#"{"initContainerStatuses":[{"name":"proxy","started":true,"state":{"running":{}}}],
            "containerStatuses":[{"name":"a","ready":true,"started":true,"state":{"running":{}}}]}"#,
        "unready: ReadinessProbe sidecar \"proxy\""
    )]
    #[case::crashing_beside_an_unready_one(
        r#"{"containerStatuses":[{"name":"a","started":true,"state":{"running":{}}},
            {"name":"b","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}"#,
        "failing: CrashLoopBackOff container \"b\""
    )]
    #[case::startup_probe(
        r#"{"containerStatuses":[{"name":"a","started":false,"state":{"running":{}}}]}"#,
        "starting: StartupProbe container \"a\""
    )]
    #[case::crash_loop(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}},"restartCount":9}]}"#,
        "failing: CrashLoopBackOff container \"a\""
    )]
    #[case::oom_killed(
        r#"{"containerStatuses":[{"name":"a","state":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}"#,
        "failing: OOMKilled container \"a\""
    )]
    #[case::oom_killed_last(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}},
            "lastState":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}"#,
        "failing: OOMKilled container \"a\""
    )]
    #[case::image(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ImagePullBackOff"}}}]}"#,
        "failing: ImagePullBackOff container \"a\""
    )]
    #[case::config(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CreateContainerConfigError"}}}]}"#,
        "failing: CreateContainerConfigError container \"a\""
    )]
    #[case::sandbox(
        r#"{"conditions":[{"type":"PodReadyToStartContainers","status":"False"}],
            "containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]}"#,
        "starting: PodReadyToStartContainers=False "
    )]
    #[case::init_container(
        r#"{"initContainerStatuses":[{"name":"m","state":{"terminated":{"exitCode":1,"reason":"Error"}}}],
            "containerStatuses":[{"name":"a","state":{"waiting":{"reason":"PodInitializing"}}}]}"#,
        "failing: Error init container \"m\""
    )]
    #[case::init_container_in_a_loop(
        r#"{"initContainerStatuses":[{"name":"m","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}"#,
        "failing: CrashLoopBackOff init container \"m\""
    )]
    #[case::init_container_at_work(
        r#"{"initContainerStatuses":[{"name":"m","state":{"running":{}}}],
            "containerStatuses":[{"name":"a","state":{"waiting":{"reason":"PodInitializing"}}}]}"#,
        "starting: PodInitializing init container \"m\""
    )]
    #[case::init_container_done(
        r#"{"initContainerStatuses":[{"name":"m","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}],
            "containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]}"#,
        "starting: ContainerCreating container \"a\""
    )]
    #[case::unschedulable(
        r#"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}"#,
        "unready: Unschedulable "
    )]
    #[case::scheduling_gated(
        r#"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]}"#,
        "failing: SchedulingGated "
    )]
    #[case::readiness_gate(
        r#"{"conditions":[{"type":"ContainersReady","status":"True"},{"type":"a.example/up","status":"True"},
              {"type":"Ready","status":"False","reason":"ReadinessGatesNotReady"}],
            "containerStatuses":[{"name":"a","ready":true,"state":{"running":{}}}]}"#,
        "gated: ReadinessGatesNotReady readiness gate \"b.example/in-service\""
    )]
    #[case::evicted(r#"{"phase":"Failed","reason":"Evicted"}"#, "finished: Evicted ")]
    #[case::failed(
        r#"{"phase":"Failed","containerStatuses":[{"name":"a","state":{"terminated":{"reason":"Error","exitCode":2}}}]}"#,
        "finished: Error container \"a\""
    )]
    #[case::failed_for_no_known_reason(r#"{"phase":"Failed"}"#, "finished: Failed ")]
    #[case::completed(r#"{"phase":"Succeeded"}"#, "finished: Completed ")]
    #[case::node_lost(
        r#"{"conditions":[{"type":"ContainersReady","status":"True"},{"type":"Ready","status":"False"}],
            "containerStatuses":[{"name":"a","ready":true,"started":true,"state":{"running":{}}}]}"#,
        "failing: NodeNotReady node \"n1\""
    )]
    #[case::node_unknown(
        r#"{"conditions":[{"type":"Ready","status":"Unknown"}],"containerStatuses":[{"name":"a","ready":true}]}"#,
        "failing: NodeNotReady node \"n1\""
    )]
    // States that the rulebook does not list.
    #[case::ready(r#"{"conditions":[{"type":"Ready","status":"True"}]}"#, "ready")]
    #[case::no_status_yet("{}", "starting: Pending ")]
    #[case::creating(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]}"#,
        "starting: ContainerCreating container \"a\""
    )]
    #[case::unready_although_containers_are_ready(
        r#"{"conditions":[{"type":"Ready","status":"False"},{"type":"ContainersReady","status":"False"}],
            "containerStatuses":[{"name":"a","ready":true,"started":true,"state":{"running":{}}}]}"#,
        "failing: NotReady "
    )]
    fn the_state_of_a_pod(#[case] status: &str, #[case] expected: &str) {
        let spec = r#"{"nodeName":"n1","containers":[{"name":"a"}],
            "readinessGates":[{"conditionType":"c.example/x"},{"conditionType":"b.example/in-service"},{"conditionType":"a.example/up"}],
            "initContainers":[{"name":"m"},{"name":"proxy","restartPolicy":"Always"}]}"#;
        let pod = format!(r#"{{"metadata":{{"name":"p"}},"spec":{spec},"status":{status}}}"#);
        let state = match pod_facts(serde_json::from_str(&pod).unwrap()).state {
            PodState::Ready => "ready".to_owned(),
            PodState::Starting(cause) => format!("starting: {} {}", cause.reason, cause.about),
            PodState::Gated(cause) => format!("gated: {} {}", cause.reason, cause.about),
            PodState::Unready(cause) => format!("unready: {} {}", cause.reason, cause.about),
            PodState::Failing(cause) => format!("failing: {} {}", cause.reason, cause.about),
            PodState::Terminating => "terminating".to_owned(),
            PodState::Finished(cause) => format!("finished: {} {}", cause.reason, cause.about),
        };
        assert_eq!(state, expected);
    }

    #[test]
    fn a_pod_that_is_being_deleted_is_terminating() {
        let json = r#"{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"},
                       "status":{"conditions":[{"type":"Ready","status":"True"}]}}"#;
        assert_eq!(pod_facts(serde_json::from_str(json).unwrap()).state, PodState::Terminating);
    }
}
