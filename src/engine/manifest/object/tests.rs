use rstest::rstest;
use serde_json::json;

use super::*;

/// What is said of an object, or whether it is read.
fn said(kind: &str, api_version: &Value) -> String {
    let value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}});
    match decode(&value, "shop") {
        Ok(Object::Other | Object::OtherPolicy) => "passed over".to_owned(),
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
fn a_kind_that_is_read_is_never_passed_over(#[case] kind: &str, #[case] version: Value, #[case] expected: &str) {
    assert_eq!(said(kind, &version), expected);
}

#[rstest]
#[case("Ingress", "networking.k8s.io/v1", "read")]
#[case("Service", "v1", "read")]
#[case("Canary", "flagger.app/v1beta1", "read")]
#[case::knative("Service", "serving.knative.dev/v1", "passed over")]
#[case::knative_ingress("Ingress", "networking.internal.knative.dev/v1alpha1", "passed over")]
#[case::openshift("Ingress", "config.openshift.io/v1", "passed over")]
#[case::calico("NetworkPolicy", "crd.projectcalico.org/v1", "passed over")]
#[case::small("service", "example.com/v1", "passed over")]
#[case::other("ConfigMap", "v1", "passed over")]
#[case::canary("Canary", "v1", "passed over")]
fn kinds_of_other_groups_are_no_error(#[case] kind: &str, #[case] version: &str, #[case] expected: &str) {
    assert_eq!(said(kind, &json!(version)), expected);
}

/// The API server would refuse it, and nothing could be judged of it: what stands there was misspelt, or is of `v1beta1`.
#[rstest]
#[case(json!({"serviceName": "web", "servicePort": 80}))]
#[case(json!({"service": {"nam": "web"}}))]
#[case(json!({}))]
fn a_backend_that_names_nothing_is_an_error(#[case] backend: Value) {
    let value = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"},
        "spec": {"rules": [{"http": {"paths": [{"backend": backend}]}}]}});
    let said = decode(&value, "shop").unwrap_err().to_string();
    assert!(said.contains("spec.rules[0].http.paths[0].backend: it names neither a service nor a resource"), "{said}");
}

#[test]
fn whatever_has_a_pod_template_is_a_workload() {
    let with = |containers: Value| {
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}});
        let value = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "web", "namespace": "blog"}, "spec": {"replicas": 3, "template": template}});
        decode(&value, "shop").unwrap()
    };
    let Object::Workload(namespace, facts) = with(json!([{"name": "app"}])) else { panic!("a workload") };
    assert_eq!((namespace.as_str(), facts.kind.as_str(), facts.replicas), ("blog", "Rollout", Some(3)));
    assert_eq!(facts.template_labels.get("app"), Some("web"));
    // What only looks like one is somebody else's affair.
    assert_eq!(with(json!({"name": "app"})), Object::Other);
    assert_eq!(with(json!([{"name": 5}])), Object::Other);
}
