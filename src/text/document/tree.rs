//! A parsed value, and a tree with the positions of its parts.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Location, Spanned};

use super::Position;
use super::field::Step;

/// A value and its positions.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) positions: Positions,
}

/// The position of a value, and the positions of its parts.
#[derive(Clone, Debug)]
pub(super) struct Positions {
    pub(super) start: Position,
    parts: Parts,
}

#[derive(Clone, Debug)]
enum Parts {
    None,
    Items(Vec<Positions>),
    Fields(BTreeMap<String, Field>),
}

/// A field of a mapping.
#[derive(Clone, Debug)]
struct Field {
    /// The position of its name.
    name: Position,
    /// Earlier entries with the same name, which this one replaces.
    earlier: Vec<Earlier>,
    value: Positions,
}

/// A field that a later field with the same name replaces.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    /// The position of its name.
    pub(super) name: Position,
    /// Its value.
    pub(super) node: Node,
}

impl Positions {
    /// The position of a value without parts.
    pub(super) fn leaf(start: Position) -> Self {
        Self { start, parts: Parts::None }
    }

    /// Returns the positions of a part.
    pub(super) fn child(&self, step: &Step<'_>) -> Option<&Self> {
        match (&self.parts, step) {
            (Parts::Fields(fields), Step::Field(name)) => fields.get(*name).map(|field| &field.value),
            (Parts::Items(items), Step::Item(index)) => items.get(*index),
            _ => None,
        }
    }

    /// Returns the position of the name of a part, if the part has a name.
    pub(super) fn name(&self, step: &Step<'_>) -> Option<Position> {
        match (&self.parts, step) {
            (Parts::Fields(fields), Step::Field(name)) => fields.get(*name).map(|field| field.name),
            _ => None,
        }
    }

    /// Returns the earlier entries with the name of a part, in the order of the file.
    pub(super) fn earlier(&self, step: &Step<'_>) -> &[Earlier] {
        match (&self.parts, step) {
            (Parts::Fields(fields), Step::Field(name)) => fields.get(*name).map_or(&[], |field| &field.earlier),
            _ => &[],
        }
    }

    /// Removes the field and returns the positions of its items.
    pub(super) fn take_items(&mut self, field: &str) -> Vec<Self> {
        let Parts::Fields(fields) = &mut self.parts else { return Vec::new() };
        match fields.remove(field) {
            Some(Field { value: Self { parts: Parts::Items(items), .. }, .. }) => items,
            _ => Vec::new(),
        }
    }

    /// Moves all positions down by `lines`.
    pub(super) fn shift(&mut self, lines: usize) {
        self.start.line = self.start.line.saturating_add(lines);
        match &mut self.parts {
            Parts::None => {}
            Parts::Items(items) => items.iter_mut().for_each(|item| item.shift(lines)),
            Parts::Fields(fields) => fields.values_mut().for_each(|field| {
                field.name.line = field.name.line.saturating_add(lines);
                field.value.shift(lines);
                for earlier in &mut field.earlier {
                    earlier.name.line = earlier.name.line.saturating_add(lines);
                    earlier.node.positions.shift(lines);
                }
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Part { value, parts }, referenced, defined } = Spanned::<Part>::deserialize(deserializer)?;
        Ok(Self { value, positions: Positions { start: written(referenced, defined), parts } })
    }
}

/// Returns the position at which a value is written; for an alias, the position of its anchor.
fn written(referenced: Location, defined: Location) -> Position {
    position(if defined.line() > 0 { defined } else { referenced })
}

fn position(at: Location) -> Position {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    Position { line: number(at.line()), column: number(at.column()), length: number(at.span().len()) }
}

struct Part {
    value: Value,
    parts: Parts,
}

impl Part {
    fn leaf(value: impl Into<Value>) -> Self {
        Self { value: value.into(), parts: Parts::None }
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

    /// Whole numbers such as `80.0` and `8e1` become `80`, as they do when kubectl converts YAML to JSON.
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range where f64 is exact")]
    fn visit_f64<E: Error>(self, value: f64) -> Result<Part, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            return Ok(Part::leaf(value as i64));
        }
        let number = Number::from_f64(value).ok_or_else(|| E::custom("JSON numbers are finite"))?;
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
        let (mut values, mut positions) = (Vec::new(), Vec::new());
        while let Some(node) = access.next_element::<Node>()? {
            values.push(node.value);
            positions.push(node.positions);
        }
        Ok(Part { value: Value::Array(values), parts: Parts::Items(positions) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Part, A::Error> {
        let (mut values, mut fields) = (Map::new(), BTreeMap::<String, Field>::new());
        while let Some((key, node)) = access.next_entry::<Spanned<String>, Node>()? {
            let Spanned { value: key, referenced, defined } = key;
            let mut earlier = Vec::new();
            if let (Some(value), Some(field)) = (values.insert(key.clone(), node.value), fields.remove(&key)) {
                earlier = field.earlier;
                earlier.push(Earlier { name: field.name, node: Node { value, positions: field.value } });
            }
            fields.insert(key, Field { name: written(referenced, defined), earlier, value: node.positions });
        }
        Ok(Part { value: Value::Object(values), parts: Parts::Fields(fields) })
    }
}
