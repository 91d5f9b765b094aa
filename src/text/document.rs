//! Documents: the values in a YAML or JSON file, and the position of each value.
//!
//! The file is split into documents before any of them is parsed, so that a broken document does not hide the others.
//! The cost is bounded for any input: depth, aliases and numbers have limits.

mod field;
mod split;
mod tree;

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

use super::Position;
use split::Piece;
use tree::{Node, Positions};

/// The deepest nesting that is parsed; deeper documents would exhaust the parser's stack. An Ingress is nested 10 deep,
/// a Pod 15, the schema of a custom resource up to about 45.
const MAX_DEPTH: usize = 64;
/// The most parser events that the aliases of one document may add. Real files need far fewer.
const MAX_REPLAYED: usize = 100_000;

/// A value of a file, and the positions of all values inside it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The value. It is never `null`, unless the document was taken from a list by [`Document::take_items`].
    pub value: Value,
    positions: Positions,
}

impl Document {
    /// Returns the position of the value of a field. `field` is a path such as `spec.rules[0].http.paths[1].backend`. If there
    /// is no such field, it returns the position of the nearest ancestor that exists.
    pub fn position(&self, field: &str) -> Position {
        let found = field::steps(field).try_fold(&self.positions, |parent, step| parent.child(&step).ok_or(parent));
        found.unwrap_or_else(|ancestor| ancestor).start
    }

    /// Returns the position of the name of a field; if it has none, that of its value, as [`Self::position`].
    pub fn name_position(&self, field: &str) -> Position {
        let mut parent = Some(&self.positions);
        let mut name = None;
        for step in field::steps(field) {
            name = parent.and_then(|parent| parent.name(&step));
            parent = parent.and_then(|parent| parent.child(&step));
        }
        name.unwrap_or_else(|| self.position(field))
    }

    /// Returns the values of a field that a later entry with the same name replaces, each with the position of its name.
    /// Only documents from [`documents_with_duplicates`] have any.
    pub fn earlier(&self, field: &str) -> Vec<(Position, Self)> {
        let (mut parent, mut earlier) = (Some(&self.positions), &[][..]);
        for step in field::steps(field) {
            earlier = parent.map_or(&[], |parent| parent.earlier(&step));
            parent = parent.and_then(|parent| parent.child(&step));
        }
        let document = |Node { value, positions }| Self { value, positions };
        earlier.iter().map(|entry| (entry.name, document(entry.node.clone()))).collect()
    }

    /// Removes the items of the list in the top-level field `name` and returns them; `None` if the field is not a list.
    pub fn take_items(&mut self, name: &str) -> Option<Vec<Self>> {
        let field = self.value.get_mut(name).filter(|value| value.is_array())?;
        let Value::Array(items) = field.take() else { return None };
        let mut positions = self.positions.take_items(name).into_iter();
        // JSON from `values` has no inner positions: its items get the position of the document.
        let start = self.start();
        let item = |value| Self { value, positions: positions.next().unwrap_or_else(|| Positions::leaf(start)) };
        Some(items.into_iter().map(item).collect())
    }

    /// Returns the position at which the value begins.
    pub fn start(&self) -> Position {
        self.positions.start
    }
}

/// A document that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DocumentError {
    /// The position of the error.
    pub position: Position,
    /// The reason, as a sentence for the user.
    pub reason: String,
    /// The lines of the text that begin at its left margin, such as `kind: Service`; `None` if they are not known, or
    /// are more than 100.
    pub margin: Option<Vec<String>>,
}

/// The reason if a document is a list or a single value.
pub const NO_MAPPING: &str = "expected a mapping with keys such as apiVersion and kind";

/// Returns the documents in the bytes of a file, in their order, without the empty ones.
pub fn documents(bytes: &[u8]) -> Vec<Result<Document, DocumentError>> {
    // YAML has limits that JSON does not have, such as the length of keys: then the JSON counts.
    read(bytes, document, |piece| document(piece).or_else(|broken| plain_json(piece).map(Some).ok_or(broken)))
}

/// Returns the same as [`documents`], but each document is a mapping, and a field that is written twice is no error: the
/// last value counts, and [`Document::earlier`] returns the others.
pub fn documents_with_duplicates(bytes: &[u8]) -> Vec<Result<Document, DocumentError>> {
    let draft = |piece: &Piece<'_>| match parsed(piece, DuplicateKeyPolicy::PassThrough)? {
        Some(document) if !document.value.is_object() => {
            Err(DocumentError { position: document.start(), reason: NO_MAPPING.to_owned(), margin: None })
        }
        document => Ok(document),
    };
    read(bytes, draft, |piece| draft(piece).or_else(|broken| plain_json(piece).map(Some).ok_or(broken)))
}

/// Returns the same as [`documents`], but without the positions inside JSON, which makes reading JSON several times faster.
/// For the state of a cluster.
pub fn values(bytes: &[u8]) -> Vec<Result<Document, DocumentError>> {
    read(bytes, document, |piece| plain_json(piece).map_or_else(|| document(piece), |found| Ok(Some(found))))
}

