//! Several controllers may serve an Ingress: the mildest of them counts, and the messages say what each of them does.

use std::path::Path;

use backstop::engine::controllers::{ALL, Candidates, Controller, Identified, IdentifiedBy, Profile, by_id};
use backstop::engine::evaluate::{Evaluation, Gates, Settings, evaluate};
use backstop::engine::kinds::{Kind, Object};
use backstop::engine::model::{Action, Finding, ObjectName};
use backstop::engine::policy::{Change, Circumstances, Configuration, Occasion, OnUnknown, Verdict, judge};
use backstop::engine::subject::Subject;
use backstop::engine::view::{Snapshot, View};
use rstest::rstest;

use crate::world::{judged, sentence, subject, world};

/// The Service `web` with the port `http` (80 to 8080), and the Ingress `shop/web` with this backend and class.
fn shop(service: &str, port: &str, class: &str) -> Snapshot {
    world(&format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: shop}},
           spec: {{selector: {{app: web}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}}}
---
{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4,
  metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}},
  ports: [{{name: http, port: 8080, protocol: TCP}}],
  endpoints: [{{addresses: [10.0.0.1], conditions: {{ready: true, serving: true}}}}]}}
---
{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: web, namespace: shop}},
  spec: {{ingressClassName: {class}, rules: [{{host: shop.example, http: {{paths: [
    {{path: /, pathType: Prefix, backend: {{service: {{name: {service}, port: {port}}}}}}}]}}}}]}}}}"
    ))
}

/// Nothing tells which of several controllers serves the class: a denial needs all of them to fail.
#[rstest]
#[case::a_wrong_port("web", "{number: 81}", "haproxy", "port-not-found=deny")]
#[case::a_target_port_that_one_serves("web", "{number: 8080}", "haproxy", "port-not-found=warn")]
#[case::a_target_port_on_nginx("web", "{number: 8080}", "nginx", "port-not-found=warn")]
#[case::a_missing_service("gone", "{number: 80}", "nginx", "service-not-found=deny")]
#[case::a_wrong_name("web", "{name: htpp}", "nginx", "port-not-found=deny")]
#[case::a_port_that_all_serve("web", "{number: 80}", "nginx", "")]
fn the_mildest_candidate_counts(
    #[case] service: &str,
    #[case] port: &str,
    #[case] class: &str,
    #[case] expected: &str,
) {
    let judgement = judged(&shop(service, port, class));
    assert_eq!(judgement.controller.profile.id, "unknown");
    assert!(judgement.controller.candidates.iter().count() > 1);
    let found = judgement.findings.iter().map(|it| format!("{}={}", it.finding.check, it.action.as_str()));
    assert_eq!(found.collect::<Vec<_>>().join(", "), expected);
}

/// What the findings are, in their order.
fn findings(world: &Snapshot) -> String {
    let judgement = judged(world);
    let found = judgement.findings.iter().map(|it| format!("{}={}", it.finding.check, it.action.as_str()));
    found.collect::<Vec<_>>().join(", ")
}

/// A world with the Ingress `web` of this text instead of the one of [`shop`].
fn with_ingress(ingress: &str) -> Snapshot {
    world(&format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: shop}},
           spec: {{selector: {{app: web}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}}}
---
{{apiVersion: networking.k8s.io/v1, kind: Ingress, {ingress}}}"
    ))
}

/// F5's controller rejects a rule without a host. A controller that accepts the Ingress decides.
#[rstest]
#[case::a_missing_service("gone", 80, "service-not-found=deny")]
#[case::a_wrong_port("web", 81, "port-not-found=deny")]
fn a_candidate_that_rejects_the_ingress_does_not_count(
    #[case] service: &str,
    #[case] port: u16,
    #[case] expected: &str,
) {
    let hostless = format!(
        "metadata: {{name: web, namespace: shop}}, spec: {{ingressClassName: nginx, rules: [{{http: {{paths: [
           {{path: /, pathType: Prefix, backend: {{service: {{name: {service}, port: {{number: {port}}}}}}}}}]}}}}]}}"
    );
    let world = with_ingress(&hostless);
    assert!(findings(&world).contains(expected), "{}", findings(&world));
    assert!(!findings(&world).contains("ingress-rejected"), "{}", findings(&world));
    let judgement = judged(&world);
    let denial = judgement.findings.iter().find(|it| it.action == Action::Deny).unwrap();
    let text = sentence(subject(&world), &denial.finding);
    assert!(text.contains("; with F5's NGINX Ingress Controller, the whole Ingress is rejected)"), "{text}");
}

