//! An Ingress right after its Service is stored, even if the watches lag behind.

use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Delays, Namespace, World, progress, shared};
use crate::manifests::{file, ingress, service};

const PAIRS: usize = 200;

/// Two hundred pairs of a Service and its Ingress, in this order.
fn pairs(prefix: &str) -> String {
    let objects = (0..PAIRS).flat_map(|at| {
        let name = format!("{prefix}-{at}");
        [service(&name), ingress(&name, &[("/", &name, 80)])]
    });
    let objects: Vec<String> = objects.collect();
    file(&objects.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Applies two hundred pairs in one file. All objects must be stored.
fn apply_pairs(namespace: &Namespace<'_>, prefix: &str) {
    let begun = Instant::now();
    let name = format!("{prefix}.yaml");
    namespace.file(&name, &pairs(prefix));
    // The validation in kubectl takes 20 ms for each object, which is enough time for every watch to catch up.
    let output = namespace.kubectl(&["apply", "--validate=false", "-f", &name]);
    assert!(!output.err.contains("denied the request"), "{}", output.err);
    let created = output.done().lines().filter(|line| line.ends_with(" created")).count();
    assert_eq!(created, 2 * PAIRS);
    progress(&format!("{PAIRS} pairs of Service and Ingress took {:.1} s", begun.elapsed().as_secs_f64()));
}

#[test]
fn an_ingress_right_after_its_service_is_stored() {
    apply_pairs(&shared().namespace("order-one"), "one");
}

#[test]
fn concurrent_pairs_of_two_clients_are_stored() {
    let shop = shared().namespace("order-two");
    thread::scope(|scope| {
        for client in ["left", "right"] {
            let shop = &shop;
            scope.spawn(move || apply_pairs(shop, client));
        }
    });
}

/// With watches that lag by ten seconds, a live read confirms every Service.
#[test]
fn pairs_are_stored_while_watches_lag_by_ten_seconds() {
    let world = World::own_with_delays(2, Delays { watches: Duration::from_secs(10), ..Delays::default() });
    let shop = world.namespace("order-behind");
    apply_pairs(&shop, "behind");
    let reads = |result: &str| -> f64 {
        let metric = format!("backstop_live_reads_total{{kind=\"services\",result=\"{result}\"}}");
        world.replicas.iter().filter_map(|replica| replica.metric(&metric)).sum()
    };
    assert!(reads("found") >= 100.0, "the watches were behind: only {} Services were read live", reads("found"));
    // Backstop still denies an Ingress with a missing Service.
    let output = shop.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    assert!(output.refusal().contains("\"nobody\" does not exist"), "{}", output.err);
}
