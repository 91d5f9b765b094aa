//! The limits of an API server.

use serde_json::Value;

/// The maximum bytes of all annotations of an object, keys and values together.
pub(crate) const ANNOTATIONS: usize = 256 << 10;
/// The maximum bytes of a stored object, which etcd gets as Protobuf.
pub(crate) const STORED: usize = 3 << 19;

/// The size of the annotations of `object`, as the API server counts it.
pub(crate) fn annotations(object: &Value) -> usize {
    let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations.into_iter().flatten().map(|(key, value)| key.len() + value.as_str().unwrap_or_default().len()).sum()
}

/// The size of `object` as Protobuf: the bytes of strings and numbers, and a tag and a length for each field and item.
pub(crate) fn stored(object: &Value) -> usize {
    match object {
        Value::Null | Value::Bool(_) => 1,
        // Most numbers are ports. Others are only a few bytes larger.
        Value::Number(_) => 3,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| field(stored(item))).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| member(name, value)).sum(),
    }
}

/// Protobuf has numbers in place of field names, but a map has its keys, and `fieldsV1` is kept as JSON.
fn member(name: &str, value: &Value) -> usize {
    match (name, value) {
        ("fieldsV1", value) => field(value.to_string().len()),
        ("annotations" | "labels", Value::Object(pairs)) => {
            let pair = |(key, value): (&String, &Value)| field(field(key.len()) + field(stored(value)));
            pairs.iter().map(pair).sum()
        }
        (_, value) => field(stored(value)),
    }
}

/// A tag of one byte, a length and the content.
fn field(content: usize) -> usize {
    let length = match content {
        0..128 => 1,
        128..16_384 => 2,
        16_384..2_097_152 => 3,
        _ => 4,
    };
    1 + length + content
}
