//! Services of type ExternalName. `nN.external.test` is the address 10.199.0.N.

use serde_json::{Value, json};

use super::Shape;
use super::parts::meta;

const GROUP: &str = "ExternalName Services";

pub(super) fn shapes() -> Vec<Shape> {
    let none = || Value::Null;
    let http = || json!([{"name": "http", "port": 80}]);
    let target = || json!([{"name": "http", "port": 80, "targetPort": 8080}]);
    let udp_first = json!([{"name": "udp", "port": 80, "protocol": "UDP"}, {"name": "http", "port": 80}]);
    let (number, name) = (|number: u16| json!({"number": number}), |name: &str| json!({"name": name}));
    let cases = [
        ("no-ports", "no ports, by number", "n1.external.test", none(), number(80), 80),
        ("no-ports-name", "no ports, by name", "n2.external.test", none(), name("http"), 80),
        ("number", "number of the declared port", "n3.external.test", http(), number(80), 80),
        ("name", "name of the declared port", "n4.external.test", http(), name("http"), 80),
        ("wrong-number", "number that is not declared", "n5.external.test", http(), number(81), 81),
        ("wrong-name", "name that is not declared", "n6.external.test", http(), name("web"), 80),
        ("target", "the declared port has another targetPort", "n7.external.test", target(), number(80), 80),
        ("unknown", "a name that DNS does not know", "unknown.external.test", http(), number(80), 80),
        ("localhost", "`localhost`, no ports", "localhost", none(), number(80), 80),
        ("localhost-port", "`localhost`, number of the declared port", "localhost", http(), number(80), 80),
        ("udp-first", "a UDP port with the same number comes first", "n9.external.test", udp_first, number(80), 80),
        ("address", "an address instead of a name", "10.199.0.8", http(), number(80), 80),
    ];
    let shape = |(id, what, external, ports, reference, right_port): (&str, &str, &str, Value, Value, u16)| {
        let shape = Shape::new(GROUP, format!("external-{id}"), what, &reference).right_port(right_port);
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": meta(&shape.id),
            "spec": {"type": "ExternalName", "externalName": external, "ports": ports},
        });
        shape.with(service)
    };
    cases.map(shape).into()
}
