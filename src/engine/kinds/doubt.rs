//! Which objects a document may hold that cannot be read.

use serde_json::Value;

use super::{Kind, group};
use crate::engine::manifest::Head;

/// The objects that may exist because a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Any object.
    All,
    /// Objects of these kinds. If a namespace is stated, objects of that namespace only.
    Kinds(Vec<Kind>, Option<String>),
}

/// Actions of a template that write no text of their own.
const SILENT_ACTIONS: [&str; 6] = ["if", "else", "end", "with", "/*", "$"];

/// Returns what an object may be that [`super::object`] could not read, and whose name is not known. `namespace` is the
/// namespace of objects that state none.
pub fn doubt_of_object(value: &Value, namespace: &str) -> Doubt {
    let head = Head::of(value);
    let Some(kind) = known(head.kind) else { return Doubt::All };
    let namespace = if kind.is_namespaced() { head.namespace_or(namespace) } else { "" };
    Doubt::Kinds(vec![kind], Some(namespace.to_owned()))
}

/// Returns what a text may hold that does not parse, from the lines at its left margin. A template may write objects
/// that no line shows.
pub fn doubt_of_text(margin: Option<&[String]>) -> Doubt {
    let lines = margin.unwrap_or_default();
    let silent = |line: &str| {
        let action = line.trim_start_matches("{{").trim_start_matches('-').trim_start();
        SILENT_ACTIONS.iter().any(|silent| action.starts_with(silent))
    };
    if lines.iter().any(|line| line.starts_with("{{") && !silent(line)) {
        return Doubt::All;
    }
    let values = |key: &str| {
        let prefix = format!("{key}:");
        let values = lines.iter().filter_map(move |line| line.strip_prefix(&prefix));
        values.map(|value| value.trim().trim_matches(['"', '\'']).to_owned()).collect::<Vec<_>>()
    };
    let (kinds, versions) = (values("kind"), values("apiVersion"));
    let own_group = versions.iter().all(|version| is_of_kubernetes(version));
    let mut found: Vec<Kind> = Vec::new();
    for kind in &kinds {
        match known(kind) {
            Some(known) => found.push(known),
            // An object of another kind may have a Pod template, as a Job has.
            None if own_group && !versions.is_empty() && is_plain(kind) => found.extend(Kind::WORKLOADS),
            None => return Doubt::All,
        }
    }
    if found.is_empty() { Doubt::All } else { Doubt::Kinds(found, None) }
}

fn known(kind: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(kind))
}

/// Whether the text is a plain word, and no expression of a template.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Whether the version is of a group of Kubernetes itself: the objects of other groups may create Services.
fn is_of_kubernetes(api_version: &str) -> bool {
    let plain = api_version.chars().all(|c| c.is_ascii_alphanumeric() || ['.', '/', '-'].contains(&c));
    let group = group(api_version);
    plain && !api_version.is_empty() && (!group.contains('.') || group.ends_with(".k8s.io"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn kinds(kinds: &[Kind]) -> Doubt {
        Doubt::Kinds(kinds.to_vec(), None)
    }

    #[rstest]
    #[case::service(&["apiVersion: v1", "kind: Service", "metadata:"], kinds(&[Kind::Service]))]
    #[case::quoted(&["kind: \"Ingress\""], kinds(&[Kind::Ingress]))]
    #[case::one_of_two(&["{{- if .Values.x }}", "kind: Service", "{{- else }}", "kind: Ingress", "{{- end }}"], kinds(&[Kind::Service, Kind::Ingress]))]
    #[case::job(&["apiVersion: batch/v1", "kind: Job"], kinds(&Kind::WORKLOADS))]
    #[case::group_of_kubernetes(&["apiVersion: storage.k8s.io/v1", "kind: StorageClass"], kinds(&Kind::WORKLOADS))]
    #[case::other_group(&["apiVersion: kibana.k8s.elastic.co/v1", "kind: Kibana"], Doubt::All)]
    #[case::no_version(&["kind: Kibana"], Doubt::All)]
    #[case::version_of_a_template(&["apiVersion: {{ .Values.v }}", "kind: Job"], Doubt::All)]
    #[case::kind_of_a_template(&["apiVersion: apps/v1", "kind: {{ .Values.kind }}"], Doubt::All)]
    #[case::included(&["kind: Job", "apiVersion: batch/v1", "{{ include \"web.service\" . }}"], Doubt::All)]
    #[case::repeated(&["{{- range .Values.services }}", "kind: Job", "apiVersion: batch/v1"], Doubt::All)]
    #[case::no_kind(&["apiVersion: v1"], Doubt::All)]
    #[case::nothing(&[], Doubt::All)]
    fn what_a_text_may_hold(#[case] lines: &[&str], #[case] expected: Doubt) {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(doubt_of_text(Some(&lines)), expected);
    }

    #[rstest]
    #[case(json!({"kind": "Service"}), Doubt::Kinds(vec![Kind::Service], Some("shop".to_owned())))]
    #[case(json!({"kind": "service", "metadata": {"namespace": "blog"}}), Doubt::Kinds(vec![Kind::Service], Some("blog".to_owned())))]
    #[case(json!({"kind": "IngressClass"}), Doubt::Kinds(vec![Kind::IngressClass], Some(String::new())))]
    #[case(json!({"metadata": {"name": "web"}}), Doubt::All)]
    fn what_a_nameless_object_may_be(#[case] value: Value, #[case] expected: Doubt) {
        assert_eq!(doubt_of_object(&value, "shop"), expected);
    }

    #[test]
    fn unknown_lines_may_be_anything() {
        assert_eq!(doubt_of_text(None), Doubt::All);
    }
}
