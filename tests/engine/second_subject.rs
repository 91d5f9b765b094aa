//! A second kind of subject, which exists only in these tests. Its references name Services of another namespace. Every
//! check of references works for it, and no check, gate or message treats it as an Ingress.

use std::collections::BTreeSet;

use backstop::engine::controllers::{self, Controller, Identified, IdentifiedBy, Profile, UNKNOWN};
use backstop::engine::evaluate::{Gates, Settings, evaluate};
use backstop::engine::model::{
    Action, Claim, Labels, ObjectName, Place, PlaceFields, PlaceForm, PortRef, ServiceTarget, Target,
};
use backstop::engine::policy::{
    Change, Circumstances, Configuration, Exemptions, Judgement, Mode, Occasion, Verdict, judge,
};
use backstop::engine::subject::{Annotations, PathType, Reference, Subject, SubjectKind, TargetSet};
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Needs, Overlay, Snapshot, Stage, View};
use backstop::report::SubjectReport;
use backstop::webhook::judgement_response;
use rstest::rstest;
use serde_json::{Value, json};

use crate::admission::nothing;
use crate::index::available;
use crate::world::world;

const FIELDS: PlaceFields =
    PlaceFields { service_name: "name", port: "port", port_number: "port", port_name: "port", resource: "kind" };
static BACKEND_REF: PlaceForm =
    PlaceForm { segments: &["spec.rules[", "].backendRefs[", "]"], fields: &FIELDS, requests: None };

/// A route `edge/route` with these targets. Each target has its own rule, and the last rule contains all of them.
pub fn route(targets: &[Target]) -> Subject {
    let mut distinct = TargetSet::default();
    let last = u32::try_from(targets.len()).unwrap();
    let once = (0..).zip(targets).map(|(rule, target)| ([rule, 0], target));
    let again = (0..).zip(targets).map(|(at, target)| ([last, at], target));
    let reference = |(indexes, target): ([u32; 2], &Target)| Reference {
        place: Place::Field(&BACKEND_REF, indexes),
        host: Some("route.example".into()),
        path: Some("/".into()),
        path_type: PathType::Prefix,
        target: distinct.insert(target.clone()),
    };
    let references = once.chain(again).map(reference).collect();
    Subject {
        kind: SubjectKind("TestRoute"),
        name: ObjectName::new("edge", "route"),
        labels: Labels::default(),
        annotations: Annotations::default(),
        targets: distinct.into_targets(),
        references,
        early: false,
        writer: None,
        deleting: false,
        ingress: None,
    }
}

fn service(name: &str) -> Target {
    Target::Service(ServiceTarget { namespace: "shop".into(), name: name.into(), port: PortRef::Number(80) })
}

fn controller(profile: &'static Profile) -> Controller<'static> {
    Controller::new(Identified::new(profile.into(), IdentifiedBy::Flag))
}

fn nginx() -> &'static Profile {
    controllers::by_id("ingress-nginx").unwrap()
}

/// The annotations of ingress controllers have no effect on a route: nothing answers in place of its backends, and no
/// IngressClass identifies its controller.
#[test]
fn a_route_has_no_annotations_of_an_ingress() {
    let world = world(
        "
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata: {name: sorry, namespace: edge}
spec: {type: ExternalName, externalName: sorry.example}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
",
    );
    let mut annotations = Annotations::default();
    for (key, value) in [
        ("kubernetes.io/ingress.class", "nginx"),
        ("alb.ingress.kubernetes.io/target-type", "ip"),
        ("nginx.ingress.kubernetes.io/canary", "true"),
        ("nginx.ingress.kubernetes.io/default-backend", "sorry"),
        ("nginx.ingress.kubernetes.io/permanent-redirect", "https://x.example"),
        ("nginx.ingress.kubernetes.io/server-snippet", "return 200;"),
        ("nginx.ingress.kubernetes.io/service-upstream", "true"),
        ("traefik.ingress.kubernetes.io/redirect-to", "https://x.example"),
    ] {
        annotations.insert(key, value);
    }
    annotations.finish();
    let plain = route(&[service("web"), service("gone")]);
    let annotated = Subject { annotations, ..plain.clone() };
    for profile in controllers::ALL {
        let seen = |subject: &Subject| {
            let settings = Settings { fallback: Some((*profile).into()), ..Settings::default() };
            let (judgement, needs) = judged(subject, &world, settings).unwrap();
            assert_eq!((judgement.controller.profile.id, judgement.controller.by), (profile.id, IdentifiedBy::Flag));
            (judgement.findings, judgement.verdict, needs)
        };
        assert_eq!(seen(&annotated), seen(&plain), "{}", profile.id);
    }
    let (judgement, _) = judged(&annotated, &world, Settings::default()).unwrap();
    assert_eq!((judgement.controller.profile.id, judgement.controller.by), ("unknown", IdentifiedBy::None));
}

