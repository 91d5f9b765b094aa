//! Pods that are not ready for every reason, with the number and with the name of the port.

use serde_json::{Value, json};

use super::Shape;
use super::parts::{lone_pod, pods, pods_that_are, service};

const GROUP: &str = "Pods";

/// The name, the description, and a function that returns the Pods of the Service with a given name.
type Way = (&'static str, &'static str, fn(&str) -> Vec<Value>);

const WAYS: [Way; 9] = [
    ("unready", "the readiness probe fails", |id| vec![pods_that_are("unready", id)]),
    ("crashing", "the Pods crash", |id| vec![pods_that_are("crash-loop", id)]),
    ("no-image", "the image cannot be pulled", |id| vec![pods_that_are("image-pull", id)]),
    ("starting", "the Pods have no address yet", |id| vec![pods_that_are("starting", id)]),
    ("no-replicas", "the Deployment has 0 replicas", |id| {
        let mut deployment = pods(id);
        deployment["spec"]["replicas"] = 0.into();
        vec![deployment]
    }),
    ("no-pods", "the selector matches nothing", |_| Vec::new()),
    ("mislabelled", "the Pods have another label", |id| vec![pods(&format!("{id}s"))]),
    ("one-of-two", "one of two Pods is ready", |id| {
        let mut second = pods_that_are("unready", id);
        second["metadata"]["name"] = format!("{id}-b").into();
        second["spec"]["selector"]["matchLabels"]["test.backstop.dev/pod"] = "unready".into();
        vec![pods(id), second]
    }),
    ("terminating", "the only Pod is terminating, and still serves", |id| {
        let mut pod = lone_pod(id);
        pod["metadata"]["annotations"]["test.backstop.dev/delete-after"] = "1h".into();
        vec![pod]
    }),
];

/// The same for a Service that publishes unready Pods (`publishNotReadyAddresses`).
const PUBLISHED: [Way; 4] = [
    ("published-ready", "the Pods are ready, the Service publishes unready ones", |id| vec![pods(id)]),
    ("published-unready", "the readiness probe fails, the Service publishes such Pods", |id| {
        vec![pods_that_are("unready", id)]
    }),
    ("published-crashing", "the Pods crash, the Service publishes such Pods", |id| {
        vec![pods_that_are("crash-loop", id)]
    }),
    ("published-no-pods", "the selector matches nothing, the Service publishes unready Pods", |_| Vec::new()),
];

pub(super) fn shapes() -> Vec<Shape> {
    let references = [
        ("number", json!([{"port": 80, "targetPort": 8080}]), json!({"number": 80})),
        ("name", json!([{"name": "http", "port": 80, "targetPort": "web"}]), json!({"name": "http"})),
    ];
    let mut shapes = Vec::new();
    for (by, ports, reference) in &references {
        let ways = WAYS.iter().map(|way| (way, false)).chain(PUBLISHED.iter().map(|way| (way, true)));
        for ((way, what, pods), published) in ways {
            let id = format!("pods-{way}-{by}");
            let mut shape = Shape::new(GROUP, &id, format!("{what}; by {by}"), reference);
            let mut service = service(&id, ports);
            service["spec"]["publishNotReadyAddresses"] = published.into();
            shape.objects = pods(&id);
            shape.terminating = *way == "terminating";
            shapes.push(shape.with(service));
        }
    }
    shapes.extend(unresolved());
    shapes
}

/// Named targetPorts that no container has.
fn unresolved() -> Vec<Shape> {
    let wrong = json!({"name": "http", "port": 80, "targetPort": "wrong"});
    let fine = json!({"name": "admin", "port": 81, "targetPort": "admin"});
    let number = json!({"number": 80});
    let cases = [
        ("number", "no container has the targetPort's name; by number", json!([wrong]), number.clone()),
        ("name", "no container has the targetPort's name; by name", json!([wrong]), json!({"name": "http"})),
        ("half", "the same, and another port of the Service is fine", json!([wrong, fine]), number),
    ];
    let shape = |(id, what, ports, reference)| {
        let shape = Shape::new(GROUP, format!("pods-unresolved-{id}"), what, &reference);
        let (service, pods) = (service(&shape.id, &ports), pods(&shape.id));
        shape.with(service).with(pods)
    };
    cases.map(shape).into()
}
