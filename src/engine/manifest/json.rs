//! The JSON of an object, as it comes in: text from the API server, a tree from a file.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::misfit::DecodeError;

/// One JSON value.
#[derive(Clone, Copy, Debug)]
pub enum Json<'a> {
    /// As text.
    Text(&'a str),
    /// Parsed.
    Tree(&'a Value),
}

impl Json<'_> {
    /// Decodes an object of `kind`.
    ///
    /// # Errors
    /// If the text is no JSON, or a field that matters has another type than the API gives it.
    pub fn read<T: DeserializeOwned>(self, kind: &str) -> Result<T, DecodeError> {
        match self {
            Self::Tree(value) => T::deserialize(value).map_err(|_| DecodeError::of::<T>(value, "", kind)),
            Self::Text(text) => serde_json::from_str(text).map_err(|_| DecodeError::of_text::<T>(text, kind)),
        }
    }
}
