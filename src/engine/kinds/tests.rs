use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use rstest::rstest;
use serde_json::{Value, json};

use super::object::Source;
use super::*;
use crate::engine::manifest::Json;
use crate::engine::model::Labels;
use crate::engine::programs;

/// The error for an object with this kind and version, or whether the object is decoded or ignored.
fn error_or_outcome(kind: &str, api_version: &Value) -> String {
    let value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}});
    match object(&value, "shop") {
        Ok(Object::Other | Object::OtherPolicy | Object::Custom(..)) => "ignored".to_owned(),
        Ok(_) => "read".to_owned(),
        Err(unusable) => unusable.to_string(),
    }
}

const MISSING: &str = "apiVersion is missing: use networking.k8s.io/v1";

#[rstest]
#[case::null("Ingress", json!(null), MISSING)]
#[case::empty("Ingress", json!(""), MISSING)]
#[case::number("Ingress", json!(1), "Ingress of 1 is not supported: use networking.k8s.io/v1")]
#[case::core("Ingress", json!("v1"), "Ingress of v1 is not supported: use networking.k8s.io/v1")]
#[case::apps("Ingress", json!("apps/v1"), "Ingress of apps/v1 is not supported: use networking.k8s.io/v1")]
#[case::no_version("Ingress", json!("networking.k8s.io"), "Ingress of networking.k8s.io is not supported: use networking.k8s.io/v1")]
#[case::retired("Ingress", json!("extensions/v1beta1"), "Ingress of extensions/v1beta1 is not supported: use networking.k8s.io/v1")]
#[case::slip("Ingress", json!("networking.k8.io/v1"), "Ingress of networking.k8.io/v1 is not supported: use networking.k8s.io/v1")]
#[case::capitals("Ingress", json!("Networking.k8s.io/v1"), "Ingress of Networking.k8s.io/v1 is not supported: use networking.k8s.io/v1")]
#[case::other_own("Service", json!("networking.k8s.io/v1"), "Service of networking.k8s.io/v1 is not supported: use v1")]
#[case::service("Service", json!(null), "apiVersion is missing: use v1")]
#[case::deployment("Deployment", json!("v1"), "Deployment of v1 is not supported: use apps/v1")]
#[case::kind("ingress", json!("networking.k8s.io/v1"), "there is no kind \"ingress\": use Ingress")]
#[case::kind_alone("SERVICE", json!(null), "there is no kind \"SERVICE\": use Service")]
fn a_misspelt_kind_or_version_is_an_error(#[case] kind: &str, #[case] version: Value, #[case] expected: &str) {
    assert_eq!(error_or_outcome(kind, &version), expected);
}

#[rstest]
#[case("Ingress", "networking.k8s.io/v1", "read")]
#[case("Service", "v1", "read")]
#[case("Canary", "flagger.app/v1beta1", "read")]
#[case::knative("Service", "serving.knative.dev/v1", "read")]
#[case::knative_ingress("Ingress", "networking.internal.knative.dev/v1alpha1", "ignored")]
#[case::openshift("Ingress", "config.openshift.io/v1", "ignored")]
#[case::calico("NetworkPolicy", "crd.projectcalico.org/v1", "ignored")]
#[case::small("service", "example.com/v1", "ignored")]
#[case::other("ConfigMap", "v1", "ignored")]
#[case::canary("Canary", "v1", "ignored")]
fn kinds_of_other_groups_are_no_error(#[case] kind: &str, #[case] version: &str, #[case] expected: &str) {
    assert_eq!(error_or_outcome(kind, &json!(version)), expected);
}

/// The API server rejects such a backend. Probably a key is misspelt, or is a key of `v1beta1`.
#[rstest]
#[case(json!({"serviceName": "web", "servicePort": 80}))]
#[case(json!({"service": {"nam": "web"}}))]
#[case(json!({}))]
fn a_backend_without_service_and_resource_is_an_error(#[case] backend: Value) {
    let value = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"},
        "spec": {"rules": [{"http": {"paths": [{"backend": backend}]}}]}});
    let message = object(&value, "shop").unwrap_err().to_string();
    assert!(
        message.contains("spec.rules[0].http.paths[0].backend: it names neither a service nor a resource"),
        "{message}"
    );
}

/// The message says what is expected in place of what the object has.
#[rstest]
#[case::list(json!([]), ": expected a mapping, found a list")]
#[case::relevant(json!({"ingressclass.kubernetes.io/is-default-class": true}),
    "[\"ingressclass.kubernetes.io/is-default-class\"]: expected a text, found true; put it in quotes")]
#[case::other(json!({"example.com/x": 1}), "[\"example.com/x\"]: expected a text, found 1; put it in quotes")]
fn annotations_are_a_map_of_strings(#[case] annotations: Value, #[case] expected: &str) {
    let value = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
        "metadata": {"name": "nginx", "annotations": annotations}});
    let said = object(&value, "shop").unwrap_err().to_string();
    assert_eq!(said, format!("cannot read it as an IngressClass: metadata.annotations{expected}"));
}

