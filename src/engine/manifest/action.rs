//! Actions of the AWS Load Balancer Controller: JSON in annotations (rulebook 4.5.1).

use serde::de::MapAccess;

use super::go_json::{Entries, Filled, JsonFields, JsonObject, List, check, decode, value};
use super::wire::IntOrString;
use crate::engine::model::PortRef;

/// The decoded annotation of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ActionManifest {
    /// The action forwards requests to these Services.
    Forward(Vec<ForwardTo>),
    /// The load balancer answers by itself: a redirect or a fixed response.
    Answer,
    /// The controller refuses the annotation, for this reason.
    Refused(String),
}

/// A Service that an action forwards to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForwardTo {
    pub(super) service: String,
    pub(super) port: PortRef,
    /// The weight of the Service is 0: it gets no requests.
    pub(super) idle: bool,
}

/// Decodes the value of an annotation, and refuses what the controller refuses.
pub(super) fn action(json: &str) -> ActionManifest {
    let decoded = decode::<JsonObject<Action>>(json).and_then(|JsonObject(action)| action.examined());
    decoded.unwrap_or_else(ActionManifest::Refused)
}

#[derive(Debug, Default)]
struct Action {
    kind: String,
    /// A target group outside the cluster: `targetGroupARN` and `targetGroupName`.
    outside: [bool; 2],
    fixed_response: Option<JsonObject<FixedResponse>>,
    redirect: Option<JsonObject<Redirect>>,
    forward: Option<JsonObject<ForwardConfig>>,
}

impl JsonFields for Action {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        let Self { kind, outside: [by_arn, by_name], fixed_response, redirect, forward } = self;
        match key {
            "type" => *kind = value(map)?,
            "targetgrouparn" => *by_arn = map.next_value::<Option<Filled>>()?.is_some(),
            "targetgroupname" => *by_name = map.next_value::<Option<Filled>>()?.is_some(),
            "fixedresponseconfig" => *fixed_response = map.next_value()?,
            "redirectconfig" => *redirect = map.next_value()?,
            "forwardconfig" => *forward = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Action {
    /// The action, or why the controller refuses it (`Action.validate`).
    fn examined(self) -> Result<ActionManifest, String> {
        let fault = match self.kind.as_str() {
            "fixed-response" => match self.fixed_response {
                None => "fixedResponseConfig is missing",
                Some(JsonObject(FixedResponse { status: Filled(false) })) => "fixedResponseConfig has no statusCode",
                Some(_) => return Ok(ActionManifest::Answer),
            },
            "redirect" => match self.redirect {
                None => "redirectConfig is missing",
                Some(JsonObject(Redirect { status: Filled(false) })) => "redirectConfig has no statusCode",
                Some(_) => return Ok(ActionManifest::Answer),
            },
            "forward" => match (self.outside.contains(&true), self.forward) {
                (true, None) => return Ok(ActionManifest::Forward(Vec::new())),
                (false, Some(JsonObject(ForwardConfig { groups: List(groups) }))) => {
                    return groups.examined().map(ActionManifest::Forward);
                }
                (true, Some(_)) => "it has both forwardConfig and a target group",
                (false, None) => "it forwards to nothing",
            },
            "" => "it has no type",
            _ => "its type is none of forward, redirect and fixed-response",
        };
        Err(fault.to_owned())
    }
}

#[derive(Debug, Default)]
struct FixedResponse {
    status: Filled,
}

impl JsonFields for FixedResponse {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "statuscode" => self.status = value(map)?,
            "contenttype" | "messagebody" => check::<_, Filled>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Debug, Default)]
struct Redirect {
    status: Filled,
}

impl JsonFields for Redirect {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "statuscode" => self.status = value(map)?,
            "host" | "path" | "port" | "protocol" | "query" => check::<_, Filled>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Debug, Default)]
struct ForwardConfig {
    groups: List<Groups>,
}

