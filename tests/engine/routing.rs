//! References that a controller does not use (rulebook 2.5): how they are grouped, and what an update makes of them.

use backstop::engine::controllers::Assignments;
use backstop::engine::evaluate::Settings;
use backstop::engine::manifest::ingress;
use backstop::engine::model::Action;
use backstop::engine::policy::{Change, Circumstances, Configuration, Judgement, Occasion, judge};
use backstop::engine::subject::Subject;
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::world;

const OPENSHIFT: &str = "openshift.io/ingress-to-route";
const TAILSCALE: &str = "tailscale.com/ts-ingress";
const NGINX: &str = "k8s.io/ingress-nginx";

/// The Ingress `shop/web` of the class `main` with this spec.
fn subject(spec: &Value) -> Subject {
    let mut spec = spec.clone();
    spec["ingressClassName"] = json!("main");
    ingress(&json!({"metadata": {"name": "web"}, "spec": spec}).to_string(), "shop").unwrap()
}

/// The judgement of an update of `old` to `new`, or of the creation of `new`, in a cluster without Services whose class
/// `main` has this controller; `None` if the update is not judged.
fn judged(controller: &str, old: Option<&Subject>, new: &Subject) -> Option<Judgement> {
    let world = world(&format!(
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: main}}\nspec: {{controller: {controller}}}\n"
    ));
    let configuration = Configuration::default();
    let change = old.map_or_else(|| Change::creation(new), |old| Change::update(old, new));
    let circumstances = Circumstances::new(&configuration, new, &change, Occasion::default(), &world);
    let assignments = Assignments::default();
    judge(&circumstances, Settings { controllers: &assignments, ..Settings::default() }).map(|(judgement, _)| judgement)
}

/// A backend whose Service does not exist.
fn gone() -> Value {
    json!({"service": {"name": "gone", "port": {"number": 80}}})
}

fn rule(host: Option<&str>, path: &str, path_type: &str) -> Value {
    json!({"host": host, "http": {"paths": [{"path": path, "pathType": path_type, "backend": gone()}]}})
}

/// Ten thousand paths are not ten thousand warnings.
#[test]
fn unused_references_to_one_service_are_one_finding() {
    let path = |at: u32| json!({"path": format!("/{at}"), "pathType": "Exact", "backend": gone()});
    let paths: Vec<Value> = (0..10_000).map(path).collect();
    let mut rules = vec![json!({"host": "a.example", "http": {"paths": paths}})];
    let exact = judged(OPENSHIFT, None, &subject(&json!({"rules": rules}))).unwrap();
    let [only] = &exact.findings[..] else { panic!("{:?}", exact.counts) };
    assert_eq!((only.action, only.finding.references.len()), (Action::Warn, 10_000));
    // Another reason is another finding, and a path that is read is a denial.
    rules.push(rule(None, "/", "Prefix"));
    rules.push(rule(Some("a.example"), "/", "Prefix"));
    let three = judged(OPENSHIFT, None, &subject(&json!({"rules": rules}))).unwrap();
    let found: Vec<(Action, usize)> =
        three.findings.iter().map(|it| (it.action, it.finding.references.len())).collect();
    assert_eq!(found, [(Action::Warn, 1), (Action::Warn, 10_000), (Action::Deny, 1)]);
}

/// Some controllers ignore the default backend beside rules, so a controller that is not known may ignore it.
#[test]
fn a_default_backend_of_an_unknown_controller() {
    let default = json!({"service": {"name": "default", "port": {"number": 80}}});
    let beside =
        judged("example.com/edge", None, &subject(&json!({"defaultBackend": default, "rules": [{"host": "a"}]})));
    let alone = judged("example.com/edge", None, &subject(&json!({"defaultBackend": default})));
    let found = |judgement: Option<Judgement>| {
        let found = judgement.unwrap().findings;
        found.into_iter().map(|it| (it.finding.check.0, it.action, it.finding.headline())).collect::<Vec<_>>()
    };
    let [(check, action, headline)] = &found(beside)[..] else { panic!("one finding") };
    assert_eq!((*check, *action), ("service-not-found", Action::Warn));
    assert!(headline.ends_with("; some controllers ignore spec.defaultBackend beside rules"), "{headline}");
    let [(check, action, _)] = &found(alone)[..] else { panic!("one finding") };
    assert_eq!((*check, *action), ("service-not-found", Action::Deny));
}

/// The targets stay the same, but the controller uses others of them (gate G1).
#[rstest]
#[case::nothing_changes(OPENSHIFT, json!({"rules": [rule(Some("a"), "/", "Exact")]}), json!({"rules": [rule(Some("a"), "/", "Exact")]}), "pass")]
#[case::another_path_that_is_read(OPENSHIFT, json!({"rules": [rule(Some("a"), "/", "Prefix")]}), json!({"rules": [rule(Some("a"), "/b", "Prefix")]}), "pass")]
#[case::exact_becomes_prefix(OPENSHIFT, json!({"rules": [rule(Some("a"), "/", "Exact")]}), json!({"rules": [rule(Some("a"), "/", "Prefix")]}), "deny")]
#[case::prefix_becomes_exact(OPENSHIFT, json!({"rules": [rule(Some("a"), "/", "Prefix")]}), json!({"rules": [rule(Some("a"), "/", "Exact")]}), "audit")]
#[case::the_rule_gets_a_host(OPENSHIFT, json!({"rules": [rule(None, "/", "Prefix")]}), json!({"rules": [rule(Some("a"), "/", "Prefix")]}), "deny")]
#[case::the_tls_host_becomes_that_of_the_rule(TAILSCALE, json!({"tls": [{"hosts": ["b"]}], "rules": [rule(Some("a"), "/", "Prefix")]}), json!({"tls": [{"hosts": ["a"]}], "rules": [rule(Some("a"), "/", "Prefix")]}), "deny")]
#[case::the_default_backend_gets_requests(NGINX, json!({"defaultBackend": gone(), "rules": [{"http": {"paths": []}}]}), json!({"defaultBackend": gone(), "rules": [{"host": "a"}]}), "deny")]
fn updates_that_change_what_is_used(
    #[case] controller: &str,
    #[case] old: Value,
    #[case] new: Value,
    #[case] expected: &str,
) {
    let judgement = judged(controller, Some(&subject(&old)), &subject(&new));
    let verdict = judgement.as_ref().map_or("pass", |judgement| judgement.verdict.as_str());
    assert_eq!(verdict, expected, "{:?}", judgement.map(|judgement| judgement.counts));
}