/// The API server stores `null` as the empty string.
#[rstest]
#[case("v1", "Service", json!({"selector": {"app": null}}))]
#[case("v1", "Namespace", json!({}))]
#[case("v1", "Pod", json!({}))]
#[case("apps/v1", "Deployment", json!({"template": {"metadata": {"labels": {"a": null}, "annotations": {"b": null}}}}))]
#[case("discovery.k8s.io/v1", "EndpointSlice", json!({}))]
#[case("networking.k8s.io/v1", "Ingress", json!({}))]
#[case("networking.k8s.io/v1", "IngressClass", json!({}))]
#[case("networking.k8s.io/v1", "NetworkPolicy", json!({"podSelector": {"matchLabels": {"app": null}}}))]
fn null_in_a_map_of_strings_is_the_empty_string(#[case] version: &str, #[case] kind: &str, #[case] spec: Value) {
    let of = |value: &Value, spec: Value| {
        let annotations = json!({"example.com/x": value, "ingressclass.kubernetes.io/is-default-class": value,
            "cloud.google.com/neg": value, "nginx.ingress.kubernetes.io/canary": value});
        let metadata = json!({"name": "web", "namespace": "shop", "labels": {"a": value}, "annotations": annotations});
        let value = json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
        object(&value, "shop").unwrap()
    };
    let empty = serde_json::from_str(&spec.to_string().replace("null", "\"\"")).unwrap();
    assert_eq!(of(&Value::Null, spec), of(&"".into(), empty));
}

#[test]
fn every_object_with_a_pod_template_is_a_workload() {
    let with = |containers: Value| {
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}});
        let value = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "web", "namespace": "blog"}, "spec": {"replicas": 3, "template": template}});
        object(&value, "shop").unwrap()
    };
    let Object::Workload(namespace, facts) = with(json!([{"name": "app"}])) else { panic!("a workload") };
    assert_eq!((namespace.as_str(), facts.kind.as_str(), facts.replicas), ("blog", "Rollout", Some(3)));
    assert_eq!(facts.template_labels.get("app"), Some("web"));
    // The containers of an object that only looks like a workload are not known. That is no error.
    for containers in [json!({"name": "app"}), json!([{"name": 5}])] {
        let Object::Custom(_, facts) = with(containers) else { panic!("a template") };
        assert_eq!(facts.templates, [[("app", "web")].into_iter().collect::<Labels>()]);
    }
}

#[rstest]
#[case::number(
    "v1", "Service", json!({"metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}, {"port": "80"}]}}),
    "a Service: spec.ports[1].port: expected a whole number, found \"80\"; leave out the quotes"
)]
#[case::long_text(
    "v1", "Service", json!({"metadata": {"name": "a"}, "spec": {"ports": [{"port": "x".repeat(65)}]}}),
    "a Service: spec.ports[0].port: expected a whole number, found a long text"
)]
#[case::number_or_name(
    "v1", "Service", json!({"metadata": {"name": "a"}, "spec": {"ports": [{"port": 1, "targetPort": [1]}]}}),
    "a Service: spec.ports[0].targetPort: expected a number or a name, found a list"
)]
#[case::range(
    "networking.k8s.io/v1", "Ingress",
    json!({"metadata": {"name": "a"}, "spec": {"defaultBackend": {"service": {"port": {"number": 99_999_999_999_u64}}}}}),
    "an Ingress: spec.defaultBackend.service.port.number: expected a whole number in its range, found 99999999999"
)]
#[case::name(
    "networking.k8s.io/v1", "Ingress", json!({"metadata": {"name": true}}),
    "an Ingress: metadata.name: expected a text, found true; put it in quotes"
)]
#[case::port_name(
    "networking.k8s.io/v1", "Ingress",
    json!({"metadata": {"name": "a"}, "spec": {"defaultBackend": {"service": {"name": "b", "port": {"name": 80}}}}}),
    "an Ingress: spec.defaultBackend.service.port.name: expected a text, found 80; use number: 80"
)]
#[case::label(
    "v1", "Service", json!({"metadata": {"name": "a", "labels": {"example.com/tier": 1}}}),
    "a Service: metadata.labels[\"example.com/tier\"]: expected a text, found 1; put it in quotes"
)]
#[case::list(
    "networking.k8s.io/v1", "Ingress", json!({"metadata": {"name": "a"}, "spec": {"rules": {"host": "a"}}}),
    "an Ingress: spec.rules: expected a list, found a mapping"
)]
#[case::mapping("networking.k8s.io/v1", "Ingress", json!({"metadata": {"name": "a"}, "spec": "x"}),
    "an Ingress: spec: expected a mapping, found \"x\""
)]
#[case::flag("v1", "Pod", json!({"metadata": {"name": "a"}, "spec": {"hostNetwork": "true"}}),
    "a Pod: spec.hostNetwork: expected true or false, found \"true\"; write it without quotes"
)]
fn a_type_error_names_the_field_and_the_expected_type(
    #[case] version: &str,
    #[case] kind: &str,
    #[case] mut json: Value,
    #[case] expected: &str,
) {
    json["apiVersion"] = version.into();
    json["kind"] = kind.into();
    let error = object(&json, "shop").unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read it as {expected}"));
    let kind = Kind::ALL.into_iter().find(|known| known.name() == kind).unwrap();
    let text = json.to_string();
    assert_eq!(Source { kind, json: Json::Text(&text), namespace: "shop" }.decode(), Err(error));
}

