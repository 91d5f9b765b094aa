//! The live reads that a judgement requests: proofs of denials first, then explanations of warnings, both limited in
//! number.

use std::collections::BTreeSet;

use backstop::engine::evaluate::Settings;
use backstop::engine::kinds::object;
use backstop::engine::manifest::ingress;
use backstop::engine::model::{Labels, ObjectName, PodFacts, PodSpecFacts, PodState};
use backstop::engine::policy::{Change, Circumstances, Occasion, judge};
use backstop::engine::resolve::MOST_UNITS;
use backstop::engine::subject::Subject;
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Needs, Overlay};
use rstest::rstest;
use serde_json::{Value, json};

use crate::index::available;

/// A Service, and an EndpointSlice of it without a ready endpoint.
pub fn unready(name: &str) -> [Value; 2] {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]}});
    let labels = json!({"kubernetes.io/service-name": name});
    let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": format!("{name}-1"), "namespace": "shop", "labels": labels}, "addressType": "IPv4",
        "ports": [{"name": "", "port": 80}],
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": false}}]});
    [service, slice]
}

/// An index with the class `nginx` and these objects, which may lag behind the cluster.
pub fn index(objects: &[Value]) -> Index {
    let mut index = available();
    let class = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
        "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}});
    for value in objects.iter().chain([&class]) {
        index.apply(object(value, "default").unwrap());
    }
    index
}

/// An Ingress `shop/web` with a path for each `service:port`.
fn subject(backends: impl IntoIterator<Item = String>, annotations: &Value) -> Subject {
    let path = |backend: String| {
        let (service, port) = backend.split_once(':').unwrap();
        json!({"path": "/", "pathType": "Prefix",
               "backend": {"service": {"name": service, "port": {"number": port.parse::<u16>().unwrap()}}}})
    };
    let paths: Vec<Value> = backends.into_iter().map(path).collect();
    let object = json!({"metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
           "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": paths}}]}});
    ingress(&object.to_string(), "shop").unwrap()
}

/// The inputs of a judgement whose needs are tested.
struct Case {
    objects: Vec<Value>,
    configuration: &'static str,
    annotations: Value,
    occasion: Occasion,
    units: usize,
}

impl Default for Case {
    fn default() -> Self {
        let (annotations, occasion) = (json!({}), Occasion::default());
        Self { objects: Vec::new(), configuration: "", annotations, occasion, units: MOST_UNITS }
    }
}

impl Case {
    fn needs(&self, backends: impl IntoIterator<Item = String>) -> Needs {
        let subject = subject(backends, &self.annotations);
        self.needs_of(&subject, &Change::creation(&subject))
    }

    fn needs_of(&self, subject: &Subject, change: &Change<'_>) -> Needs {
        let view = index(&self.objects).picture(["shop"]);
        let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{}\n", self.configuration);
        let configuration = backstop::config::parse(text.as_bytes()).unwrap();
        let circumstances = Circumstances::new(&configuration, subject, change, self.occasion, &view);
        let settings = Settings { units: self.units, ..configuration.settings(None, None) };
        judge(&circumstances, settings).unwrap().1
    }
}

fn service(name: &str) -> Need {
    Need::Service(ObjectName::new("shop", name))
}

fn backend(name: &str) -> Need {
    Need::Backend(ObjectName::new("shop", name))
}

fn pods(app: &str) -> Need {
    Need::Pods("shop".to_owned(), [("app", app)].into_iter().collect::<Labels>())
}

fn namespace() -> Need {
    Need::Namespace("shop".to_owned())
}

fn makers() -> Need {
    Need::Makers("shop".to_owned())
}

fn set(needs: impl IntoIterator<Item = Need>) -> BTreeSet<Need> {
    needs.into_iter().collect()
}

/// `absent:80` does not exist, `web:81` is a wrong port, `web:80` is not ready.
#[rstest]
#[case::missing("absent:80", "", &[namespace(), makers(), backend("absent")], &[])]
#[case::wrong_port("web:81", "", &[namespace(), service("web")], &[])]
#[case::unready("web:80", "", &[], &[pods("web")])]
#[case::mode_warn("absent:80", "mode: warn", &[namespace(), makers(), backend("absent")], &[])]
#[case::mode_audit("absent:80", "mode: audit", &[namespace(), makers(), backend("absent")], &[])]
#[case::missing_that_warns("absent:80", "checks: {service-not-found: {action: warn}}", &[], &[makers(), backend("absent")])]
#[case::missing_that_is_recorded("absent:80", "checks: {service-not-found: {action: audit}}", &[], &[])]
#[case::wrong_port_that_warns("web:81", "checks: {port-not-found: {action: warn}}", &[], &[service("web")])]
#[case::unready_that_denies("web:80", "checks: {endpoints-not-ready: {action: deny}}", &[namespace(), backend("web"), pods("web")], &[])]
#[case::unready_that_is_off("web:80", "checks: {endpoints-not-ready: {action: off}}", &[], &[pods("web")])]
fn proofs_and_explanations(
    #[case] reference: &str,
    #[case] configuration: &'static str,
    #[case] proofs: &[Need],
    #[case] explanations: &[Need],
) {
    let needs =
        Case { objects: unready("web").to_vec(), configuration, ..Case::default() }.needs([reference.to_owned()]);
    assert_eq!(needs.proofs, set(proofs.to_vec()));
    assert_eq!(needs.explanations, set(explanations.to_vec()));
}

