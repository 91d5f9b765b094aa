//! The JSON schema of the file, for editors and pipelines.

use serde_json::{Map, Value, json};

use super::format::Format;
use super::keys::{KIND, Key, OPTIONS, ROOT, Shape, check_ids, keys};
use crate::engine::controllers;

/// The reference to the settings that all checks have.
const CHECK: &str = "#/$defs/check";

/// The description of the schema, with the mistakes that a schema cannot express.
const ABOUT: &str = "The configuration of Backstop: mode, checks, controllers, exemptions. `backstop config validate` also finds \
     duplicate keys, two entries of controllers for one class, a grace whose parts add up to more than a day, and YAML 1.1 values \
     that are not text.";

/// Hours up to 24, minutes up to 1440 and seconds up to 86400, in this order.
const DURATION: &str = "^(?=[0-9])(0*([0-9]|1[0-9]|2[0-4])h)?(0*([0-9]{1,3}|1[0-3][0-9]{2}|14[0-3][0-9]|1440)m)?\
     (0*([0-9]{1,4}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)s)?$";

/// Returns the schema (draft 2020-12).
pub fn schema() -> Value {
    let mut schema = object(ROOT.iter());
    let of_all = keys().into_iter().find(|(path, _)| path == "checks").map_or(&[][..], |(_, checks)| checks.below());
    let head = [
        ("$defs", json!({"check": or_null(object(of_all.iter().filter(|key| key.only.is_none())))})),
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!(format!("Backstop {KIND}"))),
        ("description", json!(ABOUT)),
    ];
    if let Value::Object(fields) = &mut schema {
        fields.extend(head.map(|(name, value)| (name.to_owned(), value)));
    }
    schema
}

/// The schema of a mapping. Keys that are not required may be null, because a key without a value counts as absent.
fn object(keys: impl Iterator<Item = &'static Key>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for key in keys {
        let mut value = shape(&key.shape);
        if !key.required {
            value = or_null(value);
        }
        if let Value::Object(fields) = &mut value {
            fields.insert("description".to_owned(), key.about.into());
        }
        properties.insert(key.name.to_owned(), value);
        if key.required {
            required.push(key.name);
        }
    }
    let mut object = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if let Value::Object(fields) = &mut object
        && !required.is_empty()
    {
        fields.insert("required".to_owned(), required.into());
    }
    object
}

/// Extends a schema to allow null, too.
fn or_null(mut schema: Value) -> Value {
    if let Some(kind @ Value::String(_)) = schema.get_mut("type") {
        *kind = json!([kind, "null"]);
    } else if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
    schema
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Exactly(text) => json!({"const": text}),
        Shape::OneOf(words) => {
            let mut words: Vec<Value> = words().into_iter().map(Value::from).collect();
            // In YAML 1.1, `off` without quotes is false.
            if words.iter().any(|word| word == "off") {
                words.push(false.into());
            }
            json!({"enum": words})
        }
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Duration => json!({"type": "string", "pattern": DURATION}),
        Shape::Text(format) => text_schema(*format),
        Shape::Texts(format) => json!({"type": "array", "uniqueItems": true, "items": text_schema(*format)}),
        Shape::Labels => json!({
            "type": "object",
            "propertyNames": text_schema(Format::LabelKey),
            "additionalProperties": text_schema(Format::LabelValue),
        }),
        Shape::Object(keys) => object(keys.iter()),
        Shape::Objects(keys) => json!({"type": "array", "items": entry(keys)}),
        Shape::Checks(keys) => {
            let checks = check_ids().into_iter().map(|id| {
                let special = keys.iter().any(|key| key.only == Some(id));
                let own = || or_null(object(keys.iter().filter(|key| key.belongs_to(id))));
                (id.to_owned(), if special { own() } else { json!({"$ref": CHECK}) })
            });
            let properties: Map<String, Value> = checks.collect();
            json!({"type": "object", "additionalProperties": false, "properties": properties})
        }
    }
}

/// The schema of an entry of `controllers`: at least one key besides `match`, and only options that the profile has.
fn entry(keys: &'static [Key]) -> Value {
    let mut entry = object(keys.iter());
    let given = |key: &Key| json!({"required": [key.name], "properties": {key.name: {"not": {"type": "null"}}}});
    let says: Vec<Value> = keys.iter().filter(|key| !key.required).map(given).collect();
    let foreign = |option: &Key| {
        let others = controllers::ALL.iter().map(|profile| profile.id).filter(|id| !option.profiles.contains(id));
        let others: Vec<&str> = others.collect();
        json!({
            "if": {"required": ["profile"], "properties": {"profile": {"enum": others}}},
            "then": {"properties": {"options": {"properties": {option.name: {"type": "null"}}}}},
        })
    };
    let special = OPTIONS.iter().filter(|option| !option.profiles.is_empty());
    let foreign: Vec<Value> = special.map(foreign).collect();
    if let Value::Object(fields) = &mut entry {
        fields.extend([("anyOf".to_owned(), says.into()), ("allOf".to_owned(), foreign.into())]);
    }
    entry
}

fn text_schema(format: Format) -> Value {
    json!({"type": "string", "pattern": format.pattern(), "maxLength": format.max_length()})
}

#[cfg(test)]
mod tests;