/// The controller is an argument of the evaluation: one subject can be evaluated under every profile.
#[test]
fn one_subject_can_be_evaluated_under_every_profile() {
    let bucket = Target::Resource { group: "".into(), kind: "Bucket".into(), name: "assets".into() };
    let route = route(&[service("gone"), bucket]);
    let world = Snapshot::complete();
    for profile in controllers::ALL {
        let evaluation = evaluate(&route, controller(profile), &world, &Gates::open(&route), Settings::default());
        let action = |check: &str| {
            let found = evaluation.findings.iter().find(|finding| finding.check.0 == check);
            found.map_or(Action::Off, |finding| finding.action)
        };
        assert_eq!(action("service-not-found"), profile.missing_service, "{}", profile.id);
        assert_eq!(action("resource-backend"), profile.resource, "{}", profile.id);
    }
}

fn judged(subject: &Subject, view: &dyn View, settings: Settings<'_>) -> Option<(Judgement, Needs)> {
    let (configuration, change) = (Configuration::default(), Change::creation(subject));
    judge(&Circumstances::new(&configuration, subject, &change, Occasion::default(), view), settings)
}

fn settings() -> Settings<'static> {
    Settings { fallback: Some(nginx().into()), ..Settings::default() }
}

/// An index in which the namespaces of the subject and of the targets have these modes.
fn index(edge: &str, shop: &str) -> Index {
    let mut index = available();
    for (name, mode) in [("edge", edge), ("shop", shop)] {
        let json = json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {"backstop.dev/mode": mode}}});
        index.apply(crate::legal::read(&json));
    }
    index
}

/// A missing Service is read in the namespace of the target, and the mode comes from the namespace of the route.
#[test]
fn needs_and_claims_name_the_namespace_that_they_are_about() {
    let route = route(&[service("gone")]);
    let gone = ObjectName::new("shop", "gone");
    assert_eq!(route.namespaces().collect::<Vec<_>>(), ["edge", "shop"]);
    let picture = index("enforce", "enforce").picture(route.namespaces());
    let (judgement, needs) = judged(&route, &picture, settings()).unwrap();
    let [only] = &judgement.findings[..] else { panic!("{:?}", judgement.findings) };
    assert_eq!((only.action, only.enforced, only.proof.clone()), (Action::Warn, Action::Warn, None));
    assert_eq!(only.finding.claim, Some(Claim::Absent(gone.clone())));
    let proofs = [Need::Namespace("edge".to_owned()), Need::Makers("shop".to_owned()), Need::Backend(gone)];
    assert_eq!(needs, Needs { proofs: BTreeSet::from(proofs), explanations: BTreeSet::new() });
}

/// The labels and exemptions of the namespace of the targets have no effect on the route.
#[rstest]
#[case::both("enforce", "enforce", "", Some(Verdict::Deny))]
#[case::mode_of_the_targets("enforce", "off", "", Some(Verdict::Deny))]
#[case::mode_of_the_route("warn", "enforce", "", Some(Verdict::Warn))]
#[case::route_off("off", "enforce", "", None)]
#[case::targets_exempt("enforce", "enforce", "shop", Some(Verdict::Deny))]
#[case::route_exempt("enforce", "enforce", "edge", None)]
fn mode_and_exemptions_are_those_of_the_namespace_of_the_route(
    #[case] edge: &str,
    #[case] shop: &str,
    #[case] exempt: &str,
    #[case] expected: Option<Verdict>,
) {
    let route = route(&[service("gone")]);
    let index = index(edge, shop);
    let picture = index.picture(route.namespaces());
    let exempt = Exemptions { namespaces: BTreeSet::from([exempt.to_owned()]), ..Exemptions::default() };
    let configuration = Configuration { exempt, ..Configuration::default() };
    let mut live = LiveFacts::default();
    for need in [Need::Makers("shop".to_owned()), Need::Backend(ObjectName::new("shop", "gone"))] {
        nothing(&need, &mut live);
    }
    live.namespaces.insert("edge".to_owned(), picture.namespace("edge").map(Clone::clone));
    let overlay = Overlay::new(&picture, &live);
    let change = Change::creation(&route);
    let circumstances = Circumstances::new(&configuration, &route, &change, Occasion::default(), &overlay);
    assert_eq!(judge(&circumstances, settings()).map(|(judgement, _)| judgement.verdict), expected);
}

/// A Service of the same name in the namespace of the route is another Service.
#[test]
fn the_namespace_of_the_route_holds_other_services() {
    let in_edge =
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: edge}\nspec: {ports: [{port: 80}]}\n";
    let route = route(&[service("web")]);
    let (judgement, _) = judged(&route, &world(in_edge), settings()).unwrap();
    assert_eq!(judgement.verdict, Verdict::Deny);
    assert_eq!(judgement.findings[0].finding.text.hint, "", "names are near in the namespace of the target only");
    // A reference that moves to another namespace is a new one.
    let before =
        Target::Service(ServiceTarget { namespace: "edge".into(), ..service("web").service().unwrap().clone() });
    let before = self::route(&[before]);
    let change = Change::update(&before, &route);
    assert!(!change.is_none() && !change.had(&service("web"), &UNKNOWN));
}

