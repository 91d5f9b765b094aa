//! Live reads of lists that are not whole: what they lack is unknown, never absent.

use std::time::Duration;

use backstop::engine::view::{Lookup, Need, Unknown};
use serde_json::{Value, json};

use crate::fake::{FORBIDDEN, Fault, Verb};
use crate::live::{ENOUGH, Reader, name, need, service, slice, web, workload};

/// What does not decode may be what the Service selects, and is never passed over as if it were not there.
#[tokio::test]
async fn an_object_that_does_not_decode_makes_unknown_what_it_might_answer() {
    let broken = |labels: Value| json!({"metadata": {"labels": labels}, "spec": 3, "endpoints": 3});
    let reader = Reader::new().await;
    let fake = &reader.fake;
    fake.put("services", "shop", "web", service());
    fake.put("pods", "shop", "web-1", broken(json!({"app": "web"})));
    fake.put("statefulsets", "shop", "web", broken(json!({})));
    let key = ("shop".to_owned(), web());
    let pods = Need::Pods(key.0.clone(), key.1.clone());
    let facts = reader.read(pods.clone(), ENOUGH).await;
    assert_eq!(facts.pods[&key], Lookup::Unknown(Unknown::Undecodable));
    assert_eq!(facts.workloads[&key], Lookup::Unknown(Unknown::Undecodable));

    // Where others are found they answer.
    fake.put("pods", "shop", "web-2", json!({"metadata": {"labels": {"app": "web"}}}));
    fake.put("deployments", "shop", "web", workload("web"));
    let facts = reader.read(pods, ENOUGH).await;
    assert_eq!(facts.pods[&key].clone().found().unwrap().len(), 1);
    assert_eq!(facts.workloads[&key].clone().found().unwrap().len(), 1);

    // But for slices: any of them may hold the endpoint or the port that the others lack.
    fake.put("endpointslices", "shop", "web-1", slice(false));
    fake.put("endpointslices", "shop", "web-2", broken(json!({"kubernetes.io/service-name": "web"})));
    let facts = reader.read(need("web"), ENOUGH).await;
    assert_eq!(facts.slices[&name("web")], Lookup::Unknown(Unknown::Undecodable));
}

/// Nor is what lies beyond the pages that are read, or behind a page that fails.
#[tokio::test]
async fn a_list_that_ends_early_makes_unknown_what_it_might_answer() {
    let key = ("shop".to_owned(), web());
    let reader = Reader::new().await;
    for number in 0..2001 {
        reader.fake.put("deployments", "shop", &format!("db-{number}"), workload("db"));
        reader.fake.put("endpointslices", "shop", &format!("web-{number}"), slice(false));
    }
    reader.fake.put("services", "shop", "web", service());
    let facts = reader.read(need("web"), ENOUGH).await;
    assert_eq!(facts.slices[&name("web")], Lookup::Unknown(Unknown::NotRead));
    let facts = reader.read(Need::Pods("shop".to_owned(), web()), ENOUGH).await;
    assert_eq!(facts.workloads[&key], Lookup::Unknown(Unknown::NotRead));
    assert_eq!(reader.fake.count(Verb::List, "deployments"), 4);

    reader.fake.next(Verb::List, "deployments", [Fault::Slow(Duration::ZERO), FORBIDDEN]);
    let facts = reader.read(Need::Pods("shop".to_owned(), web()), ENOUGH).await;
    assert_eq!(facts.workloads[&key], Lookup::Unknown(Unknown::Forbidden));
}
