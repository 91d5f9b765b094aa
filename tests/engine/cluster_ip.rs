//! Controllers that connect to the ClusterIP of a Service, always or because of an annotation (rulebook 3.10):
//! references match ports of the Service, and kube-proxy chooses the endpoint.

use backstop::engine::controllers::{Assignment, Assignments, Options};
use rstest::rstest;

use crate::world;

const NGINX: (&str, &str) = ("k8s.io/ingress-nginx", "nginx.ingress.kubernetes.io/service-upstream");
const NIC: (&str, &str) = ("nginx.org/ingress-controller", "nginx.org/use-cluster-ip");
const HAPROXY: (&str, &str) = ("haproxy-ingress.github.io/controller", "haproxy-ingress.github.io/service-upstream");
const TRAEFIK: (&str, &str) = ("traefik.io/ingress-controller", "traefik.ingress.kubernetes.io/service.nativelb");
const KONG: (&str, &str) = ("ingress-controllers.konghq.com/kong", "ingress.kubernetes.io/service-upstream");

const NAMED: &str = "[{name: http, port: 80, targetPort: 8080}]";
const UNNAMED: &str = "[{port: 80, targetPort: 8080}]";
const TO_NAME: &str = "[{name: http, port: 80, targetPort: web}]";
const READY: &str = "{ready: true, serving: true}";

/// A Service with a ready endpoint, for the annotation `default-backend`.
const SORRY: &str = "---
apiVersion: v1
kind: Service
metadata: {name: sorry, namespace: shop}
spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: sorry-1, namespace: shop, labels: {kubernetes.io/service-name: sorry}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.9]}]
";

/// The findings about a backend `port` of a Service with these `ports` and this `slice`: `action check effect`.
fn summaries_for(controller: (&str, &str), on: bool, port: &str, ports: &str, slice: &str) -> String {
    summaries(&objects(controller, on, port, ports, slice))
}

fn objects((controller, switch): (&str, &str), on: bool, port: &str, ports: &str, slice: &str) -> String {
    format!(
        "
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: own}}
spec: {{controller: {controller}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop, annotations: {{{switch}: '{on}'}}}}
spec: {{ports: {ports}}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
{slice}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop, annotations: {{{switch}: '{on}'}}}}
spec:
  ingressClassName: own
  tls: [{{hosts: [shop.example]}}]
  rules:
  - host: shop.example
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{{port}}}}}}}}}]}}
"
    )
}

fn summaries(yaml: &str) -> String {
    summaries_with(yaml, Options::default())
}

fn summaries_with(yaml: &str, options: Options) -> String {
    let own = Assignment { class: "own".to_owned(), profile: None, options, pods: None };
    let judgement = world::judged_with(&world::world(yaml), &Assignments(vec![own])).unwrap();
    let summaries = judgement.findings.into_iter();
    let summaries: Vec<_> =
        summaries.map(|it| format!("{} {} {:?}", it.action.as_str(), it.finding.check, it.finding.effect)).collect();
    summaries.join(", ")
}

/// The default backend of ingress-nginx answers if there is no endpoint. A ClusterIP counts as an endpoint, even if
/// nothing answers there.
#[rstest]
#[case::endpoints(false, "audit endpoints-not-ready Elsewhere")]
#[case::cluster_ip(true, "warn endpoints-not-ready Fails")]
fn the_default_backend_does_not_answer_for_a_cluster_ip(#[case] on: bool, #[case] expected: &str) {
    let (controller, switch) = NGINX;
    let world =
        objects((controller, switch), on, "number: 80", NAMED, &slice("[{name: http, port: 8080}]", "{ready: false}"));
    let annotated = world.replace(
        &format!("shop, annotations: {{{switch}: '{on}'}}}}\nspec:\n"),
        &format!(
            "shop, annotations: {{{switch}: '{on}', nginx.ingress.kubernetes.io/default-backend: sorry}}}}\nspec:\n"
        ),
    );
    assert_ne!(world, annotated);
    assert_eq!(summaries(&(annotated + SORRY)), expected);
}

/// An external host counts as an endpoint too, unless the controller refuses it (from the source code).
#[rstest]
#[case::port_zero("x.example.com", "warn external-name Fails")]
#[case::refused("localhost", "audit external-name Elsewhere")]
fn the_default_backend_does_not_answer_for_an_external_host(#[case] host: &str, #[case] expected: &str) {
    let world = objects(NGINX, false, "number: 80", TO_NAME, &slice("[]", READY));
    let spec = format!("spec: {{type: ExternalName, externalName: {host}, ports: ");
    let annotated = world.replacen("spec: {ports: ", &spec, 1).replace(
        "annotations: {nginx.ingress.kubernetes.io/service-upstream: 'false'}}\nspec:\n",
        "annotations: {nginx.ingress.kubernetes.io/default-backend: sorry}}\nspec:\n",
    );
    assert_eq!(summaries(&(annotated + SORRY)), expected);
}

fn slice(ports: &str, conditions: &str) -> String {
    format!("ports: {ports}\nendpoints: [{{addresses: [10.0.0.1], conditions: {conditions}}}]")
}

