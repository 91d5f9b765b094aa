//! Types and functions that several kinds share.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{class, service};

/// An object whose metadata is read.
pub trait Manifest: DeserializeOwned {
    /// Its metadata.
    fn metadata(&self) -> &Metadata;
}

/// An object whose metadata and `spec` are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, bound = "S: Deserialize<'de> + Default")]
pub struct WithSpec<S> {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: S,
}

impl<S: DeserializeOwned + Default> Manifest for WithSpec<S> {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}

/// A `spec` whose fields are not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoSpec {}

/// The fields of `metadata` that any decision about an object other than an Ingress reads.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// `name`.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// `namespace`; empty if the object is cluster-scoped or the manifest leaves it out.
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
    /// `labels`.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
    /// The `annotations` that a decision reads. The others may be large, and are not kept.
    #[serde(deserialize_with = "relevant_annotations")]
    pub annotations: BTreeMap<String, String>,
    /// `creationTimestamp`.
    pub creation_timestamp: Option<Timestamp>,
    /// `deletionTimestamp`.
    pub deletion_timestamp: Option<Timestamp>,
}

/// Whether a decision reads the annotation `key` of an object other than an Ingress.
fn is_relevant(key: &str) -> bool {
    service::RELEVANT_ANNOTATIONS.contains(&key) || key == class::DEFAULT_CLASS
}

/// Reads the annotations that are relevant. The others must be strings, too, as the API server demands.
fn relevant_annotations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Annotations;

    impl<'de> Visitor<'de> for Annotations {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of strings")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut kept = BTreeMap::new();
            while let Some(key) = map.next_key::<String>()? {
                if is_relevant(&key) {
                    kept.insert(key, map.next_value()?);
                } else {
                    map.next_value::<AnyString>()?;
                }
            }
            Ok(kept)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(BTreeMap::new())
        }
    }

    deserializer.deserialize_any(Annotations)
}

/// A string that is checked and not kept.
struct AnyString;

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

/// Deserializes `null` as the default value, because the API serves some empty lists as `null`.
///
/// # Errors
/// If the value is neither `null` nor a `T`.
pub fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `IntOrString` of the API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a number or a name")]
pub(super) enum IntOrString {
    Int(i64),
    String(String),
}

/// Converts a number to a port number; `None` if it is not between 1 and 65535.
pub(super) fn port_number(number: i64) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number > 0)
}
