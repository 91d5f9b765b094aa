//! Watches: the facts in the index, and the conditions of failed watches.

use std::sync::Arc;
use std::time::Duration;

use backstop::cluster::{Bounds, Cluster, NoObserver};
use backstop::engine::kinds::Kind;
use backstop::engine::model::{NetworkPolicies, PortRef, ServiceTarget, Target};
use backstop::engine::view::{Among, Lookup, Unknown, View};
use serde_json::{Value, json};

use crate::fake::{FORBIDDEN, Fake, Fault, Verb};
use crate::until;

const MAX_AGE: Duration = Duration::from_secs(3);
/// The age limit for watches that must stay up to date, even on a busy machine.
const PATIENT: Duration = Duration::from_secs(10);

fn start(fake: &Fake) -> Cluster {
    start_with(fake, 1, MAX_AGE)
}

fn start_with(fake: &Fake, watch: u32, max_age: Duration) -> Cluster {
    let bounds = Bounds { watch, max_age, pause: Duration::from_millis(100) };
    Cluster::start(&fake.connection, bounds, Arc::new(NoObserver)).unwrap()
}

async fn synced(fake: &Fake) -> Cluster {
    let cluster = start(fake);
    until("all kinds in sync", || Kind::ALL.into_iter().all(|kind| cluster.synced(kind))).await;
    cluster
}

fn service(port: u16) -> Value {
    json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": port}]}})
}

fn slice(service: &str) -> Value {
    json!({"metadata": {"labels": {"kubernetes.io/service-name": service}}, "addressType": "IPv4",
           "ports": [{"port": 8080}], "endpoints": [{"addresses": ["10.0.0.1"]}]})
}

fn has(cluster: &Cluster, name: &str) -> Lookup<()> {
    cluster.picture(&["shop"]).service("shop", name).map(|_| ())
}