/// The expected findings without the annotation, and with it.
#[rstest]
#[case::target_number_on_nginx(NGINX, "number: 8080", NAMED, "", "warn port-not-found Fails")]
#[case::number_on_nginx(NGINX, "number: 80", NAMED, "", "")]
#[case::wrong_number_on_nginx(NGINX, "number: 81", NAMED, "deny port-not-found Fails", "deny port-not-found Fails")]
#[case::target_name_on_nginx(NGINX, "name: web", TO_NAME, "", "")]
#[case::any_number_on_nic(NIC, "number: 81", UNNAMED, "", "deny port-not-found Fails")]
#[case::wrong_number_on_nic(NIC, "number: 81", NAMED, "deny port-not-found Fails", "deny port-not-found Fails")]
#[case::target_number_on_haproxy_ingress(HAPROXY, "number: 8080", NAMED, "", "")]
#[case::target_number_on_traefik(
    TRAEFIK,
    "number: 8080",
    NAMED,
    "deny port-not-found Fails",
    "deny port-not-found Fails"
)]
fn the_port_that_matches(
    #[case] controller: (&str, &str),
    #[case] port: &str,
    #[case] ports: &str,
    #[case] without: &str,
    #[case] with: &str,
) {
    let name = if ports == UNNAMED { "''" } else { "http" };
    let slice = slice(&format!("[{{name: {name}, port: 8080}}]"), READY);
    assert_eq!(summaries_for(controller, false, port, ports, &slice), without);
    assert_eq!(summaries_for(controller, true, port, ports, &slice), with);
}

/// Tailscale's operator always uses the ClusterIP, so a wrong number certainly fails.
#[rstest]
#[case::number("number: 80", "[{name: http, port: 8080}]", "")]
#[case::wrong_number("number: 81", "[{name: http, port: 8080}]", "deny port-not-found Fails")]
#[case::other_name("number: 80", "[{name: x, port: 8080}]", "warn target-port-unresolved Fails")]
fn on_tailscale(#[case] port: &str, #[case] ports: &str, #[case] expected: &str) {
    let tailscale = ("tailscale.com/ts-ingress", "example.com/none");
    assert_eq!(summaries_for(tailscale, true, port, NAMED, &slice(ports, READY)), expected);
}

/// A UDP port alone, and a UDP port with a TCP port of the same number.
#[rstest]
#[case::alone(NGINX, "[{name: h3, port: 80, targetPort: 8080, protocol: UDP}]", "deny protocol-mismatch Fails")]
#[case::alone_on_traefik(
    TRAEFIK,
    "[{name: h3, port: 80, targetPort: 8080, protocol: UDP}]",
    "deny protocol-mismatch Fails"
)]
#[case::beside(
    NGINX,
    "[{name: h3, port: 80, targetPort: 9090, protocol: UDP}, {name: http, port: 80, targetPort: 8080}]",
    "audit protocol-mismatch Works"
)]
fn http_goes_to_tcp_ports(#[case] controller: (&str, &str), #[case] ports: &str, #[case] expected: &str) {
    let slice = slice("[{name: h3, port: 8080, protocol: UDP}, {name: http, port: 8080}]", READY);
    assert_eq!(summaries_for(controller, true, "name: h3", ports, &slice), expected);
}

/// The expected findings without the annotation, and with it: kube-proxy uses ready endpoints, by the name of the port.
#[rstest]
#[case::silent_ready_on_nic(NIC, "[{name: http, port: 8080}]", "{}", "warn endpoints-not-ready Fails", "")]
#[case::published_unready_on_traefik(
    TRAEFIK,
    "[{name: http, port: 8080}]",
    "{ready: true, serving: false}",
    "warn endpoints-not-ready Fails",
    ""
)]
#[case::unready_on_traefik(
    TRAEFIK,
    "[{name: http, port: 8080}]",
    "{ready: false, serving: true}",
    "",
    "warn endpoints-not-ready Fails"
)]
#[case::other_name_on_nginx(NGINX, "[{name: x, port: 8080}]", READY, "", "warn target-port-unresolved Fails")]
#[case::terminating_on_kong(
    KONG,
    "[{name: http, port: 8080}]",
    "{ready: false, serving: true, terminating: true}",
    "warn endpoints-not-ready Fails",
    "audit endpoints-not-ready Works"
)]
#[case::terminating_and_not_serving_on_kong(
    KONG,
    "[{name: http, port: 8080}]",
    "{ready: false, serving: false, terminating: true}",
    "warn endpoints-not-ready Fails",
    "warn endpoints-not-ready Fails"
)]
fn which_endpoints_are_used(
    #[case] controller: (&str, &str),
    #[case] ports: &str,
    #[case] conditions: &str,
    #[case] without: &str,
    #[case] with: &str,
) {
    let slice = slice(ports, conditions);
    assert_eq!(summaries_for(controller, false, "number: 80", NAMED, &slice), without);
    assert_eq!(summaries_for(controller, true, "number: 80", NAMED, &slice), with);
}

/// A flag of the controller may select the ClusterIP for every Service. An annotation comes before the flag.
#[rstest]
#[case::by_cluster_ip("team.example/none", "{ready: true, serving: false}", "")]
#[case::not_by_endpoints("team.example/none", "{ready: false, serving: true}", "warn endpoints-not-ready Fails")]
#[case::denied_by_the_service(TRAEFIK.1, "{ready: false, serving: true}", "")]
fn a_flag_selects_the_cluster_ip(#[case] annotation: &str, #[case] conditions: &str, #[case] expected: &str) {
    let slice = slice("[{name: http, port: 8080}]", conditions);
    let world = objects((TRAEFIK.0, annotation), false, "number: 80", NAMED, &slice);
    let options = Options { service_upstream: Some(true), ..Options::default() };
    assert_eq!(summaries_with(&world, options), expected);
}
