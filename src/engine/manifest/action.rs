//! Actions of the AWS Load Balancer Controller: JSON in annotations (rulebook 4.5.1).

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::mapping::{Mapping, optional_mapping};
use super::misfit::misfit_of_text;
use super::wire::{IntOrString, nullable};
use crate::engine::model::PortRef;

/// The decoded annotation of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ActionManifest {
    /// The action forwards requests to these Services.
    Forward(Vec<ForwardTo>),
    /// The load balancer answers by itself: a redirect or a fixed response.
    Answer,
    /// The annotation cannot be read, for this reason.
    Unreadable(String),
}

/// A Service that an action forwards to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForwardTo {
    pub(super) service: String,
    pub(super) port: PortRef,
    /// The weight of the Service is 0: it gets no requests.
    pub(super) idle: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Action {
    #[serde(rename = "type", alias = "Type", deserialize_with = "nullable")]
    kind: String,
    #[serde(alias = "ForwardConfig", deserialize_with = "optional_mapping")]
    forward_config: Option<ForwardConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ForwardConfig {
    #[serde(alias = "TargetGroups", deserialize_with = "nullable")]
    target_groups: Groups,
}

/// The target groups that are Services, each converted as soon as it is read: an annotation may have tens of thousands.
#[derive(Debug, Default)]
struct Groups(Vec<ForwardTo>);

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GroupsVisitor;

        impl<'de> Visitor<'de> for GroupsVisitor {
            type Value = Groups;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Groups, A::Error> {
                let mut groups = Groups::default();
                while let Some(Mapping(group)) = items.next_element()? {
                    groups.0.extend(forward_to(group));
                }
                Ok(groups)
            }
        }

        deserializer.deserialize_seq(GroupsVisitor)
    }
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

/// Decodes the value of an annotation.
pub(super) fn action(json: &str) -> ActionManifest {
    let Mapping(action): Mapping<Action> = match serde_json::from_str(json) {
        Ok(action) => action,
        Err(error) => return ActionManifest::Unreadable(decode_error(json, &error)),
    };
    match action.kind.as_str() {
        "" => return ActionManifest::Unreadable("it has no type".to_owned()),
        "forward" => {}
        _ => return ActionManifest::Answer,
    }
    let Groups(groups) = action.forward_config.unwrap_or_default().target_groups;
    ActionManifest::Forward(groups)
}

/// Why a text cannot be decoded: it is not JSON, or a field has a wrong type.
fn decode_error(json: &str, error: &serde_json::Error) -> String {
    match misfit_of_text::<Mapping<Action>>(json) {
        Ok((field, message)) if field.is_empty() => message,
        Ok((field, message)) => format!("{field}: {message}"),
        Err(_) => error.to_string(),
    }
}

/// The Service of a target group; `None` if the group is outside the cluster.
fn forward_to(group: Group) -> Option<ForwardTo> {
    let port = match group.service_port {
        Some(IntOrString::Int(number)) => i32::try_from(number).map_or(PortRef::Unset, PortRef::Number),
        Some(IntOrString::String(text)) => text.parse().map_or_else(|_| PortRef::Name(text.into()), PortRef::Number),
        None => PortRef::Unset,
    };
    let service = group.service_name.filter(|name| !name.is_empty())?;
    Some(ForwardTo { service, port, idle: group.weight == Some(0) })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn service(name: &str, port: PortRef) -> ForwardTo {
        ForwardTo { service: name.to_owned(), port, idle: false }
    }

    #[rstest]
    #[case::redirect(r#"{"type":"redirect","redirectConfig":{"port":"443"}}"#, ActionManifest::Answer)]
    #[case::fixed(r#"{"type":"fixed-response"}"#, ActionManifest::Answer)]
    #[case::number_as_text(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":"80"}]}}"#,
        ActionManifest::Forward(vec![service("web", PortRef::Number(80))])
    )]
    #[case::weights(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[
            {"serviceName":"a","servicePort":80,"weight":0},{"serviceName":"b","servicePort":"http","weight":5}]}}"#,
        ActionManifest::Forward(vec![
            ForwardTo { idle: true, ..service("a", PortRef::Number(80)) },
            service("b", PortRef::Name("http".into())),
        ])
    )]
    #[case::outside(r#"{"type":"forward","targetGroupARN":"arn:x"}"#, ActionManifest::Forward(vec![]))]
    #[case::old_spelling(
        r#"{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web","ServicePort":80}]}}"#,
        ActionManifest::Forward(vec![service("web", PortRef::Number(80))])
    )]
    #[case::absurd_port(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":99999999999}]}}"#,
        ActionManifest::Forward(vec![service("web", PortRef::Unset)])
    )]
    fn an_action_is_decoded(#[case] json: &str, #[case] expected: ActionManifest) {
        assert_eq!(action(json), expected);
    }

    #[rstest]
    #[case::no_json("{", "EOF while parsing an object at line 1 column 1")]
    #[case::no_object("7", "expected a mapping, found 7")]
    #[case::wrong_type(r#"{"type":7}"#, "type: expected a text, found 7; put it in quotes")]
    fn the_fault_is_named(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(action(json), ActionManifest::Unreadable(expected.to_owned()));
    }

    #[test]
    fn invalid_actions_are_unreadable() {
        let list = r#"{"type":"forward","forwardConfig":{"targetGroups":[["web",80]]}}"#;
        for json in ["", "{", "[]", r#"["forward"]"#, "{}", r#"{"type":7}"#, "\u{0}", list] {
            assert!(matches!(action(json), ActionManifest::Unreadable(_)), "{json}");
        }
    }
}
