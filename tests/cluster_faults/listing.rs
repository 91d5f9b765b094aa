//! Lists of a whole cluster.

use backstop::cluster::listing;
use backstop::engine::model::Labels;
use backstop::engine::view::{Lookup, Unknown, View};
use serde_json::json;

use crate::fake::{FORBIDDEN, Fake, Fault, Verb};

fn world(fake: &Fake) {
    for space in ["shop", "blog"] {
        fake.put("namespaces", "", space, json!({"metadata": {"labels": {"backstop.dev/mode": "warn"}}}));
        fake.put("services", space, "web", json!({"spec": {"ports": [{"port": 80}]}}));
        let labels = json!({"labels": {"kubernetes.io/service-name": "web"}});
        fake.put("endpointslices", space, "web-1", json!({"metadata": labels, "endpoints": [{"addresses": ["::1"]}]}));
        fake.put("pods", space, "web-1", json!({"metadata": {"labels": {"app": "web"}}}));
        fake.put("ingresses", space, "web", json!({"spec": {"ingressClassName": "nginx"}}));
        let template = json!({"metadata": {"labels": {"app": "web"}}});
        fake.put("deployments", space, "web", json!({"spec": {"template": template}}));
        let made = json!({"ownerReferences": [{"kind": "Deployment"}]});
        fake.put("replicasets", space, "web-5d4f", json!({"metadata": made, "spec": {"template": template}}));
        let made = json!({"ownerReferences": [{"kind": "Elasticsearch"}]});
        fake.put("statefulsets", space, "operated", json!({"metadata": made, "spec": {"template": template}}));
    }
    fake.put("ingressclasses", "", "nginx", json!({"spec": {"controller": "k8s.io/ingress-nginx"}}));
}

#[tokio::test]
async fn a_whole_cluster_page_by_page() {
    let fake = Fake::start().await;
    world(&fake);
    for number in 0..1000 {
        fake.put("services", "shop", &format!("more-{number}"), json!({"spec": {}}));
    }
    let picture = listing::snapshot(fake.connection.client().unwrap(), &[]).await.unwrap();
    assert_eq!(picture.subjects().map(|it| it.name.to_string()).collect::<Vec<_>>(), ["blog/web", "shop/web"]);
    assert_eq!(picture.service_names("shop").len(), 1001);
    assert_eq!(fake.count(Verb::List, "services"), 3);
    assert!(matches!(picture.class("nginx"), Lookup::Found(_)));
    assert!(matches!(picture.namespace("shop"), Lookup::Found(_)));
    assert_eq!(picture.slices("shop", "web").found().unwrap().len(), 1);
    let selector: Labels = [("app", "web")].into_iter().collect();
    assert_eq!(picture.pods("shop", &selector).found().unwrap().len(), 1);
    let workloads = picture.workloads("shop", &selector).found().unwrap();
    assert_eq!(workloads.iter().map(|it| &*it.kind).collect::<Vec<_>>(), ["StatefulSet", "Deployment"]);
}

#[tokio::test]
async fn network_policies_are_listed_when_asked_for_and_unknown_when_they_cannot_be() {
    let fake = Fake::start().await;
    world(&fake);
    fake.put("networkpolicies", "shop", "deny", json!({"spec": {"podSelector": {}}}));
    let listed = async || {
        let client = fake.connection.client().unwrap();
        let mut picture = listing::snapshot(client.clone(), &[]).await.unwrap();
        listing::add_network_policies(&mut picture, client, &[]).await;
        picture.network_policies("shop").map(|policies| policies.len())
    };
    assert_eq!(listed().await, Lookup::Found(1));
    fake.serve_group("policy.networking.k8s.io");
    assert_eq!(listed().await, Lookup::Unknown(Unknown::Overruled));
    fake.always(Verb::List, "networkpolicies", FORBIDDEN);
    assert!(matches!(listed().await, Lookup::Unknown(_)));
}

#[tokio::test]
async fn canaries_are_listed_where_flagger_is_installed() {
    let fake = Fake::start().await;
    world(&fake);
    let canary = json!({"spec": {"targetRef": {"kind": "Deployment", "name": "api"}, "service": {"port": 80}}});
    fake.put("canaries", "shop", "api", canary);
    let makers = async || {
        let picture = listing::snapshot(fake.connection.client().unwrap(), &["shop".to_owned()]).await.unwrap();
        picture.makers("shop").map(|makers| makers.promise("api").is_some())
    };
    assert_eq!(makers().await, Lookup::Absent);
    assert_eq!(fake.count(Verb::List, "canaries"), 0);
    fake.serve_group("flagger.app");
    assert_eq!(makers().await, Lookup::Found(true));
    // Few Ingresses need to know it, so that it is no reason to fail.
    fake.always(Verb::List, "canaries", FORBIDDEN);
    assert_eq!(makers().await, Lookup::Unknown(Unknown::Forbidden));
}

#[tokio::test]
async fn some_namespaces_without_the_permission_to_list_all() {
    let fake = Fake::start().await;
    world(&fake);
    fake.always(Verb::List, "namespaces", FORBIDDEN);
    let client = fake.connection.client().unwrap();
    let picture = listing::snapshot(client, &["shop".to_owned(), "none".to_owned()]).await.unwrap();
    assert_eq!(picture.subjects().map(|it| it.name.to_string()).collect::<Vec<_>>(), ["shop/web"]);
    assert!(matches!(picture.namespace("shop"), Lookup::Found(_)));
    assert_eq!(picture.service("blog", "web"), Lookup::Absent);
}

#[tokio::test]
async fn every_missing_permission_is_named_at_once() {
    let fake = Fake::start().await;
    world(&fake);
    fake.always(Verb::List, "pods", Fault::Status(403, "Forbidden", "pods is forbidden"));
    fake.always(Verb::List, "ingressclasses", Fault::Status(403, "Forbidden", "ingressclasses is forbidden"));
    let error = listing::snapshot(fake.connection.client().unwrap(), &[]).await.unwrap_err().to_string();
    assert!(error.contains("pods is forbidden; ingressclasses is forbidden; ask for a role"), "{error}");
    fake.always(Verb::List, "services", Fault::Status(500, "InternalError", "etcd is down"));
    let error = listing::snapshot(fake.connection.client().unwrap(), &[]).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot read the cluster: etcd is down; "), "{error}");
}
