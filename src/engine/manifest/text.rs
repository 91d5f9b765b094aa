//! Texts of a JSON document.

use std::borrow::Cow;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

/// A string, borrowed if it has no escapes. (serde borrows a bare `Cow`, but not one inside an `Option`.)
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl From<Text<'_>> for Box<str> {
    fn from(text: Text<'_>) -> Self {
        text.0.into()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Bytes that a name may have. No name of an object, of a port or of a kind is longer: the API server refuses longer names
/// (`DNS1123SubdomainMaxLength` in its `apimachinery/pkg/util/validation/validation.go`). Messages repeat names.
pub(super) const MOST_OF_A_NAME: usize = 253;

/// A [`Text`] that is a name.
#[derive(Debug, Default)]
pub struct Name<'a>(Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        if text.len() > MOST_OF_A_NAME {
            return Err(D::Error::custom(format_args!("a name has at most {MOST_OF_A_NAME} bytes")));
        }
        Ok(Self(text))
    }
}

impl Deref for Name<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
