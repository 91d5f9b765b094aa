//! Routes that look healthy but fail.

use rstest::rstest;
use serde_json::{Value, json};

use super::{
    AWS, NGINX, PORTS, READY, SLICE_PORTS, TRAEFIK, class, configuration, create, expect, healthy, review_outcome,
    review_outcome_with, service, slice, to,
};

const NAMED: &str = "{selector: {app: web}, ports: [{name: http, port: 80, targetPort: web-port}]}";

/// If no container declares the named targetPort, Kubernetes omits the port from the slice without an event. The Pods
/// stay ready, and every request fails (rulebook 3.5).
#[rstest]
#[case::no_ports("[]")]
#[case::null("null")]
#[case::others("[{name: metrics, port: 9090}]")]
#[tokio::test]
async fn trap_30_ready_pods_without_the_port_are_not_fine(#[case] ports: &str) {
    let objects = class(NGINX) + &service("web", NAMED) + &slice("web-1", "web", ports, READY);
    expect(&review_outcome(&objects, &create(to("web", 80))).await, "warn", &["web-port"]);
}

/// During the rename of a port, half of the Pods do not have it. The other half answers, so the route works
/// (rulebook 3.5.3).
#[tokio::test]
async fn trap_31_a_rename_in_progress_is_not_a_broken_route() {
    let old = slice("web-1", "web", "[]", READY);
    let new = slice("web-2", "web", SLICE_PORTS, READY);
    let objects = class(NGINX) + &service("web", NAMED);
    assert_eq!(review_outcome(&(objects.clone() + &old + &new), &create(to("web", 80))).await, "pass");
    // If no Pod has the port yet, the route is broken.
    expect(&review_outcome(&(objects + &old), &create(to("web", 80))).await, "warn", &["web-port"]);
}

/// Traefik uses endpoints that are `serving`, and two controllers skip endpoints whose `ready` is not set. Such
/// endpoints get no requests although other controllers use them (rulebook 3.2.3, 3.2.4).
#[rstest]
#[case::published_unready(TRAEFIK, "[{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]", "warn")]
#[case::published_unready_elsewhere(
    NGINX,
    "[{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]",
    "pass"
)]
#[case::ready_not_set("nginx.org/ingress-controller", "[{addresses: [10.0.0.1]}]", "warn")]
#[case::ready_not_set("haproxy.org/ingress-controller", "[{addresses: [10.0.0.1]}]", "warn")]
#[case::ready_not_set_elsewhere(NGINX, "[{addresses: [10.0.0.1]}]", "pass")]
#[tokio::test]
async fn trap_32_each_controller_uses_other_endpoints(
    #[case] controller: &str,
    #[case] endpoints: &str,
    #[case] expected: &str,
) {
    let objects = class(controller) + &service("web", PORTS) + &slice("web-1", "web", SLICE_PORTS, endpoints);
    expect(&review_outcome(&objects, &create(to("web", 80))).await, expected, &[]);
}

/// A missing Service does not always cause 503: Traefik and Contour drop the route, so another backend may answer with
/// 200, and AWS stops updating a group that others share. The denial states the consequence (rulebook 4.3).
#[rstest]
#[case::nginx(NGINX, "requests get 503")]
#[case::traefik(TRAEFIK, "whatever else matches the host answers")]
#[case::contour("projectcontour.io/contour", "whatever else matches the host answers")]
#[case::haproxy("haproxy.org/ingress-controller", "the default backend or a 404 answers")]
#[case::aws(AWS, "whole group")]
#[tokio::test]
async fn trap_33_the_denial_does_not_promise_a_503(#[case] controller: &str, #[case] consequence: &str) {
    expect(&review_outcome(&class(controller), &create(to("web", 80))).await, "deny", &[consequence]);
}

/// An ExternalName Service with the right port may still not be served: some controllers disable ExternalName by
/// default, and some refuse names of the local host (rulebook 4.7).
#[rstest]
#[case::traefik(TRAEFIK, "pay.example", "warn")]
#[case::contour("projectcontour.io/contour", "pay.example", "warn")]
#[case::nginx_inc("nginx.org/ingress-controller", "pay.example", "warn")]
#[case::nginx_localhost(NGINX, "localhost", "warn")]
#[case::nginx(NGINX, "pay.example", "pass")]
#[tokio::test]
async fn trap_34_an_external_name_is_not_served_everywhere(
    #[case] controller: &str,
    #[case] name: &str,
    #[case] expected: &str,
) {
    let spec = format!("{{type: ExternalName, externalName: {name}, ports: [{{port: 80}}]}}");
    expect(&review_outcome(&(class(controller) + &service("web", &spec)), &create(to("web", 80))).await, expected, &[]);
}

