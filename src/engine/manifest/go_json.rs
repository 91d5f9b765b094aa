//! JSON in annotations, as controllers in Go read it (`encoding/json`, `Unmarshal`): keys match in any case, unknown keys
//! are ignored, the last of equal keys wins, and `null` is an absent field. A value of another type voids the whole text.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::misfit::misfit_of_text;
use super::text::Text;

/// A structure that is read field by field.
pub(super) trait JsonFields: Default {
    /// Reads the value of the field that is called `key` in small letters. Returns false, without reading the value, if
    /// there is no such field.
    ///
    /// # Errors
    /// If the value has another type than the field.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;
}

/// A structure with these fields.
#[derive(Debug, Default)]
pub(super) struct JsonObject<F>(pub(super) F);

/// What a list says. An annotation may have tens of thousands of entries, so that they are not kept.
pub(super) trait Entries: Default {
    /// An entry. `null` is the default.
    type Entry: Default + DeserializeOwned;

    /// Examines the next entry.
    fn add(&mut self, entry: Self::Entry);
}

/// A list with these entries.
#[derive(Debug, Default)]
pub(super) struct List<E>(pub(super) E);

/// Whether a text is not empty. The text itself is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled(pub(super) bool);

/// The number of entries of a list.
#[derive(Debug)]
pub(super) struct Count<T>(pub(super) usize, PhantomData<T>);

impl<T> Default for Count<T> {
    fn default() -> Self {
        Self(0, PhantomData)
    }
}

impl<T: Default + DeserializeOwned> Entries for Count<T> {
    type Entry = T;

    fn add(&mut self, _: T) {
        self.0 += 1;
    }
}

/// Decodes the value of an annotation. The error names the field that does not fit, and says why.
///
/// # Errors
/// If the text is not JSON, or is not a `T`.
pub(super) fn decode<T: Default + DeserializeOwned>(json: &str) -> Result<T, String> {
    match serde_json::from_str::<Option<T>>(json) {
        Ok(value) => Ok(value.unwrap_or_default()),
        Err(error) => Err(match misfit_of_text::<Option<T>>(json) {
            Ok((field, message)) if field.is_empty() => message,
            Ok((field, message)) => format!("{field}: {message}"),
            Err(_) => error.to_string(),
        }),
    }
}

/// Reads the value of a field; the default for `null`.
///
/// # Errors
/// If the value is neither `null` nor a `T`.
pub(super) fn value<'de, A: MapAccess<'de>, T: Default + Deserialize<'de>>(map: &mut A) -> Result<T, A::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or_default())
}

/// Reads the value of a field that must be `null` or a `T`, and does not keep it.
///
/// # Errors
/// If the value is neither.
pub(super) fn check<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<Option<T>>().map(|_| ())
}

impl<'de, F: JsonFields> Deserialize<'de> for JsonObject<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<F>(PhantomData<F>);

        impl<'de, F: JsonFields> Visitor<'de> for ObjectVisitor<F> {
            type Value = JsonObject<F>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = F::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if !fields.read(&key.to_ascii_lowercase(), &mut map)? {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(JsonObject(fields))
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

impl<'de, E: Entries> Deserialize<'de> for List<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<E>(PhantomData<E>);

        impl<'de, E: Entries> Visitor<'de> for ListVisitor<E> {
            type Value = List<E>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut entries = E::default();
                while let Some(entry) = items.next_element::<Option<E::Entry>>()? {
                    entries.add(entry.unwrap_or_default());
                }
                Ok(List(entries))
            }
        }

        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FilledVisitor;

        impl Visitor<'_> for FilledVisitor {
            type Value = Filled;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Filled, E> {
                Ok(Filled(!text.is_empty()))
            }
        }

        deserializer.deserialize_str(FilledVisitor)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[derive(Debug, Default)]
    struct Sample {
        name: Filled,
        tags: usize,
    }

    impl JsonFields for Sample {
        fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
            match key {
                "name" => self.name = value(map)?,
                "tags" => self.tags = value::<_, List<Count<Filled>>>(map)?.0.0,
                _ => return Ok(false),
            }
            Ok(true)
        }
    }

    #[rstest]
    #[case::any_case(r#"{"NAME":"x","Tags":["a","b"]}"#, true, 2)]
    #[case::last_wins(r#"{"name":"x","Name":""}"#, false, 0)]
    #[case::null(r#"{"name":null,"tags":null}"#, false, 0)]
    #[case::null_entry(r#"{"tags":["a",null]}"#, false, 2)]
    #[case::unknown_keys(r#"{"other":{"name":7},"name":"x"}"#, true, 0)]
    #[case::nothing("null", false, 0)]
    fn texts_that_fit(#[case] json: &str, #[case] named: bool, #[case] tags: usize) {
        let JsonObject(sample) = decode::<JsonObject<Sample>>(json).unwrap();
        assert_eq!((sample.name.0, sample.tags), (named, tags));
    }

    #[rstest]
    #[case::empty("", "EOF while parsing a value at line 1 column 0")]
    #[case::cut("{", "EOF while parsing an object at line 1 column 1")]
    #[case::more("{} {}", "trailing characters at line 1 column 4")]
    #[case::list("[]", "expected a mapping, found a list")]
    #[case::number(r#"{"Name":7}"#, "Name: expected a text, found 7; put it in quotes")]
    #[case::entry(r#"{"tags":["a",{}]}"#, "tags[1]: expected a text, found a mapping")]
    #[case::no_list(r#"{"tags":"a"}"#, "tags: expected a list, found \"a\"")]
    fn the_misfit_is_named(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(decode::<JsonObject<Sample>>(json).unwrap_err(), expected);
    }
}
