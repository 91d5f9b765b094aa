//! The forty traps of `docs/rulebook.md`: each test `trap_NN_…` prevents one wrong judgement. The tests use the real
//! handler (or the shipped manifests), and assert what the user sees.
//!
//! | file | effect of a wrong judgement |
//! |---|---|
//! | `deployments` | deployments are blocked (1 to 10) |
//! | `shapes`, `endpoints` | working routes are denied or get warnings (11 to 29) |
//! | `failures` | failing routes that look healthy are not reported (30 to 37) |
//! | `protocol` | the answer is lost between Backstop and the API server (38 to 40) |

mod deployments;
mod endpoints;
mod failures;
mod protocol;
mod shapes;

use std::collections::BTreeSet;
use std::path::Path;

use backstop::engine::policy::Configuration;
use serde_json::{Value, json};

use crate::admission::{ask_with, known, review};
use crate::world::world;

const NGINX: &str = "k8s.io/ingress-nginx";
const TRAEFIK: &str = "traefik.io/ingress-controller";
const AWS: &str = "ingress.k8s.aws/alb";

/// The outcome of a review for the user if these objects exist: `deny: …`, `warn: …` (all lines), `audit: …` for
/// findings that are only recorded, or `pass`.
async fn review_outcome(objects: &str, review: &Value) -> String {
    review_outcome_with(Configuration::default(), objects, review).await
}

async fn review_outcome_with(configuration: Configuration, objects: &str, review: &Value) -> String {
    let response = ask_with(known(world(objects)), configuration, review).await;
    if response["allowed"] == false {
        return format!("deny: {}", response["status"]["message"].as_str().unwrap());
    }
    let warnings: Vec<&str> = response["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match response["auditAnnotations"]["findings"].as_str() {
        _ if !warnings.is_empty() => format!("warn: {}", warnings.join("\n")),
        Some(findings) => format!("audit: {findings}"),
        None => "pass".to_owned(),
    }
}

/// Asserts that `outcome` is a `kind` and contains all of `words`.
#[track_caller]
fn expect(outcome: &str, kind: &str, words: &[&str]) {
    assert_eq!(outcome.split(':').next(), Some(kind), "{outcome}");
    for word in words {
        assert!(outcome.contains(word), "{word:?} is not in: {outcome}");
    }
}

/// Asserts that the user sees nothing.
#[track_caller]
fn expect_silence(outcome: &str) {
    assert!(outcome == "pass" || outcome.starts_with("audit: "), "{outcome}");
}

fn configuration(yaml: &str) -> Configuration {
    let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{yaml}\n");
    backstop::config::parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The creation of an Ingress with this backend.
fn create(backend: Value) -> Value {
    review("CREATE", &ingress(&[backend]), &Value::Null)
}

/// The creation of an Ingress with these annotations.
fn create_annotated(backend: Value, annotations: Value) -> Value {
    let mut review = create(backend);
    review["request"]["object"]["metadata"]["annotations"] = annotations;
    review
}

/// The Ingress `shop/web` of the class `public`, with a path for each of these backends.
fn ingress(backends: &[Value]) -> Value {
    let path = |backend| json!({"path": "/", "pathType": "Prefix", "backend": backend});
    let paths: Vec<Value> = backends.iter().map(path).collect();
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
           "metadata": {"name": "web", "namespace": "shop"},
           "spec": {"ingressClassName": "public", "rules": [{"host": "shop.example", "http": {"paths": paths}}]}})
}

/// A reference to a Service's port, by number or name.
fn to(service: &str, port: impl Into<Value>) -> Value {
    let port = port.into();
    let port = if port.is_number() { json!({"number": port}) } else { json!({"name": port}) };
    json!({"service": {"name": service, "port": port}})
}

/// The IngressClass `public` of this controller.
fn class(controller: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: public}}\n\
         spec: {{controller: {controller}}}\n"
    )
}

fn service(name: &str, spec: &str) -> String {
    format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n")
}

/// A slice of the Service `service`.
fn slice(name: &str, service: &str, ports: &str, endpoints: &str) -> String {
    format!(
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
         metadata: {{name: {name}, namespace: shop, labels: {{kubernetes.io/service-name: {service}}}}}\n\
         addressType: IPv4\nports: {ports}\nendpoints: {endpoints}\n"
    )
}

const PORTS: &str = "{selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}";
const NODE_PORTS: &str = "{type: NodePort, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}";
const SLICE_PORTS: &str = "[{name: http, port: 8080}]";
const READY: &str = "[{addresses: [10.0.0.1], conditions: {ready: true, serving: true}}]";
const UNREADY: &str = "[{addresses: [10.0.0.1], conditions: {ready: false, serving: false}}]";

/// A Service `web` whose only Pod is ready.
fn healthy() -> String {
    service("web", PORTS) + &slice("web-1", "web", SLICE_PORTS, READY)
}

/// A Service `web` whose only Pod is in a crash loop.
fn crashing() -> String {
    let pod = "---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
status:
  phase: Running
  conditions: [{type: Ready, status: 'False'}]
  containerStatuses:
  - {name: app, ready: false, restartCount: 9, state: {waiting: {reason: CrashLoopBackOff}}}
";
    service("web", PORTS) + &slice("web-1", "web", SLICE_PORTS, UNREADY) + pod
}

/// Each number from 1 to 40 has a test.
#[test]
fn no_trap_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/traps");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let names =
            text.lines().filter_map(|line| line.trim_start().trim_start_matches("async ").strip_prefix("fn trap_"));
        found.extend(names.map(|name| name.split('_').next().unwrap().to_owned()));
    }
    let expected: BTreeSet<String> = (1..=40).map(|number| format!("{number:02}")).collect();
    assert_eq!(found, expected);
}