/// The Service has the port number, but for UDP (rulebook 3.9).
#[rstest]
#[case::nginx(NGINX, "deny")]
#[case::contour("projectcontour.io/contour", "deny")]
#[case::cilium("cilium.io/ingress-controller", "deny")]
#[case::istio("istio.io/ingress-controller", "warn")]
#[tokio::test]
async fn trap_35_a_udp_port_does_not_serve_http(#[case] controller: &str, #[case] expected: &str) {
    let spec = "{selector: {app: web}, ports: [{name: dns, port: 53, protocol: UDP}]}";
    let objects = class(controller)
        + &service("web", spec)
        + &slice("web-1", "web", "[{name: dns, port: 53, protocol: UDP}]", READY);
    expect(&review_outcome(&objects, &create(to("web", 53))).await, expected, &["UDP"]);
}

/// Traefik can serve classes of ingress-nginx, but does not match targetPorts. With `profile: traefik-nginx` in the
/// configuration, references that work with ingress-nginx are denied (rulebook 4.1, 4.4.1).
#[tokio::test]
async fn trap_36_a_class_of_ingress_nginx_may_be_served_by_traefik() {
    let objects = class(NGINX) + &healthy();
    assert_eq!(review_outcome(&objects, &create(to("web", 8080))).await, "pass");
    let moved = configuration("controllers: [{match: {ingressClass: public}, profile: traefik-nginx}]");
    expect(&review_outcome_with(moved, &objects, &create(to("web", 8080))).await, "deny", &["did you mean 80?"]);
}

/// A ready Pod in a namespace with this NetworkPolicy, and the namespace of the controller.
fn isolated(policy: &str) -> String {
    let spaces = ["shop", "ingress"].map(|name| {
        format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{kubernetes.io/metadata.name: {name}}}}}\n")
    });
    let pod = "---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app, readinessProbe: {httpGet: {port: 8080}}, ports: [{name: web-port, containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: ";
    let ready = "[{addresses: [10.0.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: web-0}}]";
    class(NGINX)
        + &service("web", NAMED)
        + &slice("web-1", "web", SLICE_PORTS, ready)
        + &spaces.concat()
        + pod
        + policy
        + "\n"
}

const NODE: &str = "{namespace: ingress, selector: {app: ingress-nginx}, hostNetwork: true}";
const PODS: &str = "{namespace: ingress, selector: {app: ingress-nginx}}";

/// NetworkPolicies compare ports of the Pod, isolate only for the types that they list, and do not apply to a
/// controller in the network of the node. An incomplete evaluation is wrong in both directions. A complete one only
/// warns (rulebook 5).
#[rstest]
#[case::admits_nobody(PODS, "{podSelector: {}, ingress: []}", "warn")]
#[case::service_port(PODS, "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}", "warn")]
#[case::pod_port(PODS, "{podSelector: {}, ingress: [{ports: [{port: 8080}]}]}", "pass")]
#[case::egress_only(PODS, "{podSelector: {}, policyTypes: [Egress]}", "pass")]
#[case::own_namespace_only(PODS, "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", "warn")]
#[case::any_namespace(PODS, "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", "pass")]
#[case::host_network(NODE, "{podSelector: {}, ingress: []}", "pass")]
#[tokio::test]
async fn trap_37_a_network_policy_is_evaluated_completely_and_only_warns(
    #[case] pods: &str,
    #[case] policy: &str,
    #[case] expected: &str,
) {
    let configuration = configuration(&format!("controllers: [{{match: {{ingressClass: public}}, pods: {pods}}}]"));
    let outcome = review_outcome_with(configuration, &isolated(policy), &create(to("web", 80))).await;
    expect(&outcome, expected, if expected == "warn" { &["NetworkPolicy"] } else { &[] });
    // The configuration does not state where the controller runs: no finding.
    let unsaid: Value = create(json!({"service": {"name": "web", "port": {"number": 80}}}));
    assert_eq!(review_outcome(&isolated(policy), &unsaid).await, "pass");
}
