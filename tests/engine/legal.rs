//! Any Ingress that the API server stores, in any small cluster: it is decoded like the types of Kubernetes, judged
//! without a panic, and judged with the same result from watches and from files.

use backstop::engine::evaluate::{Evaluation, Settings};
use backstop::engine::kinds::{Kind, Object, object};
use backstop::engine::manifest::ingress;
use backstop::engine::policy::{Change, Circumstances, Configuration, Occasion, judge};
use backstop::engine::subject::Subject;
use backstop::engine::view::{Index, Picture, Snapshot, View};
use backstop::engine::{checks, controllers};
use k8s_openapi::api::networking::v1::Ingress;
use proptest::prelude::*;
use proptest::sample::{Index as Pick, select};
use proptest::test_runner::TestCaseError;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::world::{fields, sentence};

#[path = "../../fuzz/fuzz_targets/typed.rs"]
mod typed;

/// Few names, so that objects refer to each other. Two names are similar enough for a hint.
pub const SERVICES: [&str; 4] = ["web", "webb", "cart", "xn--caf-dma"];
const PORTS: [u16; 3] = [80, 8080, 443];
const NAMES: [&str; 4] = ["http", "https", "web", "use-annotation"];
pub const CLASSES: [&str; 4] = ["nginx", "alb", "traefik", "none"];
const CONTROLLERS: [&str; 4] =
    ["k8s.io/ingress-nginx", "ingress.k8s.aws/alb", "traefik.io/ingress-controller", "example.com/own"];
const ANNOTATIONS: [&str; 12] = [
    "kubernetes.io/ingress.class",
    "nginx.ingress.kubernetes.io/canary",
    "nginx.ingress.kubernetes.io/default-backend",
    "nginx.ingress.kubernetes.io/permanent-redirect",
    "nginx.ingress.kubernetes.io/service-upstream",
    "alb.ingress.kubernetes.io/actions.web",
    "alb.ingress.kubernetes.io/target-type",
    "nginx.org/mergeable-ingress-type",
    "projectcontour.io/ingress.class",
    "backstop.dev/ignore",
    "backstop.dev/ignore-reason",
    "example.com/any",
];
const VALUES: [&str; 10] = [
    "",
    "true",
    "web",
    "nginx",
    "alb",
    "ip",
    "no-endpoints,nonsense",
    r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"cart","servicePort":"80"}]}}"#,
    r#"{"type":"redirect"}"#,
    "{\u{0}\u{1f980}",
];

pub fn words(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    select(of).prop_map(Value::from)
}

pub fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::option::of(value).prop_map(Option::unwrap_or_default)
}

/// Without the fields that are null: the API server leaves them out.
pub fn without_nulls(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}

fn backend() -> impl Strategy<Value = Value> {
    let port = prop_oneof![
        (1..=u16::MAX).prop_map(|number| json!({"number": number})),
        select(&PORTS).prop_map(|number| json!({"number": number})),
        words(&NAMES).prop_map(|name| json!({"name": name})),
    ];
    let name = prop_oneof![4 => select(&SERVICES).prop_map(str::to_owned), 1 => "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"];
    prop_oneof![
        5 => (name, port).prop_map(|(name, port)| json!({"service": {"name": name, "port": port}})),
        1 => words(&["Bucket", "Service"])
            .prop_map(|kind| json!({"resource": {"apiGroup": "k8s.example", "kind": kind, "name": "web"}})),
    ]
}

pub fn an_ingress(name: &'static str) -> impl Strategy<Value = Value> {
    let path = (words(&["Prefix", "Exact", "ImplementationSpecific"]), "/[-a-z/.*~]{0,8}", backend())
        .prop_map(|(kind, path, backend)| json!({"path": path, "pathType": kind, "backend": backend}));
    let rule = (maybe(words(&["shop.example", "*.shop.example"])), prop::collection::vec(path, 0..4)).prop_map(
        |(host, paths)| {
            let http = if paths.is_empty() { Value::Null } else { json!({"paths": paths}) };
            without_nulls(json!({"host": host, "http": http}))
        },
    );
    let spec = (maybe(words(&CLASSES)), maybe(backend()), prop::collection::vec(rule, 0..3)).prop_map(
        |(class, backend, rules)| {
            without_nulls(json!({"ingressClassName": class, "defaultBackend": backend, "rules": rules}))
        },
    );
    let annotations = prop::collection::btree_map(select(&ANNOTATIONS), select(&VALUES), 0..5);
    (annotations, spec).prop_map(move |(annotations, spec)| {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": spec,
            "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
        })
    })
}

