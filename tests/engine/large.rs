//! An Ingress may have thousands of backends, and a namespace thousands of Services: messages stay short, and the
//! number of findings stays in proportion. The tests count and do not measure time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use backstop::engine::evaluate::Settings;
use backstop::engine::model::{Action, Finding};
use backstop::engine::policy::{Change, Circumstances, Configuration, Judged, Judgement, Occasion, OnUnknown, judge};
use backstop::engine::view::{Key, Snapshot, Trace};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{fields, judged, sentence, subject, world};

const CLASS: &str = "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\nspec: {controller: k8s.io/ingress-nginx}\n";

/// An Ingress with a host and a path for each backend, to port 80.
fn ingress(name: &str, annotations: &Value, services: impl IntoIterator<Item = String>) -> String {
    let rules = services.into_iter().enumerate().map(|(at, service)| {
        let backend = json!({"service": {"name": service, "port": {"number": 80}}});
        json!({"host": format!("h{at:04}.example"), "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}})
    });
    let rules: Vec<Value> = rules.collect();
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
        "spec": {"ingressClassName": "nginx", "rules": rules},
    });
    format!("---\n{object}\n")
}

fn findings(world: &Snapshot) -> Vec<Finding> {
    judged(world).findings.into_iter().map(|judged| judged.finding).collect()
}

fn of_check<'a>(findings: &'a [Finding], check: &str) -> Vec<&'a Finding> {
    findings.iter().filter(|finding| finding.check.0 == check).collect()
}

/// Similar names are searched for the first findings only, not for thousands of missing Services.
#[test]
fn the_first_missing_services_get_hints() {
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: service-00, namespace: shop}\nspec: {ports: [{port: 80}]}\n";
    let missing = (0..2000).map(|at| format!("service-{:02}", at % 80 + 1));
    let world = world(&(CLASS.to_owned() + service + &ingress("web", &json!({}), missing)));
    let findings = findings(&world);
    let found = of_check(&findings, "service-not-found");
    assert_eq!((found.len(), found.iter().map(|finding| finding.field_count()).sum::<usize>()), (80, 2000));
    for (at, finding) in found.iter().enumerate() {
        let headline = finding.headline();
        assert_eq!(headline.ends_with("did you mean \"service-00\"?"), at < 50, "{headline}");
    }
}

/// A Service may have thousands of ports and labels. The finding stays short.
#[test]
fn findings_about_a_large_service_are_short() {
    let ports: Vec<Value> = (0..1000).map(|at| json!({"name": format!("p{at}"), "port": 1000 + at})).collect();
    let labels: BTreeMap<String, &str> = (0..1000).map(|at| (format!("l{at:03}"), "web")).collect();
    let service = |name: &str, selector: &Value, ports: &Value| {
        let meta = json!({"name": name, "namespace": "shop"});
        format!(
            "---\n{}\n",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": selector, "ports": ports}})
        )
    };
    let (port, labels) = (json!([{"port": 80}]), json!(labels));
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop", "labels": labels},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}});
    let ported = service("ported", &json!({}), &json!(ports));
    let selecting = service("selecting", &labels, &port);
    for (name, check, objects) in [
        ("ported", "port-not-found", ported),
        ("selecting", "no-endpoints", selecting.clone()),
        ("selecting", "endpoints-not-ready", format!("{selecting}---\n{pod}\n")),
    ] {
        let world = world(&(CLASS.to_owned() + &objects + &ingress("web", &json!({}), [name.to_owned()])));
        let findings = findings(&world);
        let found = of_check(&findings, check);
        assert_eq!(found.len(), 1, "{findings:?}");
        assert!(format!("{found:?}").len() < 3000, "{found:?}");
    }
}

/// A canary conflict is reported once for each Service and port, at the first reference, whichever Ingress is the
/// canary, and however many paths refer to the Service.
#[test]
fn a_canary_conflict_is_reported_once_for_each_target() {
    let canary = json!({"nginx.ingress.kubernetes.io/canary": "true"});
    let to = |count: usize| (0..count).map(|at| format!("web-{}", at % 2));
    for (subject, peer, hosts) in [(json!({}), &canary, 500), (canary.clone(), &json!({}), 20)] {
        let world = world(&(CLASS.to_owned() + &ingress("web", &subject, to(1000)) + &ingress("peer", peer, to(40))));
        let findings = findings(&world);
        let found = of_check(&findings, "canary-conflict");
        let subject = self::subject(&world);
        let place = |finding: &&Finding| fields(subject, &finding.field, &finding.references).remove(0);
        let fields: Vec<String> = found.iter().map(place).collect();
        let field = |rule| format!("spec.rules[{rule}].http.paths[0].backend.service.name");
        assert_eq!(fields, [field(0), field(1)]);
        for (finding, first) in found.iter().zip(["h0000.example", "h0001.example"]) {
            let sentence = sentence(subject, finding);
            assert!(sentence.contains(&format!("{first} and {} more", hosts - 1)), "{sentence}");
        }
    }
}

