//! Many paths, hosts and rules.

use super::cluster::{backed_service, base, with};
use super::ingress::{Ingress, Port, host, hosts, path, paths};
use super::{Case, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "paths-to-one-target", full: 15_000, build: paths_to_one_target },
    Shape { name: "paths-to-one-unready-target", full: 15_000, build: paths_to_one_unready_target },
    Shape { name: "paths-sent-as-protobuf", full: 48_000, build: paths_sent_as_protobuf },
    Shape { name: "hosts-to-one-target", full: 9_500, build: hosts_to_one_target },
    Shape { name: "hosts-to-missing-services", full: 9_500, build: hosts_to_missing_services },
    Shape { name: "rules-without-paths", full: 50_000, build: rules_without_paths },
    Shape { name: "default-backend-annotation", full: 9_500, build: default_backend_annotation },
    Shape { name: "one-long-path", full: 1_400_000, build: one_long_path },
    Shape { name: "long-paths", full: 100, build: long_paths },
];

fn paths_to_one_target(count: usize) -> Case {
    let review = Ingress::of_paths(&paths(count, |_| "web".to_owned())).created();
    Case::new(review, with(backed_service("web", true)))
}

fn paths_to_one_unready_target(count: usize) -> Case {
    let review = Ingress::of_paths(&paths(count, |_| "web".to_owned())).created();
    Case::new(review, with(backed_service("web", false)))
}

/// A client may send 1.5 MiB of Protobuf. The API server converts it to 4.4 MB of JSON. Each path has a missing Service.
fn paths_sent_as_protobuf(count: usize) -> Case {
    let short = |at| path("/", &letters(at), &Port::Number(80));
    let paths: Vec<String> = (0..count).map(short).collect();
    Case::new(Ingress::of_paths(&paths).created(), base())
}

/// The number, encoded in four letters.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    for _ in 0..4 {
        text.push(char::from_u32(u32::from(b'a') + u32::try_from(number % 26).unwrap_or_default()).unwrap_or('a'));
        number /= 26;
    }
    text
}

fn hosts_to_one_target(count: usize) -> Case {
    let review = Ingress::new(hosts(count, |_| "web".to_owned())).created();
    Case::new(review, with(backed_service("web", true)))
}

fn hosts_to_missing_services(count: usize) -> Case {
    Case::new(Ingress::new(hosts(count, |at| format!("gone-{at:05}"))).created(), base())
}

fn rules_without_paths(count: usize) -> Case {
    let rules = (0..count).map(|at| format!(r#"{{"host":"{}"}}"#, host(at))).collect();
    Case::new(Ingress::new(rules).created(), base())
}

/// The default backend answers in place of each missing Service.
fn default_backend_annotation(count: usize) -> Case {
    let annotation = ("nginx.ingress.kubernetes.io/default-backend".to_owned(), "sorry".to_owned());
    let ingress = Ingress::new(hosts(count, |at| format!("gone-{at:05}"))).annotated([annotation]);
    Case::new(ingress.created(), with(backed_service("sorry", true)))
}

/// A path has no maximum length, and the JSON of a review needs six bytes for each `<`.
fn one_long_path(length: usize) -> Case {
    let path = path(&format!("/{}", "<".repeat(length)), "gone", &Port::Number(80));
    Case::new(Ingress::of_paths(&[path]).created(), base())
}

fn long_paths(count: usize) -> Case {
    let long = "<".repeat(14_000);
    let paths: Vec<String> =
        (0..count).map(|at| path(&format!("/{at}{long}"), &format!("gone-{at}"), &Port::Number(80))).collect();
    Case::new(Ingress::of_paths(&paths).created(), base())
}
