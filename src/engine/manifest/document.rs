//! The text of a manifest file: its documents, their values, and where in the file each value stands.
//!
//! A file is cut into documents before any of them is parsed, so that a broken one does not hide the others.
//! Whatever a file holds, reading it ends with documents and reasons: depth, aliases and numbers are bounded.

mod field;
mod split;
mod tree;

use serde_json::Value;

use split::Piece;
use tree::{Node, Places};

/// Documents nested deeper than this are refused. The deepest objects of real clusters, the schemas of
/// custom resources, stay below 64.
const MAX_DEPTH: usize = 128;
/// How many parser events aliases may add to one document: an honest file stays far below.
const MAX_REPLAYED: usize = 100_000;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// How many characters what stands there has; 0 where that is not known.
    pub length: usize,
}

/// One object of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The object.
    pub value: Value,
    places: Places,
}

impl Document {
    /// Where the value of a field stands, for an API path such as `spec.rules[0].http.paths[1].backend`;
    /// where there is no such field, its nearest ancestor.
    pub fn position(&self, field: &str) -> Position {
        field::steps(field).try_fold(&self.places, |at, step| at.below(&step).ok_or(at)).unwrap_or_else(|near| near).at
    }

    /// Where the object begins.
    pub fn start(&self) -> Position {
        self.places.at
    }
}

/// Why a part of a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Broken {
    /// Where it went wrong.
    pub position: Position,
    /// Why, for people.
    pub reason: String,
}

/// The objects in the bytes of a file, in their order; an object of a `List` counts as one of its own.
/// Empty documents are left out.
pub fn documents(bytes: &[u8]) -> Vec<Result<Document, Broken>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return vec![Err(not_text(bytes, error.valid_up_to()))],
    };
    if let Some(pieces) = split::json(text) {
        return pieces.iter().flat_map(|piece| unfold(json_document(piece))).collect();
    }
    split::yaml(text).iter().flat_map(|piece| unfold(document(piece))).collect()
}

fn not_text(bytes: &[u8], valid: usize) -> Broken {
    let before = bytes.get(..valid).unwrap_or_default();
    let newlines = before.iter().filter(|byte| **byte == b'\n').count();
    let reason = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "it is UTF-16: save it as UTF-8",
        _ => "it is not UTF-8 text",
    };
    Broken { position: Position { line: newlines + 1, column: 1, length: 0 }, reason: reason.to_owned() }
}

/// One JSON document. YAML is a superset of JSON but for limits such as the length of keys: where it objects,
/// the JSON value stands, with less exact positions.
fn json_document(piece: &Piece<'_>) -> Result<Option<Document>, Broken> {
    document(piece).or_else(|broken| {
        let value = serde_json::from_str(piece.text).map_err(|_| broken)?;
        Ok(Some(Document { value, places: Places::leaf(Position { line: piece.line, column: 1, length: 0 }) }))
    })
}

/// One document, `None` where it is empty.
fn document(piece: &Piece<'_>) -> Result<Option<Document>, Broken> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        with_snippet: false,
    };
    let parsed = serde_saphyr::from_str_with_options::<Node>(piece.text, options);
    let Node { value, mut places } = parsed.map_err(|error| broken(piece, &error))?;
    places.shift(piece.line.saturating_sub(1));
    match value {
        Value::Null => Ok(None),
        Value::Object(_) => Ok(Some(Document { value, places })),
        _ => Err(Broken { position: places.at, reason: "it is no Kubernetes object: it is not a mapping".to_owned() }),
    }
}

fn broken(piece: &Piece<'_>, error: &serde_saphyr::Error) -> Broken {
    // The parser's own words, without the position it adds at the end.
    let reason = error.without_snippet().to_string();
    let location = error.location().filter(|at| at.line() > 0);
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let position = location.map_or(Position { line: piece.line, column: 1, length: 0 }, |at| Position {
        line: number(at.line()).saturating_add(piece.line).saturating_sub(1),
        column: number(at.column()),
        length: 0,
    });
    if let Some(why) = split::template(piece.text) {
        return Broken { position, reason: why.to_owned() };
    }
    Broken { position, reason }
}

/// The objects of a document: itself, or the items of a `List`.
fn unfold(document: Result<Option<Document>, Broken>) -> Vec<Result<Document, Broken>> {
    match document {
        Err(broken) => vec![Err(broken)],
        Ok(None) => Vec::new(),
        Ok(Some(document)) => items(document),
    }
}

/// Unfolds `kind: List` and typed lists such as `kind: ServiceList`, whose items may leave out what the list says.
fn items(document: Document) -> Vec<Result<Document, Broken>> {
    let Document { value: Value::Object(mut object), mut places } = document else { return vec![Ok(document)] };
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, api_version) = (text("kind"), text("apiVersion"));
    let is_list = kind.ends_with("List") && matches!(object.get("items"), Some(Value::Array(_) | Value::Null));
    if !is_list {
        return vec![Ok(Document { value: Value::Object(object), places })];
    }
    let Some(Value::Array(items)) = object.remove("items") else { return Vec::new() };
    let marks = places.take_items("items");
    let marks = marks.into_iter().map(Some).chain(std::iter::repeat(None));
    items
        .into_iter()
        .zip(marks)
        .filter(|(item, _)| !item.is_null())
        .flat_map(|(item, mark)| {
            let places = mark.unwrap_or_else(|| Places::leaf(places.at));
            match item {
                Value::Object(mut item) => {
                    complete(&mut item, &kind, &api_version);
                    self::items(Document { value: Value::Object(item), places })
                }
                _ => vec![Err(Broken { position: places.at, reason: format!("an item of {kind} is no object") })],
            }
        })
        .collect()
}

fn complete(item: &mut serde_json::Map<String, Value>, list: &str, api_version: &str) {
    let Some(kind) = list.strip_suffix("List").filter(|kind| !kind.is_empty()) else { return };
    if !item.contains_key("kind") {
        item.insert("kind".to_owned(), kind.into());
        item.entry("apiVersion").or_insert_with(|| api_version.into());
    }
}

#[cfg(test)]
mod tests;
