//! Live reads: a correct result by the deadline, or unknown.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backstop::cluster::{Access, Bounds, Cluster, Live, LiveObserver, live_resources, required_access};
use backstop::engine::model::{Labels, ObjectName};
use backstop::engine::view::{LiveFacts, Lookup, Need, Purpose, Unknown};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::fake::{FORBIDDEN, Fake, Fault, NOT_FOUND, Verb};

#[derive(Default)]
pub(crate) struct Calls(pub(crate) Mutex<Vec<(&'static str, Lookup<()>)>>);

impl LiveObserver for Calls {
    fn read(&self, kind: &'static str, result: Lookup<()>, _: Duration) {
        assert!(live_resources().contains(&kind), "{kind}");
        self.0.lock().unwrap().push((kind, result));
    }
}

pub(crate) struct Reader {
    pub(crate) fake: Fake,
    live: Live,
    pub(crate) calls: Arc<Calls>,
    _cluster: Cluster,
}

impl Reader {
    pub(crate) async fn new() -> Self {
        let fake = Fake::start().await;
        let calls = Arc::new(Calls::default());
        let cluster = Cluster::start(&fake.connection, Bounds::default(), calls.clone()).unwrap();
        cluster.watch_network_policies().unwrap();
        Self { live: cluster.live().clone(), fake, calls, _cluster: cluster }
    }

    pub(crate) async fn read(&self, need: Need, within: Duration) -> LiveFacts {
        self.read_all([need], Purpose::Proof, within).await
    }

    pub(crate) async fn read_all(
        &self,
        needs: impl IntoIterator<Item = Need>,
        purpose: Purpose,
        within: Duration,
    ) -> LiveFacts {
        self.live.read(needs.into_iter().collect(), purpose, Instant::now() + within).await
    }

    pub(crate) async fn service(&self, within: Duration) -> Lookup<()> {
        self.read(need("web"), within).await.services[&name("web")].as_ref().map(|_| ())
    }

    fn gets(&self) -> usize {
        self.fake.count(Verb::Get, "services")
    }
}

pub(crate) const ENOUGH: Duration = Duration::from_secs(20);

pub(crate) fn name(service: &str) -> ObjectName {
    ObjectName::new("shop", service)
}

pub(crate) fn need(service: &str) -> Need {
    Need::Backend(name(service))
}

pub(crate) fn web() -> Labels {
    [("app", "web")].into_iter().collect()
}

pub(crate) fn service() -> Value {
    json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})
}

pub(crate) fn slice(ready: bool) -> Value {
    json!({"metadata": {"labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
           "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}]})
}

pub(crate) fn workload(app: &str) -> Value {
    json!({"spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": app}}}}})
}

#[tokio::test]
async fn absence_needs_three_answers_over_400_ms() {
    let reader = Reader::new().await;
    let start = Instant::now();
    assert_eq!(reader.service(ENOUGH).await, Lookup::Absent);
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(reader.gets(), 3);
    // With a resourceVersion in the query, the API server could answer from a cache.
    assert!(reader.fake.queries(Verb::Get, "services").iter().all(|query| !query.contains_key("resourceVersion")));
    assert_eq!(*reader.calls.0.lock().unwrap(), vec![("services", Lookup::Absent); 3]);
}

#[tokio::test]
async fn a_service_that_is_created_during_the_read_is_found() {
    for misses in 1..=2 {
        let reader = Reader::new().await;
        reader.fake.put("services", "shop", "web", service());
        reader.fake.next(Verb::Get, "services", vec![NOT_FOUND; misses]);
        assert_eq!(reader.service(ENOUGH).await, Lookup::Found(()));
        assert_eq!(reader.gets(), misses + 1);
    }
}

#[tokio::test]
async fn absence_without_time_for_a_confirmation_is_unknown() {
    let reader = Reader::new().await;
    assert_eq!(reader.service(Duration::from_millis(250)).await, Lookup::Unknown(Unknown::Timeout));
}

