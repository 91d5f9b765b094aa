//! Lists of a whole cluster.

use backstop::cluster::listing::{self, Listed};
use backstop::engine::controllers::ControllerPods;
use backstop::engine::model::{Labels, NetworkPolicies};
use backstop::engine::view::{Lookup, Unknown, View};
use rstest::rstest;
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
async fn a_whole_cluster_is_listed_page_by_page() {
    let fake = Fake::start().await;
    world(&fake);
    for number in 0..1000 {
        fake.put("services", "shop", &format!("more-{number}"), json!({"spec": {}}));
    }
    let picture = listed(&fake, &[]).await.view;
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
async fn network_policies_are_listed_on_request_and_unknown_without_permission() {
    let fake = Fake::start().await;
    world(&fake);
    fake.put("networkpolicies", "shop", "deny", json!({"spec": {"podSelector": {}}}));
    let listed = async || {
        let mut picture = listed(&fake, &[]).await;
        picture.add_network_policies(fake.connection.client().unwrap(), &[]).await;
        picture.view.network_policies("shop").map(NetworkPolicies::len)
    };
    assert_eq!(listed().await, Lookup::Found(1));
    fake.serve_group("policy.networking.k8s.io");
    assert_eq!(listed().await, Lookup::Unknown(Unknown::Overruled));
    fake.always(Verb::List, "networkpolicies", FORBIDDEN);
    assert!(matches!(listed().await, Lookup::Unknown(_)));
}

/// The Pods of a controller are in a namespace without Ingresses. Without the permission, they are not known.
#[tokio::test]
async fn pods_of_controllers_are_listed() {
    let fake = Fake::start().await;
    world(&fake);
    let selector: Labels = [("app", "edge")].into_iter().collect();
    fake.put("namespaces", "", "edge", json!({"metadata": {"labels": {"zone": "front"}}}));
    fake.put("pods", "edge", "edge-0", json!({"metadata": {"labels": {"app": "edge", "role": "core"}}}));
    let controllers =
        [ControllerPods { namespace: "edge".to_owned(), selector: selector.clone(), host_network: false }];
    let listed = async || {
        let mut picture = listed(&fake, &["shop"]).await;
        picture.add_controllers(fake.connection.client().unwrap(), &controllers).await;
        assert!(matches!(picture.view.namespace("edge"), Lookup::Found(_)));
        (picture.view.pods("edge", &selector).map(|pods| pods.len()), picture.gaps.len())
    };
    assert_eq!(listed().await, (Lookup::Found(1), 0));
    fake.delete("pods", "edge", "edge-0");
    fake.always(Verb::List, "pods", FORBIDDEN);
    let (pods, gaps) = listed().await;
    assert!(!matches!(pods, Lookup::Found(1)) && gaps > 0);
}

#[tokio::test]
async fn canaries_are_listed_where_flagger_is_installed() {
    let fake = Fake::start().await;
    world(&fake);
    let canary = json!({"spec": {"targetRef": {"kind": "Deployment", "name": "api"}, "service": {"port": 80}}});
    fake.put("canaries", "shop", "api", canary);
    let makers = async || {
        let picture = listed(&fake, &["shop"]).await.view;
        picture.makers("shop").map(|makers| makers.promise("api").is_some())
    };
    assert_eq!(makers().await, Lookup::Found(false));
    assert_eq!(fake.count(Verb::List, "canaries"), 0);
    fake.serve_group("flagger.app");
    assert_eq!(makers().await, Lookup::Found(true));
    // Custom resources without a row are not listed. The form of a name shows that one may follow.
    fake.serve_group("kibana.k8s.elastic.co");
    let picture = listed(&fake, &["shop"]).await.view;
    let promised = |name: &str| picture.makers("shop").found().unwrap().promise(name).is_some();
    assert_eq!(["api", "api-kb-http", "api-es-http"].map(promised), [true, true, false]);
    assert!(picture.makers("blog").found().unwrap().promise("api-kb-http").is_some());
    // Few Ingresses need Canaries, so a failed list of Canaries is not an error.
    fake.always(Verb::List, "canaries", FORBIDDEN);
    assert_eq!(makers().await, Lookup::Unknown(Unknown::Forbidden));
}

#[tokio::test]
async fn some_namespaces_are_listed_without_permission_for_all() {
    let fake = Fake::start().await;
    world(&fake);
    fake.always(Verb::List, "namespaces", FORBIDDEN);
    let picture = listed(&fake, &["shop", "none"]).await.view;
    assert_eq!(picture.subjects().map(|it| it.name.to_string()).collect::<Vec<_>>(), ["shop/web"]);
    assert!(matches!(picture.namespace("shop"), Lookup::Found(_)));
    assert_eq!(picture.service("blog", "web"), Lookup::Absent);
}

async fn listed(fake: &Fake, namespaces: &[&str]) -> Listed {
    let namespaces: Vec<String> = namespaces.iter().map(|name| (*name).to_owned()).collect();
    listing::snapshot(fake.connection.client().unwrap(), &namespaces).await.unwrap()
}

/// The role `view` in a namespace gives no access to cluster-scoped kinds, and other roles may give access to fewer
/// kinds.
#[rstest]
#[case::classes(&["ingressclasses"], "you may not list ingressclasses: the controller of an Ingress is not known")]
#[case::pods(&["pods"], "you may not list pods: why endpoints are missing or not ready is not known")]
#[case::workloads(&["deployments", "statefulsets"], "you may not list deployments, statefulsets: whether a workload")]
#[case::namespaces(&["namespaces"], "you may not list namespaces: the mode in the label")]
#[tokio::test]
async fn optional_kinds_without_permission_are_unknown_with_one_message(
    #[case] refused: &[&str],
    #[case] expected: &str,
) {
    let fake = Fake::start().await;
    world(&fake);
    for plural in refused {
        fake.always(Verb::List, plural, FORBIDDEN);
        fake.always(Verb::Get, plural, FORBIDDEN);
    }
    let Listed { view, gaps } = listed(&fake, &["shop", "blog"]).await;
    let [gap] = &gaps[..] else { panic!("{gaps:?}") };
    assert!(gap.starts_with(expected), "{gap}");
    let nothing: Labels = [("app", "nothing")].into_iter().collect();
    let forbidden = Lookup::Unknown(Unknown::Forbidden);
    let seen = [
        (
            "ingressclasses",
            view.class("nginx").map(|_| ()) == forbidden
                && view.default_classes() == Lookup::Unknown(Unknown::Forbidden),
        ),
        ("pods", view.pods("shop", &nothing).map(|_| ()) == forbidden),
        ("deployments", view.workloads("shop", &nothing).map(|_| ()) == forbidden),
        ("namespaces", view.namespace("shop").map(|_| ()) == forbidden),
    ];
    for (plural, unknown) in seen {
        assert_eq!(unknown, refused.contains(&plural), "{plural}");
    }
}

#[tokio::test]
async fn an_undecodable_object_is_unknown_with_a_message() {
    let fake = Fake::start().await;
    world(&fake);
    fake.put("services", "shop", "odd", json!({"spec": {"ports": "none"}}));
    let Listed { view, gaps } = listed(&fake, &["shop"]).await;
    assert_eq!(view.service("shop", "odd"), Lookup::Unknown(Unknown::Undecodable));
    assert!(
        matches!(&gaps[..], [gap] if gap.starts_with("Service shop/odd does not decode and counts as unknown: ")),
        "{gaps:?}"
    );
}

async fn refusal(fake: &Fake, namespaces: &[&str]) -> String {
    let namespaces: Vec<String> = namespaces.iter().map(|name| (*name).to_owned()).collect();
    listing::snapshot(fake.connection.client().unwrap(), &namespaces).await.unwrap_err().to_string()
}

#[tokio::test]
async fn missing_permissions_for_required_kinds_are_named_once() {
    let fake = Fake::start().await;
    world(&fake);
    for plural in ["services", "endpointslices", "ingresses", "ingressclasses", "pods"] {
        fake.always(Verb::List, plural, FORBIDDEN);
    }
    assert_eq!(
        refusal(&fake, &["blog", "shop"]).await,
        "you may not list endpointslices, ingresses, services in the namespaces blog, shop; \
         ask for a role that allows it, as the ClusterRole view does"
    );
    let error = refusal(&fake, &[]).await;
    assert!(error.contains(" services in all namespaces (-n names one); ask for a role"), "{error}");
    fake.always(Verb::List, "services", Fault::Status(500, "InternalError", "etcd is down"));
    let error = refusal(&fake, &[]).await;
    assert!(error.starts_with("cannot be read: etcd is down; ") && error.contains("check the address"), "{error}");
    fake.always(Verb::List, "pods", Fault::Status(401, "Unauthorized", "Unauthorized"));
    let error = refusal(&fake, &[]).await;
    assert!(error.starts_with("does not accept the credentials: Unauthorized; log in again"), "{error}");
}
