//! Namespaces with many Ingresses, plain ones and canaries of ingress-nginx.

use serde_json::Value;

use super::cluster::{backed_service, with};
use super::ingress::{Ingress, hosts, paths, rule};
use super::{Case, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "canary-among-ingresses", full: 10_000, build: canary_among_ingresses },
    Shape { name: "ingress-among-canaries", full: 10_000, build: ingress_among_canaries },
    Shape { name: "ingress-beside-a-large-canary", full: 9_000, build: ingress_beside_a_large_canary },
    Shape { name: "canary-beside-a-large-ingress", full: 9_000, build: canary_beside_a_large_ingress },
];

fn web(number: usize) -> String {
    format!("web-{number:05}")
}

fn canary() -> [(String, String); 1] {
    [("nginx.ingress.kubernetes.io/canary".to_owned(), "true".to_owned())]
}

fn stored(ingress: &Ingress) -> Value {
    serde_json::from_str(&ingress.json()).unwrap_or_default()
}

/// `count` Ingresses, each with a host of its own and the target of one path of the subject.
fn peers(count: usize, annotations: &[(String, String)]) -> impl Iterator<Item = Value> + use<> {
    let rules = hosts(count, web);
    let annotations = annotations.to_vec();
    rules.into_iter().enumerate().map(move |(at, rule)| {
        stored(&Ingress::new(vec![rule]).named(&format!("peer-{at:05}")).annotated(annotations.clone()))
    })
}

fn services(count: usize) -> impl Iterator<Item = Value> {
    (0..count).flat_map(|at| backed_service(&web(at), true))
}

fn canary_among_ingresses(count: usize) -> Case {
    let ingress = Ingress::of_paths(&paths(count, web)).annotated(canary());
    Case::new(ingress.created(), with(services(count).chain(peers(count, &[]))))
}

fn ingress_among_canaries(count: usize) -> Case {
    let ingress = Ingress::of_paths(&paths(count, web));
    Case::new(ingress.created(), with(services(count).chain(peers(count, &canary()))))
}

/// The canary has a host for each target.
fn ingress_beside_a_large_canary(count: usize) -> Case {
    let peer = Ingress::new(hosts(count, web)).named("peer").annotated(canary());
    let ingress = Ingress::of_paths(&paths(count, web));
    Case::new(ingress.created(), with(services(count).chain([stored(&peer)])))
}

/// Ten hosts of the plain Ingress lead to all targets of the canary.
fn canary_beside_a_large_ingress(count: usize) -> Case {
    let host =
        |at: usize| rule(Some(&format!("h{at}.example")), &paths(count / 10, |path| web(at * count / 10 + path)));
    let peer = Ingress::new((0..10).map(host).collect()).named("peer");
    let ingress = Ingress::of_paths(&paths(count, web)).annotated(canary());
    Case::new(ingress.created(), with(services(count).chain([stored(&peer)])))
}
