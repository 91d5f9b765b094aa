//! Live reads of the objects by which programs create Services.

use backstop::engine::model::{Makers, Promise};
use backstop::engine::programs;
use backstop::engine::view::{Lookup, Need, Unknown};
use serde_json::{Value, json};

use crate::fake::{FORBIDDEN, Fake, Fault, Verb};
use crate::live::{ENOUGH, Reader, workload};

fn canary(service: &str) -> Value {
    json!({"spec": {"targetRef": {"kind": "Deployment", "name": "web-app"}, "service": {"name": service}}})
}

/// Reads the objects by which programs create Services in the namespace, after `arrange` has prepared the API server.
async fn makers(arrange: impl FnOnce(&Fake)) -> (Lookup<Makers>, Reader) {
    let reader = Reader::new().await;
    arrange(&reader.fake);
    let facts = reader.read(Need::Makers("shop".to_owned()), ENOUGH).await;
    (facts.makers["shop"].clone(), reader)
}

#[tokio::test]
async fn makers_are_canaries_and_workloads() {
    let (found, _reader) = makers(|fake| {
        fake.serve_group("flagger.app");
        fake.put("canaries", "shop", "release", canary("web"));
        fake.put("canaries", "blog", "release", canary("blog"));
        fake.put("deployments", "shop", "api", workload("api"));
        fake.put("daemonsets", "shop", "logs", workload("logs"));
        fake.put("statefulsets", "shop", "db", workload("db"));
        fake.put("deployments", "blog", "blog", workload("blog"));
    })
    .await;
    let found = found.found().unwrap();
    let promises = ["web", "api", "logs", "db", "blog"].map(|service| found.promise(service));
    let canaries = programs::maker("flagger.app", "Canary").unwrap();
    let (deployment, daemon_set) =
        (Promise::Workload(canaries, "Deployment"), Promise::Workload(canaries, "DaemonSet"));
    assert_eq!(promises, [Some(Promise::Object(canaries, "release")), Some(deployment), Some(daemon_set), None, None]);
}

#[tokio::test]
async fn makers_are_unknown_if_a_list_fails() {
    let odd = r#"{"metadata":{},"items":[{"metadata":{"name":"x"},"spec":3}]}"#;
    for (kind, fault, why) in [
        ("apigroups", FORBIDDEN, Unknown::Forbidden),
        ("canaries", FORBIDDEN, Unknown::Forbidden),
        ("daemonsets", FORBIDDEN, Unknown::Forbidden),
        ("canaries", Fault::Text(404, "404 page not found"), Unknown::Failed),
        ("canaries", Fault::Garbage(odd), Unknown::Undecodable),
    ] {
        let (found, _reader) = makers(|fake| {
            fake.serve_group("flagger.app");
            fake.always(Verb::List, kind, fault.clone());
        })
        .await;
        assert_eq!(found, Lookup::Unknown(why), "{kind} {fault:?}");
    }
}

/// A group that is served, and the form of a name. The objects of the group are not read, so that no permission is needed.
#[tokio::test]
async fn a_served_group_is_enough_for_names_with_a_typical_form() {
    let (found, reader) = makers(|fake| {
        fake.serve_group("kibana.k8s.elastic.co");
        fake.serve_group("rabbitmq.com");
        fake.put("deployments", "shop", "queue", workload("queue"));
    })
    .await;
    let found = found.found().unwrap();
    let kibana = programs::maker("kibana.k8s.elastic.co", "Kibana").unwrap();
    assert_eq!(found.promise("logs-kb-http"), Some(Promise::Form(kibana, "logs")));
    for other in ["logs-kb-htp", "kb-http", "-kb-http", "logs-es-http", "queue", "queue-nodes"] {
        assert_eq!(found.promise(other), None, "{other}");
    }
    assert_eq!(*reader.calls.0.lock().unwrap(), [("apigroups", Lookup::Found(()))]);
}

/// Without Flagger, Canaries are not listed, so the permission is not needed.
#[tokio::test]
async fn canaries_are_listed_only_if_the_api_serves_them() {
    let (found, reader) = makers(|fake| {
        fake.always(Verb::List, "canaries", FORBIDDEN);
        fake.put("deployments", "shop", "web", workload("web"));
    })
    .await;
    assert_eq!(found, Lookup::Absent);
    assert_eq!(reader.fake.count(Verb::List, "canaries"), 0);
    assert_eq!(*reader.calls.0.lock().unwrap(), [("apigroups", Lookup::Found(()))]);
}
