//! Programs that create an Ingress before its Service, and programs that create Services out of custom resources (rulebook
//! 7.14, 7.15), in a cluster in the mode `enforce`. The tests do the work of the programs, in their order.

use serde_json::{Value, json};

use crate::definitions::install;
use crate::harness::{KubectlOutput, Namespace, World};
use crate::manifests::{ingress, service};
use crate::sequences::{assert_stored, get, put};

fn object(namespace: &Namespace<'_>, name: &str) -> Value {
    serde_json::from_str(&namespace.kubectl(&["get", name, "-o=json"]).done()).expect("kubectl prints JSON")
}

/// Creates an object as a controller does: without the annotation of `kubectl apply`.
fn create(namespace: &Namespace<'_>, object: &Value) -> KubectlOutput {
    namespace.file("create.json", &object.to_string());
    namespace.kubectl(&["create", "-f", "create.json"])
}

/// An Ingress with this metadata besides its name, and one backend.
fn ingress_of(name: &str, (service, port): (&str, u16), metadata: Value) -> Value {
    let Value::Object(mut all) = metadata else { panic!("no metadata") };
    all.insert("name".to_owned(), name.into());
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": all,
        "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": port}}}},
        ]}}]},
    })
}

/// `metadata` with an owner reference to `owner`, as a controller sets it.
fn owned_by(owner: &Value, controls: Option<bool>) -> Value {
    let mut reference = json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"],
        "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
    });
    if let Some(controls) = controls {
        reference["controller"] = controls.into();
        reference["blockOwnerDeletion"] = true.into();
    }
    json!({"ownerReferences": [reference]})
}

#[track_caller]
fn assert_one_warning(output: &KubectlOutput, words: &str) {
    let warnings = assert_stored(output);
    assert!(matches!(warnings.as_slice(), [only] if only.contains(words)), "{warnings:?}");
}

#[track_caller]
fn assert_denied(output: &KubectlOutput, words: &str) {
    assert!(output.refusal().contains(words), "{}", output.err);
}

const DEFINITIONS: [(&str, &str, &str, &str); 3] = [
    ("ray.io", "v1", "RayCluster", "rayclusters"),
    ("zalando.org", "v1", "Stack", "stacks"),
    ("kibana.k8s.elastic.co", "v1", "Kibana", "kibanas"),
];

/// `KubeRay` creates the Ingress of a `RayCluster`, then the head Service, then the Pods. At the first error it starts again at the
/// Ingress.
fn kuberay(world: &World) {
    let shop = world.namespace("ray");
    shop.apply("cluster.yaml", "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: train}\nspec: {}\n").done();
    let owner = object(&shop, "rayclusters.ray.io/train");
    let metadata = owned_by(&owner, Some(true));
    let head = ingress_of("train-head-ingress", ("train-head-svc", 8265), metadata);
    let warning = "Service \"train-head-svc\" does not exist yet: KubeRay";
    assert_one_warning(&create(&shop, &head), warning);
    shop.apply("service.yaml", &service("train-head-svc").replace("port: 80,", "port: 8265,")).done();
    shop.kubectl(&["annotate", "ingress", "train-head-ingress", "example.com/seen=1"]).silently();
    // A user gets a denial for the same backend in a namespace without the Service.
    let output = world.namespace("kuberay-user").apply("web.yaml", &ingress("web", &[("/", "train-head", 80)]));
    assert_denied(&output, "\"train-head\" does not exist");
}

/// The `StackSet` controller updates the Ingress before the Service, and is no controller by its owner reference.
fn stack_set(world: &World) {
    let shop = world.namespace("stackset");
    shop.apply("stack.yaml", "apiVersion: zalando.org/v1\nkind: Stack\nmetadata: {name: web-v1}\n").done();
    let metadata = owned_by(&object(&shop, "stacks.zalando.org/web-v1"), None);
    let created = create(&shop, &ingress_of("web-v1", ("web-v1", 80), metadata));
    assert_one_warning(&created, "does not exist yet: the StackSet controller");
    shop.apply("service.yaml", &service("web-v1")).done();
    let mut stored = get(&shop, "web-v1");
    stored["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"]["number"] = 9090.into();
    assert_one_warning(&put(&shop, &stored, &[]), "Service \"web-v1\" has no port 9090");
    shop.apply("service.yaml", &service("web-v1").replace("port: 80,", "port: 9090,")).done();
    shop.kubectl(&["annotate", "ingress", "web-v1", "example.com/seen=1"]).silently();
}

/// Rancher reads an annotation of the stored Ingress, and creates a Service that the Ingress owns.
fn rancher(world: &World) {
    let shop = world.namespace("rancher");
    let name = "ingress-0123456789abcdef0123456789abcdef";
    let state = json!({"annotations": {"field.cattle.io/ingressState": "{\"d2Vi\":\"deployment:rancher:web\"}"}});
    let created = create(&shop, &ingress_of("web", (name, 80), state.clone()));
    assert_one_warning(&created, &format!("\"{name}\" does not exist"));
    let owner = object(&shop, "ingress/web");
    let spec = json!({"selector": {"app": "web"}, "ports": [{"port": 80}]});
    let mut metadata = owned_by(&owner, None);
    metadata["name"] = name.into();
    create(&shop, &json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})).done();
    assert_denied(&create(&shop, &ingress_of("other", ("ingress-web", 80), state)), "\"ingress-web\" does not exist");
}

/// Helm applies the Kibana after the Ingress. Backstop may not read Kibanas: the served group and the name are enough.
fn elastic_cloud(world: &World) {
    let shop = world.namespace("elastic");
    let output = shop.apply("kibana.yaml", &ingress("kibana", &[("/", "logs-kb-http", 5601)]));
    assert_one_warning(&output, "does not exist: the Elastic operator");
    assert_denied(&shop.apply("typo.yaml", &ingress("typo", &[("/", "log-kb-htp", 5601)])), "does not exist");
    assert_denied(&shop.apply("other.yaml", &ingress("other", &[("/", "logs-es-http", 9200)])), "does not exist");
}

#[test]
fn programs_finish_their_work() {
    let world = World::own(1);
    install(&world, &DEFINITIONS);
    kuberay(&world);
    stack_set(&world);
    rancher(&world);
    elastic_cloud(&world);
}