/// A dry run is never denied, so nothing is confirmed. Pods are read, because they decide whether an unready backend is
/// a warning.
#[test]
fn a_dry_run_waits_for_no_confirmation() {
    let occasion = Occasion { dry_run: true, ..Occasion::default() };
    let case = Case { objects: unready("web").to_vec(), occasion, ..Case::default() };
    let needs = case.needs(["absent:80", "web:81", "web:80"].map(str::to_owned));
    assert_eq!(needs, Needs { proofs: BTreeSet::new(), explanations: set([pods("web")]) });
}

/// Findings that a gate limits to records need no reads.
#[test]
fn a_silenced_check_takes_no_proof() {
    let annotations = json!({"backstop.dev/ignore": "service-not-found"});
    let case = Case {
        objects: unready("web").to_vec(),
        configuration: "allowIgnoreAnnotation: true",
        annotations,
        ..Case::default()
    };
    let absent = (0..100).map(|at| format!("absent-{at}:80"));
    let needs = case.needs(absent.chain(["web:81".to_owned()]));
    assert_eq!(needs.proofs, set([namespace(), service("web")]));
    assert!(needs.explanations.is_empty());
}

/// A fault that the Ingress had before is only recorded, so nothing is read for it.
#[test]
fn an_old_fault_needs_no_read() {
    let case = Case { objects: [unready("web"), unready("new")].concat(), ..Case::default() };
    let with = |backends: &[&str]| subject(backends.iter().map(ToString::to_string), &json!({}));
    let (before, after) = (with(&["web:80", "gone:80"]), with(&["web:80", "gone:80", "new:80"]));
    let needs = case.needs_of(&after, &Change::update(&before, &after));
    assert_eq!(needs, Needs { proofs: BTreeSet::new(), explanations: set([pods("new")]) });
}

/// The default backend Service is always among the proofs, however many other proofs there are.
#[test]
fn the_default_backend_is_always_proven() {
    let annotations = json!({"nginx.ingress.kubernetes.io/default-backend": "zzz"});
    let case = Case { annotations, ..Case::default() };
    let needs = case.needs((0..100).map(|at| format!("absent-{at:03}:80")));
    assert_eq!(needs.proofs.len(), Needs::MAX_PROOFS);
    for need in [namespace(), makers(), backend("zzz"), backend("absent-000")] {
        assert!(needs.proofs.contains(&need), "{need:?}");
    }
}

/// The only missing Service is read, however many other faults the Ingress has. Of many missing Services, some are
/// read.
#[rstest]
#[case::wrong_ports_that_warn("checks: {port-not-found: {action: warn}}", 30, "s", 81)]
#[case::many_wrong_ports_that_warn("checks: {port-not-found: {action: warn}}", 10_000, "s", 81)]
#[case::wrong_ports_that_deny("", 10_000, "s", 81)]
#[case::unready("", 10_000, "s", 80)]
fn a_missing_service_is_read_whatever_else_is_wrong(
    #[case] configuration: &'static str,
    #[case] others: usize,
    #[case] prefix: &str,
    #[case] port: u16,
) {
    let name = |at: usize| format!("{prefix}{at:05}");
    let objects = (0..others).flat_map(|at| unready(&name(at))).collect();
    let case = Case { objects, configuration, ..Case::default() };
    let references = (0..others).map(|at| format!("{}:{port}", name(at)));
    let needs = case.needs(references.chain(["zzz:80".to_owned()]));
    for need in [namespace(), makers(), backend("zzz")] {
        assert!(needs.proofs.contains(&need), "{need:?} is not in {:?}", needs.proofs);
    }
    assert!(needs.proofs.len() <= Needs::MAX_PROOFS);
    assert!(needs.explanations.len() <= Needs::MAX_EXPLANATIONS);
}

/// The proof of a missing Service costs nothing of the budget: other references cannot use up what the proof needs,
/// whichever comes first.
#[rstest]
#[case::first(true)]
#[case::last(false)]
fn a_missing_service_is_read_without_budget(#[case] first: bool) {
    let objects = (0..100).flat_map(|at| unready(&format!("s{at:03}"))).collect();
    let case = Case { objects, units: 0, ..Case::default() };
    let (name, missing) = if first { ("aaa", 0) } else { ("zzz", 100) };
    let mut references: Vec<String> = (0..100).map(|at| format!("s{at:03}:80")).collect();
    references.insert(missing, format!("{name}:80"));
    let needs = case.needs(references);
    assert_eq!(needs, Needs { proofs: set([namespace(), makers(), backend(name)]), explanations: BTreeSet::new() });
}