/// A document, or `None` if it is empty.
type Parsed = Result<Option<Document>, DocumentError>;

fn read(
    bytes: &[u8],
    yaml: impl Fn(&Piece<'_>) -> Parsed,
    json: impl Fn(&Piece<'_>) -> Parsed,
) -> Vec<Result<Document, DocumentError>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return vec![Err(invalid_utf8(bytes, error.valid_up_to()))],
    };
    match split::json(text) {
        Some(pieces) => pieces.iter().filter_map(|piece| json(piece).transpose()).collect(),
        None => split::yaml(text).iter().filter_map(|piece| yaml(piece).transpose()).collect(),
    }
}

fn invalid_utf8(bytes: &[u8], valid: usize) -> DocumentError {
    let before = bytes.get(..valid).unwrap_or_default();
    let lines = before.split(|byte| *byte == b'\n').count();
    let reason = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "the file is UTF-16: save it as UTF-8",
        _ => "the file is not UTF-8 text",
    };
    DocumentError { position: Position { line: lines, column: 1, length: 0 }, reason: reason.to_owned(), margin: None }
}

/// Parses a JSON object. All its values get the position at which it begins.
fn plain_json(piece: &Piece<'_>) -> Option<Document> {
    let value: serde_json::Map<_, _> = serde_json::from_str(piece.text).ok()?;
    let positions = Positions::leaf(Position { line: piece.line, column: 1, length: 0 });
    Some(Document { value: Value::Object(value), positions })
}

fn document(piece: &Piece<'_>) -> Parsed {
    parsed(piece, DuplicateKeyPolicy::Error)
}

fn parsed(piece: &Piece<'_>, duplicate_keys: DuplicateKeyPolicy) -> Parsed {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        duplicate_keys: duplicate_keys,
        legacy_octal_numbers: true,
        with_snippet: false,
    };
    let parsed = serde_saphyr::from_str_with_options::<Node>(piece.text, options);
    let Node { value, mut positions } = parsed.map_err(|error| broken(piece, &error))?;
    positions.shift(piece.line.saturating_sub(1));
    Ok(if value.is_null() { None } else { Some(Document { value, positions }) })
}

fn broken(piece: &Piece<'_>, error: &serde_saphyr::Error) -> DocumentError {
    let (position, reason) = fault(piece, error);
    DocumentError { position, reason, margin: split::margin(piece.text) }
}

/// The position of the fault of a text, and the reason.
fn fault(piece: &Piece<'_>, error: &serde_saphyr::Error) -> (Position, String) {
    let location = error.location().filter(|at| at.line() > 0);
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let (line, column) = location.map_or((1, 1), |at| (number(at.line()), number(at.column())));
    let at = |line: usize, column: usize| Position {
        line: line.saturating_add(piece.line).saturating_sub(1),
        column: column.max(1),
        length: 0,
    };
    if let Some((line, column)) = indented_by_tab(piece.text, line, &message(error)) {
        let reason = "the indentation contains a tab: use spaces".to_owned();
        return (at(line, column), reason);
    }
    if split::is_template(piece.text) {
        let reason = "this is a template, not a manifest: render it first (helm template …)".to_owned();
        return (at(line, column), reason);
    }
    // For text that looks like JSON, the message of the YAML parser would be about flow mappings.
    if let Some(error) = split::looks_like_json(piece.text).then(|| json_error(piece.text)).flatten() {
        let reason = without_position(error.to_string(), error.line(), error.column());
        return (at(error.line(), error.column()), reason);
    }
    if split::has_bare_placeholder(piece.text, line) {
        let reason = "a placeholder is not in quotes: replace the placeholder first, or put it in quotes".to_owned();
        return (at(line, column), reason);
    }
    (at(line, column), without_position(message(error), line, column))
}

/// Returns line and column of the tab that the parser complains about. The parser reports the beginning of the scalar
/// before the tab, which is at `line`.
fn indented_by_tab(text: &str, line: usize, message: &str) -> Option<(usize, usize)> {
    let mut following = text.lines().enumerate().skip(line).filter(|_| message.contains("found a tab"));
    let tab = |row: &str| row.trim_start_matches(' ').starts_with('\t').then(|| row.find('\t').unwrap_or_default());
    following.find_map(|(index, row)| Some((index + 1, tab(row)? + 1)))
}

fn json_error(text: &str) -> Option<serde_json::Error> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).err()
}

fn message(error: &serde_saphyr::Error) -> String {
    let mut options = serde_saphyr::RenderOptions::new(&serde_saphyr::UserMessageFormatter);
    options.snippets = serde_saphyr::SnippetMode::Off;
    error.render_with_options(options)
}

/// Removes the position from the end of a parser's message. It counts from the beginning of the document, and the correct
/// position is reported separately.
fn without_position(message: String, line: usize, column: usize) -> String {
    let position = format!(" at line {line} column {column}");
    let other = format!(" at line {line}, column {column}");
    let bare = message.strip_suffix(&position).or_else(|| message.strip_suffix(&other)).map(str::to_owned);
    bare.unwrap_or(message)
}

#[cfg(test)]
mod tests;
