//! An Ingress with a missing Service is denied in time, while hundreds of reviews wait for slow lists of Pods.

use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::harness::{Delays, Reviewer, World, eventually, progress, review, runtime};
use crate::manifests::{file, ingress, service};

const REVIEWS: u16 = 200;
/// The limit for a denial. The confirmation of an absence takes 400 ms (rulebook 7.1.2).
const DENIED_WITHIN: Duration = Duration::from_millis(600);

#[test]
fn a_missing_service_is_denied_while_pods_are_listed_slowly() {
    let world = World::own_with_delays(1, Delays { pods: Duration::from_secs(2), ..Delays::default() });
    let [replica] = world.replicas.as_slice() else { panic!("one replica") };
    let shop = world.namespace("saturation");
    // The Services have no EndpointSlice, so Backstop must read Pods.
    let services: Vec<String> = (0..REVIEWS).map(|at| service(&format!("web-{at}"))).collect();
    shop.file("services.yaml", &file(&services.iter().map(String::as_str).collect::<Vec<_>>()));
    shop.kubectl(&["create", "--validate=false", "-f", "services.yaml"]).silently();
    eventually("all Services in the index", Duration::from_secs(20), || {
        let known = replica.metric("backstop_index_objects{kind=\"services\"}").unwrap_or_default();
        if known >= f64::from(REVIEWS) { Ok(()) } else { Err(known.to_string()) }
    });

    let reviewer = Reviewer::new(&world.plane.folder, replica.admission);
    let waiting: Vec<_> = (0..REVIEWS)
        .map(|at| {
            let body = Bytes::from(review(&shop.name, &format!("web-{at}")).to_string());
            let reviewer = reviewer.clone();
            runtime().spawn(async move { reviewer.post(body).await })
        })
        .collect();
    thread::sleep(Duration::from_millis(300));
    let mut times = Vec::new();
    for _ in 0..3 {
        let crowd = waiting.iter().filter(|review| !review.is_finished()).count();
        assert!(crowd > usize::from(REVIEWS) / 2, "only {crowd} reviews are waiting");
        let begun = Instant::now();
        let response = reviewer.ask(&review(&shop.name, "nobody")).expect("an answer");
        times.push(begun.elapsed());
        assert_eq!(response["allowed"], false, "{response}");
    }
    progress(&format!("refused within {times:?} while {REVIEWS} reviews wait for Pods"));
    assert!(times.iter().any(|time| *time <= DENIED_WITHIN), "{times:?}");
    let output = shop.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    assert!(output.refusal().contains("\"nobody\" does not exist"), "{}", output.err);
    for review in waiting {
        let answer = runtime().block_on(review).expect("no panic").expect("an answer");
        assert!(String::from_utf8_lossy(&answer).contains("\"allowed\":true"));
    }
}