/// A denial that depends on Pods is not proven if the Pods are not read.
#[test]
fn no_denial_rests_on_pods_that_are_not_read() {
    let objects = (0..100).flat_map(|at| unready(&format!("s{at:03}"))).collect();
    let configuration = "checks: {endpoints-not-ready: {action: deny}}";
    let case = Case { objects, configuration, ..Case::default() };
    let needs = case.needs((0..100).map(|at| format!("s{at:03}:80")));
    for need in &needs.proofs {
        if let Need::Backend(name) = need {
            assert!(needs.proofs.contains(&pods(&name.name)), "{name}");
        }
    }
}

/// The configuration of a controller whose Pods are in the namespace `edge`.
const EDGE: &str =
    "controllers: [{match: {ingressClass: nginx}, pods: {namespace: edge, selector: {app: controller}}}]";

/// A healthy Service `web`, and a NetworkPolicy that admits this source.
fn isolated(source: &Value) -> Vec<Value> {
    let [service, mut slice] = unready("web");
    slice["endpoints"][0]["conditions"]["ready"] = json!(true);
    let policy = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "edge", "namespace": "shop"},
        "spec": {"podSelector": {}, "ingress": [{"from": [source]}]}});
    vec![service, slice, policy]
}

/// The Pods of the controller are read only if a policy asks for labels that the configuration does not state.
#[rstest]
#[case::of_any_namespace(json!({"namespaceSelector": {}}), &[])]
#[case::with_the_label_of_the_configuration(json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "controller"}}}), &[])]
#[case::with_another_label(json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"role": "edge"}}}), &["edge", "shop"])]
fn pods_of_the_controller_are_read_if_their_labels_decide(#[case] source: Value, #[case] read: &[&str]) {
    let case = Case { objects: isolated(&source), configuration: EDGE, ..Case::default() };
    let of_controller = Need::Pods("edge".to_owned(), [("app", "controller")].into_iter().collect::<Labels>());
    let wanted = read.iter().map(|namespace| if *namespace == "edge" { of_controller.clone() } else { pods("web") });
    let needs = case.needs(["web:80".to_owned()]);
    assert_eq!(needs, Needs { proofs: BTreeSet::new(), explanations: set(wanted) });
}

/// The labels of the Pods that were read decide.
#[rstest]
#[case::without_the_label("core", &["network-policy"])]
#[case::with_the_label("edge", &[])]
fn labels_that_were_read_decide(#[case] role: &str, #[case] expected: &[&str]) {
    let source = json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"role": "edge"}}});
    let picture = index(&isolated(&source)).picture(["shop", "edge"]);
    let pod = |labels: &[(&str, &str)]| PodFacts {
        name: "pod-0".to_owned(),
        labels: labels.iter().copied().collect(),
        created: None,
        state: PodState::Ready,
        spec: PodSpecFacts::default(),
    };
    let mut live = LiveFacts::default();
    for (need, pod) in [
        (pods("web"), pod(&[("app", "web")])),
        (
            Need::Pods("edge".to_owned(), [("app", "controller")].into_iter().collect()),
            pod(&[("app", "controller"), ("role", role)]),
        ),
    ] {
        let Need::Pods(namespace, selector) = need else { panic!("Pods") };
        live.pods.insert((namespace, selector), Lookup::Found([pod].into()));
    }
    let view = Overlay::new(&picture, &live);
    let subject = subject(["web:80".to_owned()], &json!({}));
    let change = Change::creation(&subject);
    let text = format!("apiVersion: backstop.dev/v1\nkind: Configuration\n{EDGE}\n");
    let configuration = backstop::config::parse(text.as_bytes()).unwrap();
    let circumstances = Circumstances::new(&configuration, &subject, &change, Occasion::default(), &view);
    let (judgement, needs) = judge(&circumstances, configuration.settings(None, None)).unwrap();
    assert_eq!(judgement.findings.iter().map(|it| it.finding.check.0).collect::<Vec<_>>(), expected);
    assert!(needs.is_empty(), "{needs:?}");
}

/// AGIC serves the number that a named targetPort has in the Pods (rulebook 4.4.6).
#[rstest]
#[case::name(json!("http"), true)]
#[case::number(json!(9090), false)]
fn pods_are_read_if_they_may_have_the_port(#[case] target: Value, #[case] read: bool) {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": target}]}});
    let configuration = "controllers: [{match: {ingressClass: nginx}, profile: agic}]";
    let needs = Case { objects: vec![service], configuration, ..Case::default() }.needs(["web:8080".to_owned()]);
    assert_eq!(needs.explanations.contains(&pods("web")), read);
    assert_eq!(needs.proofs.is_empty(), read, "only the Service proves a denial");
}