/// A Service that could not be looked up is denied if the configuration says so. A candidate that rejects the Ingress does
/// not prevent it.
#[test]
fn a_candidate_that_rejects_the_ingress_does_not_open_a_failed_lookup() {
    let mut world = with_ingress(
        "metadata: {name: web, namespace: shop}, spec: {ingressClassName: nginx, rules: [{http: {paths: [
           {path: /, pathType: Prefix, backend: {service: {name: broken, port: {number: 80}}}}]}}]}",
    );
    world.insert(Object::Unread(Kind::Service, ObjectName::new("shop", "broken")));
    let (subject, change) = (subject(&world), Change::creation(subject(&world)));
    for (on_unknown, expected) in [(OnUnknown::Allow, Verdict::Unknown), (OnUnknown::Deny, Verdict::Deny)] {
        let configuration = Configuration { on_unknown, ..Configuration::default() };
        let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), &world);
        assert_eq!(judge(&circumstances, Settings::default()).unwrap().0.verdict, expected);
    }
}

/// If every controller that may serve the Ingress rejects it, the rejection is the fault.
#[test]
fn an_ingress_that_every_candidate_rejects() {
    let world = with_ingress(
        "metadata: {name: web, namespace: shop, annotations: {kubernetes.io/ingress.class: gce}},
         spec: {ingressClassName: alb, rules: [{host: shop.example, http: {paths: [
           {path: '/*', pathType: Prefix, backend: {service: {name: gone, port: {number: 80}}}}]}}]}",
    );
    let found = findings(&world);
    assert!(found.contains("service-not-found=warn") && found.contains("ingress-rejected=warn"), "{found}");
}

/// What one candidate denies is a warning beside the warnings of the mildest candidate, which says who accepts it.
#[test]
fn a_denial_of_one_candidate_is_a_warning_beside_others() {
    let world = with_ingress(
        "metadata: {name: web, namespace: shop}, spec: {ingressClassName: haproxy, rules: [{host: shop.example, http: {
           paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 8080}}}}]}}]}",
    );
    assert_eq!(findings(&world), "no-endpoints=warn, port-not-found=warn");
    let judgement = judged(&world);
    let headline = judgement.findings[1].finding.headline();
    assert!(headline.contains("; HAProxy Ingress accepts it"), "{headline}");
}

/// A dry run warns of the same, so that the user learns it before the apply.
#[test]
fn a_dry_run_warns_of_what_one_candidate_denies() {
    let world = shop("web", "{number: 8080}", "haproxy");
    let (subject, configuration) = (subject(&world), Configuration::default());
    let change = Change::creation(subject);
    let occasion = Occasion { dry_run: true, ..Occasion::default() };
    let circumstances = Circumstances::new(&configuration, subject, &change, occasion, &world);
    let (judgement, _) = judge(&circumstances, Settings::default()).unwrap();
    let found = judgement.findings.iter().map(|it| (it.finding.check.0, it.action));
    assert_eq!(found.collect::<Vec<_>>(), [("port-not-found", Action::Warn)]);
}

