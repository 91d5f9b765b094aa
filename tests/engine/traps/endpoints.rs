//! Services and endpoints that look broken, and serve.

use rstest::rstest;
use serde_json::json;

use super::{
    NGINX, PORTS, READY, SLICE_PORTS, TRAEFIK, UNREADY, asked, class, crashing, create, create_annotated, expect,
    expect_silence, healthy, service, slice, to,
};

const NO_SELECTOR: &str = "{ports: [{name: http, port: 80, targetPort: 8080}]}";

/// Without a selector somebody else publishes the endpoints: by hand, as mirrored Endpoints, or a second later
/// (rulebook 3.7).
#[tokio::test]
async fn trap_17_a_service_without_selector_is_not_broken() {
    let objects = class(NGINX) + &service("web", NO_SELECTOR);
    for managed_by in ["me", "endpointslicemirroring-controller.k8s.io"] {
        let own = slice("web-abc", "web", SLICE_PORTS, READY);
        let own =
            own.replace("labels: {", &format!("labels: {{endpointslice.kubernetes.io/managed-by: {managed_by}, "));
        assert_eq!(asked(&(objects.clone() + &own), &create(to("web", 80))).await, "pass");
    }
    expect(&asked(&objects, &create(to("web", 80))).await, "warn", &["no selector"]);
    // The API server's own Service is such a one.
    let kubernetes =
        (service("kubernetes", "{clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}")
            + &slice("kubernetes", "kubernetes", "[{name: https, port: 6443}]", "[{addresses: [192.0.2.1]}]"))
            .replace("namespace: shop", "namespace: default");
    let mut review = create(to("kubernetes", 443));
    review["request"]["namespace"] = json!("default");
    review["request"]["object"]["metadata"]["namespace"] = json!("default");
    assert_eq!(asked(&(class(NGINX) + &kubernetes), &review).await, "pass");
}

/// Controllers that go by endpoints do not need a ClusterIP (rulebook 3.8).
#[rstest]
#[case(NGINX)]
#[case(TRAEFIK)]
#[case("projectcontour.io/contour")]
#[tokio::test]
async fn trap_18_a_headless_service_is_fine(#[case] controller: &str) {
    let spec = "{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}";
    let objects = class(controller) + &service("web", spec) + &slice("web-1", "web", SLICE_PORTS, READY);
    assert_eq!(asked(&objects, &create(to("web", 80))).await, "pass");
}

/// A condition that is not there means ready and serving, and not terminating (rulebook 3.2.1).
#[rstest]
#[case::no_conditions("[{addresses: [10.0.0.1]}]")]
#[case::empty("[{addresses: [10.0.0.1], conditions: {}}]")]
#[case::nulls("[{addresses: [10.0.0.1], conditions: {ready: null, serving: null, terminating: null}}]")]
#[tokio::test]
async fn trap_19_an_absent_condition_does_not_mean_unready(#[case] endpoints: &str) {
    for controller in [NGINX, TRAEFIK] {
        let objects = class(controller) + &service("web", PORTS) + &slice("web-1", "web", SLICE_PORTS, endpoints);
        assert_eq!(asked(&objects, &create(to("web", 80))).await, "pass", "{controller}");
    }
}

/// With publishNotReadyAddresses the slice says ready on purpose: looking at the Pods instead would raise an alarm
/// about what serves (rulebook 3.2.3).
#[tokio::test]
async fn trap_20_the_slice_counts_and_not_the_pod() {
    let published = "[{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]";
    let objects = class(NGINX) + &crashing() + &slice("web-1", "web", SLICE_PORTS, published);
    assert_eq!(asked(&objects, &create(to("web", 80))).await, "pass");
}

/// HTTP/3 has the same number twice: whichever stands first, the TCP port is meant (rulebook 3.8.4).
#[rstest]
#[case::udp_first("{port: 443, name: h3, protocol: UDP}, {port: 443, name: https}")]
#[case::tcp_first("{port: 443, name: https}, {port: 443, name: h3, protocol: UDP}")]
#[tokio::test]
async fn trap_21_of_two_ports_with_one_number_tcp_is_meant(#[case] ports: &str) {
    let spec = format!("{{selector: {{app: web}}, ports: [{ports}]}}");
    // The container does not speak QUIC: the UDP port is on no endpoint.
    let objects = class(NGINX) + &service("web", &spec) + &slice("web-1", "web", "[{name: https, port: 8443}]", READY);
    assert_eq!(asked(&objects, &create(to("web", 443))).await, "pass");
}

/// One Service may have several slices: IPv6, more than a hundred endpoints, Pods with another port. One ready endpoint
/// in any of them is enough (rulebook 3.1).
#[rstest]
#[case::ready_last([UNREADY, READY])]
#[case::ready_first([READY, UNREADY])]
#[case::empty_first(["[]", READY])]
#[tokio::test]
async fn trap_22_all_slices_count(#[case] endpoints: [&str; 2]) {
    let [first, second] = endpoints;
    let objects = class(NGINX)
        + &service("web", PORTS)
        + &slice("zzz", "web", SLICE_PORTS, first)
        + &slice("aaa", "web", SLICE_PORTS, second).replace("IPv4", "IPv6").replace("10.0.0.1", "fd00::1");
    assert_eq!(asked(&objects, &create(to("web", 80))).await, "pass");
}

/// A Service that is a moment old has no slice: nothing is known yet. Only the placeholder slice of a processed one
/// says that it selects no Pod (rulebook 3.3).
#[tokio::test]
async fn trap_23_no_slice_does_not_mean_no_pods() {
    let workload = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
                    spec: {template: {metadata: {labels: {app: web}}}}\n";
    let young = class(NGINX) + &service("web", PORTS);
    assert_eq!(asked(&(young.clone() + workload), &create(to("web", 80))).await, "pass");
    let processed = young + &slice("web-1", "web", "[]", "[]");
    expect(&asked(&processed, &create(to("web", 80))).await, "warn", &["selects no"]);
}

/// Meshes serve from other clusters: no Service or no endpoint here proves nothing (rulebook 3.11, 4.5.10).
#[rstest]
#[case::cilium("cilium.io/ingress-controller")]
#[case::istio("istio.io/ingress-controller")]
#[tokio::test]
async fn trap_24_a_backend_may_be_in_another_cluster(#[case] controller: &str) {
    expect(&asked(&class(controller), &create(to("web", 80))).await, "warn", &["does not exist"]);
    let empty = class(controller) + &service("web", PORTS) + &slice("web-1", "web", "[]", "[]");
    expect_silence(&asked(&empty, &create(to("web", 80))).await);
}

/// Application Gateway gets unready addresses, too, and probes them itself (rulebook 4.10).
#[tokio::test]
async fn trap_28_unready_pods_are_no_news_to_agic() {
    let agic = json!({"kubernetes.io/ingress.class": "azure/application-gateway"});
    let mut review = create_annotated(to("web", 80), agic);
    review["request"]["object"]["spec"]["ingressClassName"].take();
    expect_silence(&asked(&crashing(), &review).await);
    assert_eq!(asked(&healthy(), &review).await, "pass");
}
