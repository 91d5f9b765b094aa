//! The JSON of an object, as it comes in: text from the API server, a tree from a file.

use serde::Deserialize;
use serde_json::Value;

use super::mapping::Mapping;
use super::misfit::DecodeError;

/// One JSON value.
#[derive(Clone, Copy, Debug)]
pub enum Json<'a> {
    /// As text.
    Text(&'a str),
    /// Parsed.
    Tree(&'a Value),
}

impl<'a> Json<'a> {
    /// Decodes an object of `kind`.
    ///
    /// # Errors
    /// If the text is no JSON, or a field that matters has another type than the API gives it.
    pub fn read<T: Deserialize<'a>>(self, kind: &str) -> Result<T, DecodeError> {
        match self {
            Self::Tree(value) => {
                Mapping::<T>::deserialize(value).map_err(|_| DecodeError::of::<Mapping<T>>(value, "", kind))
            }
            Self::Text(text) => {
                serde_json::from_str::<Mapping<T>>(text).map_err(|_| DecodeError::of_text::<Mapping<T>>(text, kind))
            }
        }
        .map(|Mapping(object)| object)
    }
}
