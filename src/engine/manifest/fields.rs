//! The fields of a custom resource at some paths. The object may be large and of any shape: nothing else is kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::Json;
use super::text::MOST_OF_A_NAME;

/// The fields that were found, by their paths, such as `spec.targetRef.name`.
#[derive(Debug, Default)]
pub struct Fields(Vec<(&'static str, Box<str>)>);

impl Fields {
    /// Reads the fields at `paths`. A field that is missing or `null` is not found. A field that is no text, or that is
    /// longer than a name, is the empty string.
    pub fn read(json: Json<'_>, paths: impl Iterator<Item = &'static str>) -> Self {
        let mut fields = Self::default();
        let wanted: Vec<WantedPath> = paths.map(|path| WantedPath { path, rest: Some(path) }).collect();
        let at = At { wanted: &wanted, found: &mut fields };
        // The caller has decoded the object, so its text is JSON.
        let read = match json {
            Json::Tree(value) => at.deserialize(value),
            Json::Text(text) => at.deserialize(&mut serde_json::Deserializer::from_str(text)),
        };
        read.map_or_else(|_: serde_json::Error| Self::default(), |()| fields)
    }

    /// The field at `path`.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == path).map(|(_, field)| &**field)
    }
}

/// A path, and the part of it that is still to go; `None` at its end.
#[derive(Clone, Copy)]
struct WantedPath {
    path: &'static str,
    rest: Option<&'static str>,
}

impl WantedPath {
    /// The path below the field `key`; `None` if it does not lead there.
    fn below(self, key: &str) -> Option<Self> {
        let rest = self.rest?;
        let (step, rest) = rest.split_once('.').map_or((rest, None), |(step, rest)| (step, Some(rest)));
        (step == key).then_some(Self { rest, ..self })
    }
}

/// Reads one value, to which the paths `wanted` lead.
struct At<'w, 'f> {
    wanted: &'w [WantedPath],
    found: &'f mut Fields,
}

impl At<'_, '_> {
    fn note(&mut self, text: &str) {
        let text = if text.len() > MOST_OF_A_NAME { "" } else { text };
        let ends = self.wanted.iter().filter(|wanted| wanted.rest.is_none());
        self.found.0.extend(ends.map(|wanted| (wanted.path, text.into())));
    }
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.note("");
        Ok(())
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.note("");
        Ok(())
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.note("");
        Ok(())
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.note("");
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.note(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.note("");
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        self.note("");
        while let Some(key) = fields.next_key::<String>()? {
            let below: Vec<WantedPath> = self.wanted.iter().filter_map(|wanted| wanted.below(&key)).collect();
            if below.is_empty() {
                fields.next_value::<IgnoredAny>()?;
            } else {
                fields.next_value_seed(At { wanted: &below, found: &mut *self.found })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_at_their_paths() {
        let json = serde_json::json!({
            "metadata": {"name": "x"},
            "spec": {"a": {"b": "one", "c": {"d": 2}}, "e": null, "f": [{"b": "no"}], "g": "x".repeat(254)},
        });
        let paths =
            ["spec.a.b", "spec.a.c", "spec.a.c.d", "spec.e", "spec.f", "spec.f.b", "spec.g", "spec.h", "spec.a.b.x"];
        let text = json.to_string();
        for json in [Json::Tree(&json), Json::Text(&text)] {
            let fields = Fields::read(json, paths.into_iter());
            assert_eq!(
                paths.map(|path| fields.get(path)),
                [Some("one"), Some(""), Some(""), None, Some(""), None, Some(""), None, None]
            );
        }
    }
}