#[test]
fn messages_say_what_each_candidate_does() {
    let world = shop("gone", "{number: 80}", "haproxy");
    let judgement = judged(&world);
    let text = sentence(subject(&world), &judgement.findings[0].finding);
    let expected = "with HAProxy Technologies' ingress controller, the route is not added: the default backend or a 404 \
                    answers; with HAProxy Ingress, the backend is skipped: the default backend or a 404 answers";
    assert!(text.contains(expected), "{text}");
    let world = shop("web", "{number: 8080}", "haproxy");
    let text = sentence(subject(&world), &judged(&world).findings[0].finding);
    let expected = "with HAProxy Technologies' ingress controller, the route is not added: the default backend or a 404 \
                    answers; with HAProxy Ingress, requests reach the Service";
    assert!(text.contains(expected), "{text}");
    let world = shop("gone", "{number: 80}", "traefik");
    let text = sentence(subject(&world), &judged(&world).findings[0].finding);
    assert!(text.contains("(shop.example/: the route is dropped"), "one candidate needs no name: {text}");
}

/// All candidates share one budget.
#[test]
fn candidates_share_the_budget() {
    let world = shop("web", "{number: 80}", "nginx");
    let complete = |ids: &[&str], units| {
        let settings = Settings { units, ..Settings::default() };
        evaluated(&world, ids.iter().map(|id| by_id(id).unwrap()).collect(), settings).complete
    };
    let enough = (0..1000).find(|units| complete(&["kong"], *units)).unwrap();
    assert!(enough > 0 && !complete(&["kong", "traefik"], enough));
    assert!(complete(&["kong", "traefik"], 2 * enough));
}

fn evaluated(world: &Snapshot, candidates: Candidates, settings: Settings<'_>) -> Evaluation {
    let subject = subject(world);
    let controller = Controller::new(Identified::new(candidates, IdentifiedBy::Flag));
    evaluate(subject, controller, world as &dyn View, &Gates::open(subject), settings)
}

/// How severe the findings are: for each reference, and for each field of the subject.
fn severities(subject: &Subject, findings: &[Finding]) -> (Vec<Action>, Vec<(&'static str, Action)>) {
    let is_of_reference = |finding: &&Finding| finding.target.is_some() && finding.check.0 != "canary-conflict";
    let worst = |actions: &mut dyn Iterator<Item = Action>| actions.max().unwrap_or(Action::Off);
    let of_reference = |index: u32| {
        let about = findings.iter().filter(is_of_reference).filter(|finding| finding.references.contains(&index));
        worst(&mut about.map(|finding| finding.action))
    };
    let references = (0..).zip(&subject.references).map(|(index, _)| of_reference(index)).collect();
    let of_check = |id: &'static str| {
        let about = findings.iter().filter(|finding| finding.check.0 == id && !is_of_reference(finding));
        (id, worst(&mut about.map(|finding| finding.action)))
    };
    (references, ["ingress-class", "canary-conflict", "default-backend-annotation"].map(of_check).to_vec())
}

fn fixtures() -> Vec<Snapshot> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks");
    let entries = |path: &Path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let files = entries(&folder).into_iter().flat_map(|check| entries(&check));
    files.map(|file| world(&std::fs::read_to_string(file).unwrap())).collect()
}

/// Each reference, and each check of the subject, is as severe as under the mildest candidate.
#[test]
fn findings_are_those_of_the_mildest_candidate() {
    for world in fixtures() {
        let subject = subject(&world);
        let under = |candidates: &[&'static Profile]| {
            let all = candidates.iter().copied().collect();
            severities(subject, &evaluated(&world, all, Settings::default()).findings)
        };
        let alone: Vec<_> = ALL.iter().map(|profile| under(&[profile])).collect();
        for (at, first) in ALL.iter().enumerate() {
            for (other, second) in ALL.iter().enumerate().skip(at + 1) {
                let together = under(&[first, second]);
                // What one of them denies is a warning at least.
                let merged = |a: Action, b: Action| match (a.min(b), a.max(b)) {
                    (Action::Off | Action::Audit, Action::Deny) => Action::Warn,
                    (mildest, _) => mildest,
                };
                let references = alone[at].0.iter().zip(&alone[other].0).map(|(a, b)| merged(*a, *b));
                let at_checks = alone[at].1.iter().zip(&alone[other].1).map(|(a, b)| (a.0, a.1.min(b.1)));
                let expected = (references.collect(), at_checks.collect());
                assert_eq!(together, expected, "{} and {} on {}", first.id, second.id, subject.name);
            }
        }
    }
}