/// The hosts of a stored Ingress with thousands of targets are not kept, and its targets still are.
#[test]
fn a_canary_beside_a_very_large_ingress_is_reported() {
    let canary = json!({"nginx.ingress.kubernetes.io/canary": "true"});
    let many = (0..2000).map(|at| format!("web-{at}"));
    let world = world(
        &(CLASS.to_owned() + &ingress("web", &canary, ["web-7".to_owned()]) + &ingress("peer", &json!({}), many)),
    );
    let findings = findings(&world);
    let found = of_check(&findings, "canary-conflict");
    let sentences: Vec<String> = found.iter().map(|finding| sentence(subject(&world), finding)).collect();
    assert!(matches!(&sentences[..], [one] if one.contains("may answer 404 for its hosts")), "{sentences:?}");
}

/// A Service that an action forwards to is judged once, however many paths name the action.
#[test]
fn an_action_is_judged_once() {
    let groups: Vec<Value> =
        (0..40).map(|at| json!({"serviceName": format!("gone-{at:02}"), "servicePort": 80, "weight": 1})).collect();
    let action = json!({"type": "forward", "forwardConfig": {"targetGroups": groups}}).to_string();
    let backend = json!({"service": {"name": "act", "port": {"name": "use-annotation"}}});
    let paths: Vec<Value> = (0..1000).map(|at| json!({"path": format!("/{at}"), "backend": backend})).collect();
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "shop", "annotations": {"alb.ingress.kubernetes.io/actions.act": action}},
        "spec": {"ingressClassName": "alb", "rules": [{"http": {"paths": paths}}]},
    });
    let findings = findings(&world(&format!(
        "{}---\n{object}\n",
        CLASS.replace("k8s.io/ingress-nginx", "ingress.k8s.aws/alb").replace("nginx", "alb")
    )));
    let found = of_check(&findings, "action-annotation");
    assert_eq!(found.len(), 40);
    assert!(found[39].headline().contains("\"gone-39\" does not exist"), "{}", found[39].headline());
    // The findings share one list of the paths.
    assert_eq!(found[0].references.len(), 1000);
    assert!(found.iter().all(|finding| Arc::ptr_eq(&finding.references, &found[0].references)));
}

/// The judgement of the Ingress in `world`, with so many units of work.
fn judged_with(world: &Snapshot, units: usize, configuration: &Configuration) -> Judgement {
    let subject = subject(world);
    let change = Change::creation(subject);
    let circumstances = Circumstances::new(configuration, subject, &change, Occasion::default(), world);
    judge(&circumstances, Settings { units, ..Settings::default() }).unwrap().0
}

/// An action may forward to thousands of ports of one Service. What could not be looked up about them is one thing to read.
#[test]
fn gaps_of_one_action_that_read_the_same_are_one() {
    let ports: Vec<Value> = (0..100).map(|at| json!({"name": format!("p{at}"), "port": at + 1})).collect();
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"type": "NodePort", "ports": ports}});
    let groups: Vec<Value> =
        (0..100).map(|at| json!({"serviceName": "web", "servicePort": at + 1, "weight": 1})).collect();
    let action = json!({"type": "forward", "forwardConfig": {"targetGroups": groups}}).to_string();
    let backend = json!({"service": {"name": "act", "port": {"name": "use-annotation"}}});
    let paths: Vec<Value> = (0..50).map(|at| json!({"path": format!("/{at}"), "backend": backend})).collect();
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "shop", "annotations": {"alb.ingress.kubernetes.io/actions.act": action}},
        "spec": {"ingressClassName": "alb", "rules": [{"http": {"paths": paths}}]},
    });
    let class = CLASS.replace("k8s.io/ingress-nginx", "ingress.k8s.aws/alb").replace("nginx", "alb");
    let world = world(&format!("{class}---\n{service}\n---\n{object}\n"));
    // Enough for ten ports.
    let judgement = judged_with(&world, 1000, &Configuration::default());
    let gaps: Vec<_> = judgement.gaps.iter().map(|gap| (gap.what.as_str(), gap.field_count())).collect();
    assert_eq!((gaps, judgement.complete), (vec![("EndpointSlices of \"web\"", 1)], false));
    let strict = Configuration { on_unknown: OnUnknown::Deny, ..Configuration::default() };
    let judgement = judged_with(&world, 1000, &strict);
    assert_eq!((judgement.gaps.len(), judgement.count(Action::Deny)), (0, 1));
}