#[test]
fn the_rows_are_consistent() {
    let distinct = |of: fn(Kind) -> &'static str| Kind::ALL.map(of).into_iter().collect::<BTreeSet<_>>().len();
    assert_eq!((distinct(Kind::name), distinct(Kind::plural)), (Kind::ALL.len(), Kind::ALL.len()));
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        let row = kind.row();
        assert_eq!(kind as usize, number);
        assert_eq!(format!("{}/{}", kind.group(), kind.version()).trim_start_matches('/'), row.api_version);
        assert_eq!(row.plural, row.plural.to_ascii_lowercase());
        assert_eq!(kind.is_in_files_only(), kind == Kind::Endpoints, "{kind:?}");
        // A custom resource may not be installed, so it cannot be watched.
        assert!(!row.custom || row.watched == Watch::Never, "{kind:?}");
        assert_eq!(row.custom, programs::maker(kind.group(), kind.name()).is_some(), "{kind:?}");
    }
}

struct NumberOf;

impl ForKind for NumberOf {
    type Output = usize;

    fn call<const KIND: usize>(self) -> usize {
        KIND
    }
}

/// Names of fields, including those that the decoders read.
const FIELDS: [&str; 40] = [
    "name",
    "namespace",
    "labels",
    "annotations",
    "deletionTimestamp",
    "creationTimestamp",
    "ports",
    "port",
    "targetPort",
    "protocol",
    "selector",
    "type",
    "rules",
    "http",
    "paths",
    "backend",
    "service",
    "number",
    "defaultBackend",
    "endpoints",
    "conditions",
    "ready",
    "addresses",
    "controller",
    "template",
    "containers",
    "replicas",
    "podSelector",
    "matchLabels",
    "ingress",
    "from",
    "targetRef",
    "kind",
    "status",
    "phase",
    "ingressClassName",
    "kubernetes.io/service-name",
    "ingressclass.kubernetes.io/is-default-class",
    "metadata",
    "spec",
];

/// Objects of any kind, valid and invalid.
fn an_object() -> impl Strategy<Value = (Kind, Value)> {
    let scalar = prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!("")),
        Just(json!("web")),
        Just(json!("\u{e9}\n")),
        Just(json!(80)),
        Just(json!(-1)),
        Just(json!(99_999_999_999_u64)),
        Just(json!("2026-01-01T00:00:00Z")),
        Just(json!([])),
        Just(json!({})),
    ];
    let part = scalar.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            3 => prop::collection::btree_map(select(&FIELDS), inner.clone(), 0..6).prop_map(|fields| json!(fields)),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    });
    let metadata = (part.clone(), prop::option::of(part.clone())).prop_map(|(labels, other)| {
        other.unwrap_or_else(|| json!({"name": "web", "namespace": "shop", "labels": labels}))
    });
    (select(&Kind::ALL), metadata, part.clone(), part).prop_map(|(kind, metadata, spec, other)| {
        let object = json!({
            "apiVersion": kind.row().api_version, "kind": kind.name(), "metadata": metadata, "spec": spec, "status": other,
            "endpoints": other, "ports": other,
        });
        (kind, object)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    /// Watches decode text, and files are decoded from trees. Both must give the same facts or the same error.
    #[test]
    fn text_and_tree_give_the_same_result((kind, value) in an_object()) {
        let text = value.to_string();
        let source = |json| Source { kind, json, namespace: "default" };
        let from_tree = source(Json::Tree(&value)).decode();
        prop_assert_eq!(&source(Json::Text(&text)).decode(), &from_tree);
        prop_assert_eq!(&object(&value, "default"), &from_tree);
        prop_assert_eq!(kind.call(NumberOf), kind as usize);
        if from_tree.is_err() && value.pointer("/metadata/name").is_some_and(Value::is_string) {
            let unread = unread(&value, "default");
            prop_assert!(matches!(unread, Some(Object::Unread(of, _)) if of == kind) || value["metadata"]["name"] == "", "{:?}", unread);
        }
    }
}