#[tokio::test]
async fn a_failed_read_is_unknown_with_the_reason() {
    for (fault, why) in [
        (FORBIDDEN, Unknown::Forbidden),
        (Fault::Status(401, "Unauthorized", "who are you"), Unknown::Failed),
        (Fault::Status(429, "TooManyRequests", "try again"), Unknown::Failed),
        (Fault::Status(500, "InternalError", "etcd"), Unknown::Failed),
        (Fault::Status(503, "ServiceUnavailable", "down"), Unknown::Failed),
        (Fault::Text(404, "404 page not found"), Unknown::Failed),
        (Fault::Broken, Unknown::Failed),
        (Fault::Garbage("<html>"), Unknown::Undecodable),
        (Fault::Garbage(r#"{"metadata":{"name":"web"},"spec":{"ports":"none"}}"#), Unknown::Undecodable),
        (Fault::Hang, Unknown::Timeout),
    ] {
        let reader = Reader::new().await;
        reader.fake.put("services", "shop", "web", service());
        reader.fake.always(Verb::Get, "services", fault.clone());
        let within = if why == Unknown::Timeout { Duration::from_secs(2) } else { ENOUGH };
        let start = Instant::now();
        assert_eq!(reader.service(within).await, Lookup::Unknown(why), "{fault:?}");
        assert!(start.elapsed() < within + Duration::from_secs(5), "{fault:?}");
        assert_eq!(reader.gets(), 1, "no retry after {fault:?}");
        let expected = Lookup::Unknown(why);
        crate::until("the report to the observer", || {
            *reader.calls.0.lock().unwrap() == [("services", expected.clone())]
        })
        .await;
    }
}

/// The proof of a denial contains the resourceVersion of the Service.
#[tokio::test]
async fn a_service_is_read_with_its_resource_version() {
    let reader = Reader::new().await;
    for stored in ["1", "2"] {
        reader.fake.put("services", "shop", "web", service());
        for need in [Need::Service(name("web")), need("web")] {
            let facts = reader.read(need, ENOUGH).await;
            assert_eq!(facts.resource_versions.get(&name("web")).map(|version| &**version), Some(stored));
        }
    }
    let facts = reader.read(need("gone"), ENOUGH).await;
    assert!(facts.resource_versions.is_empty(), "{facts:?}");
}

#[tokio::test]
async fn a_backend_is_read_with_slices_and_without_pods() {
    let reader = Reader::new().await;
    reader.fake.put("services", "shop", "web", service());
    reader.fake.put("endpointslices", "shop", "other", json!({"metadata": {"labels": {}}}));
    for ready in [true, false] {
        reader.fake.put("endpointslices", "shop", "web-1", slice(ready));
        let facts = reader.read(need("web"), ENOUGH).await;
        let Lookup::Found(slices) = &facts.slices[&name("web")] else { panic!("{facts:?}") };
        assert_eq!(slices.iter().map(|slice| slice.counts.ready).collect::<Vec<_>>(), [u16::from(ready)]);
        assert!(facts.pods.is_empty() && facts.workloads.is_empty());
    }
}

#[tokio::test]
async fn a_service_is_read_without_slices() {
    let reader = Reader::new().await;
    reader.fake.put("services", "shop", "web", service());
    reader.fake.put("endpointslices", "shop", "web-1", slice(true));
    let facts = reader.read(Need::Service(name("web")), ENOUGH).await;
    assert!(matches!(facts.services[&name("web")], Lookup::Found(_)));
    assert!(facts.slices.is_empty());
}

#[tokio::test]
async fn pods_are_read_with_their_workloads() {
    let reader = Reader::new().await;
    let fake = &reader.fake;
    fake.put("pods", "shop", "web-1", json!({"metadata": {"labels": {"app": "web"}}}));
    fake.put("pods", "shop", "db-1", json!({"metadata": {"labels": {"app": "db"}}}));
    fake.put("deployments", "shop", "web", workload("web"));
    fake.put("statefulsets", "shop", "db", workload("db"));
    let made_by = |owner: &str| {
        let mut made = workload("web");
        made["metadata"] = json!({"ownerReferences": [{"kind": owner}]});
        made
    };
    fake.put("replicasets", "shop", "web-5d4f", made_by("Deployment"));
    fake.put("statefulsets", "shop", "operated", made_by("Elasticsearch"));
    let key = ("shop".to_owned(), web());
    let facts = reader.read(Need::Pods(key.0.clone(), key.1.clone()), ENOUGH).await;
    let pods = facts.pods[&key].clone().found().unwrap();
    assert_eq!(pods.iter().map(|pod| &*pod.name).collect::<Vec<_>>(), ["web-1"]);
    let workloads = facts.workloads[&key].clone().found().unwrap();
    let expected = [("Deployment", "web"), ("StatefulSet", "operated")];
    assert_eq!(workloads.iter().map(|it| (&*it.kind, &*it.name)).collect::<Vec<_>>(), expected);
}

/// All Pods are read only in this case, because a namespace may contain thousands of other Pods.
#[tokio::test]
async fn for_a_selector_without_matches_one_page_of_all_pods_is_read() {
    let reader = Reader::new().await;
    let fake = &reader.fake;
    for number in 0..501 {
        fake.put("pods", "shop", &format!("db-{number}"), json!({"metadata": {"labels": {"app": "db"}}}));
    }
    fake.put("statefulsets", "shop", "db", workload("db"));
    let pods = Need::Pods("shop".to_owned(), web());
    let facts = reader.read(pods.clone(), ENOUGH).await;
    let all = ("shop".to_owned(), Labels::default());
    assert_eq!(facts.pods[&("shop".to_owned(), web())], Lookup::Found([].into()));
    assert_eq!(facts.pods[&all].clone().found().unwrap().len(), 500);
    assert_eq!(facts.workloads[&all].clone().found().unwrap().len(), 1);
    assert_eq!(fake.count(Verb::List, "pods"), 2);

    fake.put("deployments", "shop", "web", workload("web"));
    let facts = reader.read(pods, ENOUGH).await;
    assert!(!facts.pods.contains_key(&all) && !facts.workloads.contains_key(&all));
    assert_eq!(fake.count(Verb::List, "pods"), 3);
}

#[tokio::test]
async fn results_before_the_deadline_count() {
    let reader = Reader::new().await;
    reader.fake.put("services", "shop", "web", service());
    reader.fake.always(Verb::List, "endpointslices", Fault::Hang);
    let facts = reader.read(need("web"), Duration::from_secs(2)).await;
    assert!(matches!(facts.services[&name("web")], Lookup::Found(_)));
    assert_eq!(facts.slices[&name("web")], Lookup::Unknown(Unknown::Timeout));

    reader.fake.always(Verb::List, "endpointslices", None);
    reader.fake.always(Verb::List, "replicasets", Fault::Hang);
    let key = ("shop".to_owned(), web());
    let facts = reader.read(Need::Pods(key.0.clone(), key.1.clone()), Duration::from_secs(1)).await;
    assert_eq!(facts.pods[&key], Lookup::Found([].into()));
    assert_eq!(facts.workloads[&key], Lookup::Unknown(Unknown::Timeout));
}

#[tokio::test]
async fn a_workload_that_matches_answers_even_if_another_kind_is_forbidden() {
    let reader = Reader::new().await;
    reader.fake.always(Verb::List, "daemonsets", FORBIDDEN);
    let pods = Need::Pods("shop".to_owned(), web());
    let key = ("shop".to_owned(), web());
    let none = reader.read(pods.clone(), ENOUGH).await;
    assert_eq!(none.workloads[&key], Lookup::Unknown(Unknown::Forbidden));
    reader.fake.put("deployments", "shop", "web", workload("web"));
    let some = reader.read(pods, ENOUGH).await;
    assert_eq!(some.workloads[&key].clone().found().unwrap().len(), 1);
}

#[tokio::test]
async fn a_namespace_is_read_with_its_labels() {
    let reader = Reader::new().await;
    reader.fake.put("namespaces", "", "shop", json!({"metadata": {"labels": {"backstop.dev/mode": "warn"}}}));
    let needs = [Need::Namespace("shop".to_owned()), Need::Namespace("none".to_owned())];
    let facts = reader.read_all(needs, Purpose::Proof, ENOUGH).await;
    let shop = facts.namespaces["shop"].clone().found().unwrap();
    assert_eq!(shop.labels.get("backstop.dev/mode"), Some("warn"));
    assert_eq!(facts.namespaces["none"], Lookup::Absent);
}

#[tokio::test]
async fn an_invalid_name_is_never_part_of_a_request_path() {
    let reader = Reader::new().await;
    for odd in ["../secrets/token", "a/b", "", "a?watch=true", "Ä", "."] {
        let facts = reader.read(need(odd), ENOUGH).await;
        assert_eq!(facts.services[&name(odd)], Lookup::Absent, "{odd:?}");
    }
    assert_eq!(reader.gets(), 0);
}

#[tokio::test]
async fn two_hundred_callers_share_a_few_reads() {
    let reader = Reader::new().await;
    reader.fake.put("services", "shop", "web", service());
    reader.fake.put("endpointslices", "shop", "web-1", slice(true));
    reader.fake.always(Verb::Get, "services", Fault::Slow(Duration::from_millis(50)));
    let answers = join_all((0..200).map(|_| reader.service(ENOUGH))).await;
    assert!(answers.iter().all(|answer| *answer == Lookup::Found(())));
    assert!(reader.gets() <= 2, "{} reads", reader.gets());
}

/// A read that began before the Service was created must not deny a request that came later.
#[tokio::test]
async fn a_caller_never_shares_a_read_that_began_before_it_asked() {
    let reader = Arc::new(Reader::new().await);
    let early = tokio::spawn({
        let reader = reader.clone();
        async move { reader.service(ENOUGH).await }
    });
    // All three answers of the first read are "not found", even if the Service exists by then.
    reader.fake.next(Verb::Get, "services", vec![NOT_FOUND; 3]);
    crate::until("the first read is on its way", || reader.gets() >= 1).await;
    reader.fake.put("services", "shop", "web", service());
    assert_eq!(reader.service(ENOUGH).await, Lookup::Found(()));
    assert_eq!(early.await.unwrap(), Lookup::Absent);
    assert_eq!(reader.gets(), 4);
}

/// Another test compares the shipped role with this list, so the list must be correct.
#[tokio::test]
async fn required_access_lists_all_calls_of_watches_and_live_reads() {
    let reader = Reader::new().await;
    reader.fake.put("services", "shop", "web", service());
    reader.fake.serve_group("flagger.app");
    let pods = Need::Pods("shop".to_owned(), web());
    let needs = [need("web"), Need::Namespace("shop".to_owned()), Need::Makers("shop".to_owned()), pods];
    reader.read_all(needs, Purpose::Proof, ENOUGH).await;
    let declared = required_access().into_iter().flat_map(|Access { kind, verbs }| {
        verbs.into_iter().map(move |verb| (kind.group().to_owned(), kind.plural().to_owned(), verb))
    });
    let declared: BTreeSet<_> = declared.collect();
    crate::until("all watches have begun", || reader.fake.calls().len() >= declared.len()).await;
    assert_eq!(reader.fake.calls(), declared);
}
