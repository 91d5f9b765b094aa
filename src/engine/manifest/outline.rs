//! What stands at a place of a JSON text, without what is in it. The text may be large and of any shape: nothing but the
//! value at the place is kept.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

/// Reads the value at a path: a number, a text, a list without its items, or a mapping without its fields. `None` if nothing
/// stands there.
#[derive(Clone, Copy)]
pub(super) struct Outline<'p> {
    path: &'p [&'p Segment],
}

impl<'p> Outline<'p> {
    /// The value at `path`.
    pub(super) fn at(path: &'p [&'p Segment]) -> Self {
        Self { path }
    }
}

impl<'de> DeserializeSeed<'de> for Outline<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.path.split_first() {
            // A step that leads nowhere else.
            Some((Segment::Enum { .. } | Segment::Unknown, rest)) => Self { path: rest }.deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl Outline<'_> {
    fn here(self, value: impl Into<Value>) -> Option<Value> {
        self.path.is_empty().then(|| value.into())
    }
}

impl<'de> Visitor<'de> for Outline<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.here(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.here(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.here(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.here(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.here(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.here(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let (wanted, rest) = match self.path.split_first() {
            Some((Segment::Seq { index }, rest)) => (Some(*index), rest),
            _ => (None, self.path),
        };
        let mut found = if self.path.is_empty() { Some(Value::Array(Vec::new())) } else { None };
        for index in 0.. {
            if wanted == Some(index) {
                match items.next_element_seed(Self { path: rest })? {
                    Some(value) => found = value,
                    None => break,
                }
            } else if items.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let (wanted, rest) = match self.path.split_first() {
            Some((Segment::Map { key }, rest)) => (Some(key), rest),
            _ => (None, self.path),
        };
        let mut found = if self.path.is_empty() { Some(Value::Object(Map::new())) } else { None };
        while let Some(key) = fields.next_key::<String>()? {
            if wanted.is_some_and(|wanted| *wanted == key) {
                found = fields.next_value_seed(Self { path: rest })?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
