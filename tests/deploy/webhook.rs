//! The webhook configuration: its rules are narrow, and an outage of Backstop is harmless.

use rstest::rstest;
use serde_json::{Value, json};

use crate::manifests::base;

fn webhook() -> Value {
    let configuration = base("ValidatingWebhookConfiguration");
    let webhooks = configuration["webhooks"].as_array().expect("webhooks");
    assert_eq!(webhooks.len(), 1, "one webhook");
    webhooks.first().expect("one webhook").clone()
}

#[rstest]
#[case::only_ingresses_that_are_created_or_updated("/rules", json!([{
    "apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "resources": ["ingresses"],
    "operations": ["CREATE", "UPDATE"], "scope": "Namespaced",
}]))]
#[case::an_outage_blocks_nobody("/failurePolicy", json!("Ignore"))]
#[case::nobody_waits_long("/timeoutSeconds", json!(5))]
#[case::dry_runs_are_asked_about_too("/sideEffects", json!("None"))]
#[case::review_version("/admissionReviewVersions", json!(["v1"]))]
#[case::match_policy("/matchPolicy", json!("Equivalent"))]
#[case::system_namespaces_stay_repairable("/namespaceSelector", json!({"matchExpressions": [
    {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", "backstop"]},
]}))]
#[case::name("/name", json!("ingress.backstop.dev"))]
// No caBundle, not even an empty one: a later `kubectl apply` would remove the installed one.
#[case::where_it_is("/clientConfig", json!({
    "service": {"name": "backstop", "namespace": "backstop", "path": "/validate", "port": 443},
}))]
fn the_configuration_has_this_value(#[case] pointer: &str, #[case] expected: Value) {
    assert_eq!(webhook().pointer(pointer), Some(&expected), "{pointer}");
}

/// With an `objectSelector`, every user could opt out with a label. Match conditions would be a second policy.
#[test]
fn no_label_opts_out() {
    let webhook = webhook();
    assert_eq!(webhook.get("objectSelector"), None);
    assert_eq!(webhook.get("matchConditions"), None);
}

#[test]
fn the_webhook_uses_a_port_of_the_service() {
    let (webhook, service) = (webhook(), base("Service"));
    let reference = &webhook["clientConfig"]["service"];
    assert_eq!(reference["name"], service["metadata"]["name"]);
    assert_eq!(reference["namespace"], service["metadata"]["namespace"]);
    assert_eq!(reference["port"], service["spec"]["ports"][0]["port"]);
}

/// The webhook excludes the namespace in which it runs.
#[test]
fn the_webhook_excludes_its_own_namespace() {
    let webhook = webhook();
    let excluded = &webhook["namespaceSelector"]["matchExpressions"][0]["values"];
    let own = &base("Deployment")["metadata"]["namespace"];
    assert!(excluded.as_array().unwrap().contains(own), "{excluded} has {own}");
}
