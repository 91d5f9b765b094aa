//! The fields that identify an object, of an object that may be of any kind and may not be decodable.

use serde_json::Value;

/// The fields that identify an object. A field that is missing or no text is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head<'v> {
    /// `apiVersion`.
    pub api_version: &'v str,
    /// `kind`.
    pub kind: &'v str,
    /// `metadata.namespace`.
    pub namespace: &'v str,
    /// `metadata.name`.
    pub name: &'v str,
}

impl<'v> Head<'v> {
    /// The fields of the object `value`.
    pub fn of(value: &'v Value) -> Self {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        Self {
            api_version: text("/apiVersion"),
            kind: text("/kind"),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
        }
    }

    /// The namespace of the object; `otherwise` if it states none.
    pub fn namespace_or<'n>(&self, otherwise: &'n str) -> &'n str
    where
        'v: 'n,
    {
        if self.namespace.is_empty() { otherwise } else { self.namespace }
    }
}
