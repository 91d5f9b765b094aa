//! Maps of strings: labels, annotations and selectors.
//!
//! The API server stores `null` as the empty string: Go's JSON decoder leaves a string as it is at `null`, and the value of a
//! new key is empty (`encoding/json`, `Unmarshal`; kube-apiserver 1.34 answers 201 to such an object). Charts write `null`
//! where a value is not set.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::text::Text;

/// A map of strings, or a part of one.
pub(super) trait StringMap<'de>: Default {
    /// Reads the value of a key that is not kept.
    type Skipped: Deserialize<'de>;

    /// Whether the value of this key is kept.
    fn keeps(key: &str) -> bool;

    /// Adds a key that is kept, and its value.
    ///
    /// # Errors
    /// If the values are larger than the API server allows; the error says how large they may be.
    fn insert(&mut self, key: Text<'de>, value: Text<'de>) -> Result<(), String>;

    /// Follows the last key.
    fn finish(&mut self) {}
}

/// Deserializes a map of strings. `null` is the empty map, and the value `null` is the empty string.
///
/// # Errors
/// If it is no map, a value that is read is no string, or the map does not take a value.
pub(super) fn string_map<'de, D: Deserializer<'de>, M: StringMap<'de>>(deserializer: D) -> Result<M, D::Error> {
    struct MapVisitor<M>(PhantomData<M>);

    impl<'de, M: StringMap<'de>> Visitor<'de> for MapVisitor<M> {
        type Value = M;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of strings")
        }

        fn visit_unit<E: Error>(self) -> Result<M, E> {
            Ok(M::default())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<M, A::Error> {
            let mut map = M::default();
            while let Some(key) = pairs.next_key::<Text<'de>>()? {
                if M::keeps(&key) {
                    let value: Option<Text<'de>> = pairs.next_value()?;
                    map.insert(key, value.unwrap_or_default()).map_err(A::Error::custom)?;
                } else {
                    pairs.next_value::<Option<M::Skipped>>()?;
                }
            }
            map.finish();
            Ok(map)
        }
    }

    deserializer.deserialize_any(MapVisitor(PhantomData))
}

impl<'de> StringMap<'de> for BTreeMap<String, String> {
    type Skipped = AnyString;

    fn keeps(_: &str) -> bool {
        true
    }

    fn insert(&mut self, key: Text<'de>, value: Text<'de>) -> Result<(), String> {
        self.insert((*key).to_owned(), (*value).to_owned());
        Ok(())
    }
}

/// All pairs, borrowed from the text.
impl<'de> StringMap<'de> for Vec<(Text<'de>, Text<'de>)> {
    type Skipped = AnyString;

    fn keeps(_: &str) -> bool {
        true
    }

    fn insert(&mut self, key: Text<'de>, value: Text<'de>) -> Result<(), String> {
        self.push((key, value));
        Ok(())
    }
}

/// A string that is checked and not kept.
pub(super) struct AnyString;

impl<'de> Deserialize<'de> for AnyString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;

        impl Visitor<'_> for Strings {
            type Value = AnyString;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<AnyString, E> {
                Ok(AnyString)
            }
        }

        deserializer.deserialize_str(Strings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Labelled {
        #[serde(deserialize_with = "string_map")]
        labels: BTreeMap<String, String>,
    }

    fn labels(json: &str) -> Result<BTreeMap<String, String>, serde_json::Error> {
        serde_json::from_str(&format!(r#"{{"labels":{json}}}"#)).map(|Labelled { labels }| labels)
    }

    #[test]
    fn null_is_empty() {
        assert_eq!(labels("null").unwrap(), BTreeMap::new());
        let read = labels(r#"{"a":null,"b":"c"}"#).unwrap();
        assert_eq!(read.iter().map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>(), [("a", ""), ("b", "c")]);
    }

    #[test]
    fn other_values_are_errors() {
        for json in ["[]", "7", r#"{"a":7}"#, r#"{"a":{}}"#] {
            assert!(labels(json).is_err(), "{json}");
        }
    }
}
