//! Why an object cannot be decoded, in words for people: the field, the expected value, and the value found.

use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// The maximum length of a text that a message repeats, in characters.
const SHOWN: usize = 64;

/// Why an object could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read it as {expected}: {message}")]
pub struct DecodeError {
    /// What the object should be, with an article: `an Ingress`.
    pub expected: String,
    /// The field with the fault: `spec.ports[0].port`. Empty if the fault is not in a field.
    pub field: String,
    /// The field and its fault.
    pub message: String,
}

impl DecodeError {
    /// Returns why `value` cannot be decoded as `T`. The caller has tried. `value` is the field `root` of an object of
    /// `kind`.
    pub(super) fn of<'v, T: Deserialize<'v>>(value: &'v Value, root: &str, kind: &str) -> Self {
        let (field, message) = misfit::<T>(value, root);
        let message = if field.is_empty() { message } else { format!("{field}: {message}") };
        Self { expected: with_article(kind), field, message }
    }

    /// The API server would not take the object of `kind` for what stands at `field`.
    pub fn invalid(kind: &str, field: String, fault: &str) -> Self {
        let message = format!("{field}: {fault}");
        Self { expected: with_article(kind), field, message }
    }

    /// The text of an object of `kind` is not JSON.
    pub(super) fn syntax(error: &serde_json::Error, kind: &str) -> Self {
        Self { expected: with_article(kind), field: String::new(), message: error.to_string() }
    }
}

/// Returns the field below `root` that cannot be decoded as a part of `T`, and its fault.
pub(super) fn misfit<'v, T: Deserialize<'v>>(value: &'v Value, root: &str) -> (String, String) {
    match serde_path_to_error::deserialize::<_, T>(value) {
        Ok(_) => (root.to_owned(), "it cannot be decoded".to_owned()),
        Err(error) => {
            let (field, found) = field_and_value(error.path(), value, root);
            (field, plain_message(&error.inner().to_string(), found))
        }
    }
}

/// The field path as the API writes it, and the value of the field.
fn field_and_value<'v>(path: &Path, value: &'v Value, root: &str) -> (String, Option<&'v Value>) {
    let (mut field, mut found) = (root.to_owned(), Some(value));
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                field = format!("{field}[{index}]");
                found = found.and_then(|value| value.get(index));
            }
            Segment::Map { key } => {
                let plain = key.chars().all(|c| c.is_ascii_alphanumeric());
                let dot = if field.is_empty() { "" } else { "." };
                field = if plain { format!("{field}{dot}{key}") } else { format!("{field}[\"{key}\"]") };
                found = found.and_then(|value| value.get(key));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    (field, found)
}

/// The message of the decoder without names of Rust types.
fn plain_message(error: &str, found: Option<&Value>) -> String {
    let Some(expected) = error.split_once(", expected ").map(|(_, rest)| rest).or(error.strip_prefix("expected "))
    else {
        return error.to_owned();
    };
    let (is_text, is_number) = (matches!(found, Some(Value::String(_))), matches!(found, Some(Value::Number(_))));
    let (expected, advice) = match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => {
            let fits =
                if error.starts_with("invalid value") { "a whole number in its range" } else { "a whole number" };
            let bare = found.and_then(Value::as_str).is_some_and(|text| text.parse::<i64>().is_ok());
            (fits, if bare { "; leave out the quotes" } else { "" })
        }
        "a string" | "a borrowed string" => {
            ("a text", if is_number || matches!(found, Some(Value::Bool(_))) { "; put it in quotes" } else { "" })
        }
        "a boolean" => ("true or false", if is_text { "; write it without quotes" } else { "" }),
        "a sequence" => ("a list", ""),
        expected if expected.starts_with("a map") || expected.starts_with("struct ") => ("a mapping", ""),
        other => (other, ""),
    };
    format!("expected {expected}, found {}{advice}", describe_value(found))
}

fn describe_value(found: Option<&Value>) -> String {
    match found {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::String(text)) if text.chars().count() > SHOWN => "a long text".to_owned(),
        Some(Value::String(text)) => format!("\"{text}\""),
        Some(Value::Array(_)) => "a list".to_owned(),
        Some(Value::Object(_)) => "a mapping".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn with_article(kind: &str) -> String {
    let vowel = kind.starts_with(['A', 'E', 'I', 'O', 'U']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
