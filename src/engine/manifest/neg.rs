//! The annotation that enables network endpoint groups on GKE (rulebook 4.9): JSON, as in `{"ingress": true}`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::go_json::{Count, Filled, JsonFields, JsonObject, List, check, decode, value};
use super::text::Text;

/// Whether the annotation asks for a network endpoint group for Ingresses. `None` if the controller cannot read the
/// annotation, and ignores it.
pub(super) fn asks_for_neg(json: &str) -> Option<bool> {
    decode::<JsonObject<Neg>>(json).ok().map(|JsonObject(neg)| neg.ingress)
}

/// The value of the annotation. Fields besides `ingress` are checked and not kept.
#[derive(Debug, Default)]
struct Neg {
    ingress: bool,
}

impl JsonFields for Neg {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "ingress" => self.ingress = value(map)?,
            "exposed_ports" => check::<_, ExposedPorts>(map)?,
            "zones" => check::<_, List<Count<Filled>>>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A map whose keys are port numbers.
#[derive(Debug, Default)]
struct ExposedPorts;

impl<'de> Deserialize<'de> for ExposedPorts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ports;

        impl<'de> Visitor<'de> for Ports {
            type Value = ExposedPorts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ExposedPorts, A::Error> {
                while let Some(port) = map.next_key::<Text<'de>>()? {
                    port.parse::<i32>().map_err(|_| A::Error::custom("expected a whole number as the key"))?;
                    check::<_, JsonObject<Attributes>>(&mut map)?;
                }
                Ok(ExposedPorts)
            }
        }

        deserializer.deserialize_map(Ports)
    }
}

/// What the annotation states about one port.
#[derive(Debug, Default)]
struct Attributes;

impl JsonFields for Attributes {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "name" => check::<_, Filled>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::on(r#"{"ingress": true}"#, Some(true))]
    #[case::with_other_fields(
        r#"{"a":[0,{"ingress":false}],"ingress":true,"exposed_ports":{"80":{"name":"x"}},"zones":["z"]}"#,
        Some(true)
    )]
    #[case::any_case(r#"{"Ingress": true}"#, Some(true))]
    #[case::off(r#"{"ingress": false}"#, Some(false))]
    #[case::last_wins(r#"{"ingress": false, "ingress": true}"#, Some(true))]
    #[case::text(r#"{"ingress": "true"}"#, None)]
    #[case::port_that_is_a_name(r#"{"ingress": true, "exposed_ports": {"http": {}}}"#, None)]
    #[case::port_without_an_object(r#"{"ingress": true, "exposed_ports": {"80": "x"}}"#, None)]
    #[case::name_that_is_a_number(r#"{"ingress": true, "exposed_ports": {"80": {"name": 7}}}"#, None)]
    #[case::absent("{}", Some(false))]
    #[case::null("null", Some(false))]
    #[case::inner(r#"{"a": {"ingress": true}}"#, Some(false))]
    #[case::list(r#"["ingress", true]"#, None)]
    #[case::cut(r#"{"ingress": true"#, None)]
    #[case::more(r#"{"ingress": true} {}"#, None)]
    #[case::empty("", None)]
    fn annotations_that_ask_for_a_neg(#[case] json: &str, #[case] expected: Option<bool>) {
        assert_eq!(asks_for_neg(json), expected);
    }
}
