//! Situations from the source code and the tests of each ingress controller, judged by the engine.
//!
//! Each table has the situations of one profile: the objects, what the controller does with them and where its source
//! says so, and the findings that are right. The table `classes` has situations of identification: which controller
//! serves an Ingress.

mod agic;
mod aws_alb;
mod cilium;
mod classes;
mod contour;
mod gce;
mod haproxy_ingress;
mod haproxytech;
mod ingress_nginx;
mod istio;
mod kong;
mod nginx_inc;
mod openshift;
mod tailscale;
mod traefik;
mod traefik_nginx;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use backstop::engine::checks;
use backstop::engine::controllers::{ALL, Assignment, Assignments, Options, UNKNOWN, by_id};
use backstop::engine::kinds::{documents, object};
use backstop::engine::policy::Judgement;
use backstop::engine::subject::CLASS_ANNOTATION;
use backstop::engine::view::Snapshot;
use serde_json::{Value, json};

use crate::profiles::measured;
use crate::world::judged_with;

/// Objects, what the controller does with them, and the findings that are right.
struct Situation {
    /// The situation in a few words; unique in its table.
    name: &'static str,
    /// The Ingress `shop/web`; see [`ingress`].
    ingress: &'static str,
    /// The other objects, each a YAML document. They are in the namespace `shop` if they state no other.
    objects: &'static [&'static str],
    /// What the controller does.
    controller: &'static str,
    /// The file and the test or function that shows it, in the repository that the table names.
    source: &'static str,
    /// The right findings as `check=action`, in the order of the backends; empty if the route works or if no check is
    /// about the fault. See [`findings`].
    expected: &'static str,
    /// The findings of the engine if they differ: a known fault.
    today: Option<&'static str>,
}

/// The situations of one profile.
struct Table {
    /// The id of the profile, or `classes`.
    id: &'static str,
    selection: Selection,
    /// The host of the rule that [`ingress`] makes.
    host: Option<&'static str>,
    situations: &'static [&'static [Situation]],
}

