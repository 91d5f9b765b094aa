//! The Pods, their Service and their network policy.

use std::process::Command;

use backstop::http::Drain;
use rstest::rstest;
use serde_json::{Value, json};

use crate::manifests::{base, strings};

const POD: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";

fn at(object: &Value, prefix: &str, pointer: &str) -> Value {
    let pointer = format!("{prefix}{pointer}");
    object.pointer(&pointer).unwrap_or_else(|| panic!("nothing at {pointer}")).clone()
}

/// The Pod Security Standard `restricted`, and a root file system that cannot be written to.
#[rstest]
#[case(POD, "/securityContext/runAsNonRoot", json!(true))]
#[case(POD, "/securityContext/runAsUser", json!(65532))]
#[case(POD, "/securityContext/runAsGroup", json!(65532))]
#[case(POD, "/securityContext/seccompProfile", json!({"type": "RuntimeDefault"}))]
#[case(CONTAINER, "/securityContext", json!({
    "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
}))]
fn the_pod_is_restricted(#[case] part: &str, #[case] pointer: &str, #[case] expected: Value) {
    assert_eq!(at(&base("Deployment"), part, pointer), expected, "{pointer}");
}

#[rstest]
#[case("hostNetwork")]
#[case("hostPID")]
#[case("hostIPC")]
#[case("initContainers")]
#[case("priorityClassName")]
fn the_pod_does_not_have(#[case] field: &str) {
    assert_eq!(base("Deployment").pointer(&format!("{POD}/{field}")), None);
}

#[test]
fn the_namespace_enforces_the_restricted_profile() {
    let labels = &base("Namespace")["metadata"]["labels"];
    for mode in ["enforce", "audit", "warn"] {
        assert_eq!(labels[format!("pod-security.kubernetes.io/{mode}")], "restricted");
    }
}

/// An update or a node drain never stops the last ready Pod.
#[test]
fn at_least_one_pod_always_answers() {
    let deployment = base("Deployment");
    assert_eq!(deployment["spec"]["replicas"], 2);
    assert_eq!(deployment["spec"]["strategy"]["rollingUpdate"], json!({"maxUnavailable": 0, "maxSurge": 1}));
    assert_eq!(base("PodDisruptionBudget")["spec"]["minAvailable"], 1);
    for constraint in at(&deployment, POD, "/topologySpreadConstraints").as_array().unwrap() {
        assert_eq!(constraint["whenUnsatisfiable"], "ScheduleAnyway", "a cluster with one node gets a webhook too");
    }
}

/// The shutdown must end before the kubelet kills the Pod.
#[test]
fn a_drain_ends_before_the_kill() {
    let grace = at(&base("Deployment"), POD, "/terminationGracePeriodSeconds").as_u64().unwrap();
    let drain = Drain::default().grace.as_secs();
    assert!(grace >= drain + 5, "{grace} s for a drain of {drain} s");
}

#[rstest]
#[case::starts("startupProbe", "/readyz")]
#[case::serves("readinessProbe", "/readyz")]
// Not /readyz: a Pod without a connection to the API server must become unready, and must not be restarted.
#[case::lives("livenessProbe", "/livez")]
fn the_probe_uses_this_path(#[case] probe: &str, #[case] path: &str) {
    let get = at(&base("Deployment"), CONTAINER, &format!("/{probe}/httpGet"));
    assert_eq!(get, json!({"path": path, "port": "admin"}));
}

/// A throttled webhook stops for most of each period. Therefore memory is limited and CPU is not.
#[test]
fn resources_are_requested_and_only_memory_is_limited() {
    let resources = at(&base("Deployment"), CONTAINER, "/resources");
    assert!(resources["requests"]["cpu"].is_string() && resources["requests"]["memory"].is_string());
    assert!(resources["limits"]["memory"].is_string());
    assert_eq!(resources["limits"].get("cpu"), None);
}

