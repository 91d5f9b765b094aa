//! UPDATEs: which references were there before (gate G1; rulebook 7.8).

use backstop::engine::policy::Configuration;
use rstest::rstest;
use serde_json::{Value, json};

use crate::admission::{ask_with, ingress, review, shop};

const ACTION: &str = "alb.ingress.kubernetes.io/actions.x";

/// An Ingress of this class with these backends, an action `x` that forwards to `gone`, and this default backend.
fn with_action(class: &str, backends: &[&str], default: Option<&str>) -> Value {
    let groups = json!([{"serviceName": "gone", "servicePort": 80}]);
    let forward = json!({"type": "forward", "forwardConfig": {"targetGroups": groups}});
    let mut object = ingress(&[], &json!({ACTION: forward.to_string(), "kubernetes.io/ingress.class": class}));
    object["spec"].as_object_mut().unwrap().remove("ingressClassName");
    let path = |backend: &&str| {
        let (service, port) = backend.split_once(':').unwrap();
        let port = port.parse::<u16>().map_or_else(|_| json!({"name": port}), |number| json!({"number": number}));
        json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": port}}})
    };
    object["spec"]["rules"][0]["http"]["paths"] = backends.iter().map(path).collect();
    if let Some(name) = default {
        object["spec"]["defaultBackend"] = json!({"service": {"name": name, "port": {"number": 80}}});
    }
    object
}

/// A target of the stored object counts only if its controller sent requests to it. An action that no backend names, and a
/// default backend that the controller ignores, were never denied, so they do not excuse a new reference.
#[rstest]
#[case::action_of_another_controller("nginx", &["web:80"], &["web:80", "gone:80"], None, "deny")]
#[case::the_same_reference("nginx", &["gone:80"], &["gone:80", "web:80"], None, "audit")]
#[case::unused_action_becomes_a_path("alb", &["web:80"], &["web:80", "gone:80"], None, "deny")]
#[case::unused_action_is_named("alb", &["web:80"], &["web:80", "x:use-annotation"], None, "deny")]
#[case::named_action_becomes_a_path("alb", &["x:use-annotation"], &["x:use-annotation", "gone:80"], None, "audit")]
#[case::ignored_default_backend("traefik", &["web:80"], &["web:80", "gone:80"], Some("gone"), "deny")]
#[case::ignored_default_backend_stays("traefik", &["web:80"], &["web:80", "web:81"], Some("gone"), "deny")]
#[case::default_backend_of_hosts_with_root("nginx", &["web:80"], &["web:80", "gone:80"], Some("gone"), "deny")]
#[case::used_default_backend("haproxy", &["web:80"], &["web:80", "gone:80"], Some("gone"), "audit")]
#[case::default_backend_alone("traefik", &[], &["gone:80"], Some("gone"), "audit")]
#[tokio::test]
async fn only_references_that_the_controller_uses_were_there_before(
    #[case] class: &str,
    #[case] before: &[&str],
    #[case] after: &[&str],
    #[case] default: Option<&str>,
    #[case] expected: &str,
) {
    let (mut old, new) = (with_action(class, before, default), with_action(class, after, default));
    if before.is_empty() {
        old["spec"]["rules"] = json!([]);
    }
    let response = ask_with(shop(None), Configuration::default(), &review("UPDATE", &new, &old)).await;
    let verdict = response["auditAnnotations"]["verdict"].as_str().unwrap_or("pass");
    assert_eq!(verdict, expected, "{response}");
}

/// The Ingress of `ignored_default_backend_stays` gets no second warning about the default backend.
#[tokio::test]
async fn an_ignored_default_backend_is_reported_once() {
    let (old, new) = (
        with_action("traefik", &["web:80"], Some("gone")),
        with_action("traefik", &["web:80", "web:8080"], Some("gone")),
    );
    let ask = async |review| ask_with(shop(None), Configuration::default(), &review).await;
    let created = ask(review("CREATE", &old, &Value::Null)).await;
    assert_eq!(created["auditAnnotations"]["verdict"], "warn", "{created}");
    let updated = ask(review("UPDATE", &new, &old)).await;
    assert!(!updated.to_string().contains("ignores spec.defaultBackend"), "{updated}");
    assert!(
        updated["auditAnnotations"]["findings"]
            .as_str()
            .unwrap()
            .contains("service-not-found=audit@spec.defaultBackend"),
        "{updated}"
    );
}