/// What selects the controller if an Ingress names no class.
enum Selection {
    /// `spec.ingressClassName: main`, the name of an IngressClass with this controller.
    Class(&'static str),
    /// The same, for a controller that shares its IngressClass with another one: the configuration names the profile and
    /// this version.
    Configuration(&'static str, &'static str),
    /// The annotation `kubernetes.io/ingress.class` with this value.
    Annotation(&'static str),
    /// Nothing: each situation brings the IngressClasses.
    Nothing,
}

const TABLES: [Table; 16] = [
    table("agic", Selection::Class("azure/application-gateway"), agic::SITUATIONS),
    // A rule without a host, because the annotation of a situation may name the host.
    Table { host: None, ..table("aws-alb", Selection::Class("ingress.k8s.aws/alb"), aws_alb::SITUATIONS) },
    table("cilium", Selection::Class("cilium.io/ingress-controller"), cilium::SITUATIONS),
    table("classes", Selection::Nothing, classes::SITUATIONS),
    table("contour", Selection::Class("projectcontour.io/main"), contour::SITUATIONS),
    table("gce", Selection::Annotation("gce"), gce::SITUATIONS),
    table("haproxy-ingress", Selection::Class("haproxy-ingress.github.io/controller"), haproxy_ingress::SITUATIONS),
    table("haproxytech", Selection::Class("haproxy.org/ingress-controller"), haproxytech::SITUATIONS),
    table("ingress-nginx", Selection::Class("k8s.io/ingress-nginx"), ingress_nginx::SITUATIONS),
    table("istio", Selection::Class("istio.io/ingress-controller"), istio::SITUATIONS),
    table("kong", Selection::Class("ingress-controllers.konghq.com/kong"), kong::SITUATIONS),
    table("nginx-inc", Selection::Class("nginx.org/ingress-controller"), nginx_inc::SITUATIONS),
    table("openshift", Selection::Class("openshift.io/ingress-to-route"), openshift::SITUATIONS),
    // A rule without a host, because the only host of this controller is that of `spec.tls`.
    Table { host: None, ..table("tailscale", Selection::Class("tailscale.com/ts-ingress"), tailscale::SITUATIONS) },
    table("traefik", Selection::Class("traefik.io/ingress-controller"), traefik::SITUATIONS),
    table("traefik-nginx", Selection::Configuration("k8s.io/ingress-nginx", "3.7.13"), traefik_nginx::SITUATIONS),
];

const fn table(id: &'static str, selection: Selection, situations: &'static [&'static [Situation]]) -> Table {
    Table { id, selection, host: Some("shop.example"), situations }
}

impl Table {
    fn situations(&self) -> impl Iterator<Item = &'static Situation> {
        self.situations.iter().copied().flatten()
    }
}

/// The Service `web` with the port `http` (80 to 8080), its ready Pod and its slice.
const WEB: &str = "apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, labels: {app: web}}
spec:
  containers:
    - name: app
      ports: [{name: http, containerPort: 8080}]
      readinessProbe: {httpGet: {path: /, port: 8080}}
status:
  phase: Running
  conditions: [{type: ContainersReady, status: 'True'}, {type: Ready, status: 'True'}]
  containerStatuses: [{name: app, ready: true, started: true, state: {running: {}}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints:
  - addresses: [10.0.0.1]
    conditions: {ready: true, serving: true, terminating: false}
    targetRef: {kind: Pod, name: web-0}
";

/// The Ingress `shop/web` of a situation: a mapping with `metadata`, `spec` or both, or the shorthand `web:80` or
/// `web:http` for one rule with the path `/`. A mapping with `annotations`, `ingressClassName` or both may follow the
/// shorthand. If the Ingress names no class, it gets that of the table.
fn ingress(text: &str, table: &Table) -> Value {
    let mut object = written(text, table);
    if !names_a_class(&object) {
        match table.selection {
            Selection::Class(_) | Selection::Configuration(..) => object["spec"]["ingressClassName"] = json!("main"),
            Selection::Annotation(value) => object["metadata"]["annotations"][CLASS_ANNOTATION] = json!(value),
            Selection::Nothing => {}
        }
    }
    object["apiVersion"] = json!("networking.k8s.io/v1");
    object["kind"] = json!("Ingress");
    object["metadata"]["name"] = json!("web");
    object
}

/// The Ingress without the class of the table.
fn written(text: &str, table: &Table) -> Value {
    if text.starts_with('{') { mapping(text) } else { one_rule(text, table.host) }
}

fn names_a_class(ingress: &Value) -> bool {
    let annotation = ingress.pointer("/metadata/annotations").and_then(|annotations| annotations.get(CLASS_ANNOTATION));
    [ingress.pointer("/spec/ingressClassName"), annotation].into_iter().flatten().any(|class| !class.is_null())
}

/// The Ingress of the shorthand.
fn one_rule(text: &str, host: Option<&str>) -> Value {
    let (backend, more) = text.split_once(' ').unwrap_or((text, "{}"));
    let (service, port) = backend.split_once(':').expect("a Service and a port");
    let port = port.parse::<u16>().map_or_else(|_| json!({"name": port}), |number| json!({"number": number}));
    let backend = json!({"service": {"name": service, "port": port}});
    let more = mapping(more);
    let rule = json!({"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}});
    json!({"metadata": {"annotations": more["annotations"]},
           "spec": {"ingressClassName": more["ingressClassName"], "rules": [rule]}})
}

fn mapping(text: &str) -> Value {
    let mut documents = documents(text.as_bytes()).into_iter();
    documents.next().expect("a mapping").unwrap_or_else(|error| panic!("{error:?}: {text}")).value
}

/// A cluster that has the Ingress, the objects of the situation, and the class of the table.
fn world(situation: &Situation, table: &Table) -> Snapshot {
    let mut world = Snapshot::complete();
    let mut add =
        |value: &Value| world.insert(object(value, "shop").unwrap_or_else(|error| panic!("{error}: {value}")));
    if let Selection::Class(controller) | Selection::Configuration(controller, _) = table.selection {
        add(&json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "main"},
                    "spec": {"controller": controller}}));
    }
    for text in situation.objects {
        for document in documents(text.as_bytes()) {
            add(&document.unwrap_or_else(|error| panic!("{error:?}: {text}")).value);
        }
    }
    add(&ingress(situation.ingress, table));
    world
}

/// The judgement of the Ingress as a creation; `None` if it is not judged.
fn judged(situation: &Situation, table: &Table) -> Option<Judgement> {
    let (profile, version) = match table.selection {
        Selection::Configuration(_, version) => (by_id(table.id), version.parse().ok()),
        _ => (None, None),
    };
    let options = Options { version, ..Options::default() };
    let main = Assignment { class: "main".to_owned(), profile, options, pods: None };
    judged_with(&world(situation, table), &Assignments(vec![main]))
}

/// The findings as `check=action`, in the order of the backends. If several Services have the same finding, it is named
/// once, at the place of the first.
fn findings(judgement: Option<&Judgement>) -> String {
    let mut found: Vec<String> = Vec::new();
    for judged in judgement.into_iter().flat_map(|judgement| &judgement.findings) {
        let finding = format!("{}={}", judged.finding.check, judged.action.as_str());
        if !found.contains(&finding) {
            found.push(finding);
        }
    }
    found.join(", ")
}

/// What is wrong with the findings of a situation; `None` if they are right or a known fault.
fn fault(situation: &Situation, table: &Table) -> Option<String> {
    let Situation { expected, today, .. } = *situation;
    let judgement = judged(situation, table);
    let got = findings(judgement.as_ref());
    let selected = !matches!(table.selection, Selection::Nothing) && !names_a_class(&written(situation.ingress, table));
    let profile = judgement.as_ref().map(|judgement| judgement.controller.profile.id);
    if let Some(other) = profile.filter(|id| selected && *id != table.id) {
        return Some(format!("the profile is {other}"));
    }
    if let Some(gap) = judgement.iter().flat_map(|judgement| &judgement.gaps).next() {
        return Some(format!("{} is unknown", gap.what));
    }
    match today {
        Some(today) if today == expected => Some("`today` is `expected`: remove `today`".to_owned()),
        Some(_) if got == expected => Some("the findings are as expected: remove `today`".to_owned()),
        _ if got == today.unwrap_or(expected) => None,
        _ => {
            let mut text = format!("expected {:?}, got {got:?}", today.unwrap_or(expected));
            for judged in judgement.iter().flat_map(|judgement| &judgement.findings) {
                let _ = write!(text, "\n      {}", judged.finding.headline());
            }
            Some(text)
        }
    }
}

#[test]
fn situations_have_the_expected_findings() {
    let mut wrong = String::new();
    for table in &TABLES {
        for situation in table.situations() {
            if let Some(fault) = fault(situation, table) {
                let _ = writeln!(wrong, "  {}: {}: {fault}", table.id, situation.name);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The parts of `a=deny, b=warn`.
fn parts(findings: &str) -> impl Iterator<Item = (&str, &str)> {
    findings.split(", ").filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// A misspelt finding would count as a known fault for ever.
#[test]
fn situations_name_checks_and_sources() {
    let ids: BTreeSet<&str> = checks::ALL.iter().map(|check| check.id.0).collect();
    for table in &TABLES {
        let mut names = BTreeSet::new();
        for Situation { name, controller, source, expected, today, .. } in table.situations() {
            let at = format!("{}: {name}", table.id);
            assert!(names.insert(name), "{at}: the name is not unique");
            for text in [name, controller, source] {
                assert!(!text.trim().is_empty() && !text.ends_with('.'), "{at}: {text:?}");
            }
            for (id, action) in [*expected, today.unwrap_or_default()].into_iter().flat_map(parts) {
                assert!(ids.contains(id) && ["deny", "warn", "audit"].contains(&action), "{at}: {id}={action}");
            }
        }
    }
}

/// Profiles that the judge does not measure need more situations.
#[test]
fn every_profile_has_a_table() {
    let known: BTreeSet<&str> = ALL.iter().map(|profile| profile.id).filter(|id| *id != UNKNOWN.id).collect();
    let tables: BTreeSet<&str> = TABLES.iter().map(|table| table.id).filter(|id| *id != "classes").collect();
    assert_eq!(tables, known);
    let measured = measured();
    for table in &TABLES {
        let least = if measured.contains(table.id) { 15 } else { 25 };
        let count = table.situations().count();
        assert!(count >= least, "{} has {count} situations, and needs {least}", table.id);
    }
}