/// cert-manager creates its solvers in the namespace of the challenge, for every kind of subject. A solver that cannot
/// be looked up is no gap.
#[test]
fn a_route_to_a_solver_of_cert_manager_is_spared() {
    let route = route(&[service("cm-acme-http-solver-x")]);
    let (absent, unknown) = (Snapshot::complete(), Index::default().picture(["edge", "shop"]));
    for view in [&absent as &dyn View, &unknown] {
        let (judgement, needs) = judged(&route, view, settings()).unwrap();
        assert_eq!((judgement.verdict, needs.is_empty()), (Verdict::Pass, true), "{:?}", judgement.gaps);
    }
}

/// The message about a failed lookup names the namespace if it differs from the namespace of the subject. An unknown
/// Service is never reported as missing.
#[test]
fn an_unknown_service_is_named_with_its_namespace() {
    let route = route(&[service("web")]);
    let picture = index("enforce", "enforce").picture(["edge"]);
    let (judgement, _) = judged(&route, &picture, settings()).unwrap();
    assert_eq!((judgement.verdict, judgement.findings.len()), (Verdict::Unknown, 0));
    assert_eq!(judgement.gaps[0].what, "Service \"web\" in namespace \"shop\"");
    assert_eq!(*judgement.gaps[0].references, [0, 1]);
}

/// Messages and reports name the kind, the fields and the namespaces of the route.
#[test]
fn report_and_response_are_about_the_route() {
    let route = route(&[service("gone"), service("lost")]);
    let view = Snapshot::complete();
    let (judgement, _) = judged(&route, &view, settings()).unwrap();
    let change = Change::creation(&route);
    let review = judgement_response("u-1".to_owned(), &route, &change, &judgement).to_review();
    let review: Value = serde_json::from_slice(&review).unwrap();
    let cause = |field: &str, service: &str| json!({"field": field, "message": format!("Service \"{service}\" does not exist"), "reason": "service-not-found"});
    let status = json!({
        "code": 403, "reason": "Forbidden",
        "message": "TestRoute edge/route: refused for 2 reasons:\n\
            - Service \"gone\" does not exist in namespace \"shop\" (2 paths, first route.example/: requests get 503) \
            [service-not-found] at spec.rules[0].backendRefs[0].name, spec.rules[2].backendRefs[0].name\n\
            - Service \"lost\" does not exist in namespace \"shop\" (2 paths, first route.example/: requests get 503) \
            [service-not-found] at spec.rules[1].backendRefs[0].name, spec.rules[2].backendRefs[1].name\n\
            To fix each of them, apply the Service first, or run the same apply again; or correct the name.",
        "details": {"causes": [
            cause("spec.rules[0].backendRefs[0].name", "gone"), cause("spec.rules[2].backendRefs[0].name", "gone"),
            cause("spec.rules[1].backendRefs[0].name", "lost"), cause("spec.rules[2].backendRefs[1].name", "lost"),
        ]},
    });
    assert_eq!(review["response"]["status"], status);
    assert_eq!(review["response"]["auditAnnotations"]["proof"], "snapshot");

    let report = serde_json::to_value(SubjectReport::new(&route, judgement, Stage::Admission, None)).unwrap();
    assert_eq!(
        (&report["kind"], &report["namespace"], &report["name"]),
        (&json!("TestRoute"), &json!("edge"), &json!("route"))
    );
    let fields: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|finding| &finding["field"]).collect();
    assert_eq!(
        fields,
        [
            "spec.rules[0].backendRefs[0].name",
            "spec.rules[1].backendRefs[0].name",
            "spec.rules[2].backendRefs[0].name",
            "spec.rules[2].backendRefs[1].name"
        ]
    );
    let first = &report["findings"][0];
    assert_eq!(first["backend"], json!({"namespace": "shop", "service": "gone", "port": 80}));
    assert_eq!((&first["host"], &first["path"]), (&json!("route.example"), &json!("/")));
    // A warning names the first field of the finding.
    let configuration = Configuration { mode: Mode::Warn, ..Configuration::default() };
    let circumstances = Circumstances::new(&configuration, &route, &change, Occasion::default(), &view);
    let (judgement, _) = judge(&circumstances, settings()).unwrap();
    let response = judgement_response("u-1".to_owned(), &route, &change, &judgement);
    assert_eq!(
        response.warnings[0],
        "spec.rules[0].backendRefs[0] and 1 more: Service \"gone\" does not exist [edge/route] [service-not-found]"
    );
}

/// A complete snapshot, and live reads over an index, give the same judgement.
#[test]
fn live_reads_of_the_other_namespace_prove_the_absence() {
    let route = route(&[service("gone")]);
    let index = index("enforce", "enforce");
    let picture = index.picture(route.namespaces());
    let (_, needs) = judged(&route, &picture, settings()).unwrap();
    let mut live = LiveFacts::default();
    needs.proofs.iter().for_each(|need| nothing(need, &mut live));
    let (judgement, _) = judged(&route, &Overlay::new(&picture, &live), settings()).unwrap();
    assert_eq!(judgement.verdict, Verdict::Deny);
    assert_eq!(judgement.findings[0].proof.as_ref().unwrap().to_string(), "not found");
    assert!(matches!(live.makers.get("shop"), Some(Lookup::Absent)) && !live.makers.contains_key("edge"));
}