pub fn a_service(name: &'static str) -> impl Strategy<Value = Value> {
    let port = (maybe(words(&NAMES)), select(&PORTS), maybe(words(&NAMES)), maybe(words(&["TCP", "UDP"]))).prop_map(
        |(name, number, target, protocol)| {
            without_nulls(json!({"name": name, "port": number, "targetPort": target, "protocol": protocol}))
        },
    );
    let kind = words(&["ClusterIP", "NodePort", "ExternalName"]);
    let headless = maybe(Just("None".into()));
    (kind, headless, any::<bool>(), prop::collection::vec(port, 0..3)).prop_map(move |(kind, ip, selects, ports)| {
        let selector = if selects { json!({"app": name}) } else { Value::Null };
        let outside = if kind == "ExternalName" { json!("localhost") } else { Value::Null };
        let spec = json!({"type": kind, "clusterIP": ip, "selector": selector, "ports": ports, "externalName": outside});
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": without_nulls(spec)})
    })
}

pub fn a_slice(name: &'static str) -> impl Strategy<Value = Value> {
    let flag = || prop::option::of(any::<bool>());
    let endpoint = (flag(), flag(), flag()).prop_map(|(ready, serving, terminating)| {
        json!({"addresses": ["10.0.0.1"], "conditions": {"ready": ready, "serving": serving, "terminating": terminating}})
    });
    let port = (words(&["", "http", "https", "web"]), maybe(select(&PORTS).prop_map(Value::from)))
        .prop_map(|(name, number)| without_nulls(json!({"name": name, "port": number})));
    let (endpoints, ports) = (prop::collection::vec(endpoint, 0..3), prop::collection::vec(port, 0..3));
    (select(&SERVICES), endpoints, ports).prop_map(move |(service, endpoints, ports)| {
        let metadata = json!({"name": name, "namespace": "shop", "labels": {"kubernetes.io/service-name": service}});
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
            "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
        })
    })
}

pub fn a_class(name: &'static str) -> impl Strategy<Value = Value> {
    (words(&CONTROLLERS), words(&["true", "false"])).prop_map(move |(controller, default)| {
        let annotations = json!({"ingressclass.kubernetes.io/is-default-class": default});
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
            "metadata": {"name": name, "annotations": annotations}, "spec": {"controller": controller},
        })
    })
}

/// Objects of different names.
fn a_cluster() -> impl Strategy<Value = Vec<Value>> {
    let object = |name: &'static str, of: &str| match of {
        "Service" => a_service(name).boxed(),
        "EndpointSlice" => a_slice(name).boxed(),
        "IngressClass" => a_class(name).boxed(),
        _ => an_ingress(name).boxed(),
    };
    let of = |kind, names: &'static [&'static str]| names.iter().map(move |name| object(name, kind)).collect();
    let all: [Vec<_>; 4] = [
        of("Service", &SERVICES),
        of("EndpointSlice", &["a", "b", "c", "d"]),
        of("IngressClass", &CLASSES),
        of("Ingress", &["other", "another"]),
    ];
    let each: Vec<_> = all.into_iter().flatten().map(prop::option::of).collect();
    each.prop_map(|objects| objects.into_iter().flatten().collect())
}

pub fn read(json: &Value) -> Object {
    object(json, "default").unwrap_or_else(|error| panic!("{error}: {json}"))
}

pub fn subject(json: &Value) -> Subject {
    ingress(&json.to_string(), "default").unwrap()
}

/// An index with these objects, applied in this order.
fn index<'v>(events: impl IntoIterator<Item = &'v Value>) -> Picture {
    let mut index = Index::default();
    for kind in Kind::ALL {
        index.set_available(kind, Ok(()));
    }
    for event in events {
        index.apply(read(event));
    }
    index.picture(["shop"])
}

