//! Services that an action forwards to (rulebook 4.5.1, AWS) are judged like those of backends.

use backstop::engine::checks::{self, CheckSettings};
use backstop::engine::evaluate::{Evaluation, Settings};
use backstop::engine::kinds::Kind;
use backstop::engine::model::{Action, Effect};
use backstop::engine::policy::{Change, Circumstances, Configuration, Occasion, OnUnknown, Verdict, judge};
use backstop::engine::view::{LiveFacts, Lookup, Need, Overlay, Snapshot, Unknown, View};
use rstest::rstest;

use crate::world::{evaluated, fields, sentence, subject, world};

const READY: &str = "{ready: true, serving: true}";
const UNREADY: &str = "{ready: false, serving: false}";

/// An Ingress whose action forwards to the Services of `groups`; `web` exists, with one endpoint.
fn forwarding(groups: &str, conditions: &str) -> String {
    format!(
        r#"
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: alb}}
spec: {{controller: ingress.k8s.aws/alb}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
ports: [{{name: http, port: 8080}}]
endpoints: [{{addresses: [10.0.0.1], conditions: {conditions}, targetRef: {{kind: Pod, name: web-0}}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/target-type: ip
    alb.ingress.kubernetes.io/actions.fwd: '{{"type":"forward","forwardConfig":{{"targetGroups":[{groups}]}}}}'
spec:
  ingressClassName: alb
  rules:
  - host: shop.example
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: fwd, port: {{name: use-annotation}}}}}}}}]}}
"#
    )
}

static DEFAULT_SETTINGS: CheckSettings = CheckSettings::DEFAULT;

const TO_WEB: &str = r#"{"serviceName":"web","servicePort":80}"#;
const DEPLOYMENT: &str = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}}
";

const CRASHING: &str = "{containerStatuses: [{name: app, state: {waiting: {reason: CrashLoopBackOff}}}]}";

fn pod(status: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web-0, namespace: shop, labels: {{app: web}}}}\nstatus: {status}\n"
    )
}

fn evaluate_ingress(world: &Snapshot, view: &dyn View, checks: &CheckSettings) -> Evaluation {
    evaluated(subject(world), view, Settings { checks, ..Settings::default() })
}

/// `action effect: reason` of each finding.
fn summaries(evaluation: &Evaluation) -> Vec<String> {
    let summaries =
        evaluation.findings.iter().map(|it| format!("{} {:?}: {}", it.action.as_str(), it.effect, it.headline()));
    summaries.collect()
}

/// The configured action of the check that finds the fault applies, as for backends.
#[rstest]
#[case::by_itself(None, Some(Action::Audit))]
#[case::off(Some(Action::Off), None)]
#[case::warn(Some(Action::Warn), Some(Action::Warn))]
fn a_check_of_services_keeps_its_own_action(#[case] configured: Option<Action>, #[case] expected: Option<Action>) {
    let world = world(&(forwarding(TO_WEB, READY) + DEPLOYMENT));
    let mut settings = CheckSettings::DEFAULT;
    settings.actions.extend(configured.map(|action| (checks::by_id("readiness-probe").unwrap().id, action)));
    let evaluation = evaluate_ingress(&world, &world, &settings);
    assert_eq!(evaluation.findings.first().map(|finding| finding.action), expected);
    for finding in &evaluation.findings {
        assert_eq!(finding.effect, Effect::Works);
        let sentence = sentence(subject(&world), finding);
        assert!(sentence.starts_with("action \"fwd\": container \"app\" of Deployment"), "{sentence}");
    }
}

/// On the AWS Load Balancer Controller, starting Pods are not reported. A read of the Pods shows whether they are
/// starting (rows 19 and 20).
#[rstest]
#[case::starting("{phase: Pending}", &[])]
#[case::crashing(
    CRASHING,
    &["warn Fails: action \"fwd\": Service \"web\" has 0/1 ready endpoints: CrashLoopBackOff, container \"app\""]
)]
fn the_pods_of_a_forward_are_examined(#[case] status: &str, #[case] expected: &[&str]) {
    let world = world(&(forwarding(TO_WEB, UNREADY) + &pod(status)));
    assert_eq!(summaries(&evaluate_ingress(&world, &world, &DEFAULT_SETTINGS)), expected);
    let selected = ("shop".to_owned(), [("app", "web")].into_iter().collect());
    let mut live = LiveFacts::default();
    live.pods.insert(selected.clone(), Lookup::Unknown(Unknown::NotRead));
    let view = Overlay::new(&world, &live);
    let unread = evaluate_ingress(&world, &view, &DEFAULT_SETTINGS);
    assert!(unread.needs.explanations.contains(&Need::Pods(selected.0, selected.1)), "{:?}", unread.needs);
}

/// A Service with weight 0 gets no requests, but the controller creates a target group for it. If the Service or the
/// port is missing, the load balancer is no longer updated.
#[rstest]
#[case::missing(r#"{"serviceName":"gone","servicePort":80}"#, READY, &["deny Fails: action \"fwd\": Service \"gone\" does not exist"])]
#[case::missing_and_idle(
    r#"{"serviceName":"gone","servicePort":80,"weight":0}"#,
    READY,
    &["warn Fails: action \"fwd\": Service \"gone\" does not exist"]
)]
#[case::wrong_port_and_idle(
    r#"{"serviceName":"web","servicePort":81,"weight":0}"#,
    READY,
    &["warn Fails: action \"fwd\": Service \"web\" has no port 81; it has 80 (http)"]
)]
#[case::unready(
    TO_WEB,
    UNREADY,
    &["warn Fails: action \"fwd\": Service \"web\" has 0/1 ready endpoints: CrashLoopBackOff, container \"app\""]
)]
#[case::unready_and_idle(r#"{"serviceName":"web","servicePort":80,"weight":0}"#, UNREADY, &[])]
fn weights(#[case] group: &str, #[case] conditions: &str, #[case] expected: &[&str]) {
    let world = world(&(forwarding(group, conditions) + &pod(CRASHING)));
    assert_eq!(summaries(&evaluate_ingress(&world, &world, &DEFAULT_SETTINGS)), expected);
}

/// A Service that could not be looked up is reported as unknown (row 34), or denied with `onUnknown: deny`.
#[test]
fn an_unknown_service_is_a_gap() {
    let mut world = world(&forwarding(TO_WEB, READY));
    world.set_unavailable(Kind::Service, Unknown::Forbidden);
    let evaluation = evaluate_ingress(&world, &world, &DEFAULT_SETTINGS);
    let [gap] = evaluation.gaps.as_slice() else { panic!("{:?}", evaluation.gaps) };
    assert_eq!((gap.what.as_str(), gap.why), ("Service \"web\"", Unknown::Forbidden));
    assert_eq!(
        fields(subject(&world), &gap.field(), &gap.references),
        ["metadata.annotations[alb.ingress.kubernetes.io/actions.fwd]"]
    );
    for (on_unknown, expected) in [(OnUnknown::Allow, Verdict::Unknown), (OnUnknown::Deny, Verdict::Deny)] {
        let configuration = Configuration { on_unknown, ..Configuration::default() };
        let change = Change::creation(subject(&world));
        let circumstances = Circumstances::new(&configuration, subject(&world), &change, Occasion::default(), &world);
        let (judgement, _) = judge(&circumstances, Settings::default()).unwrap();
        assert_eq!(judgement.verdict, expected);
    }
}
