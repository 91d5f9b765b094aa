//! A rolling update under load loses no request of many clients, and none of the API server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::harness::{Egress, Replica, Reviewer, Setup, World, progress, review, runtime};
use crate::manifests::{file, service};

/// The grace period of the Pods in `deploy/base`.
const GRACE: Duration = Duration::from_secs(30);

/// The time between two requests: 500 requests per second.
const BETWEEN: Duration = Duration::from_millis(2);

/// The EndpointSlice of the Service, because no controller runs that creates it.
const SLICE: &str = "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.244.0.9], conditions: {ready: true}}]
";

/// Routes requests to the ready replicas. As in a cluster, the routes change a while after the readiness.
fn keep_routing(egress: &Egress, replicas: &Mutex<Vec<Replica>>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let ready = |replica: &&Replica| replica.ready().is_ok();
        let ready: Vec<_> = replicas.lock().iter().filter(ready).map(|replica| replica.admission).collect();
        std::thread::sleep(Duration::from_millis(500));
        egress.route(&ready);
    }
}

/// Sends a review every two milliseconds until `over`, without waiting for answers.
async fn load(reviewer: Reviewer, body: Bytes, over: &AtomicBool) -> Vec<Result<Bytes, String>> {
    let mut requests = JoinSet::new();
    let mut ticks = interval(BETWEEN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !over.load(Ordering::Relaxed) {
        ticks.tick().await;
        let (reviewer, body) = (reviewer.clone(), body.clone());
        requests.spawn(async move { reviewer.post(body).await });
    }
    requests.join_all().await
}

/// Makes the API server call the webhook until `over`. A call without a warning is lost.
fn call_until(world: &World, over: &AtomicBool) -> Vec<Result<(), String>> {
    let mut calls = Vec::new();
    while !over.load(Ordering::Relaxed) {
        calls.push(world.called());
    }
    calls
}

#[test]
fn a_rolling_update_under_load_loses_no_request() {
    let mut world = World::own(2);
    let shop = world.namespace("update");
    shop.apply("cart.yaml", &file(&[&service("cart"), SLICE])).silently();
    drop(shop);
    let replicas = Mutex::new(std::mem::take(&mut world.replicas));
    let egress = &world.plane.egress;
    let address = egress.listen().unwrap_or_else(|error| panic!("{error}"));
    let reviewer = Reviewer::new(&world.plane.folder, address);
    let body = Bytes::from(review("update", "cart").to_string());
    let (loaded, routed) = (AtomicBool::new(false), AtomicBool::new(false));

    let (answers, calls) = std::thread::scope(|scope| {
        scope.spawn(|| keep_routing(egress, &replicas, &routed));
        let calls = scope.spawn(|| call_until(&world, &loaded));
        let answers = scope.spawn(|| runtime().block_on(load(reviewer, body, &loaded)));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| replace_all(&world, &replicas)));
        loaded.store(true, Ordering::Relaxed);
        let answers = (answers.join().expect("the load ends"), calls.join().expect("the calls end"));
        routed.store(true, Ordering::Relaxed);
        outcome.map_or_else(|panic| std::panic::resume_unwind(panic), |()| answers)
    });

    let failures: Vec<&String> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    progress(&format!("{} requests during a rolling update, {} failed", answers.len(), failures.len()));
    assert!(failures.is_empty(), "{} failures, such as {:?}", failures.len(), &failures[..failures.len().min(5)]);
    let lost: Vec<&String> = calls.iter().filter_map(|call| call.as_ref().err()).collect();
    progress(&format!("{} calls of the API server meanwhile, {} lost", calls.len(), lost.len()));
    assert!(lost.is_empty(), "{lost:?}");
    let allowed = |answer: &Bytes| String::from_utf8_lossy(answer).contains(r#""allowed":true"#);
    assert!(answers.iter().flatten().all(allowed), "every answer is a judgement");
    assert!(answers.len() > 3000, "{} requests", answers.len());
}

/// Replaces each replica. The new one is ready before the old one gets SIGTERM.
fn replace_all(world: &World, replicas: &Mutex<Vec<Replica>>) {
    for _ in 0..2 {
        let new = world.replica(&Setup::default());
        new.wait_ready().unwrap_or_else(|error| panic!("{error}"));
        replicas.lock().push(new);
        // The old replica, the first in the list, keeps its route while it reports that it is ready.
        replicas.lock()[0].process.signal("TERM");
        let signalled = Instant::now();
        let status = loop {
            let ended = replicas.lock()[0].process.ended();
            match ended {
                Some(status) => break status,
                None if signalled.elapsed() > GRACE => panic!("it runs on after {GRACE:?}"),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        assert_eq!(status.code(), Some(0), "{}", replicas.lock()[0].process.tail());
        progress(&format!("a replica ended {:.1} s after SIGTERM", signalled.elapsed().as_secs_f64()));
        replicas.lock().remove(0);
    }
}
