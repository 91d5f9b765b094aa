//! Services and endpoints that look broken but work.

use rstest::rstest;
use serde_json::json;

use super::{
    NGINX, PORTS, READY, SLICE_PORTS, TRAEFIK, UNREADY, class, crashing, create, create_annotated, expect,
    expect_silence, healthy, review_outcome, service, slice, to,
};

const NO_SELECTOR: &str = "{ports: [{name: http, port: 80, targetPort: 8080}]}";

/// The endpoints of a Service without a selector are created by hand, mirrored from Endpoints, or created a second
/// later (rulebook 3.7).
#[tokio::test]
async fn trap_17_a_service_without_selector_is_not_broken() {
    let objects = class(NGINX) + &service("web", NO_SELECTOR);
    for managed_by in ["me", "endpointslicemirroring-controller.k8s.io"] {
        let own = slice("web-abc", "web", SLICE_PORTS, READY);
        let own =
            own.replace("labels: {", &format!("labels: {{endpointslice.kubernetes.io/managed-by: {managed_by}, "));
        assert_eq!(review_outcome(&(objects.clone() + &own), &create(to("web", 80))).await, "pass");
    }
    expect(&review_outcome(&objects, &create(to("web", 80))).await, "warn", &["no selector"]);
    // The Service of the API server has no selector.
    let kubernetes =
        (service("kubernetes", "{clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}")
            + &slice("kubernetes", "kubernetes", "[{name: https, port: 6443}]", "[{addresses: [192.0.2.1]}]"))
            .replace("namespace: shop", "namespace: default");
    let mut review = create(to("kubernetes", 443));
    review["request"]["namespace"] = json!("default");
    review["request"]["object"]["metadata"]["namespace"] = json!("default");
    assert_eq!(review_outcome(&(class(NGINX) + &kubernetes), &review).await, "pass");
}

/// Controllers that send requests to endpoints need no ClusterIP (rulebook 3.8).
#[rstest]
#[case(NGINX)]
#[case(TRAEFIK)]
#[case("projectcontour.io/contour")]
#[tokio::test]
async fn trap_18_a_headless_service_is_fine(#[case] controller: &str) {
    let spec = "{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}";
    let objects = class(controller) + &service("web", spec) + &slice("web-1", "web", SLICE_PORTS, READY);
    assert_eq!(review_outcome(&objects, &create(to("web", 80))).await, "pass");
}

/// A condition that is not set means ready, serving or not terminating (rulebook 3.2.1).
#[rstest]
#[case::no_conditions("[{addresses: [10.0.0.1]}]")]
#[case::empty("[{addresses: [10.0.0.1], conditions: {}}]")]
#[case::nulls("[{addresses: [10.0.0.1], conditions: {ready: null, serving: null, terminating: null}}]")]
#[tokio::test]
async fn trap_19_an_absent_condition_does_not_mean_unready(#[case] endpoints: &str) {
    for controller in [NGINX, TRAEFIK] {
        let objects = class(controller) + &service("web", PORTS) + &slice("web-1", "web", SLICE_PORTS, endpoints);
        assert_eq!(review_outcome(&objects, &create(to("web", 80))).await, "pass", "{controller}");
    }
}

/// With publishNotReadyAddresses, the endpoints in the slice are ready on purpose. A judgement by the Pods would report
/// a route that works (rulebook 3.2.3).
#[tokio::test]
async fn trap_20_the_slice_counts_and_not_the_pod() {
    let published = "[{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]";
    let objects = class(NGINX) + &crashing() + &slice("web-1", "web", SLICE_PORTS, published);
    assert_eq!(review_outcome(&objects, &create(to("web", 80))).await, "pass");
}

/// A Service for HTTP/3 has two ports with the same number. The TCP port is used, whatever the order (rulebook 3.8.4).
#[rstest]
#[case::udp_first("{port: 443, name: h3, protocol: UDP}, {port: 443, name: https}")]
#[case::tcp_first("{port: 443, name: https}, {port: 443, name: h3, protocol: UDP}")]
#[tokio::test]
async fn trap_21_the_tcp_port_of_two_ports_with_one_number_is_used(#[case] ports: &str) {
    let spec = format!("{{selector: {{app: web}}, ports: [{ports}]}}");
    // The container does not support QUIC: no endpoint has the UDP port.
    let objects = class(NGINX) + &service("web", &spec) + &slice("web-1", "web", "[{name: https, port: 8443}]", READY);
    assert_eq!(review_outcome(&objects, &create(to("web", 443))).await, "pass");
}

/// A Service may have several slices: for IPv6, for more than a hundred endpoints, for Pods with another port. One
/// ready endpoint in any slice is enough (rulebook 3.1).
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
    assert_eq!(review_outcome(&objects, &create(to("web", 80))).await, "pass");
}

/// A new Service has no slice, so nothing is known yet. Only the placeholder slice shows that the Service selects no
/// Pod (rulebook 3.3).
#[tokio::test]
async fn trap_23_no_slice_does_not_mean_no_pods() {
    let workload = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
                    spec: {template: {metadata: {labels: {app: web}}}}\n";
    let young = class(NGINX) + &service("web", PORTS);
    assert_eq!(review_outcome(&(young.clone() + workload), &create(to("web", 80))).await, "pass");
    let processed = young + &slice("web-1", "web", "[]", "[]");
    expect(&review_outcome(&processed, &create(to("web", 80))).await, "warn", &["selects no"]);
}

/// With a mesh, a backend may run in another cluster: a missing Service or endpoint in this cluster proves nothing
/// (rulebook 3.11, 4.5.10).
#[rstest]
#[case::cilium("cilium.io/ingress-controller", "service.cilium.io/global: 'true'")]
#[case::istio("istio.io/ingress-controller", "")]
#[tokio::test]
async fn trap_24_a_backend_may_be_in_another_cluster(#[case] controller: &str, #[case] annotation: &str) {
    expect(&review_outcome(&class(controller), &create(to("web", 80))).await, "warn", &["does not exist"]);
    let annotated = format!("namespace: shop, annotations: {{{annotation}}}}}\n");
    let service = service("web", PORTS).replace("namespace: shop}\n", &annotated);
    let empty = class(controller) + &service + &slice("web-1", "web", "[]", "[]");
    expect_silence(&review_outcome(&empty, &create(to("web", 80))).await);
}

/// Application Gateway also gets unready addresses, and probes them itself (rulebook 4.10).
#[tokio::test]
async fn trap_28_agic_uses_unready_pods() {
    let agic = json!({"kubernetes.io/ingress.class": "azure/application-gateway"});
    let mut review = create_annotated(to("web", 80), agic);
    review["request"]["object"]["spec"]["ingressClassName"].take();
    expect_silence(&review_outcome(&crashing(), &review).await);
    assert_eq!(review_outcome(&healthy(), &review).await, "pass");
}