/// A Service that selects Pods by `labels`, with a port without a name, and a ready Pod with these labels.
fn with_pod(name: &str, labels: &Value) -> String {
    let metadata = json!({"name": name, "namespace": "shop", "labels": labels});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"selector": labels, "ports": [{"port": 80}]}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "app"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    format!("---\n{service}\n---\n{pod}\n")
}

/// The selector of a Service is compared with the Pods that have its rarest label, not with all Pods of the namespace.
#[test]
fn the_work_grows_with_the_services_and_not_with_all_pods_for_each() {
    let name = |at: usize| format!("s{at:03}");
    let objects: String = (0..400).map(|at| with_pod(&name(at), &json!({"app": name(at), "team": "shop"}))).collect();
    let world = world(&(CLASS.to_owned() + &objects + &ingress("web", &json!({}), (0..400).map(name))));
    assert!(judged_with(&world, 400 * 60, &Configuration::default()).complete);
}

/// Each evaluation of the NetworkPolicies is paid, for each Service and each Pod.
#[test]
fn evaluations_of_network_policies_are_paid() {
    let name = |at: usize| format!("s{at:03}");
    let ready = |at: usize| {
        let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name(at), "namespace": "shop", "labels": {"kubernetes.io/service-name": name(at)}},
            "ports": [{"name": "", "port": 80}], "endpoints": [{"addresses": ["10.0.0.1"]}]});
        format!("{}---\n{slice}\n", with_pod(&name(at), &json!({"app": name(at)})))
    };
    let labels: BTreeMap<String, &str> = (0..1000).map(|at| (format!("l{at:04}"), "v")).collect();
    let policy = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "wide", "namespace": "shop"}, "spec": {"podSelector": {"matchLabels": labels}}});
    let objects: String = (0..100).map(ready).collect();
    let ingress = ingress("web", &json!({}), (0..100).map(name));
    let world = world(&format!("{CLASS}{objects}---\n{policy}\n{ingress}"));
    let configuration = backstop::config::parse(
        b"apiVersion: backstop.dev/v1\nkind: Configuration\ncontrollers:\n  - match: {ingressClass: nginx}\n    \
          profile: ingress-nginx\n    pods: {namespace: edge, selector: {app: nginx}, hostNetwork: false}\n",
    )
    .unwrap();
    let subject = subject(&world);
    let change = Change::creation(subject);
    let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), &world);
    for (units, complete) in [(50_000, false), (500_000, true)] {
        let settings = Settings { units, ..configuration.settings(None, None) };
        assert_eq!(judge(&circumstances, settings).unwrap().0.complete, complete, "{units} units");
    }
}

/// AGIC serves a number that the Pods have. Each search among their ports is paid (rulebook 4.4.6).
#[test]
fn the_search_for_a_number_that_no_port_has_is_paid() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    let ports: Vec<Value> = (0..1000).map(|at| json!({"name": format!("p{at}"), "containerPort": at + 1})).collect();
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-0", "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "ports": ports}]}});
    let backend = |port: usize| json!({"service": {"name": "web", "port": {"number": port}}});
    let paths: Vec<Value> =
        (0..100).map(|at| json!({"path": format!("/{at}"), "backend": backend(1000 + at)})).collect();
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ingressClassName": "nginx", "rules": [{"http": {"paths": paths}}]},
    });
    let class = CLASS.replace("k8s.io/ingress-nginx", "azure/application-gateway");
    let world = world(&format!("{class}---\n{service}\n---\n{pod}\n---\n{object}\n"));
    for (units, complete) in [(50_000, false), (500_000, true)] {
        assert_eq!(judged_with(&world, units, &Configuration::default()).complete, complete, "{units} units");
    }
}

/// A selector may have forty thousand labels, and thousands of references may lead to its Service.
#[test]
fn the_labels_of_a_service_are_compared_once() {
    let labels: BTreeMap<String, &str> = (0..1000).map(|at| (format!("l{at:04}"), "v")).collect();
    let backend = |port: usize| json!({"service": {"name": "wide", "port": {"number": port + 1}}});
    let paths: Vec<Value> = (0..1000).map(|at| json!({"path": format!("/{at}"), "backend": backend(at)})).collect();
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ingressClassName": "f5", "rules": [{"http": {"paths": paths}}]},
    });
    let class = CLASS.replace("k8s.io/ingress-nginx", "nginx.org/ingress-controller").replace("nginx}", "f5}");
    let world = world(&format!("{class}{}---\n{object}\n", with_pod("wide", &json!(labels))));
    assert!(judged_with(&world, 20_000, &Configuration::default()).complete);
}

