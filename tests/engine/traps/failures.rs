//! Routes that look fine, and fail.

use rstest::rstest;
use serde_json::{Value, json};

use super::{
    AWS, NGINX, PORTS, READY, SLICE_PORTS, TRAEFIK, asked, asked_with, class, configuration, create, expect, healthy,
    service, slice, to,
};

const NAMED: &str = "{selector: {app: web}, ports: [{name: http, port: 80, targetPort: web-port}]}";

/// A named targetPort that no container declares drops the port without a word: the Pods stay ready, in a slice without
/// the port, and every request fails (rulebook 3.5).
#[rstest]
#[case::no_ports("[]")]
#[case::null("null")]
#[case::others("[{name: metrics, port: 9090}]")]
#[tokio::test]
async fn trap_30_ready_pods_without_the_port_are_not_fine(#[case] ports: &str) {
    let objects = class(NGINX) + &service("web", NAMED) + &slice("web-1", "web", ports, READY);
    expect(&asked(&objects, &create(to("web", 80))).await, "warn", &["web-port"]);
}

/// While a port is renamed half of the Pods lack it: the other half serves, so that nothing is broken (rulebook 3.5.3).
#[tokio::test]
async fn trap_31_half_a_rename_is_not_taken_for_a_broken_route() {
    let old = slice("web-1", "web", "[]", READY);
    let new = slice("web-2", "web", SLICE_PORTS, READY);
    let objects = class(NGINX) + &service("web", NAMED);
    assert_eq!(asked(&(objects.clone() + &old + &new), &create(to("web", 80))).await, "pass");
    // Where none has it yet, it is.
    expect(&asked(&(objects + &old), &create(to("web", 80))).await, "warn", &["web-port"]);
}

/// Traefik goes by `serving`, and two controllers skip what does not say `ready`: endpoints that others use get no
/// request there (rulebook 3.2.3, 3.2.4).
#[rstest]
#[case::published_unready(TRAEFIK, "[{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]", "warn")]
#[case::published_unready_elsewhere(
    NGINX,
    "[{addresses: [10.0.0.1], conditions: {ready: true, serving: false}}]",
    "pass"
)]
#[case::unsaid("nginx.org/ingress-controller", "[{addresses: [10.0.0.1]}]", "warn")]
#[case::unsaid("haproxy.org/ingress-controller", "[{addresses: [10.0.0.1]}]", "warn")]
#[case::unsaid_elsewhere(NGINX, "[{addresses: [10.0.0.1]}]", "pass")]
#[tokio::test]
async fn trap_32_each_controller_uses_other_endpoints(
    #[case] controller: &str,
    #[case] endpoints: &str,
    #[case] expected: &str,
) {
    let objects = class(controller) + &service("web", PORTS) + &slice("web-1", "web", SLICE_PORTS, endpoints);
    expect(&asked(&objects, &create(to("web", 80))).await, expected, &[]);
}

/// A missing Service is no 503 everywhere: Traefik and Contour drop the route, so that somebody else's backend may
/// answer with 200, and AWS stops updating a group that others share. The refusal says so (rulebook 4.3).
#[rstest]
#[case::nginx(NGINX, "requests get 503")]
#[case::traefik(TRAEFIK, "whatever else matches the host answers")]
#[case::contour("projectcontour.io/contour", "whatever else matches the host answers")]
#[case::haproxy("haproxy.org/ingress-controller", "the default backend or a 404 answers")]
#[case::aws(AWS, "whole group")]
#[tokio::test]
async fn trap_33_the_refusal_does_not_promise_a_503(#[case] controller: &str, #[case] consequence: &str) {
    expect(&asked(&class(controller), &create(to("web", 80))).await, "deny", &[consequence]);
}

/// An ExternalName exists, has a port, and still is not served: where it is off by default, and where its name is this
/// host (rulebook 4.7).
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
    expect(&asked(&(class(controller) + &service("web", &spec)), &create(to("web", 80))).await, expected, &[]);
}

/// The number is there, for UDP (rulebook 3.9).
#[rstest]
#[case::nginx(NGINX, "deny")]
#[case::contour("projectcontour.io/contour", "deny")]
#[case::kong("ingress-controllers.konghq.com/kong", "warn")]
#[tokio::test]
async fn trap_35_a_udp_port_does_not_serve_http(#[case] controller: &str, #[case] expected: &str) {
    let spec = "{selector: {app: web}, ports: [{name: dns, port: 53, protocol: UDP}]}";
    let objects = class(controller)
        + &service("web", spec)
        + &slice("web-1", "web", "[{name: dns, port: 53, protocol: UDP}]", READY);
    expect(&asked(&objects, &create(to("web", 53))).await, expected, &["UDP"]);
}

/// Traefik also serves classes of ingress-nginx, and takes no targetPort: who runs it has to say so once, and then what
/// worked before is refused (rulebook 4.1, 4.4.1).
#[tokio::test]
async fn trap_36_a_class_of_ingress_nginx_may_be_served_by_traefik() {
    let objects = class(NGINX) + &healthy();
    assert_eq!(asked(&objects, &create(to("web", 8080))).await, "pass");
    let moved = configuration("controllers: [{match: {ingressClass: public}, profile: traefik-nginx}]");
    expect(&asked_with(moved, &objects, &create(to("web", 8080))).await, "deny", &["did you mean 80?"]);
}

/// A ready Pod in a namespace that this NetworkPolicy isolates, and where the controller runs.
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

/// Policies compare ports of the Pod, isolate by their types only, and say nothing of a controller on the node's
/// network: half a reading errs both ways, and even a whole one only warns (rulebook 5).
#[rstest]
#[case::admits_nobody(PODS, "{podSelector: {}, ingress: []}", "warn")]
#[case::service_port(PODS, "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}", "warn")]
#[case::pod_port(PODS, "{podSelector: {}, ingress: [{ports: [{port: 8080}]}]}", "pass")]
#[case::egress_only(PODS, "{podSelector: {}, policyTypes: [Egress]}", "pass")]
#[case::own_namespace_only(PODS, "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", "warn")]
#[case::any_namespace(PODS, "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", "pass")]
#[case::host_network(NODE, "{podSelector: {}, ingress: []}", "pass")]
#[tokio::test]
async fn trap_37_a_network_policy_is_read_whole_and_only_warned_of(
    #[case] pods: &str,
    #[case] policy: &str,
    #[case] expected: &str,
) {
    let configuration = configuration(&format!("controllers: [{{match: {{ingressClass: public}}, pods: {pods}}}]"));
    let said = asked_with(configuration, &isolated(policy), &create(to("web", 80))).await;
    expect(&said, expected, if expected == "warn" { &["NetworkPolicy"] } else { &[] });
    // Nobody has said where the controller runs: silence.
    let unsaid: Value = create(json!({"service": {"name": "web", "port": {"number": 80}}}));
    assert_eq!(asked(&isolated(policy), &unsaid).await, "pass");
}
