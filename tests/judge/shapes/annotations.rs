//! Annotations of ingress-nginx that change which backend answers: default backends, redirects, canaries.

use serde_json::{Value, json};

use super::parts::{pods, pods_that_are, service};
use super::{Beside, Shape};

pub(super) const DEFAULT_BACKEND: &str = "nginx.ingress.kubernetes.io/default-backend";
const REDIRECT: &str = "nginx.ingress.kubernetes.io/permanent-redirect";
const TEMPORAL: &str = "nginx.ingress.kubernetes.io/temporal-redirect";
pub(super) const CANARY: &str = "nginx.ingress.kubernetes.io/canary";
const WEIGHT: &str = "nginx.ingress.kubernetes.io/canary-weight";

const SERVICE_UPSTREAM: &str = "nginx.ingress.kubernetes.io/service-upstream";

/// The state of a backend.
#[derive(Clone, Copy)]
enum State {
    Healthy,
    Missing,
    WrongNumber,
    NoPods,
    Unready,
}

use State::{Healthy, Missing, NoPods, Unready, WrongNumber};

impl State {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Healthy => ("healthy", "healthy"),
            Missing => ("missing", "missing Service"),
            WrongNumber => ("wrong-number", "wrong number"),
            NoPods => ("no-pods", "no Pods"),
            Unready => ("unready", "Pods not ready"),
        }
    }

    fn objects(self, name: &str) -> Vec<Value> {
        let service = service(name, &json!([{"port": 80, "targetPort": 8080}]));
        match self {
            Missing => Vec::new(),
            NoPods => vec![service],
            Healthy | WrongNumber => vec![service, pods(name)],
            Unready => vec![service, pods_that_are("unready", name)],
        }
    }
}

fn shape(group: &'static str, id: &str, what: String, state: State) -> Shape {
    let port = if matches!(state, WrongNumber) { 81 } else { 80 };
    let mut shape = Shape::new(group, id, what, &json!({"number": port}));
    shape.objects = state.objects(id);
    shape
}

pub(super) fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for rule in [Healthy, Missing, WrongNumber, NoPods, Unready] {
        for default in [Healthy, Missing, NoPods] {
            shapes.push(default_backend(rule, default));
        }
    }
    for rule in [Healthy, Missing, Unready] {
        let (id, what) = rule.words();
        let group = "Annotations that redirect (nginx)";
        let permanent = shape(group, &format!("redirect-{id}"), format!("`permanent-redirect`, rule: {what}"), rule);
        shapes.push(permanent.annotated(REDIRECT, "http://elsewhere.test/"));
        let temporal = shape(group, &format!("temporal-{id}"), format!("`temporal-redirect`, rule: {what}"), rule);
        shapes.push(temporal.annotated(TEMPORAL, "http://elsewhere.test/"));
    }
    for rule in [Healthy, Missing, WrongNumber, NoPods, Unready] {
        shapes.extend(["0", "100"].map(|weight| canary(rule, weight)));
    }
    shapes.push(
        shape("Values of annotations", "value-canary", "`canary` with the value 1 (nginx), no Pods".to_owned(), NoPods)
            .annotated(CANARY, "1"),
    );
    shapes.extend(conflicts());
    shapes.extend(cluster_ips());
    shapes
}

/// Routes to the ClusterIP of the Service instead of its endpoints.
fn cluster_ips() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for (id, what, cluster_ip) in [("cluster-ip", "ClusterIP", None), ("headless", "headless", Some("None"))] {
        for (by, words) in [("nginx", "`service-upstream` (nginx)"), ("traefik", "`service.nativelb` (Traefik)")] {
            let id = format!("native-{by}-{id}");
            let what = format!("{words}, {what} Service");
            let mut shape = shape("Annotations that ask for the ClusterIP", &id, what, Healthy);
            let service = &mut shape.objects[0];
            service["spec"]["clusterIP"] = cluster_ip.into();
            if by == "traefik" {
                service["metadata"]["annotations"]["traefik.ingress.kubernetes.io/service.nativelb"] = "true".into();
            } else {
                shape = shape.annotated(SERVICE_UPSTREAM, "true");
            }
            shapes.push(shape);
        }
    }
    shapes
}

/// Healthy plain Ingresses whose Service is also the Service of a canary of another Ingress.
fn conflicts() -> Vec<Shape> {
    let cases = [
        ("host", "a canary of another host has the same Service and port", 80, "other", "/"),
        ("port", "a canary of another host has the same Service, another port", 81, "other", "/"),
        ("path", "a canary of the same host, another path, has the same Service and port", 80, "", "/other"),
        ("wrong-port", "a canary of another host has the same Service, a wrong port", 82, "other", "/"),
    ];
    let shape = |(id, what, port, host, path): (&str, &str, u16, &'static str, &'static str)| {
        let shape = Shape::new(
            "Plain routes whose Service a canary uses too (nginx)",
            format!("conflict-{id}"),
            what,
            &json!({"number": 80}),
        );
        let ports = json!([
            {"name": "http", "port": 80, "targetPort": 8080}, {"name": "admin", "port": 81, "targetPort": 9090}]);
        let (service, pods) = (service(&shape.id, &ports), pods(&shape.id));
        shape.with(service).with(pods).beside(Beside::Canary(port, host, path))
    };
    cases.map(shape).into()
}

fn default_backend(rule: State, default: State) -> Shape {
    let ((rule_id, rule_what), (default_id, default_what)) = (rule.words(), default.words());
    let id = format!("annotated-{rule_id}-{default_id}");
    let what = format!("rule: {rule_what}; annotation: {default_what}");
    let mut shape = shape("Annotation `default-backend` (nginx)", &id, what, rule);
    let other = format!("{id}-default");
    shape.objects.extend(default.objects(&other));
    shape.annotated(DEFAULT_BACKEND, other)
}

/// A canary beside a healthy primary of the same host and path.
fn canary(rule: State, weight: &str) -> Shape {
    let (id, what) = rule.words();
    let id = format!("canary-{id}-{weight}");
    let mut shape =
        shape("Canaries of a healthy primary (nginx)", &id, format!("weight {weight}, canary: {what}"), rule);
    shape.objects.extend(Healthy.objects(&format!("{id}-primary")));
    shape.annotated(CANARY, "true").annotated(WEIGHT, weight).beside(Beside::Primary)
}
