//! Missing Services, other kinds of backends, other protocols, and other routes of the host.

use serde_json::{Value, json};

use super::parts::{meta, pods, pods_that_are, service};
use super::{Beside, Class, Shape};

pub(super) fn shapes() -> Vec<Shape> {
    [missing(), classes(), protocols(), hosts(), defaults()].into_iter().flatten().collect()
}

fn missing() -> Vec<Shape> {
    let group = "Missing Services, and backends that are not Services";
    let named = |id: &str, what: &str, port: Value| Shape::new(group, id, what, &port);
    let resource = json!({"resource": {"apiGroup": "example.test", "kind": "Bucket", "name": "assets"}});
    vec![
        named("missing", "the Service is missing, by number", json!({"number": 80})),
        named("missing-name", "the Service is missing, by name", json!({"name": "http"})),
        named(
            "use-annotation",
            "the Service is missing, the port is called `use-annotation`",
            json!({"name": "use-annotation"}),
        ),
        named("resource", "a resource backend", json!({"number": 80})).backend(resource),
    ]
}

fn classes() -> Vec<Shape> {
    let cases = [
        ("annotation", "the class is named by the annotation `kubernetes.io/ingress.class`", Class::Annotation),
        ("absent", "the class does not exist", Class::Absent),
    ];
    let shape = |(id, what, class): (&str, &str, Class)| {
        let shape = Shape::new("Classes", format!("class-{id}"), what, &json!({"number": 80})).class(class);
        let (service, pods) = (service(&shape.id, &json!([{"port": 80, "targetPort": 8080}])), pods(&shape.id));
        shape.with(service).with(pods)
    };
    cases.map(shape).into()
}

/// Ingresses with only a default backend. They are judged one after another.
fn defaults() -> Vec<Shape> {
    let cases = [
        ("healthy", "healthy", 80, Some("ready")),
        ("missing", "the Service is missing", 80, None),
        ("wrong-number", "wrong number", 81, Some("ready")),
        ("unready", "the readiness probe fails", 80, Some("unready")),
    ];
    let shape = |(id, what, port, fate): (&str, &str, u16, Option<&str>)| {
        let group = "Ingresses with nothing but `spec.defaultBackend`";
        let shape = Shape::new(group, format!("only-{id}"), what, &json!({"number": port})).beside(Beside::Only);
        let Some(fate) = fate else { return shape };
        let service = service(&shape.id, &json!([{"name": "http", "port": 80, "targetPort": 8080}]));
        let pods = pods_that_are(fate, &shape.id);
        shape.with(service).with(pods)
    };
    cases.map(shape).into()
}

fn protocols() -> Vec<Shape> {
    let group = "Protocols";
    let udp = json!({"name": "http", "port": 80, "targetPort": 8080, "protocol": "UDP"});
    let sctp = json!({"name": "http", "port": 80, "targetPort": 8080, "protocol": "SCTP"});
    let tcp = json!({"name": "http", "port": 80, "targetPort": 8080});
    let other_udp = json!({"name": "udp", "port": 80, "targetPort": 9090, "protocol": "UDP"});
    let (number, name) = (json!({"number": 80}), json!({"name": "http"}));
    let cases = [
        ("udp", "only a UDP port, by number", json!([udp]), number.clone()),
        ("udp-name", "only a UDP port, by name", json!([udp]), name),
        ("sctp", "only an SCTP port, by number", json!([sctp]), number.clone()),
        ("tcp-and-udp", "TCP and UDP with the same number, TCP first", json!([tcp, other_udp]), number.clone()),
        ("udp-and-tcp", "TCP and UDP with the same number, UDP first", json!([other_udp, tcp]), number),
    ];
    let shape = |(id, what, ports, reference): (&str, &str, Value, Value)| {
        let shape = Shape::new(group, format!("protocol-{id}"), what, &reference);
        let (service, pods) = (service(&shape.id, &ports), pods(&shape.id));
        shape.with(service).with(pods)
    };
    cases.map(shape).into()
}

/// Broken routes beside a healthy route of the same host.
fn hosts() -> Vec<Shape> {
    let mut shapes = Vec::new();
    let ports = json!([{"name": "http", "port": 80, "targetPort": 8080}]);
    let neighbour = Shape::new(
        "Routes beside a broken one",
        "beside-broken",
        "another path of the same rule has a missing Service",
        &json!({"number": 80}),
    );
    let (healthy, fine) = (service(&neighbour.id, &ports), pods(&neighbour.id));
    shapes.push(neighbour.with(healthy).with(fine).beside(Beside::Broken));
    for (beside, id, external_name, group) in [
        (Beside::Root, "root", "n20.external.test", "Routes beside a healthy path `/` of the same host"),
        (
            Beside::Default,
            "default",
            "n21.external.test",
            "Routes beside a healthy `spec.defaultBackend` of the same Ingress",
        ),
    ] {
        let shape = |way: &str, what: &str, port: u16| {
            Shape::new(group, format!("beside-{id}-{way}"), what, &json!({"number": port})).beside(beside.clone())
        };
        let ports = json!([{"name": "http", "port": 80, "targetPort": 8080}]);
        let with = |shape: Shape, pods: Option<Value>| {
            let service = service(&shape.id, &ports);
            pods.into_iter().fold(shape.with(service), Shape::with)
        };
        let healthy = shape("healthy", "healthy", 80);
        let (wrong, unready) =
            (shape("wrong-number", "wrong number", 81), shape("unready", "the readiness probe fails", 80));
        let (fine, wrong_pods, unready_pods) =
            (pods(&healthy.id), pods(&wrong.id), pods_that_are("unready", &unready.id));
        shapes.push(with(healthy, Some(fine)));
        shapes.push(shape("missing", "the Service is missing", 80));
        shapes.push(with(wrong, Some(wrong_pods)));
        shapes.push(with(unready, Some(unready_pods)));
        shapes.push(with(shape("no-pods", "the selector matches nothing", 80), None));
        let external = shape("external", "ExternalName without ports", 80).right_port(80);
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": meta(&external.id),
            "spec": {"type": "ExternalName", "externalName": external_name},
        });
        shapes.push(external.with(service));
    }
    shapes
}
