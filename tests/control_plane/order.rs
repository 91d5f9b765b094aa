//! A Service that was created a moment ago counts, however far behind the watches are.

use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Delays, Namespace, World, progress, shared};
use crate::manifests::{file, ingress, service};

const PAIRS: usize = 200;

/// A Service and its Ingress, two hundred times, one right after the other.
fn pairs(prefix: &str) -> String {
    let objects = (0..PAIRS).flat_map(|at| {
        let name = format!("{prefix}-{at}");
        [service(&name), ingress(&name, &[("/", &name, 80)])]
    });
    let objects: Vec<String> = objects.collect();
    file(&objects.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Applies two hundred pairs in one file; all are stored.
fn apply_pairs(namespace: &Namespace<'_>, prefix: &str) {
    let begun = Instant::now();
    let name = format!("{prefix}.yaml");
    namespace.file(&name, &pairs(prefix));
    // kubectl's own validation takes 20 ms an object, in which the slowest watch catches up.
    let said = namespace.kubectl(&["apply", "--validate=false", "-f", &name]);
    assert!(!said.err.contains("denied the request"), "{}", said.err);
    let created = said.done().lines().filter(|line| line.ends_with(" created")).count();
    assert_eq!(created, 2 * PAIRS);
    progress(&format!("{PAIRS} pairs of Service and Ingress took {:.1} s", begun.elapsed().as_secs_f64()));
}

#[test]
fn an_ingress_right_after_its_service_is_stored() {
    apply_pairs(&shared().namespace("order-one"), "one");
}

#[test]
fn two_clients_at_once_are_no_different() {
    let shop = shared().namespace("order-two");
    thread::scope(|scope| {
        for client in ["left", "right"] {
            let shop = &shop;
            scope.spawn(move || apply_pairs(shop, client));
        }
    });
}

/// With a watch that is ten seconds behind, every one of them is confirmed by a live read.
#[test]
fn a_watch_that_is_ten_seconds_behind_is_no_different() {
    let world = World::own_with_delays(2, Delays { watches: Duration::from_secs(10), ..Delays::default() });
    let shop = world.namespace("order-behind");
    apply_pairs(&shop, "behind");
    let reads = |result: &str| -> f64 {
        let metric = format!("backstop_live_reads_total{{kind=\"services\",result=\"{result}\"}}");
        world.replicas.iter().filter_map(|replica| replica.metric(&metric)).sum()
    };
    assert!(reads("found") >= 100.0, "the watches were behind: only {} Services were read live", reads("found"));
    // Not because it is blind: what is missing is refused all the same.
    let said = shop.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    assert!(said.refusal().contains("\"nobody\" does not exist"), "{}", said.err);
}