impl JsonFields for ForwardConfig {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "targetgroups" => self.groups = value(map)?,
            "targetgroupstickinessconfig" => check::<_, JsonObject<Stickiness>>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Debug, Default)]
struct Stickiness;

impl JsonFields for Stickiness {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "enabled" => check::<_, bool>(map)?,
            "durationseconds" => drop(value::<_, i32>(map)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The target groups. Those that are Services are kept, each converted as soon as it is read.
#[derive(Debug, Default)]
struct Groups {
    services: Vec<ForwardTo>,
    count: usize,
    /// The first group without a weight.
    weightless: Option<usize>,
    /// The first group that the controller refuses, and why.
    fault: Option<(usize, &'static str)>,
}

impl Entries for Groups {
    type Entry = JsonObject<Group>;

    fn add(&mut self, JsonObject(group): JsonObject<Group>) {
        let at = self.count;
        self.count += 1;
        if group.weight.is_none() {
            self.weightless.get_or_insert(at);
        }
        match group.examined() {
            Ok(service) => self.services.extend(service),
            Err(why) => drop(self.fault.get_or_insert((at, why))),
        }
    }
}

impl Groups {
    /// The Services, or why the controller or AWS refuses the list (`ForwardActionConfig.validate`).
    fn examined(self) -> Result<Vec<ForwardTo>, String> {
        let weightless = self.weightless.filter(|_| self.count > 1);
        let weightless = weightless.map(|at| (at, "needs a weight, because there are several target groups"));
        match self.fault.or(weightless) {
            Some((at, why)) => Err(format!("forwardConfig.targetGroups[{at}] {why}")),
            None if self.count == 0 => Err("forwardConfig.targetGroups is empty".to_owned()),
            None => Ok(self.services),
        }
    }
}

#[derive(Debug, Default)]
struct Group {
    /// A target group outside the cluster: `targetGroupARN` and `targetGroupName`.
    outside: [bool; 2],
    service: Option<String>,
    port: Option<IntOrString>,
    weight: Option<i32>,
}

impl JsonFields for Group {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        let Self { outside: [by_arn, by_name], service, port, weight } = self;
        match key {
            "targetgrouparn" => *by_arn = map.next_value::<Option<Filled>>()?.is_some(),
            "targetgroupname" => *by_name = map.next_value::<Option<Filled>>()?.is_some(),
            "servicename" => *service = map.next_value()?,
            "serviceport" => *port = map.next_value()?,
            "weight" => *weight = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Group {
    /// The Service, `None` for a target group outside the cluster, or why the controller refuses the group
    /// (`TargetGroupTuple.validate`). The controller looks up a Service with an empty name, too.
    fn examined(self) -> Result<Option<ForwardTo>, &'static str> {
        let outside = self.outside.contains(&true);
        let service = match self.service {
            None if outside => return Ok(None),
            None => return Err("names neither a Service nor a target group"),
            Some(_) if outside => return Err("names both a Service and a target group"),
            Some(name) if name.is_empty() => return Err("has an empty serviceName"),
            Some(name) => name,
        };
        let port = match self.port.ok_or("has no servicePort")? {
            IntOrString::Int(number) => {
                PortRef::Number(i32::try_from(number).map_err(|_| "has a servicePort that is out of range")?)
            }
            IntOrString::String(text) => text.parse().map_or_else(|_| PortRef::Name(text.into()), PortRef::Number),
        };
        Ok(Some(ForwardTo { service, port, idle: self.weight == Some(0) }))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn service(name: &str, port: PortRef) -> ForwardTo {
        ForwardTo { service: name.to_owned(), port, idle: false }
    }

    #[rstest]
    #[case::redirect(
        r#"{"type":"redirect","redirectConfig":{"port":"443","statusCode":"HTTP_301"}}"#,
        ActionManifest::Answer
    )]
    #[case::fixed(r#"{"type":"fixed-response","fixedResponseConfig":{"statusCode":"503"}}"#, ActionManifest::Answer)]
    #[case::settings_of_another_type(
        r#"{"type":"redirect","redirectConfig":{"statusCode":"HTTP_301"},"forwardConfig":{"targetGroups":[{}]}}"#,
        ActionManifest::Answer
    )]
    #[case::number_as_text(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":"80"}]}}"#,
        ActionManifest::Forward(vec![service("web", PortRef::Number(80))])
    )]
    #[case::weights(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[
            {"serviceName":"a","servicePort":80,"weight":0},{"serviceName":"b","servicePort":"http","weight":5}],
            "targetGroupStickinessConfig":{"enabled":true,"durationSeconds":60}}}"#,
        ActionManifest::Forward(vec![
            ForwardTo { idle: true, ..service("a", PortRef::Number(80)) },
            service("b", PortRef::Name("http".into())),
        ])
    )]
    #[case::outside(r#"{"type":"forward","targetGroupARN":"arn:x"}"#, ActionManifest::Forward(vec![]))]
    #[case::outside_by_name(r#"{"type":"forward","targetGroupName":"x"}"#, ActionManifest::Forward(vec![]))]
    #[case::any_case(
        r#"{"Type":"forward","forwardconfig":{"TARGETGROUPS":[{"ServiceName":"web","servicePORT":80}]}}"#,
        ActionManifest::Forward(vec![service("web", PortRef::Number(80))])
    )]
    fn an_action_is_decoded(#[case] json: &str, #[case] expected: ActionManifest) {
        assert_eq!(action(json), expected);
    }

    #[rstest]
    #[case::no_json("{", "EOF while parsing an object at line 1 column 1")]
    #[case::no_object("7", "expected a mapping, found 7")]
    #[case::list(r#"["forward"]"#, "expected a mapping, found a list")]
    #[case::no_fields("{}", "it has no type")]
    #[case::wrong_type(r#"{"type":7}"#, "type: expected a text, found 7; put it in quotes")]
    #[case::unknown_type(r#"{"type":"Forward"}"#, "its type is none of forward, redirect and fixed-response")]
    #[case::stickiness(
        r#"{"type":"forward","forwardConfig":{"targetGroupStickinessConfig":{"enabled":"true"}}}"#,
        "forwardConfig.targetGroupStickinessConfig.enabled: expected true or false, found \"true\"; write it without quotes"
    )]
    #[case::empty_list(
        r#"{"type":"forward","forwardConfig":{"targetGroups":[]}}"#,
        "forwardConfig.targetGroups is empty"
    )]
    fn the_fault_of_an_action_is_named(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(action(json), ActionManifest::Refused(expected.to_owned()));
    }

    #[rstest]
    #[case::no_object(r#"["web",80]"#, "[0]: expected a mapping, found a list")]
    #[case::no_name(r#"{"serviceName":"","servicePort":80}"#, "[0] has an empty serviceName")]
    #[case::absurd_port(
        r#"{"serviceName":"web","servicePort":99999999999}"#,
        "[0] has a servicePort that is out of range"
    )]
    #[case::absurd_weight(
        r#"{"serviceName":"web","servicePort":80,"weight":99999999999}"#,
        "[0].weight: expected a whole number in its range, found 99999999999"
    )]
    #[case::one_without_a_weight(
        r#"{"serviceName":"a","servicePort":80,"weight":1},{"serviceName":"b","servicePort":80}"#,
        "[1] needs a weight, because there are several target groups"
    )]
    #[case::nothing(r"null", "[0] names neither a Service nor a target group")]
    fn the_fault_of_a_target_group_is_named(#[case] groups: &str, #[case] expected: &str) {
        let json = format!(r#"{{"type":"forward","forwardConfig":{{"targetGroups":[{groups}]}}}}"#);
        assert_eq!(action(&json), ActionManifest::Refused(format!("forwardConfig.targetGroups{expected}")));
    }
}
