//! A kustomization: which files and objects it collects, and how it changes them.

use serde_json::Value;

/// The fields that add objects which stand in no file.
const ADDING: [&str; 3] = ["helmCharts", "helmChartInflationGenerator", "generators"];

/// The fields that may change any field of the objects, and what to say about an Ingress among them.
const CHANGING: [(&str, &str); 4] = [
    ("replacements", "the replacements of a kustomization may change it"),
    ("vars", "the vars of a kustomization may change it"),
    ("transformers", "the transformers of a kustomization may change it"),
    ("configurations", "the configurations of a kustomization may change it"),
];

/// The facts of a kustomization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KustomizationFacts {
    /// The paths or URLs of the files and kustomizations that it collects.
    pub resources: Vec<String>,
    /// It has objects that stand in no file, such as those of a chart.
    pub adds_objects: bool,
    /// It is a part that other kustomizations include.
    pub is_component: bool,
    /// Why any field of its objects may change, as a clause for people.
    pub changes: Option<&'static str>,
    /// The namespace of all its objects.
    pub namespace: Option<String>,
    /// The text before all names of its objects; empty for none.
    pub prefix: String,
    /// The text after all names of its objects; empty for none.
    pub suffix: String,
    /// Its patches.
    pub patches: Vec<PatchFacts>,
}

/// A patch of a kustomization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchFacts {
    /// The path of the file with the patch.
    pub path: Option<String>,
    /// The patch itself, unless it is in a file.
    pub text: Option<String>,
    /// The objects that it changes, unless the patch names them.
    pub target: Option<PatchTarget>,
}

/// The objects that a patch changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatchTarget {
    /// The kind; `None` for all kinds.
    pub kind: Option<String>,
    /// The namespace; `None` if the patch states none.
    pub namespace: Option<String>,
    /// The name; `None` for all names.
    pub name: Option<String>,
}

/// The facts of the kustomization `value`.
pub fn kustomization_facts(value: &Value) -> KustomizationFacts {
    let entries = |field: &str| value.get(field).and_then(Value::as_array).into_iter().flatten();
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let has = |field: &str| value.get(field).is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty()));
    let collected = ["resources", "bases", "components"].into_iter().flat_map(entries);
    let patches = entries("patches").chain(entries("patchesJson6902")).map(patch);
    let merges = entries("patchesStrategicMerge").filter_map(Value::as_str).map(|merge| {
        // The patch itself, or the path of a file.
        let (path, text) = if merge.contains('\n') { (None, Some(merge)) } else { (Some(merge), None) };
        PatchFacts { path: path.map(str::to_owned), text: text.map(str::to_owned), target: None }
    });
    KustomizationFacts {
        resources: collected.filter_map(Value::as_str).map(str::to_owned).collect(),
        adds_objects: ADDING.into_iter().any(has),
        is_component: value.get("kind").and_then(Value::as_str) == Some("Component"),
        changes: CHANGING.iter().find(|(field, _)| has(field)).map(|(_, why)| *why),
        namespace: Some(text("namespace")).filter(|namespace| !namespace.is_empty()),
        prefix: text("namePrefix"),
        suffix: text("nameSuffix"),
        patches: patches.chain(merges).collect(),
    }
}

fn patch(patch: &Value) -> PatchFacts {
    let text = |field: &str| patch.get(field).and_then(Value::as_str).map(str::to_owned);
    let target = patch.get("target").map(|target| {
        // The fields of a target are regular expressions.
        let plain = |field: &str| {
            let text = target.get(field).and_then(Value::as_str)?;
            let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            is_plain.then(|| text.to_owned())
        };
        PatchTarget { kind: plain("kind"), namespace: plain("namespace"), name: plain("name") }
    });
    PatchFacts { path: text("path"), text: text("patch"), target }
}

/// The object that a patch changes, if the patch is a part of the object.
pub fn patched_object(patch: &Value) -> Option<PatchTarget> {
    let text = |pointer: &str| patch.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let kind = text("/kind")?;
    Some(PatchTarget { kind: Some(kind), namespace: text("/metadata/namespace"), name: text("/metadata/name") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_kustomization_collects_and_changes() {
        let facts = kustomization_facts(&json!({
            "kind": "Kustomization", "namespace": "shop", "namePrefix": "prod-", "resources": ["a.yaml", "../base"],
            "components": ["../c"], "generators": [], "vars": [{}],
            "patches": [{"path": "p.yaml", "target": {"kind": "Service", "name": "web-.*"}}],
            "patchesStrategicMerge": ["m.yaml", "kind: Service\nmetadata: {name: web}\n"],
        }));
        assert_eq!(facts.resources, ["a.yaml", "../base", "../c"]);
        assert_eq!(
            (facts.namespace.as_deref(), facts.prefix.as_str(), facts.suffix.as_str()),
            (Some("shop"), "prod-", "")
        );
        assert!(!facts.adds_objects && !facts.is_component && facts.changes.is_some_and(|why| why.contains("vars")));
        let target = PatchTarget { kind: Some("Service".to_owned()), namespace: None, name: None };
        assert_eq!(facts.patches[0].target, Some(target));
        let paths: Vec<_> = facts.patches.iter().map(|patch| patch.path.as_deref()).collect();
        assert_eq!(paths, [Some("p.yaml"), Some("m.yaml"), None]);
        assert!(kustomization_facts(&json!({"helmCharts": [{"name": "x"}]})).adds_objects);
    }
}
