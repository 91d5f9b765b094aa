//! Types and functions that several kinds share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error, Unexpected};
use serde::{Deserialize, Deserializer};

use super::mapping::mapping;
use super::pod_spec::is_about_injection;
use super::string_map::{AnyString, StringMap, string_map};
use super::text::Text;
use super::{class, endpoints, service};
use crate::engine::model::{TargetPort, generated_name};

/// An object whose metadata is read.
pub trait Manifest: DeserializeOwned {
    /// Its metadata.
    fn metadata(&mut self) -> &mut Metadata;
}

/// An object whose metadata and `spec` are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, bound = "S: Deserialize<'de> + Default")]
pub struct WithSpec<S> {
    /// `metadata`.
    #[serde(deserialize_with = "mapping")]
    pub metadata: Metadata,
    /// `spec`.
    #[serde(deserialize_with = "mapping")]
    pub spec: S,
}

impl<S: DeserializeOwned + Default> Manifest for WithSpec<S> {
    fn metadata(&mut self) -> &mut Metadata {
        &mut self.metadata
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
    /// `generateName`: the start of the name of an object without a name.
    #[serde(deserialize_with = "nullable")]
    pub generate_name: String,
    /// `namespace`; empty if the object is cluster-scoped or the manifest leaves it out.
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
    /// `labels`.
    #[serde(deserialize_with = "string_map")]
    pub labels: BTreeMap<String, String>,
    /// The `annotations` that a decision reads. The others may be large, and are not kept.
    #[serde(deserialize_with = "relevant_annotations")]
    pub annotations: BTreeMap<String, String>,
    /// `creationTimestamp`.
    pub creation_timestamp: Option<Timestamp>,
    /// `deletionTimestamp`.
    pub deletion_timestamp: Option<Timestamp>,
}

impl Metadata {
    /// Fills in the name of an object whose name the API server will generate.
    pub fn complete_name(&mut self) {
        if self.name.is_empty() && !self.generate_name.is_empty() {
            self.name = generated_name(&self.generate_name);
        }
    }
}

/// Whether a decision reads the annotation `key` of an object other than an Ingress.
fn is_relevant(key: &str) -> bool {
    service::relevant_annotation(key).is_some()
        || [class::DEFAULT_CLASS, endpoints::LEADER].contains(&key)
        || is_about_injection(key)
}

/// Reads the annotations that are relevant. The others must be strings, too, as the API server demands.
fn relevant_annotations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    #[derive(Default)]
    struct Relevant(BTreeMap<String, String>);

    impl<'de> StringMap<'de> for Relevant {
        type Skipped = AnyString;

        fn keeps(key: &str) -> bool {
            is_relevant(key)
        }

        fn insert(&mut self, key: Text<'de>, value: Text<'de>) -> Result<(), String> {
            StringMap::insert(&mut self.0, key, value)
        }
    }

    string_map(deserializer).map(|Relevant(annotations)| annotations)
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

/// Deserializes a port number.
///
/// # Errors
/// If it is no number from 1 to 65535: the API server refuses it.
pub(super) fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    valid_port(i64::deserialize(deserializer)?)
}

/// Deserializes `targetPort` of a Service. The number 0 and the empty name mean that there is none.
///
/// # Errors
/// As [`port`].
pub(super) fn target_port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TargetPort>, D::Error> {
    Ok(match Option::deserialize(deserializer)? {
        None | Some(IntOrString::Int(0)) => None,
        Some(IntOrString::Int(number)) => Some(TargetPort::Number(valid_port(number)?)),
        Some(IntOrString::String(name)) if name.is_empty() => None,
        Some(IntOrString::String(name)) => Some(TargetPort::Name(name.into())),
    })
}

fn valid_port<E: Error>(number: i64) -> Result<u16, E> {
    port_number(number).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &"a port from 1 to 65535"))
}
