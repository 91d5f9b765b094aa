//! The annotation that enables network endpoint groups on GKE (rulebook 4.9): JSON with the needed key, as in
//! `{"ingress": true}`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// Whether the annotation asks for a network endpoint group for Ingresses. JSON that cannot be read asks for none.
pub(super) fn asks_for_neg(json: &str) -> bool {
    serde_json::from_str(json).is_ok_and(|Neg { ingress }| ingress)
}

/// The value of the annotation. Fields besides `ingress` are checked and not kept.
struct Neg {
    ingress: bool,
}

impl<'de> Deserialize<'de> for Neg {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Neg;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Neg, A::Error> {
                let mut ingress = false;
                while let Some(key) = map.next_key::<String>()? {
                    if key == "ingress" {
                        ingress = map.next_value::<Value>()?.as_bool().unwrap_or_default();
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Neg { ingress })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::on(r#"{"ingress": true}"#, true)]
    #[case::with_other_fields(r#"{"a":[0,{"ingress":false}],"ingress":true,"exposed_ports":{"80":{}}}"#, true)]
    #[case::off(r#"{"ingress": false}"#, false)]
    #[case::last_wins(r#"{"ingress": false, "ingress": true}"#, true)]
    #[case::text(r#"{"ingress": "true"}"#, false)]
    #[case::absent("{}", false)]
    #[case::inner(r#"{"a": {"ingress": true}}"#, false)]
    #[case::list(r#"["ingress", true]"#, false)]
    #[case::cut(r#"{"ingress": true"#, false)]
    #[case::more(r#"{"ingress": true} {}"#, false)]
    #[case::empty("", false)]
    fn annotations_that_ask_for_a_neg(#[case] json: &str, #[case] expected: bool) {
        assert_eq!(asks_for_neg(json), expected);
    }
}