#[test]
fn ports_are_named_the_same_everywhere() {
    let (deployment, service, policy) = (base("Deployment"), base("Service"), base("NetworkPolicy"));
    let ports = at(&deployment, CONTAINER, "/ports");
    assert_eq!(
        ports,
        json!([
            {"name": "webhook", "containerPort": 8443, "protocol": "TCP"},
            {"name": "admin", "containerPort": 8080, "protocol": "TCP"},
        ])
    );
    assert_eq!(
        service["spec"]["ports"],
        json!([{"name": "webhook", "port": 443, "targetPort": "webhook", "protocol": "TCP"}])
    );
    assert_eq!(policy["spec"]["ingress"][0], json!({"ports": [{"protocol": "TCP", "port": 8443}]}));
    assert_eq!(policy["spec"]["ingress"][1]["ports"], json!([{"protocol": "TCP", "port": 8080}]));
}

/// Egress is allowed to the API server and to DNS, by port, because no selector matches them.
#[test]
fn egress_is_limited_to_the_needed_ports() {
    let policy = base("NetworkPolicy");
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
    assert_eq!(
        policy["spec"]["egress"],
        json!([
            {"ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 6443}]},
            {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
        ])
    );
}

#[test]
fn every_selector_finds_the_pods() {
    let deployment = base("Deployment");
    let labels = deployment.pointer("/spec/template/metadata/labels").unwrap();
    let mut selectors = vec![
        deployment["spec"]["selector"]["matchLabels"].clone(),
        base("Service")["spec"]["selector"].clone(),
        base("PodDisruptionBudget")["spec"]["selector"]["matchLabels"].clone(),
        base("NetworkPolicy")["spec"]["podSelector"]["matchLabels"].clone(),
    ];
    for constraint in at(&deployment, POD, "/topologySpreadConstraints").as_array().unwrap() {
        selectors.push(constraint["labelSelector"]["matchLabels"].clone());
    }
    for selector in selectors {
        let selector = selector.as_object().expect("a selector");
        assert!(!selector.is_empty());
        for (key, value) in selector {
            assert_eq!(labels.get(key), Some(value), "{key}");
        }
    }
}

/// The Secret is mounted as a directory, because the kubelet never updates a `subPath`.
#[test]
fn the_program_uses_the_mounted_certificate() {
    let deployment = base("Deployment");
    let mount = at(&deployment, CONTAINER, "/volumeMounts/0");
    assert_eq!(mount, json!({"name": "tls", "mountPath": "/etc/backstop/tls", "readOnly": true}));
    let volume = at(&deployment, POD, "/volumes/0");
    assert_eq!(volume["name"], mount["name"]);
    assert_eq!(volume["secret"]["secretName"], "backstop-tls");
    assert_eq!(volume["secret"]["defaultMode"], 0o440, "readable for the group, which fsGroup sets");
    assert_eq!(at(&deployment, POD, "/securityContext/fsGroup"), 65532);

    let args = at(&deployment, CONTAINER, "/args");
    assert_eq!(
        strings(&args),
        ["serve", "--tls-cert=/etc/backstop/tls/tls.crt", "--tls-key=/etc/backstop/tls/tls.key", "--log-format=json"]
    );
}

/// With `--help` after the arguments, the program parses all of them and starts nothing.
#[rstest]
#[case::base(&[], true)]
#[case::the_overlay_audit(&["--mode=audit"], true)]
#[case::the_overlay_warn(&["--mode=warn"], true)]
#[case::no_such_mode(&["--mode=lenient"], false)]
fn the_program_understands_the_arguments(#[case] more: &[&str], #[case] expected: bool) {
    let args = at(&base("Deployment"), CONTAINER, "/args");
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    let output = command.args(strings(&args)).args(more).arg("--help").output().unwrap();
    assert_eq!(output.status.success(), expected, "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_image_is_the_version_of_the_package() {
    let image = at(&base("Deployment"), CONTAINER, "/image");
    assert_eq!(image, concat!("backstop:", env!("CARGO_PKG_VERSION")));
}