fn snapshot(objects: &[Value]) -> Snapshot {
    let mut snapshot = Snapshot::complete();
    objects.iter().map(read).for_each(|object| snapshot.insert(object));
    snapshot
}

fn evaluated(subject: &Subject, view: &dyn View, profile: &'static controllers::Profile) -> Evaluation {
    crate::world::evaluated(subject, view, Settings { fallback: Some(profile.into()), ..Settings::default() })
}

/// All findings and gaps as text.
fn rendered(subject: &Subject, view: &dyn View, profile: &'static controllers::Profile) -> String {
    let configuration = Configuration::default();
    let change = Change::creation(subject);
    let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), view);
    format!("{:#?}", judge(&circumstances, Settings { fallback: Some(profile.into()), ..Settings::default() }))
}

/// The fields and checks of the findings.
fn found(subject: &Subject, evaluation: &Evaluation) -> Vec<String> {
    let found = evaluation.findings.iter().map(|finding| {
        format!("{} at {}", finding.check, fields(subject, &finding.field, &finding.references).join(", "))
    });
    found.collect()
}

pub fn profile() -> impl Strategy<Value = &'static controllers::Profile> {
    select(controllers::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn backends_are_those_that_kubernetes_types_have(json in an_ingress("web")) {
        let typed = Ingress::deserialize(&json).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let subject = subject(&json);
        prop_assert_eq!(typed::read_targets(&subject), typed::targets(&typed, &subject.name.namespace));
    }

    /// The text of a review and the object of a file give the same subject.
    #[test]
    fn an_ingress_is_the_same_from_a_review_and_from_a_file(json in an_ingress("web")) {
        prop_assert_eq!(Object::Ingress(subject(&json).into()), read(&json));
    }

    #[test]
    fn the_order_of_events_does_not_matter(
        json in an_ingress("web"), before in a_cluster(), after in a_cluster(), picks in prop::collection::vec(any::<Pick>(), 20), profile in profile(),
    ) {
        let subject = subject(&json);
        let mut shuffled: Vec<&Value> = after.iter().collect();
        for (at, pick) in (1..shuffled.len()).zip(picks) {
            shuffled.swap(at, pick.index(at + 1));
        }
        let expected = rendered(&subject, &index(&after), profile);
        prop_assert_eq!(&rendered(&subject, &index(shuffled.iter().copied()), profile), &expected);
        // The same objects had other states before.
        let named = |object: &&Value| after.iter().any(|it| it["kind"] == object["kind"] && it["metadata"]["name"] == object["metadata"]["name"]);
        let events = before.iter().filter(named).chain(shuffled.iter().copied());
        prop_assert_eq!(&rendered(&subject, &index(events), profile), &expected);
    }

    /// Watches and files give the same findings. Only files contain Pods, so no Service of this test selects any.
    #[test]
    fn watches_and_files_find_the_same(json in an_ingress("web"), mut objects in a_cluster(), profile in profile()) {
        for spec in objects.iter_mut().filter_map(|object| object["spec"].as_object_mut()) {
            spec.remove("selector");
        }
        let subject = subject(&json);
        let (watched, filed) = (index(&objects), snapshot(&objects));
        let found = |view: &dyn View| found(&subject, &evaluated(&subject, view, profile));
        prop_assert_eq!(found(&watched), found(&filed));
    }

    /// Messages contain no control characters, because the API server drops such warnings. No finding is more severe
    /// than its check, so that configuring the default action of a check changes nothing.
    #[test]
    fn messages_contain_no_control_characters_and_actions_stay_within_the_check(json in an_ingress("web"), objects in a_cluster(), profile in profile()) {
        let subject = subject(&json);
        for finding in evaluated(&subject, &snapshot(&objects), profile).findings {
            for text in [&finding.headline(), &sentence(&subject, &finding), finding.help()] {
                prop_assert!(!text.is_empty() && !text.contains('\n'), "{}: {text:?}", finding.check);
            }
            let check = checks::ALL.iter().find(|check| check.id == finding.check);
            prop_assert!(check.is_some_and(|check| finding.action <= check.action), "{finding:?}");
        }
    }
}
