//! The limits of live reads: time, bytes, calls, and the share of one namespace.

use std::sync::Arc;
use std::time::Duration;

use backstop::engine::model::Labels;
use backstop::engine::view::{Lookup, Need, Purpose, Unknown};
use futures::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::fake::{Fault, Verb};
use crate::live::{ENOUGH, Reader, service, web, workload};

/// A call that hangs must not use all of the time of the request.
#[tokio::test]
async fn a_call_has_a_time_limit_of_its_own() {
    let reader = Reader::new().await;
    reader.fake.always(Verb::Get, "services", Fault::Hang);
    let start = Instant::now();
    assert_eq!(reader.service(ENOUGH).await, Lookup::Unknown(Unknown::Timeout));
    assert!((Duration::from_secs(2)..Duration::from_secs(6)).contains(&start.elapsed()), "{:?}", start.elapsed());
    assert_eq!(*reader.calls.0.lock().unwrap(), [("services", Lookup::Unknown(Unknown::Timeout))]);
}

#[tokio::test]
async fn a_reply_that_is_too_large_is_unknown() {
    const LIMIT: usize = 16 * 1024 * 1024;
    let reader = Reader::new().await;
    reader.fake.put("services", "shop", "web", service());
    reader.fake.put("pods", "shop", "web-1", json!({"metadata": {"labels": {"app": "web"}}}));
    let pods = Need::Pods("shop".to_owned(), web());
    let key = ("shop".to_owned(), web());
    for (padding, fits) in [(LIMIT - 4096, true), (LIMIT, false)] {
        for (verb, kind) in [(Verb::Get, "services"), (Verb::List, "pods")] {
            reader.fake.always(verb, kind, Fault::Padded(padding));
        }
        let service = reader.service(ENOUGH).await;
        let facts = reader.read(pods.clone(), ENOUGH).await;
        if fits {
            assert_eq!(service, Lookup::Found(()));
            assert_eq!(facts.pods[&key].clone().found().unwrap().len(), 1);
        } else {
            assert_eq!(service, Lookup::Unknown(Unknown::TooLarge));
            assert_eq!(facts.pods[&key], Lookup::Unknown(Unknown::TooLarge));
        }
    }
}

fn pods(app: String) -> Need {
    Need::Pods("shop".to_owned(), [("app", app)].into_iter().collect())
}

#[tokio::test]
async fn workloads_are_listed_once_for_all_selectors_of_a_namespace() {
    let reader = Reader::new().await;
    for app in 0..10 {
        reader.fake.put("deployments", "shop", &format!("app-{app}"), workload(&app.to_string()));
    }
    let needs: Vec<_> = (0..10).map(|app| pods(app.to_string())).collect();
    let facts = reader.read_all(needs.clone(), Purpose::Explanation, ENOUGH).await;
    for app in 0..10 {
        let key = ("shop".to_owned(), [("app", app.to_string())].into_iter().collect());
        let workloads = facts.workloads[&key].clone().found().unwrap();
        assert_eq!(workloads.iter().map(|it| it.name.clone()).collect::<Vec<_>>(), [format!("app-{app}")]);
    }
    assert_eq!(reader.fake.count(Verb::List, "pods"), 10);
    for kind in ["deployments", "statefulsets", "daemonsets", "replicasets"] {
        assert_eq!(reader.fake.count(Verb::List, kind), 1, "{kind}");
    }
    // Callers that arrive during a list share the next one.
    reader.fake.always(Verb::List, "deployments", Fault::Slow(Duration::from_millis(200)));
    join_all(needs.into_iter().map(|need| reader.read(need, ENOUGH))).await;
    let lists = reader.fake.count(Verb::List, "deployments");
    assert!((2..=3).contains(&lists), "{lists}");
}

/// One list of all Pods is enough to find labels that almost match, for any number of selectors.
#[tokio::test]
async fn all_pods_are_listed_once() {
    let reader = Reader::new().await;
    reader.fake.put("pods", "shop", "db-1", json!({"metadata": {"labels": {"app": "db"}}}));
    let facts = reader.read_all((0..10).map(|app| pods(app.to_string())), Purpose::Explanation, ENOUGH).await;
    assert_eq!(facts.pods[&("shop".to_owned(), Labels::default())].clone().found().unwrap().len(), 1);
    assert_eq!(reader.fake.count(Verb::List, "pods"), 11);
}

/// A namespace with slow lists gets no more than its share of the concurrent calls.
#[tokio::test]
async fn a_slow_namespace_does_not_delay_another_one() {
    let reader = Arc::new(Reader::new().await);
    reader.fake.always(Verb::List, "pods", Fault::Slow(Duration::from_millis(500)));
    let crowd: Vec<_> = (0..60).map(|app| pods(app.to_string())).collect();
    let slow = tokio::spawn({
        let reader = Arc::clone(&reader);
        async move { reader.read_all(crowd, Purpose::Explanation, ENOUGH).await }
    });
    crate::until("the share of the namespace is used up", || reader.fake.count(Verb::List, "pods") >= 4).await;
    let start = Instant::now();
    let key = ("blog".to_owned(), web());
    let facts = reader.read(Need::Pods(key.0.clone(), key.1.clone()), ENOUGH).await;
    assert_eq!(facts.pods[&key], Lookup::Found([].into()));
    // Two lists take 1 s; the lists of the other namespace take 7.5 s.
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(!slow.is_finished());
    slow.abort();
}

/// The Pods of many selectors are kept until the answer, so their number has a bound. Afterwards their memory is free.
#[tokio::test]
async fn the_facts_of_pods_have_a_bound_on_their_memory() {
    let reader = Reader::new().await;
    let ports: Vec<_> = (1..40_001).map(|number| json!({"containerPort": number})).collect();
    let spec = json!({"containers": [{"name": "app", "ports": ports}]});
    let labels: serde_json::Map<String, serde_json::Value> =
        (0..64).map(|at| (format!("app-{at}"), "x".into())).collect();
    for pod in 0..4 {
        reader.fake.put("pods", "shop", &format!("web-{pod}"), json!({"metadata": {"labels": labels}, "spec": spec}));
    }
    let selector = |at: usize| Labels::from_iter([(format!("app-{at}"), "x".to_owned())]);
    let needs = || (0..32).map(|at| Need::Pods("shop".to_owned(), selector(at)));
    for round in 0..2 {
        let facts = reader.read_all(needs(), Purpose::Explanation, ENOUGH).await;
        let read: Vec<_> = (0..32).map(|at| &facts.pods[&("shop".to_owned(), selector(at))]).collect();
        let too_large = read.iter().filter(|pods| ***pods == Lookup::Unknown(Unknown::TooLarge)).count();
        // A port takes 24 bytes, so that four Pods take some 4 MB of 16 MiB.
        assert!((16..32).contains(&too_large), "round {round}: {too_large}");
    }
}
