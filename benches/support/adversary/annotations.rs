//! Large annotations, many annotations, and many labels.

use serde_json::{Value, json};

use super::cluster::{backed_service, base, plain_service, service, service_port, slice, with};
use super::ingress::{Ingress, Port, path, paths};
use super::{Case, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "snippet", full: 4_000, build: snippet },
    Shape { name: "backstop-annotations", full: 9_000, build: backstop_annotations },
    Shape { name: "canary-annotations", full: 9_000, build: canary_annotations },
    Shape { name: "alb-annotations", full: 8_500, build: alb_annotations },
    Shape { name: "action-target-groups", full: 4_800, build: action_target_groups },
    Shape { name: "actions", full: 2_500, build: actions },
    Shape { name: "action-of-many-ports", full: 5_000, build: action_of_many_ports },
    Shape { name: "ignore-list", full: 9_000, build: ignore_list },
    Shape { name: "ignore-list-of-unknown-words", full: 9_000, build: ignore_list_of_unknown_words },
    Shape { name: "class-annotation", full: 9_000, build: class_annotation },
    Shape { name: "service-upstream-annotations", full: 6_000, build: service_upstream_annotations },
    Shape { name: "neg-annotation", full: 10_000, build: neg_annotation },
    Shape { name: "labels", full: 30_000, build: labels },
];

/// The configuration that lets an annotation silence findings.
const IGNORE_ALLOWED: &str = "apiVersion: backstop.dev/v1\nkind: Configuration\nallowIgnoreAnnotation: true\n";

fn missing(number: usize) -> String {
    format!("gone-{number:05}")
}

/// A text of at least `length` bytes that repeats `part`.
fn repeated(part: &str, length: usize) -> String {
    part.repeat(length.div_ceil(part.len()))
}

/// A snippet with 62 bytes for each path.
fn snippet(count: usize) -> Case {
    let snippet = repeated("more_set_headers \"X-Frame-Options: DENY\";\n", count * 62);
    let annotation = ("nginx.ingress.kubernetes.io/configuration-snippet".to_owned(), snippet);
    Case::new(Ingress::of_paths(&paths(count, missing)).annotated([annotation]).created(), base())
}

fn backstop_annotations(count: usize) -> Case {
    let annotations = (0..count * 14 / 9).map(|at| (format!("backstop.dev/{at:05}"), String::new()));
    Case::new(Ingress::of_paths(&paths(count, missing)).annotated(annotations).created(), base())
}

fn canary_annotations(count: usize) -> Case {
    let annotations = (0..count).map(|at| (format!("p{at:05}.example/canary"), "false".to_owned()));
    Case::new(Ingress::of_paths(&paths(count, missing)).annotated(annotations).created(), base())
}

/// Each path has a Service of type ClusterIP, for which the target type is looked up in the annotations.
fn alb_annotations(count: usize) -> Case {
    let annotations = (0..count).map(|at| (format!("alb.ingress.kubernetes.io/{at:04}"), String::new()));
    let name = |at| format!("web-{at:05}");
    let ingress = Ingress::of_paths(&paths(count, name)).of_class(Some("alb")).annotated(annotations);
    Case::new(ingress.created(), with((0..count).map(|at| plain_service(&name(at)))))
}

