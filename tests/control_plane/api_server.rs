//! Outages of the API server: it hangs, stops, and starts again.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Reviewer, World, eventually, progress, review};
use crate::manifests::{file, ingress, service};

/// Asserts that no review is denied: one with a Service that exists, and one with a Service that Backstop has never
/// seen.
fn assert_nothing_is_denied(reviewer: &Reviewer, while_what: &str) {
    for name in ["cart", "nobody"] {
        let begun = Instant::now();
        let response = reviewer.ask(&review("restart", name)).unwrap_or_else(|error| panic!("{while_what}: {error}"));
        assert_eq!(response["allowed"], true, "{while_what}: {response}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{while_what}: within the deadline");
        if name == "nobody" {
            assert_ne!(response["warnings"], Value::Null, "{while_what}: it says that it could not check");
        }
    }
}

#[test]
fn an_outage_of_the_api_server_denies_nothing_and_the_watches_recover() {
    let world = World::own(1);
    let shop = world.namespace("restart");
    shop.apply("shop.yaml", &file(&[&service("cart"), &service("leaving")])).silently();
    let replica = &world.replicas[0];
    eventually("the Services in the index", Duration::from_secs(10), || services(&world, 4.0));
    let reviewer = Reviewer::new(&world.plane.folder, replica.admission);
    let denied = reviewer.ask(&review("restart", "nobody")).expect("an answer");
    assert_eq!(denied["allowed"], false, "{denied}");

    world.plane.signal_api_server("STOP");
    assert_nothing_is_denied(&reviewer, "it hangs");
    world.plane.signal_api_server("CONT");
    eventually("a denial again", Duration::from_secs(30), || match reviewer.ask(&review("restart", "nobody"))? {
        denied if denied["allowed"] == false => Ok(()),
        allowed => Err(allowed.to_string()),
    });

    world.plane.stop_api_server();
    for _ in 0..5 {
        assert_nothing_is_denied(&reviewer, "it is dead");
        thread::sleep(Duration::from_millis(500));
    }
    world.plane.start_api_server().unwrap_or_else(|error| panic!("{error}"));
    let back = Instant::now();
    shop.kubectl(&["delete", "service", "leaving"]).done();
    let web = ingress("web", &[("/", "new", 80), ("/cart", "cart", 80)]);
    shop.apply("new.yaml", &file(&[&service("new"), &service("newer"), &web])).done();
    eventually("Backstop to be ready", Duration::from_secs(30), || world.replicas[0].ready());
    // The Services kubernetes, backstop, cart, new and newer exist, and leaving is deleted. The number differs from the
    // number before the outage, so an outdated index fails the test.
    eventually("the index to be in sync", Duration::from_secs(30), || services(&world, 5.0));
    let output = shop.apply("broken.yaml", &ingress("broken", &[("/", "leaving", 80)]));
    assert!(output.refusal().contains("\"leaving\" does not exist"), "{}", output.err);
    let took = back.elapsed();
    progress(&format!("in sync {:.1} s after the API server was back", took.as_secs_f64()));
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// Whether the index contains `expected` Services.
fn services(world: &World, expected: f64) -> Result<(), String> {
    let found = world.replicas[0].metric("backstop_index_objects{kind=\"services\"}");
    if found == Some(expected) { Ok(()) } else { Err(format!("{found:?}")) }
}
