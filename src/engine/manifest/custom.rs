//! Objects of kinds that have no row: the Pod templates in them, and the workloads that they scale.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::Json;
use super::string_map::string_map;
use super::wire::{Metadata, NoSpec, WithSpec};
use crate::engine::model::{CustomFacts, Labels};

/// API groups whose objects make no Pods, although most applications have some of these objects, named like the
/// application. A group that begins with a dot stands for all groups that end with it.
const WITHOUT_PODS: [&str; 28] = [
    ".k8s.io",
    ".istio.io",
    ".openshift.io",
    ".konghq.com",
    ".services.k8s.aws",
    ".cnrm.cloud.google.com",
    ".toolkit.fluxcd.io",
    "keda.sh",
    "http.keda.sh",
    "cert-manager.io",
    "acme.cert-manager.io",
    "external-secrets.io",
    "bitnami.com",
    "secrets.hashicorp.com",
    "traefik.io",
    "traefik.containo.us",
    "projectcontour.io",
    "k8s.nginx.org",
    "getambassador.io",
    "cilium.io",
    "crd.projectcalico.org",
    "projectcalico.org",
    "kyverno.io",
    "flagger.app",
    "elbv2.k8s.aws",
    "networking.gke.io",
    "cloud.google.com",
    "externaldns.k8s.io",
];

/// Kinds that make no Pods, of groups of which others do: Prometheus operator and Argo. The template of a Rollout is in
/// the Rollout, or in the Deployment to which the Rollout refers.
const KINDS_WITHOUT_PODS: [&str; 12] = [
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
    "Probe",
    "ScrapeConfig",
    "AlertmanagerConfig",
    "Application",
    "ApplicationSet",
    "AppProject",
    "AnalysisTemplate",
    "ClusterAnalysisTemplate",
    "Rollout",
];

/// The facts of an object of a kind without a row, with its namespace; `None` if it has no name, or no fact that a
/// decision needs. `namespace` is used if the object does not state its own.
pub fn custom_facts(value: &Value, kind: &str, group: &str, namespace: &str) -> Option<(String, CustomFacts)> {
    let WithSpec::<NoSpec> { mut metadata, .. } = Json::Tree(value).read(kind).ok()?;
    metadata.complete_name();
    let Metadata { name, namespace: own, .. } = metadata;
    let is_custom = group.contains('.');
    let silent = |own: &&str| *own == group || (own.starts_with('.') && group.ends_with(*own));
    let makes_pods = is_custom && !WITHOUT_PODS.iter().any(silent) && !KINDS_WITHOUT_PODS.contains(&kind);
    let mut templates = Vec::new();
    if is_custom {
        add_templates(value, &mut templates);
    }
    let scales = scaled_workload(value, kind, group);
    if name.is_empty() || (templates.is_empty() && !makes_pods && scales.is_none()) {
        return None;
    }
    let namespace = if own.is_empty() { namespace.to_owned() } else { own };
    Some((
        namespace,
        CustomFacts { kind: kind.to_owned(), group: group.to_owned(), name, templates, makes_pods, scales },
    ))
}

/// Adds the labels of all Pod templates inside `value`: mappings with labels and a `spec` in a field such as `template`
/// or `podTemplate`. A document is nested 64 deep at most.
fn add_templates(value: &Value, templates: &mut Vec<Labels>) {
    match value {
        Value::Object(fields) => {
            for (key, inside) in fields {
                let labels = inside.pointer("/metadata/labels").filter(|_| key.ends_with("emplate"));
                let labels = labels.and_then(|labels| string_map::<_, BTreeMap<String, String>>(labels).ok());
                templates.extend(labels.map(|labels| labels.into_iter().collect()));
                add_templates(inside, templates);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add_templates(item, templates)),
        _ => {}
    }
}

/// The kind and name of the workload whose replicas the object decides (rulebook 6.6): a Rollout with `workloadRef`, the
/// `ScaledObject` and the `HTTPScaledObject` of KEDA, and a `HorizontalPodAutoscaler` with `minReplicas: 0`.
fn scaled_workload(value: &Value, kind: &str, group: &str) -> Option<(String, String)> {
    let reference = match (group, kind) {
        ("argoproj.io", "Rollout") => value.pointer("/spec/workloadRef"),
        ("keda.sh", "ScaledObject") | ("http.keda.sh", "HTTPScaledObject") => value.pointer("/spec/scaleTargetRef"),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            let least = value.pointer("/spec/minReplicas").and_then(Value::as_u64);
            value.pointer("/spec/scaleTargetRef").filter(|_| least == Some(0))
        }
        _ => None,
    }?;
    let text = |fields: &[&str]| fields.iter().find_map(|field| reference.get(field).and_then(Value::as_str));
    // The HTTP add-on had the field `deployment` at first.
    let name = text(&["name", "deployment"])?;
    Some((text(&["kind"]).unwrap_or("Deployment").to_owned(), name.to_owned()))
}