/// A hundred target groups in each action, each with a missing Service, and two paths for three target groups.
fn action_target_groups(count: usize) -> Case {
    let actions = count.div_ceil(100);
    let groups = |action: usize| {
        let group = |at| format!(r#"{{"serviceName":"g{at:05}","servicePort":80,"weight":1}}"#);
        (action * 100..count.min(action * 100 + 100)).map(group).collect::<Vec<_>>().join(",")
    };
    let action = |at| {
        let value = format!(r#"{{"type":"forward","forwardConfig":{{"targetGroups":[{}]}}}}"#, groups(at));
        (format!("alb.ingress.kubernetes.io/actions.a{at:04}"), value)
    };
    let to_action =
        |at: usize| path(&format!("/{at:05}"), &format!("a{:04}", at % actions), &Port::Name("use-annotation"));
    let paths: Vec<String> = (0..count * 2 / 3).map(to_action).collect();
    let ingress = Ingress::of_paths(&paths).of_class(Some("alb")).annotated((0..actions).map(action));
    Case::new(ingress.created(), base())
}

/// One action for each path, with one target group.
fn actions(count: usize) -> Case {
    let action = |at| {
        let group = json!({"serviceName": format!("g{at:04}"), "servicePort": 80});
        let value = format!(r#"{{"type":"forward","forwardConfig":{{"targetGroups":[{group}]}}}}"#);
        (format!("alb.ingress.kubernetes.io/actions.a{at:04}"), value)
    };
    let to_action = |at: usize| path(&format!("/{at:05}"), &format!("a{at:04}"), &Port::Name("use-annotation"));
    let paths: Vec<String> = (0..count).map(to_action).collect();
    let count = count * 3 / 4;
    let ingress = Ingress::of_paths(&paths).of_class(Some("alb")).annotated((0..count).map(action));
    Case::new(ingress.created(), base())
}

/// Two paths for each Service port that one action forwards to. EndpointSlices with all ports make each port expensive.
fn action_of_many_ports(count: usize) -> Case {
    let names: Vec<String> = (0..count).map(|at| format!("p{at:05}")).collect();
    let ports: Vec<Value> = names.iter().enumerate().map(|(at, name)| service_port(name, at + 1)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let slices = (0..40).map(|at| slice(&format!("web-{at:05}"), "web", &names, true));
    let group = |at: usize| format!(r#"{{"serviceName":"web","servicePort":{},"weight":1}}"#, at + 1);
    let groups: Vec<String> = (0..count).map(group).collect();
    let value = format!(r#"{{"type":"forward","forwardConfig":{{"targetGroups":[{}]}}}}"#, groups.join(","));
    let to_action = |at: usize| path(&format!("/{at:05}"), "web", &Port::Name("use-annotation"));
    let paths: Vec<String> = (0..count * 2).map(to_action).collect();
    let action = ("alb.ingress.kubernetes.io/actions.web".to_owned(), value);
    let ingress = Ingress::of_paths(&paths).of_class(Some("alb")).annotated([action]);
    let web = service("web", &json!({"app": "web"}), &ports);
    Case::new(ingress.created(), with([web].into_iter().chain(slices)))
}

/// The list repeats names of checks. None of these checks has a finding.
fn ignore_list(count: usize) -> Case {
    let list = repeated("no-endpoints,port-not-found,", count * 28);
    let annotations = [("ignore", list), ("ignore-reason", "planned".to_owned())];
    let annotations = annotations.map(|(name, value)| (format!("backstop.dev/{name}"), value));
    let review = Ingress::of_paths(&paths(count, missing)).annotated(annotations).created();
    Case { configuration: IGNORE_ALLOWED, ..Case::new(review, base()) }
}

fn ignore_list_of_unknown_words(count: usize) -> Case {
    let annotations = [("ignore", repeated("x,", count * 28)), ("ignore-reason", "planned".to_owned())];
    let annotations = annotations.map(|(name, value)| (format!("backstop.dev/{name}"), value));
    let review = Ingress::of_paths(&paths(count, missing)).annotated(annotations).created();
    Case { configuration: IGNORE_ALLOWED, ..Case::new(review, base()) }
}

fn class_annotation(count: usize) -> Case {
    let annotation = ("kubernetes.io/ingress.class".to_owned(), "c".repeat(count * 28));
    let ingress = Ingress::of_paths(&paths(count, missing)).of_class(None).annotated([annotation]);
    Case::new(ingress.created(), base())
}

/// Each path asks for another port of one Service, and each annotation may select its ClusterIP.
fn service_upstream_annotations(count: usize) -> Case {
    let annotations = (0..count).map(|at| (format!("{at:05}.example/service-upstream"), "false".to_owned()));
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Number(at + 1));
    let ingress = Ingress::of_paths(&(0..count).map(to_port).collect::<Vec<_>>()).annotated(annotations);
    Case::new(ingress.created(), with(backed_service("web", true)))
}

/// Each path asks for another port of one Service on GKE. The JSON of an annotation of the Service decides whether the
/// Service works.
fn neg_annotation(count: usize) -> Case {
    let class = ("kubernetes.io/ingress.class".to_owned(), "gce".to_owned());
    let to_port = |at: usize| path(&format!("/{at:05}"), "web", &Port::Number(at + 1));
    let paths: Vec<String> = (0..count).map(to_port).collect();
    let mut web = plain_service("web");
    let value = format!(r#"{{"a":[{}0]}}"#, repeated("0,", count * 24));
    web["metadata"]["annotations"] = json!({"cloud.google.com/neg": value});
    Case::new(Ingress::of_paths(&paths).of_class(None).annotated([class]).created(), with([web]))
}

fn labels(count: usize) -> Case {
    let mut ingress = Ingress::of_paths(&paths(100, missing));
    ingress.labels = (0..count).map(|at| (format!("l{at:05}"), String::new())).collect();
    Case::new(ingress.created(), base())
}
