//! Services with thousands of ports or EndpointSlices.

use serde_json::{Value, json};

use super::cluster::{backed_service, service, service_port, slice, with};
use super::ingress::{Ingress, Port, path, paths};
use super::{Case, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "ports-of-one-service", full: 10_000, build: ports_of_one_service },
    Shape { name: "wrong-port-numbers", full: 10_000, build: wrong_port_numbers },
    Shape { name: "wrong-port-names", full: 10_000, build: wrong_port_names },
    Shape { name: "endpoint-slices", full: 2_000, build: endpoint_slices },
    Shape { name: "ports-and-endpoint-slices", full: 1_000, build: ports_and_endpoint_slices },
];

fn port_name(number: usize) -> String {
    format!("p{number:05}")
}

fn ported(count: usize) -> Value {
    let ports: Vec<Value> = (0..count).map(|at| service_port(&port_name(at), at + 1)).collect();
    service("web", &json!({"app": "web"}), &ports)
}

/// Each path names a different port of the Service.
fn ports_of_one_service(count: usize) -> Case {
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Number(at + 1));
    let paths: Vec<String> = (0..count).map(to_port).collect();
    let names: Vec<String> = (0..count).map(port_name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let objects = [ported(count), slice("web-x0k2p", "web", &names, true)];
    Case::new(Ingress::of_paths(&paths).created(), with(objects))
}

/// A Service with half as many ports as there are paths. Each path names a port that the Service does not have.
fn wrong_port_numbers(count: usize) -> Case {
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Number(at + 20_000));
    let paths: Vec<String> = (0..count).map(to_port).collect();
    let objects = [ported(count / 2), slice("web-x0k2p", "web", &["p00000"], true)];
    Case::new(Ingress::of_paths(&paths).created(), with(objects))
}

/// The same with port names. Each name is similar to several names of the Service.
fn wrong_port_names(count: usize) -> Case {
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Name(&format!("{}x", port_name(at))));
    let paths: Vec<String> = (0..count).map(to_port).collect();
    let objects = [ported(count / 2), slice("web-x0k2p", "web", &["p00000"], true)];
    Case::new(Ingress::of_paths(&paths).created(), with(objects))
}

/// Five paths for each EndpointSlice of one unready Service.
fn endpoint_slices(count: usize) -> Case {
    let [web, _] = backed_service("web", false);
    let slices = (0..count).map(|at| slice(&format!("web-{at:05}"), "web", &["http"], false));
    Case::new(
        Ingress::of_paths(&paths(count * 5, |_| "web".to_owned())).created(),
        with([web].into_iter().chain(slices)),
    )
}

/// An unready Service with as many ports as paths, and 200 EndpointSlices that hold all of them.
fn ports_and_endpoint_slices(count: usize) -> Case {
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Number(at + 1));
    let paths: Vec<String> = (0..count).map(to_port).collect();
    let names: Vec<String> = (0..count).map(port_name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let slices = (0..200).map(|at| slice(&format!("web-{at:05}"), "web", &names, false));
    Case::new(Ingress::of_paths(&paths).created(), with([ported(count)].into_iter().chain(slices)))
}