/// A Service for each kind of finding, by the number of a backend: absent (deny), without the port (deny), without
/// endpoints (warn), and ready with a Pod without a readiness probe (audit).
fn sorted_world(sorts: &[u8]) -> Snapshot {
    let mut objects =
        vec![json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "lost", "namespace": "shop"},
        "spec": {"ports": [{"port": 80}]}})];
    for (at, sort) in sorts.iter().enumerate().filter(|(_, sort)| **sort > 0) {
        let (name, port) = (format!("s{at}"), if *sort == 1 { 81 } else { 80 });
        let metadata =
            json!({"name": name, "namespace": "shop", "labels": {"app": name, "kubernetes.io/service-name": name}});
        let endpoints = if *sort == 2 { json!([]) } else { json!([{"addresses": ["10.0.0.1"]}]) };
        objects.extend([
            json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
                "spec": {"selector": {"app": name}, "ports": [{"port": port}]}}),
            json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
                "addressType": "IPv4", "ports": [{"name": "", "port": 80}], "endpoints": endpoints}),
        ]);
        if *sort == 3 {
            objects.push(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
                "spec": {"containers": [{"name": "app"}]},
                "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}));
        }
    }
    let objects: Vec<String> = objects.iter().map(|object| format!("---\n{object}\n")).collect();
    // The names of absent Services are similar to `lost`.
    let names =
        sorts.iter().enumerate().map(|(at, sort)| if *sort == 0 { format!("lost{at}") } else { format!("s{at}") });
    world(&(CLASS.to_owned() + &objects.concat() + &ingress("web", &json!({}), names)))
}

fn judged_up_to(reported: usize, world: &Snapshot) -> (Judgement, BTreeSet<Key>) {
    let (subject, configuration, view) = (subject(world), Configuration::default(), Trace::new(world));
    let change = Change::creation(subject);
    let judgement = {
        let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), &view);
        judge(&circumstances, Settings { reported, ..Settings::default() }).unwrap().0
    };
    (judgement, view.into_keys())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// If there are more findings than the maximum, the most severe ones are kept, and of equally severe ones the
    /// first. All findings are counted and decide the verdict. Similar names are searched only for reported findings.
    #[test]
    fn the_worst_findings_are_kept(sorts in prop::collection::vec(0..4_u8, 0..24), reported in 0..12_usize) {
        let world = sorted_world(&sorts);
        let (all, _) = judged_up_to(usize::MAX, &world);
        prop_assert_eq!(all.findings.len(), sorts.len());
        // The most severe first. The sort is stable.
        let mut expected: Vec<(usize, &Judged)> = all.findings.iter().enumerate().collect();
        expected.sort_by_key(|(_, judged)| match judged.action {
            Action::Deny => 0,
            Action::Warn => 1,
            Action::Audit => 2,
            Action::Off => 3,
        });
        expected.truncate(reported);
        expected.sort_by_key(|(at, _)| *at);
        let expected: Vec<&Judged> = expected.into_iter().map(|(_, judged)| judged).collect();
        let (some, keys) = judged_up_to(reported, &world);
        prop_assert_eq!(some.findings.iter().collect::<Vec<_>>(), expected);
        prop_assert_eq!((some.verdict, &some.counts, some.would_deny), (all.verdict, &all.counts, all.would_deny));
        prop_assert_eq!(some.counts.values().sum::<usize>(), sorts.len());
        let absent = some.findings.iter().filter(|judged| judged.finding.check.0 == "service-not-found");
        let hints: Vec<bool> = absent.map(|judged| judged.finding.text.hint.contains("\"lost\"")).collect();
        prop_assert!(hints.iter().all(|hint| *hint), "{:?}", hints);
        prop_assert_eq!(keys.contains(&Key::ServiceNames("shop".into())), !hints.is_empty());
    }
}

/// An evaluation that cannot pay for its work says so, even if nothing is left to elaborate.
#[test]
fn a_judgement_without_budget_is_incomplete() {
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let slice = "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\nports: [{port: 80}]\nendpoints: [{addresses: [10.0.0.1]}]\n";
    let world = world(&(CLASS.to_owned() + service + slice + &ingress("web", &json!({}), ["web".to_owned()])));
    let (subject, configuration) = (subject(&world), Configuration::default());
    let change = Change::creation(subject);
    let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), &world);
    for (units, complete) in [(0, false), (100, true)] {
        let judgement = judge(&circumstances, Settings { units, ..Settings::default() }).unwrap().0;
        assert_eq!((judgement.complete, judgement.findings.len()), (complete, 0), "{units}");
    }
}