#[tokio::test]
async fn objects_of_all_kinds_are_added_and_deleted() {
    let fake = Fake::start().await;
    fake.put("services", "shop", "web", service(80));
    fake.put("endpointslices", "shop", "web-1", slice("web"));
    fake.put("namespaces", "", "shop", json!({"metadata": {"labels": {"backstop.dev/mode": "warn"}}}));
    fake.put("ingressclasses", "", "nginx", json!({"spec": {"controller": "k8s.io/ingress-nginx"}}));
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let canary = json!({"annotations": {"nginx.ingress.kubernetes.io/canary": "true"}});
    fake.put(
        "ingresses",
        "shop",
        "web",
        json!({"metadata": canary, "spec": {"ingressClassName": "nginx", "defaultBackend": backend}}),
    );
    let cluster = synced(&fake).await;
    assert_eq!(cluster.sizes().iter().map(|(_, size)| *size).collect::<Vec<_>>(), [1, 1, 1, 1, 1]);
    let picture = cluster.picture(&["shop"]);
    let target =
        Target::Service(ServiceTarget { namespace: "shop".into(), name: "web".into(), port: PortRef::Number(80) });
    let users = picture.ingresses_with_targets("shop", &[target.id()], Among::Canaries).found().unwrap();
    assert!(matches!(&users[..], [canary] if &*canary.name == "web"), "{users:?}");
    assert!(cluster.ages().iter().all(|(_, age)| age.is_some_and(|age| age < MAX_AGE)));

    fake.put("endpointslices", "shop", "web-2", slice("web"));
    until("the second slice", || cluster.sizes()[1].1 == 2).await;
    let mut deleting = slice("web");
    deleting["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    fake.put("endpointslices", "shop", "web-2", deleting);
    until("a slice that is being deleted counts for nothing", || cluster.sizes()[1].1 == 1).await;
    for (plural, namespace, name) in [
        ("services", "shop", "web"),
        ("namespaces", "", "shop"),
        ("ingressclasses", "", "nginx"),
        ("ingresses", "shop", "web"),
    ] {
        fake.delete(plural, namespace, name);
    }
    until("empty but for a slice", || cluster.sizes().iter().map(|(_, size)| size).sum::<usize>() == 1).await;
}

fn policies(cluster: &Cluster) -> Lookup<usize> {
    cluster.picture(&["shop"]).network_policies("shop").map(NetworkPolicies::len)
}

#[tokio::test]
async fn network_policies_are_watched_only_on_request() {
    let fake = Fake::start().await;
    fake.put("networkpolicies", "shop", "deny", json!({"spec": {"podSelector": {}}}));
    let cluster = synced(&fake).await;
    assert_eq!(policies(&cluster), Lookup::Unknown(Unknown::NotSynced));
    assert_eq!((fake.count(Verb::List, "networkpolicies"), cluster.watched().len()), (0, 5));
    for _ in 0..2 {
        cluster.watch_network_policies().unwrap();
    }
    until("the policy", || policies(&cluster) == Lookup::Found(1)).await;
    assert_eq!((fake.count(Verb::List, "networkpolicies"), cluster.watched().len()), (1, 6));
    fake.put("networkpolicies", "shop", "deny", json!({"spec": {"podSelector": {}, "policyTypes": ["Egress"]}}));
    until("one that isolates nothing counts for nothing", || policies(&cluster) == Lookup::Found(0)).await;
    fake.serve_group("cilium.io");
    until("policies of other kinds", || policies(&cluster) == Lookup::Unknown(Unknown::Overruled)).await;
}

#[tokio::test]
async fn network_policies_are_unknown_until_the_api_groups_are_known() {
    let fake = Fake::start().await;
    fake.always(Verb::List, "apigroups", Fault::Status(503, "ServiceUnavailable", "down"));
    fake.put("networkpolicies", "shop", "deny", json!({"spec": {"podSelector": {}}}));
    let cluster = synced(&fake).await;
    cluster.watch_network_policies().unwrap();
    until("in sync", || cluster.synced(Kind::NetworkPolicy)).await;
    assert_eq!(policies(&cluster), Lookup::Unknown(Unknown::Overruled));
    fake.always(Verb::List, "apigroups", None);
    until("the policy", || policies(&cluster) == Lookup::Found(1)).await;
}

#[tokio::test]
async fn without_permission_network_policies_stay_unknown() {
    let fake = Fake::start().await;
    fake.always(Verb::List, "networkpolicies", Fault::Status(403, "Forbidden", "networkpolicies is forbidden"));
    let cluster = synced(&fake).await;
    cluster.watch_network_policies().unwrap();
    until("the refusal", || policies(&cluster) == Lookup::Unknown(Unknown::Forbidden)).await;
    let refused = Kind::ALL.into_iter().filter(|kind| !cluster.synced(*kind));
    assert_eq!(refused.map(Cluster::condition_name).collect::<Vec<_>>(), ["watch/networkpolicies"]);
}

#[tokio::test]
async fn nothing_is_absent_before_the_first_list_is_complete() {
    let fake = Fake::start().await;
    for number in 0..501 {
        fake.put("services", "shop", &format!("web-{number}"), service(80));
    }
    fake.next(Verb::List, "services", [Fault::Slow(Duration::ZERO), Fault::Hang]);
    let cluster = start(&fake);
    until("the first of two pages", || cluster.sizes()[0].1 == 500).await;
    assert_eq!(has(&cluster, "other"), Lookup::Unknown(Unknown::NotSynced));
    assert_eq!(cluster.condition(Kind::Service), Err("waiting for the first list".to_owned()));
    until("the other kinds are in sync", || cluster.synced(Kind::EndpointSlice)).await;
    until("a list that hangs starts over", || cluster.synced(Kind::Service)).await;
    assert_eq!(has(&cluster, "other"), Lookup::Absent);
    assert_eq!(cluster.sizes()[0].1, 501);
    assert!(fake.queries(Verb::List, "services").iter().all(|query| !query.contains_key("resourceVersion")));
}

#[tokio::test]
async fn an_object_that_is_not_in_a_new_list_is_deleted() {
    let fake = Fake::start().await;
    fake.put("services", "shop", "stays", service(80));
    fake.put("services", "shop", "goes", service(80));
    fake.put("services", "blog", "goes", service(80));
    let cluster = synced(&fake).await;
    fake.delete_unseen("services", "shop", "goes");
    fake.compact();
    fake.cut();
    until("the deleted Service is gone", || has(&cluster, "goes") == Lookup::Absent).await;
    assert_eq!(has(&cluster, "stays"), Lookup::Found(()));
    assert_eq!(cluster.sizes()[0].1, 2, "the one of another namespace stays, too");
}

#[tokio::test]
async fn a_closed_watch_continues_from_its_last_version() {
    let fake = Fake::start().await;
    let cluster = synced(&fake).await;
    let busy = Fault::Status(429, "TooManyRequests", "try again");
    for (round, fault) in [Fault::Broken, busy].into_iter().enumerate() {
        let before = fake.count(Verb::Watch, "services");
        fake.always(Verb::Watch, "services", fault);
        fake.cut();
        until("the watch asks again", || fake.count(Verb::Watch, "services") > before + 1).await;
        let late = format!("late-{round}");
        fake.put("services", "shop", &late, service(80));
        fake.always(Verb::Watch, "services", None);
        until("what changed meanwhile", || has(&cluster, &late) == Lookup::Found(())).await;
    }
    assert_eq!(fake.count(Verb::List, "services"), 1);
}

#[tokio::test]
async fn an_object_that_does_not_decode_is_skipped_and_counted() {
    let fake = Fake::start().await;
    let broken = json!({"spec": {"ports": "none"}});
    fake.put("services", "shop", "broken", broken.clone());
    fake.put("services", "shop", "web", service(80));
    let cluster = synced(&fake).await;
    assert_eq!((cluster.sizes()[0].1, cluster.skipped()[0].1), (1, 1));
    fake.put("services", "shop", "web", broken);
    fake.put("services", "shop", "next", service(80));
    until("the watch goes on behind it", || has(&cluster, "next") == Lookup::Found(())).await;
    assert_eq!(has(&cluster, "web"), Lookup::Absent, "what was known of it is out of date");
    assert_eq!(cluster.skipped()[0].1, 2);
}

#[tokio::test]
async fn a_forbidden_list_makes_only_its_kind_unknown() {
    let fake = Fake::start().await;
    fake.always(Verb::List, "services", FORBIDDEN);
    let cluster = start(&fake);
    until("the other kinds are in sync", || {
        Kind::ALL.into_iter().filter(|kind| *kind != Kind::Service).all(|kind| cluster.synced(kind))
    })
    .await;
    until("the refusal", || has(&cluster, "web") == Lookup::Unknown(Unknown::Forbidden)).await;
    let expected = "forbidden: services is forbidden: User \"web\" cannot list resource \"services\"";
    assert_eq!(cluster.condition(Kind::Service), Err(expected.to_owned()));
    assert!(Kind::ALL.into_iter().filter(|kind| *kind != Kind::Service).all(|kind| cluster.synced(kind)));
    fake.always(Verb::List, "services", None);
    until("the permission is there", || has(&cluster, "web") == Lookup::Absent).await;
}

#[tokio::test]
async fn a_successful_list_does_not_hide_a_forbidden_watch() {
    let fake = Fake::start().await;
    fake.always(Verb::Watch, "services", FORBIDDEN);
    let cluster = start(&fake);
    until("the refusal", || has(&cluster, "web") == Lookup::Unknown(Unknown::Forbidden)).await;
    until("some more lists", || fake.count(Verb::List, "services") > 4).await;
    assert!(cluster.condition(Kind::Service).is_err_and(|why| why.starts_with("forbidden: ")));
    fake.always(Verb::Watch, "services", None);
    until("the permission is there", || cluster.synced(Kind::Service)).await;
}

#[tokio::test]
async fn a_silent_watch_is_unavailable_until_it_recovers() {
    let fake = Fake::start().await;
    fake.put("services", "shop", "web", service(80));
    let cluster = synced(&fake).await;
    fake.always(Verb::List, "services", Fault::Hang);
    fake.always(Verb::Watch, "services", Fault::Hang);
    fake.freeze(true);
    until("blind", || has(&cluster, "web") == Lookup::Unknown(Unknown::NotSynced)).await;
    assert!(cluster.ages()[0].1.is_some_and(|age| age > MAX_AGE), "{:?}", cluster.ages()[0]);
    assert!(cluster.condition(Kind::Service).is_err_and(|why| why.starts_with("nothing heard for ")));
    fake.delete_unseen("services", "shop", "web");
    fake.freeze(false);
    fake.always(Verb::List, "services", None);
    fake.always(Verb::Watch, "services", None);
    until("the truth again", || has(&cluster, "web") == Lookup::Absent).await;
}

#[tokio::test]
async fn a_long_failure_makes_the_kind_unknown() {
    let fake = Fake::start().await;
    fake.put("services", "shop", "web", service(80));
    let cluster = synced(&fake).await;
    fake.always(Verb::List, "services", Fault::Status(500, "InternalError", "etcd is down"));
    fake.always(Verb::Watch, "services", Fault::Status(500, "InternalError", "etcd is down"));
    fake.cut();
    until("failed", || has(&cluster, "web") == Lookup::Unknown(Unknown::Failed)).await;
    assert!(cluster.condition(Kind::Service).is_err_and(|why| why.ends_with(": etcd is down")));
    assert!(cluster.synced(Kind::EndpointSlice));
    fake.always(Verb::List, "services", None);
    fake.always(Verb::Watch, "services", None);
    until("recovery", || has(&cluster, "web") == Lookup::Found(())).await;
}

/// The watcher of kube repeats a rejected start with the same resourceVersion forever. An etcd that was restored from a
/// backup never accepts it.
#[tokio::test]
async fn a_permanently_rejected_watch_starts_with_a_new_list() {
    for fault in [
        Fault::Status(410, "Expired", "too old resource version"),
        Fault::Status(504, "Timeout", "Too large resource version: 900, current: 12"),
        Fault::Text(410, "gone, says a proxy"),
        Fault::Line("{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":\"storage is reinitializing\"}}\n"),
        Fault::Line("this is no JSON\n"),
    ] {
        let fake = Fake::start().await;
        let cluster = synced(&fake).await;
        fake.always(Verb::Watch, "services", fault.clone());
        fake.cut();
        until("the watch fails", || fake.count(Verb::Watch, "services") > 1).await;
        // There is no event for the change, so only a list shows it.
        fake.put("services", "shop", "new", service(80));
        until(&format!("a new list after {fault:?}"), || has(&cluster, "new") == Lookup::Found(())).await;
        fake.always(Verb::Watch, "services", None);
        until("all is well", || cluster.synced(Kind::Service)).await;
    }
}

#[tokio::test]
async fn a_watch_without_events_stays_available() {
    let fake = Fake::start().await;
    let cluster = start_with(&fake, 1, PATIENT);
    until("in sync", || cluster.synced(Kind::Service)).await;
    let end = std::time::Instant::now() + PATIENT + Duration::from_secs(1);
    while std::time::Instant::now() < end {
        assert!(cluster.synced(Kind::Service), "{:?}", cluster.condition(Kind::Service));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(fake.count(Verb::List, "services"), 1, "one list each, however often the watch is renewed");
}

#[tokio::test]
async fn events_keep_a_watch_available() {
    let fake = Fake::start().await;
    let cluster = start_with(&fake, 60, PATIENT);
    until("in sync", || cluster.synced(Kind::Service)).await;
    let end = std::time::Instant::now() + PATIENT + Duration::from_secs(1);
    while std::time::Instant::now() < end {
        fake.put("services", "shop", "web", service(80));
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(cluster.synced(Kind::Service), "{:?}", cluster.condition(Kind::Service));
    }
    assert_eq!(fake.count(Verb::List, "services"), 1);
    until("a watch that says nothing for so long starts over", || fake.count(Verb::List, "namespaces") > 1).await;
}

#[tokio::test]
async fn the_watches_end_with_the_last_handle() {
    let fake = Fake::start().await;
    let cluster = synced(&fake).await;
    let clone = cluster.clone();
    drop(cluster);
    assert!(clone.synced(Kind::Service));
    drop(clone);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let before = fake.count(Verb::Watch, "services");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(fake.count(Verb::Watch, "services"), before);
}

/// The head of a response shows that the API server works, but not that the index is up to date: an error may follow.
#[tokio::test]
async fn a_watch_with_an_expired_version_is_unavailable() {
    let fake = Fake::start().await;
    fake.put("services", "shop", "web", service(80));
    let cluster = synced(&fake).await;
    fake.always(Verb::Watch, "services", Fault::Status(429, "TooManyRequests", "try again"));
    fake.cut();
    until("blind", || has(&cluster, "web") == Lookup::Unknown(Unknown::Failed)).await;
    fake.always(Verb::List, "services", Fault::Hang);
    fake.always(
        Verb::Watch,
        "services",
        Fault::Line("{\"type\":\"ERROR\",\"object\":{\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}}\n"),
    );
    until("a new list", || fake.count(Verb::List, "services") > 1).await;
    let end = std::time::Instant::now() + Duration::from_millis(500);
    while std::time::Instant::now() < end {
        assert_eq!(has(&cluster, "web"), Lookup::Unknown(Unknown::Failed));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Lists and events may be large, so the threads that serve requests never decode them.
#[test]
fn watches_use_no_thread_of_the_caller() {
    let others = tokio::runtime::Runtime::new().unwrap();
    let fake = others.block_on(Fake::start());
    let blocked = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cluster = {
        let _caller = blocked.enter();
        Cluster::start(&fake.connection, Bounds::default(), Arc::new(NoObserver)).unwrap()
    };
    let began = std::time::Instant::now();
    while !cluster.synced(Kind::Ingress) {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", cluster.condition(Kind::Ingress));
        std::thread::sleep(Duration::from_millis(10));
    }
}
