//! Every form of a port reference, on every type of Service that has Pods.

use serde_json::{Value, json};

use super::Shape;
use super::parts::{pods, service};

/// The name, the description, the ports of the Service, the reference, and the port of the Pod that a correct answer
/// comes from.
type Form = (&'static str, &'static str, Value, Value, u16);

fn forms() -> Vec<Form> {
    let unnamed = || json!([{"port": 80, "targetPort": 8080}]);
    let named = || json!([{"name": "http", "port": 80, "targetPort": 8080}]);
    let to_name = || json!([{"name": "http", "port": 80, "targetPort": "web"}]);
    let two =
        || json!([{"name": "http", "port": 80, "targetPort": 8080}, {"name": "admin", "port": 81, "targetPort": 9090}]);
    let crossed =
        json!([{"name": "a", "port": 80, "targetPort": 8080}, {"name": "b", "port": 8080, "targetPort": 9090}]);
    let number = |number: u16| json!({"number": number});
    let name = |name: &str| json!({"name": name});
    vec![
        ("number", "number of the unnamed port", unnamed(), number(80), 8080),
        ("number-of-named", "number of a named port", named(), number(80), 8080),
        ("name", "name", named(), name("http"), 8080),
        ("number-to-name", "number, the targetPort is a name", to_name(), number(80), 8080),
        ("name-to-name", "name, the targetPort is a name", to_name(), name("http"), 8080),
        ("second-number", "number of the second port", two(), number(81), 9090),
        ("second-name", "name of the second port", two(), name("admin"), 9090),
        ("target-number", "number that only a targetPort has", named(), number(8080), 8080),
        ("target-number-unnamed", "the same, the port is unnamed", unnamed(), number(8080), 8080),
        ("target-name", "name that only a targetPort has", to_name(), name("web"), 8080),
        ("crossed", "number of one port, and targetPort of an earlier one", crossed, number(8080), 9090),
        ("wrong-number", "wrong number", named(), number(81), 8080),
        ("wrong-number-unnamed", "wrong number, the only port is unnamed", unnamed(), number(81), 8080),
        ("wrong-name", "wrong name", named(), name("web"), 8080),
        ("name-of-unnamed", "name, the only port is unnamed", unnamed(), name("http"), 8080),
    ]
}

/// The name, the section on the page, and the fields of the Service.
fn types() -> [(&'static str, &'static str, Value); 3] {
    [
        ("cluster-ip", "Ports of a ClusterIP Service with a ready Pod", json!({})),
        ("headless", "Ports of a headless Service with a ready Pod", json!({"clusterIP": "None"})),
        ("node-port", "Ports of a NodePort Service with a ready Pod", json!({"type": "NodePort"})),
    ]
}

pub(super) fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for (type_id, group, fields) in types() {
        for (form, what, ports, reference, right_port) in forms() {
            let id = format!("port-{form}-{type_id}");
            let mut service = service(&id, &ports);
            for (field, value) in fields.as_object().expect("it is an object") {
                service["spec"][field] = value.clone();
            }
            shapes.push(Shape::new(group, &id, what, &reference).right_port(right_port).with(service).with(pods(&id)));
        }
    }
    shapes
}