/// Whether the object is a Pod or Job that a deployment tool runs once, such as a Helm test or a migration, and not an
/// object of a cluster, which has a status. Its Pods end, so they are no backends (rulebook 6.5).
pub fn is_hook(value: &Value) -> bool {
    let hook = ["/metadata/annotations/helm.sh~1hook", "/metadata/annotations/argocd.argoproj.io~1hook"];
    let once = matches!(value.get("kind").and_then(Value::as_str), Some("Pod" | "Job"));
    once && value.pointer("/status/phase").is_none()
        && value.pointer("/status/startTime").is_none()
        && hook.iter().any(|hook| value.pointer(hook).is_some())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn facts(group: &str, kind: &str, spec: &Value) -> Option<CustomFacts> {
        let value = json!({"kind": kind, "metadata": {"name": "web"}, "spec": spec});
        custom_facts(&value, kind, group, "shop").map(|(namespace, facts)| {
            assert_eq!(namespace, "shop");
            facts
        })
    }

    #[test]
    fn templates_are_found_wherever_they_are() {
        let template = json!({"metadata": {"labels": {"tier": "ingest"}}, "spec": {}});
        let found = facts("elastic.example", "Logs", &json!({"nodeSets": [{"podTemplate": template}]})).unwrap();
        assert_eq!(found.templates, [[("tier", "ingest")].into_iter().collect::<Labels>()]);
        let none = facts("elastic.example", "Logs", &json!({"other": template})).unwrap();
        assert!(none.templates.is_empty() && none.makes_pods);
    }

    #[rstest]
    #[case("argoproj.io", "Rollout", json!({"workloadRef": {"kind": "Deployment", "name": "api"}}), Some(("Deployment", "api")))]
    #[case("keda.sh", "ScaledObject", json!({"scaleTargetRef": {"name": "api"}}), Some(("Deployment", "api")))]
    #[case("keda.sh", "ScaledObject", json!({"scaleTargetRef": {"name": "api", "kind": "StatefulSet"}}), Some(("StatefulSet", "api")))]
    #[case("http.keda.sh", "HTTPScaledObject", json!({"scaleTargetRef": {"deployment": "api"}}), Some(("Deployment", "api")))]
    #[case("autoscaling", "HorizontalPodAutoscaler", json!({"minReplicas": 0, "scaleTargetRef": {"kind": "Deployment", "name": "api"}}), Some(("Deployment", "api")))]
    #[case("autoscaling", "HorizontalPodAutoscaler", json!({"minReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "api"}}), None)]
    fn objects_that_decide_replicas(
        #[case] group: &str,
        #[case] kind: &str,
        #[case] spec: Value,
        #[case] expected: Option<(&str, &str)>,
    ) {
        let scales = facts(group, kind, &spec).and_then(|facts| facts.scales);
        assert_eq!(scales.as_ref().map(|(kind, name)| (kind.as_str(), name.as_str())), expected);
    }

    #[rstest]
    #[case("monitoring.coreos.com", "Prometheus", true)]
    #[case("monitoring.coreos.com", "ServiceMonitor", false)]
    #[case("route.openshift.io", "Route", false)]
    #[case("gateway.networking.k8s.io", "HTTPRoute", false)]
    #[case("apps", "Anything", false)]
    fn operators_that_make_pods(#[case] group: &str, #[case] kind: &str, #[case] expected: bool) {
        assert_eq!(facts(group, kind, &json!({})).is_some(), expected);
    }

    #[test]
    fn a_hook_is_no_backend_unless_it_runs_in_the_cluster() {
        let hook = |kind: &str, status: Value| {
            is_hook(&json!({"kind": kind, "metadata": {"annotations": {"helm.sh/hook": "test"}}, "status": status}))
        };
        assert!(hook("Pod", json!(null)) && hook("Job", json!({})));
        assert!(!hook("Pod", json!({"phase": "Running"})) && !hook("Deployment", json!(null)));
    }
}
