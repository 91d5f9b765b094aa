//! `v1` Pod: how it stands, and why it is not ready (rulebook section 6).

use serde::Deserialize;

use super::pod_spec::{PodSpec, pod_spec_facts};
use super::wire::{Metadata, nullable};
use crate::engine::model::{Cause, PodFacts, PodState};

/// A Pod, as far as it matters.
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

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStatus {
    #[serde(deserialize_with = "nullable")]
    phase: String,
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

/// Waiting reasons of a container that is merely on its way; any other is a fault.
const ON_ITS_WAY: [&str; 3] = ["", "ContainerCreating", "PodInitializing"];

/// The facts of a Pod.
pub fn pod_facts(pod: Pod) -> PodFacts {
    PodFacts {
        state: state(&pod),
        spec: pod_spec_facts(pod.spec),
        name: pod.metadata.name,
        created: pod.metadata.creation_timestamp,
        labels: pod.metadata.labels.into_iter().collect(),
    }
}

fn state(pod: &Pod) -> PodState {
    let status = &pod.status;
    if matches!(status.phase.as_str(), "Succeeded" | "Failed") {
        return PodState::Finished;
    }
    if pod.metadata.deletion_timestamp.is_some() {
        return PodState::Terminating;
    }
    let condition = |kind: &str| status.conditions.iter().find(|condition| condition.kind == kind);
    if condition("Ready").is_some_and(|ready| ready.status == "True") {
        return PodState::Ready;
    }
    if let Some(scheduled) = condition("PodScheduled").filter(|scheduled| scheduled.status == "False") {
        return PodState::Failing(Cause { reason: scheduled.reason.clone(), about: String::new() });
    }
    let statuses = status.init_container_statuses.iter().map(|container| (container, true));
    let statuses = statuses.chain(status.container_statuses.iter().map(|container| (container, false)));
    let mut faults = statuses.filter_map(|(container, init)| fault(container, init));
    if let Some(cause) = faults.next() {
        return PodState::Failing(cause);
    }
    // Containers are ready and the Pod is not: a readiness gate, which often waits for the Ingress itself (rulebook 4.8).
    let gated = condition("Ready").is_some_and(|ready| ready.reason == "ReadinessGatesNotReady");
    let started = !status.container_statuses.is_empty() && status.container_statuses.iter().all(|c| c.ready);
    if started && !gated {
        return PodState::Failing(Cause { reason: "NotReady".to_owned(), about: String::new() });
    }
    PodState::Starting
}

/// What is wrong with a container; `None` while nothing is.
fn fault(container: &ContainerStatus, init: bool) -> Option<Cause> {
    let kind = if init { "init container" } else { "container" };
    let cause =
        |reason: &str| Some(Cause { reason: reason.to_owned(), about: format!("{kind} \"{}\"", container.name) });
    if let Some(waiting) = &container.state.waiting {
        if ON_ITS_WAY.contains(&waiting.reason.as_str()) {
            return None;
        }
        let killed = container.last_state.terminated.as_ref().is_some_and(|last| last.reason == "OOMKilled");
        return cause(if killed { "OOMKilled" } else { &waiting.reason });
    }
    if let Some(end) = &container.state.terminated {
        return if init && end.exit_code == 0 { None } else { cause(&end.reason) };
    }
    // Running and started, but its readiness probe does not pass; before `started` it is only starting.
    let probing = container.state.running.is_some() && !container.ready && !init;
    if probing && container.started == Some(true) { cause("ReadinessProbe") } else { None }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ready(r#"{"conditions":[{"type":"Ready","status":"True"}]}"#, "ready")]
    #[case::no_status_yet("{}", "starting")]
    #[case::creating(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]}"#,
        "starting"
    )]
    #[case::crash(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}"#,
        "CrashLoopBackOff container \"a\""
    )]
    #[case::oom(r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"reason":"OOMKilled"}}}]}"#, "OOMKilled container \"a\"")]
    #[case::image(
        r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ImagePullBackOff"}}}]}"#,
        "ImagePullBackOff container \"a\""
    )]
    #[case::probe(
        r#"{"containerStatuses":[{"name":"a","started":true,"state":{"running":{}}}]}"#,
        "ReadinessProbe container \"a\""
    )]
    #[case::startup_probe(r#"{"containerStatuses":[{"name":"a","started":false,"state":{"running":{}}}]}"#, "starting")]
    #[case::init(
        r#"{"initContainerStatuses":[{"name":"m","state":{"terminated":{"exitCode":1,"reason":"Error"}}}]}"#,
        "Error init container \"m\""
    )]
    #[case::init_done(
        r#"{"initContainerStatuses":[{"name":"m","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}"#,
        "starting"
    )]
    #[case::unschedulable(
        r#"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}"#,
        "Unschedulable "
    )]
    #[case::gate(r#"{"conditions":[{"type":"Ready","status":"False","reason":"ReadinessGatesNotReady"}],"containerStatuses":[{"name":"a","ready":true,"state":{"running":{}}}]}"#, "starting")]
    #[case::unready_all_the_same(r#"{"conditions":[{"type":"Ready","status":"False"}],"containerStatuses":[{"name":"a","ready":true,"started":true,"state":{"running":{}}}]}"#, "NotReady ")]
    #[case::evicted(r#"{"phase":"Failed"}"#, "finished")]
    fn how_a_pod_stands(#[case] status: &str, #[case] expected: &str) {
        let pod: Pod = serde_json::from_str(&format!(r#"{{"metadata":{{"name":"p"}},"status":{status}}}"#)).unwrap();
        let seen = match pod_facts(pod).state {
            PodState::Ready => "ready".to_owned(),
            PodState::Starting => "starting".to_owned(),
            PodState::Failing(cause) => format!("{} {}", cause.reason, cause.about),
            PodState::Terminating => "terminating".to_owned(),
            PodState::Finished => "finished".to_owned(),
        };
        assert_eq!(seen, expected);
    }
}
