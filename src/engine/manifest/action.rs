//! Actions of the AWS Load Balancer Controller, which stand as JSON in annotations (rulebook 4.5.1).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::misfit::misfit;
use super::wire::{IntOrString, nullable};
use crate::engine::model::{ActionSpec, PortRef, Target, TargetGroup};

/// What stands before an action's name in the key of its annotation; unlike ingress-nginx's it cannot be changed.
pub const ACTION_PREFIX: &str = "alb.ingress.kubernetes.io/actions.";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Action {
    #[serde(rename = "type", alias = "Type", deserialize_with = "nullable")]
    kind: String,
    #[serde(alias = "ForwardConfig")]
    forward_config: Option<ForwardConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ForwardConfig {
    #[serde(alias = "TargetGroups", deserialize_with = "nullable")]
    target_groups: Vec<Group>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Group {
    #[serde(alias = "ServiceName")]
    service_name: Option<String>,
    #[serde(alias = "ServicePort")]
    service_port: Option<IntOrString>,
    #[serde(alias = "Weight")]
    weight: Option<i64>,
}

/// The actions that `annotations` define, by name.
pub(super) fn actions(annotations: &BTreeMap<String, String>) -> BTreeMap<String, ActionSpec> {
    let named = annotations.iter().filter_map(|(key, value)| Some((key.strip_prefix(ACTION_PREFIX)?, value)));
    named.map(|(name, json)| (name.to_owned(), action(json))).collect()
}

/// Reads one action.
fn action(json: &str) -> ActionSpec {
    let action: Action = match serde_json::from_str(json) {
        Ok(action) => action,
        Err(error) => return ActionSpec::Unreadable(why(json, &error)),
    };
    match action.kind.as_str() {
        "" => return ActionSpec::Unreadable("it has no type".to_owned()),
        "forward" => {}
        _ => return ActionSpec::Answer,
    }
    let groups = action.forward_config.unwrap_or_default().target_groups;
    ActionSpec::Forward(groups.into_iter().filter_map(target_group).collect())
}

/// Why a text is no action: it is no JSON, or a field of it is wrong.
fn why(json: &str, error: &serde_json::Error) -> String {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(json) else { return error.to_string() };
    match misfit::<Action>(&value, "") {
        (field, message) if field.is_empty() => message,
        (field, message) => format!("{field}: {message}"),
    }
}

/// The Service of a target group; `None` where it is a group outside the cluster.
fn target_group(group: Group) -> Option<TargetGroup> {
    let port = match group.service_port {
        Some(IntOrString::Int(number)) => i32::try_from(number).map_or(PortRef::Unset, PortRef::Number),
        Some(IntOrString::String(text)) => text.parse().map_or(PortRef::Name(text), PortRef::Number),
        None => PortRef::Unset,
    };
    let name = group.service_name.filter(|name| !name.is_empty())?;
    Some(TargetGroup { target: Target::Service { name, port }, idle: group.weight == Some(0) })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn service(name: &str, port: PortRef) -> TargetGroup {
        TargetGroup { target: Target::Service { name: name.to_owned(), port }, idle: false }
    }

    #[rstest]
    #[case::redirect(r#"{"type":"redirect","redirectConfig":{"port":"443"}}"#, ActionSpec::Answer)]
    #[case::fixed(r#"{"type":"fixed-response"}"#, ActionSpec::Answer)]
    #[case::number_as_text(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":"80"}]}}"#,
        ActionSpec::Forward(vec![service("web", PortRef::Number(80))])
    )]
    #[case::weights(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[
            {"serviceName":"a","servicePort":80,"weight":0},{"serviceName":"b","servicePort":"http","weight":5}]}}"#,
        ActionSpec::Forward(vec![
            TargetGroup { idle: true, ..service("a", PortRef::Number(80)) },
            service("b", PortRef::Name("http".into())),
        ])
    )]
    #[case::outside(r#"{"type":"forward","targetGroupARN":"arn:x"}"#, ActionSpec::Forward(vec![]))]
    #[case::old_spelling(
        r#"{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web","ServicePort":80}]}}"#,
        ActionSpec::Forward(vec![service("web", PortRef::Number(80))])
    )]
    #[case::absurd_port(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":99999999999}]}}"#,
        ActionSpec::Forward(vec![service("web", PortRef::Unset)])
    )]
    fn what_an_action_does(#[case] json: &str, #[case] expected: ActionSpec) {
        let annotations = BTreeMap::from([(format!("{ACTION_PREFIX}fwd"), json.to_owned())]);
        assert_eq!(actions(&annotations)["fwd"], expected);
    }

    #[rstest]
    #[case::no_json("{", "EOF while parsing an object at line 1 column 1")]
    #[case::no_object("7", "expected a mapping, found 7")]
    #[case::wrong_type(r#"{"type":7}"#, "type: expected a text, found 7; put it in quotes")]
    fn what_is_wrong_is_told(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(action(json), ActionSpec::Unreadable(expected.to_owned()));
    }

    #[test]
    fn broken_json_is_told_and_breaks_nothing() {
        for json in ["", "{", "[]", "{}", r#"{"type":7}"#, "\u{0}"] {
            assert!(matches!(action(json), ActionSpec::Unreadable(_)), "{json}");
        }
    }
}
