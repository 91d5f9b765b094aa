//! A parsed document: the value, and beside it the places of its parts.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Location, Spanned};

use super::Position;
use super::field::Step;

/// A value and its places.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) places: Places,
}

/// Where a value stands, and its parts.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) at: Position,
    below: Below,
}

#[derive(Clone, Debug)]
enum Below {
    Leaf,
    Items(Vec<Places>),
    Fields(BTreeMap<String, Field>),
}

/// A field of a mapping.
#[derive(Clone, Debug)]
struct Field {
    /// Where its name stands.
    name: Position,
    /// What was written under this name before, if it is written twice; most are not.
    before: Vec<Earlier>,
    places: Places,
}

/// A field that another of the same name replaces.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    /// Where its name stands.
    pub(super) name: Position,
    /// What it holds.
    pub(super) node: Node,
}

impl Places {
    /// A place without parts.
    pub(super) fn leaf(at: Position) -> Self {
        Self { at, below: Below::Leaf }
    }

    /// The place of a part.
    pub(super) fn below(&self, step: &Step<'_>) -> Option<&Self> {
        match (&self.below, step) {
            (Below::Fields(fields), Step::Field(name)) => fields.get(*name).map(|field| &field.places),
            (Below::Items(items), Step::Item(index)) => items.get(*index),
            _ => None,
        }
    }

    /// Where the name of a part stands, if it has one.
    pub(super) fn name(&self, step: &Step<'_>) -> Option<Position> {
        match (&self.below, step) {
            (Below::Fields(fields), Step::Field(name)) => fields.get(*name).map(|field| field.name),
            _ => None,
        }
    }

    /// What was written under the name of a part before, in the order of the file.
    pub(super) fn before(&self, step: &Step<'_>) -> &[Earlier] {
        match (&self.below, step) {
            (Below::Fields(fields), Step::Field(name)) => fields.get(*name).map_or(&[], |field| &field.before),
            _ => &[],
        }
    }

    /// The places of the items of a field, taken out of it.
    pub(super) fn take_items(&mut self, field: &str) -> Vec<Self> {
        let Below::Fields(fields) = &mut self.below else { return Vec::new() };
        match fields.remove(field) {
            Some(Field { places: Self { below: Below::Items(items), .. }, .. }) => items,
            _ => Vec::new(),
        }
    }

    /// Moves everything `lines` down.
    pub(super) fn shift(&mut self, lines: usize) {
        self.at.line = self.at.line.saturating_add(lines);
        match &mut self.below {
            Below::Leaf => {}
            Below::Items(items) => items.iter_mut().for_each(|item| item.shift(lines)),
            Below::Fields(fields) => fields.values_mut().for_each(|field| {
                field.name.line = field.name.line.saturating_add(lines);
                field.places.shift(lines);
                for earlier in &mut field.before {
                    earlier.name.line = earlier.name.line.saturating_add(lines);
                    earlier.node.places.shift(lines);
                }
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Part { value, below }, referenced, defined } = Spanned::<Part>::deserialize(deserializer)?;
        Ok(Self { value, places: Places { at: place(referenced, defined), below } })
    }
}

/// Where something was written, which for an alias is elsewhere than where it counts.
fn place(referenced: Location, defined: Location) -> Position {
    position(if defined.line() > 0 { defined } else { referenced })
}

fn position(at: Location) -> Position {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    Position { line: number(at.line()), column: number(at.column()), length: number(at.span().len()) }
}

struct Part {
    value: Value,
    below: Below,
}

impl Part {
    fn leaf(value: impl Into<Value>) -> Self {
        Self { value: value.into(), below: Below::Leaf }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Part, E> {
        Ok(Part::leaf(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Part, E> {
        Ok(Part::leaf(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Part, E> {
        Ok(Part::leaf(value))
    }

    /// A whole number however written (`80.0`, `8e1`): on its way to the API server it becomes JSON, as `80`.
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range where f64 is exact")]
    fn visit_f64<E: Error>(self, value: f64) -> Result<Part, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            return Ok(Part::leaf(value as i64));
        }
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number of JSON is finite"))?;
        Ok(Part::leaf(Value::Number(number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Part, E> {
        Ok(Part::leaf(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Part, E> {
        Ok(Part::leaf(value))
    }

    fn visit_unit<E>(self) -> Result<Part, E> {
        Ok(Part::leaf(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Part, E> {
        Ok(Part::leaf(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Part, D::Error> {
        Part::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Part, A::Error> {
        let (mut values, mut places) = (Vec::new(), Vec::new());
        while let Some(node) = access.next_element::<Node>()? {
            values.push(node.value);
            places.push(node.places);
        }
        Ok(Part { value: Value::Array(values), below: Below::Items(places) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Part, A::Error> {
        let (mut values, mut places) = (Map::new(), BTreeMap::<String, Field>::new());
        while let Some((key, node)) = access.next_entry::<Spanned<String>, Node>()? {
            let Spanned { value: key, referenced, defined } = key;
            let mut before = Vec::new();
            if let (Some(value), Some(field)) = (values.insert(key.clone(), node.value), places.remove(&key)) {
                before = field.before;
                before.push(Earlier { name: field.name, node: Node { value, places: field.places } });
            }
            places.insert(key, Field { name: place(referenced, defined), before, places: node.places });
        }
        Ok(Part { value: Value::Object(values), below: Below::Fields(places) })
    }
}
