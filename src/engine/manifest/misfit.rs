//! Why an object does not decode, in words for people: the field, what should stand there, and what does.

use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// Longest text that is repeated in a message.
const SHOWN: usize = 64;

/// Why an object could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read it as {expected}: {message}")]
pub struct DecodeError {
    /// What the object should have been.
    pub expected: String,
    /// The field that is wrong, as `spec.ports[0].port`; empty where it is none.
    pub field: String,
    /// What is wrong, with the field.
    pub message: String,
}

impl DecodeError {
    /// Why `value`, which stands at `root` of an object of `kind`, is no `T`: it has been tried.
    pub(super) fn of<'v, T: Deserialize<'v>>(value: &'v Value, root: &str, kind: &str) -> Self {
        let (field, message) = misfit::<T>(value, root);
        let message = if field.is_empty() { message } else { format!("{field}: {message}") };
        Self { expected: article(kind), field, message }
    }

    /// The API server would not take the object of `kind` for what stands at `field`.
    pub fn invalid(kind: &str, field: String, fault: &str) -> Self {
        let message = format!("{field}: {fault}");
        Self { expected: article(kind), field, message }
    }

    /// A text is no JSON at all.
    pub(super) fn syntax(error: &serde_json::Error, kind: &str) -> Self {
        Self { expected: article(kind), field: String::new(), message: error.to_string() }
    }
}

/// The field below `root` for which `value` is no `T`, and what is wrong there.
pub(super) fn misfit<'v, T: Deserialize<'v>>(value: &'v Value, root: &str) -> (String, String) {
    match serde_path_to_error::deserialize::<_, T>(value) {
        Ok(_) => (root.to_owned(), "it is not what it should be".to_owned()),
        Err(error) => {
            let (field, found) = place(error.path(), value, root);
            (field, words(&error.inner().to_string(), found))
        }
    }
}

/// The path of the API, and what stands there.
fn place<'v>(path: &Path, value: &'v Value, root: &str) -> (String, Option<&'v Value>) {
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

/// A decoder's words without the names of Rust's types.
fn words(error: &str, found: Option<&Value>) -> String {
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
    format!("expected {expected}, found {}{advice}", shown(found))
}

fn shown(found: Option<&Value>) -> String {
    match found {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::String(text)) if text.chars().count() > SHOWN => "a long text".to_owned(),
        Some(Value::String(text)) => format!("\"{text}\""),
        Some(Value::Array(_)) => "a list".to_owned(),
        Some(Value::Object(_)) => "a mapping".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['A', 'E', 'I', 'O', 'U']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
