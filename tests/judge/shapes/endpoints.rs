//! Services without a selector, whose endpoints a user or an operator publishes.

use serde_json::{Value, json};

use super::Shape;
use super::parts::{meta, service_without_selector, slice};

const GROUP: &str = "Services without a selector";

pub(super) fn shapes() -> Vec<Shape> {
    let unnamed = json!([{"port": 80, "targetPort": 8080}]);
    let named = json!([{"name": "http", "port": 80, "targetPort": 8080}]);
    let (nameless, http, other) = (
        json!([{"name": "", "port": 8080}]),
        json!([{"name": "http", "port": 8080}]),
        json!([{"name": "web", "port": 8080}]),
    );
    let udp = json!([{"name": "http", "port": 8080, "protocol": "UDP"}]);
    let other_number = json!([{"name": "http", "port": 9090}]);
    let serving_unready = json!({"ready": true, "serving": false});
    let terminating = json!({"ready": false, "serving": true, "terminating": true});
    let gone = json!({"ready": false, "serving": false, "terminating": true});
    let ready = || json!({"ready": true});
    let cases = [
        ("nil", "own slice, `ready` is not set", &unnamed, &nameless, json!({})),
        ("nil-named", "the same, named ports", &named, &http, json!({})),
        ("ready", "own slice, ready", &unnamed, &nameless, ready()),
        ("unready", "own slice, not ready", &unnamed, &nameless, json!({"ready": false})),
        ("unready-nil", "own slice, not ready, `serving` is not set", &named, &http, json!({"ready": false})),
        ("published", "own slice, ready and not serving", &named, &http, serving_unready),
        ("terminating", "own slice, terminating and serving", &named, &http, terminating),
        ("gone", "own slice, terminating and not serving", &named, &http, gone),
        ("other-name", "the slice's port has another name", &named, &other, ready()),
        ("unnamed-slice", "the slice's port has no name, the Service's has one", &named, &nameless, ready()),
        ("named-slice", "the slice's port has a name, the Service's has none", &unnamed, &http, ready()),
        ("no-ports", "the slice has no ports", &named, &Value::Null, ready()),
        ("udp", "the slice's port is UDP", &named, &udp, ready()),
        ("other-number", "the slice's port has another number than the targetPort", &named, &other_number, ready()),
    ];
    let mut shapes = Vec::new();
    for (number, (id, what, ports, slice_ports, conditions)) in cases.into_iter().enumerate() {
        let address = format!("10.198.0.{}", number + 1);
        let shape = Shape::new(GROUP, format!("own-{id}"), what, &json!({"number": 80}));
        let slice = slice(&shape.id, &address, slice_ports, &conditions);
        let service = service_without_selector(&shape.id, ports);
        // The slice has its own port, which may differ from the Service.
        let right_port = if id == "other-number" { 9090 } else { 8080 };
        shapes.push(shape.right_port(right_port).with(service).with(slice));
    }
    shapes.push(mirrored(&named));
    shapes.extend(two_slices(&named, &http));
    shapes.push(names(&named, &http));
    let none = Shape::new(GROUP, "own-none", "no slice at all", &json!({"number": 80}));
    let service = service_without_selector(&none.id, &named);
    shapes.push(none.with(service));
    shapes
}

/// A legacy Endpoints object, which the control plane mirrors to a slice.
fn mirrored(ports: &Value) -> Shape {
    let shape = Shape::new(GROUP, "own-mirrored", "own Endpoints object", &json!({"name": "http"}));
    let endpoints = json!({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": meta(&shape.id),
        "subsets": [{"addresses": [{"ip": "10.198.1.1"}], "ports": [{"name": "http", "port": 8080}]}],
    });
    let service = service_without_selector(&shape.id, ports);
    shape.with(service).with(endpoints)
}

/// Two slices of one Service, as during a rollout.
fn two_slices(ports: &Value, slice_ports: &Value) -> Vec<Shape> {
    let (ready, unready) = (json!({"ready": true}), json!({"ready": false}));
    let cases = [
        ("second-ready", "two slices, the second is ready", slice_ports, &unready),
        ("second-port", "two slices, only the second has the port", &Value::Null, &ready),
    ];
    let shape = |(number, (id, what, first_ports, conditions)): (usize, (&str, &str, &Value, &Value))| {
        let shape = Shape::new(GROUP, format!("own-{id}"), what, &json!({"number": 80}));
        let first = slice(&shape.id, &format!("10.198.2.{}", number + 1), first_ports, conditions);
        let mut second = slice(&shape.id, &format!("10.198.3.{}", number + 1), slice_ports, &ready);
        second["metadata"]["name"] = format!("{}-second", shape.id).into();
        let service = service_without_selector(&shape.id, ports);
        shape.with(service).with(first).with(second)
    };
    cases.into_iter().enumerate().map(shape).collect()
}

/// A slice with names instead of addresses.
fn names(ports: &Value, slice_ports: &Value) -> Shape {
    let shape = Shape::new(GROUP, "own-names", "the slice has a DNS name, its type is FQDN", &json!({"number": 80}));
    let mut slice = slice(&shape.id, "n30.external.test", slice_ports, &json!({"ready": true}));
    slice["addressType"] = "FQDN".into();
    let service = service_without_selector(&shape.id, ports);
    shape.with(service).with(slice)
}
