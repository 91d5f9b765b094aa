//! Objects of kinds that have no row: the Pod templates in them, and the workloads that they scale.

use std::collections::BTreeMap;

use serde_json::Value;

use super::inert::is_expanded;
use super::json::Json;
use super::string_map::string_map;
use super::wire::{Metadata, NoSpec, WithSpec};
use super::workload::{WorkloadSpec, workload_facts};
use crate::engine::model::{CustomFacts, Labels, WorkloadFacts};

/// The facts of an object of a kind without a row, with its namespace; `None` if it has no name, or no fact that a
/// decision needs. `namespace` is used if the object does not state its own.
pub fn custom_facts(value: &Value, kind: &str, group: &str, namespace: &str) -> Option<(String, CustomFacts)> {
    let WithSpec::<NoSpec> { mut metadata, .. } = Json::Tree(value).read(kind).ok()?;
    metadata.complete_name();
    let Metadata { name, namespace: own, .. } = metadata;
    let is_expanded = is_expanded(group, kind);
    let mut templates = Vec::new();
    if group.contains('.') {
        add_templates(value, &mut templates);
    }
    let scales = scaled_workload(value, kind, group);
    if name.is_empty() || (templates.is_empty() && !is_expanded && scales.is_none()) {
        return None;
    }
    let namespace = if own.is_empty() { namespace.to_owned() } else { own };
    Some((
        namespace,
        CustomFacts { kind: kind.to_owned(), group: group.to_owned(), name, templates, is_expanded, scales },
    ))
}

/// The namespace and the facts of a workload of a kind that has no row, such as a Rollout or a `ReplicationController`. It
/// is recognized by the Pod template in `spec.template`.
pub fn custom_workload(value: &Value, kind: &str, group: &str, namespace: &str) -> Option<(String, WorkloadFacts)> {
    value.pointer("/spec/template/spec/containers")?.as_array()?;
    let WithSpec { mut metadata, spec } = Json::Tree(value).read::<WithSpec<WorkloadSpec>>(kind).ok()?;
    metadata.complete_name();
    let Metadata { name, namespace: own, .. } = metadata;
    let namespace = if own.is_empty() { namespace.to_owned() } else { own };
    Some((namespace, workload_facts(group, kind, name, spec)))
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

/// The events of hooks at which no Ingress of the release serves: tests, which end, deletions and rollbacks (Helm), and
/// deletions, failures and objects that are left out (Argo CD).
const OUTSIDE_SERVICE: [&str; 11] = [
    "test",
    "test-success",
    "test-failure",
    "pre-delete",
    "post-delete",
    "pre-rollback",
    "post-rollback",
    "PreDelete",
    "PostDelete",
    "SyncFail",
    "Skip",
];

/// Whether the object is a hook of a deployment tool that has no part in serving requests, and not an object of a cluster,
/// which has a `uid` (rulebook 6.5): a Pod or Job that runs once, such as a migration, or an object that exists only at an
/// event at which the release does not serve: a test, a deletion, a rollback or a failure.
pub fn is_hook(value: &Value) -> bool {
    let hooks = ["/metadata/annotations/helm.sh~1hook", "/metadata/annotations/argocd.argoproj.io~1hook"];
    let mut events = hooks.iter().filter_map(|hook| value.pointer(hook)).peekable();
    if events.peek().is_none() || value.pointer("/metadata/uid").is_some() {
        return false;
    }
    let outside = |event: &Value| {
        let mut each = event.as_str().unwrap_or_default().split(',').map(str::trim);
        each.all(|event| OUTSIDE_SERVICE.contains(&event))
    };
    match value.get("kind").and_then(Value::as_str) {
        Some("Pod" | "Job") => value.pointer("/status/phase").is_none() && value.pointer("/status/startTime").is_none(),
        // An Ingress that is a hook is judged, too.
        Some("Ingress") => false,
        _ => events.all(outside),
    }
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
        assert!(none.templates.is_empty() && none.is_expanded);
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

    #[test]
    fn a_hook_is_no_backend_unless_it_runs_in_the_cluster() {
        let hook = |kind: &str, status: Value| {
            is_hook(&json!({"kind": kind, "metadata": {"annotations": {"helm.sh/hook": "test"}}, "status": status}))
        };
        assert!(hook("Pod", json!(null)) && hook("Job", json!({})));
        assert!(!hook("Pod", json!({"phase": "Running"})) && !hook("Ingress", json!(null)));
    }

    /// A Service of a hook may exist while the Ingress serves.
    #[rstest]
    #[case("helm.sh/hook", "test", true)]
    #[case("helm.sh/hook", "pre-delete, post-delete", true)]
    #[case("helm.sh/hook", "post-install,post-delete", false)]
    #[case("helm.sh/hook", "pre-install", false)]
    #[case("helm.sh/hook", "", false)]
    #[case("argocd.argoproj.io/hook", "PostDelete", true)]
    #[case("argocd.argoproj.io/hook", "Sync", false)]
    #[case("team", "test", false)]
    fn services_that_do_not_exist_while_the_ingress_serves(
        #[case] key: &str,
        #[case] events: &str,
        #[case] expected: bool,
    ) {
        let service =
            |uid: Value| is_hook(&json!({"kind": "Service", "metadata": {"annotations": {key: events}, "uid": uid}}));
        assert_eq!(is_hook(&json!({"kind": "Service", "metadata": {"annotations": {key: events}}})), expected);
        assert!(!service(json!("1")), "it is an object of a cluster");
    }
}
