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
#[case::crash_loop_after_an_end(
    r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}},
        "lastState":{"terminated":{"reason":"Error","exitCode":127}}}]}"#,
    "failing: CrashLoopBackOff container \"a\", exit code 127"
)]
#[case::another_reason_after_an_end(
    r#"{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ImagePullBackOff"}},
        "lastState":{"terminated":{"reason":"Error","exitCode":1}}}]}"#,
    "failing: ImagePullBackOff container \"a\""
)]
#[case::completed_container(
    r#"{"containerStatuses":[{"name":"a","state":{"terminated":{"reason":"Completed","exitCode":0}}}]}"#,
    "failing: Completed container \"a\", exit code 0"
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
    "failing: Error init container \"m\", exit code 1"
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
    "finished: Error container \"a\", exit code 2"
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
