//! The JSON Schema of the file, for editors and pipelines.

use serde_json::{Map, Value, json};

use super::keys::{KIND, Key, ROOT, Shape, check_ids, keys};
use super::text::Text;

/// Where the settings that all checks have are described.
const CHECK: &str = "#/$defs/check";

/// The schema, draft 2020-12.
pub fn schema() -> Value {
    let mut schema = object(ROOT.iter());
    let of_all = keys().into_iter().find(|(path, _)| path == "checks").map_or(&[][..], |(_, checks)| checks.below());
    let head = [
        ("$defs", json!({"check": object(of_all.iter().filter(|key| key.only.is_none()))})),
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!(format!("Backstop {KIND}"))),
        ("description", json!("What an operator decides: modes, checks, controllers, exemptions.")),
    ];
    if let Value::Object(fields) = &mut schema {
        fields.extend(head.map(|(name, value)| (name.to_owned(), value)));
    }
    schema
}

fn object(keys: impl Iterator<Item = &'static Key>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for key in keys {
        let mut value = shape(&key.shape);
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

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Exactly(text) => json!({"const": text}),
        Shape::Word(words) => {
            let mut words: Vec<Value> = words().into_iter().map(Value::from).collect();
            // `off` without quotes is false in YAML 1.1.
            if words.iter().any(|word| word == "off") {
                words.push(false.into());
            }
            json!({"enum": words})
        }
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Duration => json!({"type": "string", "pattern": "^(?=.)([0-9]+h)?([0-9]+m)?([0-9]+s)?$"}),
        Shape::Text(kind) => text(*kind),
        Shape::Texts(kind) => json!({"type": "array", "uniqueItems": true, "items": text(*kind)}),
        Shape::Labels => json!({
            "type": "object",
            "propertyNames": text(Text::LabelKey),
            "additionalProperties": text(Text::LabelValue),
        }),
        Shape::Object(keys) => object(keys.iter()),
        Shape::Objects(keys) => json!({"type": "array", "items": object(keys.iter())}),
        Shape::Checks(keys) => {
            let checks = check_ids().into_iter().map(|id| {
                let special = keys.iter().any(|key| key.only == Some(id));
                let own = || object(keys.iter().filter(|key| key.belongs_to(id)));
                (id.to_owned(), if special { own() } else { json!({"$ref": CHECK}) })
            });
            let properties: Map<String, Value> = checks.collect();
            json!({"type": "object", "additionalProperties": false, "properties": properties})
        }
    }
}

fn text(kind: Text) -> Value {
    json!({"type": "string", "pattern": kind.pattern(), "maxLength": kind.longest()})
}
