//! Why an object cannot be decoded, in words for people: the field, the expected value, and the value found.

use serde::Deserialize;
use serde::de::DeserializeSeed as _;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::outline::Outline;
use crate::engine::model::has_placeholder;

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
        Self::at(field, &message, kind)
    }

    /// Returns why `text` cannot be decoded as `T`. The caller has tried. The text may be large and of any shape, so that no
    /// tree is made of it.
    pub(super) fn of_text<'t, T: Deserialize<'t>>(text: &'t str, kind: &str) -> Self {
        match misfit_of_text::<T>(text) {
            Ok((field, message)) => Self::at(field, &message, kind),
            Err(error) => Self::syntax(&error, kind),
        }
    }

    fn at(field: String, message: &str, kind: &str) -> Self {
        let message = if field.is_empty() { message.to_owned() } else { format!("{field}: {message}") };
        Self { expected: with_article(kind), field, message }
    }

    /// Whether a value that cannot be decoded has a placeholder, which a tool replaces later.
    pub fn shows_placeholder(&self) -> bool {
        has_placeholder(&self.message)
    }

    /// The API server would not take the object of `kind` for what stands at `field`.
    pub fn invalid(kind: &str, field: String, fault: &str) -> Self {
        Self::at(field, fault, kind)
    }

    /// The text of an object of `kind` is not JSON.
    fn syntax(error: &serde_json::Error, kind: &str) -> Self {
        Self { expected: with_article(kind), field: String::new(), message: error.to_string() }
    }
}

/// Returns the field below `root` that cannot be decoded as a part of `T`, and its fault.
pub(super) fn misfit<'v, T: Deserialize<'v>>(value: &'v Value, root: &str) -> (String, String) {
    match serde_path_to_error::deserialize::<_, T>(value) {
        Ok(_) => (root.to_owned(), UNDECODABLE.to_owned()),
        Err(error) => {
            let found = error.path().iter().try_fold(value, |value, segment| match segment {
                Segment::Seq { index } => value.get(index),
                Segment::Map { key } => value.get(key),
                Segment::Enum { .. } | Segment::Unknown => Some(value),
            });
            let field = field(error.path(), root);
            let message = plain_message(&error.inner().to_string(), found);
            let message = port_message(&field, found).unwrap_or(message);
            (field, message)
        }
    }
}

/// The same of a text.
///
/// # Errors
/// If the text is not JSON.
pub(super) fn misfit_of_text<'t, T: Deserialize<'t>>(text: &'t str) -> Result<(String, String), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Ok(_) => json.end().map(|()| (String::new(), UNDECODABLE.to_owned())),
        Err(error) => {
            let message = error.inner().to_string();
            let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
            let message = match message {
                message if error.inner().is_data() => message,
                // A structure may be a list. The decoder takes a list that is too long for the end of the text.
                "trailing characters" => TOO_LONG,
                _ => return Err(error.into_inner()),
            };
            let path: Vec<&Segment> = error.path().iter().collect();
            let found = Outline::at(&path).deserialize(&mut serde_json::Deserializer::from_str(text))?;
            let field = field(error.path(), "");
            let message =
                port_message(&field, found.as_ref()).unwrap_or_else(|| plain_message(message, found.as_ref()));
            Ok((field, message))
        }
    }
}

/// What the decoder of a tree says of a list that is too long.
const TOO_LONG: &str = "expected fewer elements in array";

/// The message about a value that is decoded when it is tried once more.
const UNDECODABLE: &str = "it cannot be decoded";

/// The field path as the API writes it.
fn field(path: &Path, root: &str) -> String {
    path.iter().fold(root.to_owned(), |field, segment| match segment {
        Segment::Seq { index } => format!("{field}[{index}]"),
        Segment::Map { key } => {
            let plain = key.chars().all(|c| c.is_ascii_alphanumeric());
            let dot = if field.is_empty() { "" } else { "." };
            if plain { format!("{field}{dot}{key}") } else { format!("{field}[\"{key}\"]") }
        }
        Segment::Enum { .. } | Segment::Unknown => field,
    })
}

/// The message about a number as the name of a port of a backend. In quotes it would be refused, too: a name has a letter.
fn port_message(field: &str, found: Option<&Value>) -> Option<String> {
    let number = found.filter(|found| found.is_number() && field.ends_with("service.port.name"))?;
    Some(format!("expected a text, found {number}; use number: {number}"))
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
