//! Live reads of incomplete lists: an object that is not in the list is unknown, never absent.

use std::time::Duration;

use backstop::engine::view::{Lookup, Need, Unknown};
use serde_json::{Value, json};

use crate::fake::{FORBIDDEN, Fault, Verb};
use crate::live::{ENOUGH, Reader, name, need, service, slice, web, workload};

/// The Service may select an object that cannot be decoded, so the object must not be ignored.
#[tokio::test]
async fn an_undecodable_object_makes_the_result_unknown() {
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

    // Other objects that were found are the result.
    fake.put("pods", "shop", "web-2", json!({"metadata": {"labels": {"app": "web"}}}));
    fake.put("deployments", "shop", "web", workload("web"));
    let facts = reader.read(pods, ENOUGH).await;
    assert_eq!(facts.pods[&key].clone().found().unwrap().len(), 1);
    assert_eq!(facts.workloads[&key].clone().found().unwrap().len(), 1);

    // For slices the result is unknown, because any slice may contain the endpoint or the port.
    fake.put("endpointslices", "shop", "web-1", slice(false));
    fake.put("endpointslices", "shop", "web-2", broken(json!({"kubernetes.io/service-name": "web"})));
    let facts = reader.read(need("web"), ENOUGH).await;
    assert_eq!(facts.slices[&name("web")], Lookup::Unknown(Unknown::Undecodable));
}

/// Objects after the last page that is read, or on a page that fails, must not be ignored either.
#[tokio::test]
async fn an_incomplete_list_makes_the_result_unknown() {
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
