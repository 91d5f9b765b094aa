//! Unready Services with many Pods, and selectors with many labels.

use serde_json::{Value, json};

use super::cluster::{backed_service, crashing_pod, labels, plain_service, service, service_port, slice, with};
use super::ingress::{Ingress, Port, path, paths, rule};
use super::{Case, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "pods-of-one-service", full: 2_500, build: pods_of_one_service },
    Shape { name: "ports-of-one-service-with-pods", full: 2_500, build: ports_and_pods },
    Shape { name: "pods-of-32-services", full: 500, build: pods_of_32_services },
    Shape { name: "pods-that-nothing-selects", full: 10_000, build: pods_that_nothing_selects },
    Shape { name: "wide-selector", full: 10_000, build: wide_selector },
    Shape { name: "wide-selector-that-almost-matches", full: 10_000, build: wide_selector_that_almost_matches },
    Shape { name: "wide-selectors", full: 1_000, build: wide_selectors },
    Shape { name: "wide-selector-read-live", full: 10_000, build: wide_selector_read_live },
    Shape { name: "wide-selectors-that-are-equal", full: 1_000, build: equal_wide_selectors },
];

/// Pods in the state of a crash loop.
fn pods(count: usize, app: &str) -> impl Iterator<Item = Value> + use<> {
    let selected = json!({"app": app});
    let app = app.to_owned();
    (0..count).map(move |at| crashing_pod(&format!("{app}-{at:05}"), &selected))
}

/// Four paths for each Pod of one Service.
fn pods_of_one_service(count: usize) -> Case {
    let objects = backed_service("web", false).into_iter().chain(pods(count, "web"));
    Case::new(Ingress::of_paths(&paths(count * 4, |_| "web".to_owned())).created(), with(objects))
}

/// Each path asks for another port of one Service.
fn ports_and_pods(count: usize) -> Case {
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Number(at + 1));
    let paths: Vec<String> = (0..count).map(to_port).collect();
    let names: Vec<String> = (0..count).map(|at| format!("p{at:05}")).collect();
    let ports: Vec<Value> = names.iter().enumerate().map(|(at, name)| service_port(name, at + 1)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let web = [service("web", &json!({"app": "web"}), &ports), slice("web-x0k2p", "web", &names, false)];
    Case::new(Ingress::of_paths(&paths).created(), with(web.into_iter().chain(pods(count, "web"))))
}

/// 32 Services, the maximum of live reads in one review, and twenty paths for each Pod of one Service.
fn pods_of_32_services(count: usize) -> Case {
    let name = |at: usize| format!("web-{:02}", at % 32);
    let backed = |at: usize| backed_service(&name(at), false).into_iter().chain(pods(count, &name(at)));
    let objects = (0..32).flat_map(backed);
    Case::new(Ingress::of_paths(&paths(count * 20, name)).created(), with(objects))
}

/// A namespace with many Pods, and a hundred Services whose selectors match none of them.
fn pods_that_nothing_selects(count: usize) -> Case {
    let name = |at: usize| format!("web-{:02}", at % 100);
    let empty = |at: usize| {
        let mut slice = slice(&format!("{}-x0k2p", name(at)), &name(at), &["http"], false);
        slice["endpoints"] = json!([]);
        [plain_service(&name(at)), slice]
    };
    let objects = (0..100).flat_map(empty).chain(pods(count, "other"));
    Case::new(Ingress::of_paths(&paths(count, name)).created(), with(objects))
}

/// One Service with a selector of many labels, and forty Pods that carry all of them.
fn wide_selector(count: usize) -> Case {
    let selector = labels(count, "v");
    let web = [service("web", &selector, &[service_port("http", 80)]), slice("web-x0k2p", "web", &["http"], false)];
    let pods = (0..40).map(|at| crashing_pod(&format!("web-{at:02}"), &selector));
    Case::new(Ingress::of_paths(&paths(count, |_| "web".to_owned())).created(), with(web.into_iter().chain(pods)))
}

/// Forty Pods that carry all of the labels but one.
fn wide_selector_that_almost_matches(count: usize) -> Case {
    let mut slice = slice("web-x0k2p", "web", &["http"], false);
    slice["endpoints"] = json!([]);
    let web = [service("web", &labels(count, "v"), &[service_port("http", 80)]), slice];
    let pods = (0..40).map(|at| crashing_pod(&format!("web-{at:02}"), &labels(count, "other")));
    Case::new(Ingress::of_paths(&paths(count, |_| "web".to_owned())).created(), with(web.into_iter().chain(pods)))
}

/// 32 Services with selectors of many labels, a hundred Pods that carry them, and ten paths for each label.
fn wide_selectors(count: usize) -> Case {
    let name = |at: usize| format!("web-{:02}", at % 32);
    let selector = labels(count, "v");
    let web = |at: usize| {
        let slice = slice(&format!("{}-x0k2p", name(at)), &name(at), &["http"], false);
        [service(&name(at), &selector, &[service_port("http", 80)]), slice]
    };
    let pods = (0..100).map(|at| crashing_pod(&format!("web-{at:03}"), &selector));
    let objects = (0..32).flat_map(web).chain(pods);
    Case::new(Ingress::of_paths(&paths(count * 10, name)).created(), with(objects))
}

/// An IngressClass of a controller that serves every number of a port without a name.
fn any_number() -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "any-number"},
           "spec": {"controller": "nginx.org/ingress-controller"}})
}

/// An Ingress with one host: the controller of [`any_number`] rejects an Ingress for every host.
fn of_one_host(paths: &[String]) -> Ingress {
    Ingress::new(vec![rule(Some("shop.example"), paths)])
}

/// A Service with a port without a name, whose selector has many labels and matches nothing.
fn unnamed(name: &str, labels: &Value) -> Value {
    service(name, labels, &[json!({"port": 80, "targetPort": 8080})])
}

/// Each path asks for another number of one port. One path asks for a name that the Service does not have, so the Service
/// is read live.
fn wide_selector_read_live(count: usize) -> Case {
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Number(at + 1));
    let mut paths: Vec<String> = (0..count).map(to_port).collect();
    paths.push(path("/named", "web", &Port::Name("nope")));
    let mut objects = with([any_number(), unnamed("web", &labels(count, "v"))]);
    for namespace in objects.iter_mut().filter(|object| object["kind"] == "Namespace") {
        namespace["metadata"]["labels"]["backstop.dev/mode"] = "warn".into();
    }
    Case::new(of_one_host(&paths).of_class(Some("any-number")).created(), objects)
}

/// Ten paths for each label ask for different ports of 32 Services, whose selectors are equal.
fn equal_wide_selectors(count: usize) -> Case {
    let name = |at: usize| format!("web-{:02}", at % 32);
    let to_port = |at: usize| path(&format!("/{at:05}"), &name(at), &Port::Number(at + 1));
    let paths: Vec<String> = (0..count * 10).map(to_port).collect();
    let services = (0..32).map(|at| unnamed(&name(at), &labels(count, "v")));
    Case::new(
        of_one_host(&paths).of_class(Some("any-number")).created(),
        with([any_number()].into_iter().chain(services)),
    )
}
