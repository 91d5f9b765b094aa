//! Pieces that several kinds share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// The fields of `metadata` that any decision reads.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// `name`.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// `namespace`; empty where the object is cluster-scoped or the manifest leaves it out.
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
    /// `labels`.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
    /// `annotations`.
    #[serde(deserialize_with = "nullable")]
    pub annotations: BTreeMap<String, String>,
    /// `creationTimestamp`.
    pub creation_timestamp: Option<Timestamp>,
    /// `deletionTimestamp`.
    pub deletion_timestamp: Option<Timestamp>,
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

/// A port number of an object that the API server has validated; `None` for what cannot be one.
pub(super) fn port_number(number: i64) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number > 0)
}
