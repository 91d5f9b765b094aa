//! The text of a manifest file: its documents, their values, and where in the file each value stands.
//!
//! A file is cut into documents before any of them is parsed, so that a broken one does not hide the others.
//! Whatever a file holds, reading it ends with documents and reasons: depth, aliases and numbers are bounded.

mod field;
mod split;
mod tree;

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

use super::Position;
use split::Piece;
use tree::{Node, Places};

/// Documents nested deeper than this are refused, before the parser runs out of stack. An Ingress nests 10 deep,
/// a Pod 15, the schemas of custom resources up to about 45.
const MAX_DEPTH: usize = 64;
/// How many parser events aliases may add to one document: an honest file stays far below.
const MAX_REPLAYED: usize = 100_000;

/// A value of a file, and the positions of all values inside it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The value; a mapping, unless the document was taken from a list by [`Document::take_items`].
    pub value: Value,
    places: Places,
}

impl Document {
    /// Where the value of a field stands, for an API path such as `spec.rules[0].http.paths[1].backend`;
    /// where there is no such field, its nearest ancestor.
    pub fn position(&self, field: &str) -> Position {
        field::steps(field).try_fold(&self.places, |at, step| at.below(&step).ok_or(at)).unwrap_or_else(|near| near).at
    }

    /// Where the name of a field stands; where there is no such field, what [`Self::position`] says.
    pub fn name_position(&self, field: &str) -> Position {
        let mut at = Some(&self.places);
        let mut name = None;
        for step in field::steps(field) {
            name = at.and_then(|at| at.name(&step));
            at = at.and_then(|at| at.below(&step));
        }
        name.unwrap_or_else(|| self.position(field))
    }

    /// What stands under the name of a field before the last time, with where that name stands, if it is written more
    /// than once: in [`drafts`] only.
    pub fn earlier(&self, field: &str) -> Vec<(Position, Self)> {
        let (mut at, mut before) = (Some(&self.places), &[][..]);
        for step in field::steps(field) {
            before = at.map_or(&[], |at| at.before(&step));
            at = at.and_then(|at| at.below(&step));
        }
        let document = |Node { value, places }| Self { value, places };
        before.iter().map(|earlier| (earlier.name, document(earlier.node.clone()))).collect()
    }

    /// Takes the items of the list in the top-level field `name` out of the document; `None` if the field holds no list.
    pub fn take_items(&mut self, name: &str) -> Option<Vec<Self>> {
        let field = self.value.get_mut(name).filter(|value| value.is_array())?;
        let Value::Array(items) = field.take() else { return None };
        let mut places = self.places.take_items(name).into_iter();
        // JSON that was read by `values` has no positions inside: its items stand where it does.
        let start = self.places.at;
        let item = |value| Self { value, places: places.next().unwrap_or_else(|| Places::leaf(start)) };
        Some(items.into_iter().map(item).collect())
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

/// Returns the documents in the bytes of a file, in their order, without the empty ones.
pub fn documents(bytes: &[u8]) -> Vec<Result<Document, Broken>> {
    // YAML is a superset of JSON but for limits, such as the length of keys: where it objects, the value stands.
    read(bytes, document, |piece| document(piece).or_else(|broken| plain_json(piece).map(Some).ok_or(broken)))
}

/// The same, but a field that is written twice does not hide the rest: the last one counts, and [`Document::earlier`]
/// tells of the others.
pub fn drafts(bytes: &[u8]) -> Vec<Result<Document, Broken>> {
    let draft = |piece: &Piece<'_>| parsed(piece, DuplicateKeyPolicy::PassThrough);
    read(bytes, draft, |piece| draft(piece).or_else(|broken| plain_json(piece).map(Some).ok_or(broken)))
}

/// The same without exact positions, which makes JSON several times faster: for a cluster's state.
pub fn values(bytes: &[u8]) -> Vec<Result<Document, Broken>> {
    read(bytes, document, |piece| plain_json(piece).map_or_else(|| document(piece), |found| Ok(Some(found))))
}

type Parsed = Result<Option<Document>, Broken>;

fn read(
    bytes: &[u8],
    yaml: impl Fn(&Piece<'_>) -> Parsed,
    json: impl Fn(&Piece<'_>) -> Parsed,
) -> Vec<Result<Document, Broken>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return vec![Err(not_text(bytes, error.valid_up_to()))],
    };
    match split::json(text) {
        Some(pieces) => pieces.iter().filter_map(|piece| json(piece).transpose()).collect(),
        None => split::yaml(text).iter().filter_map(|piece| yaml(piece).transpose()).collect(),
    }
}

fn not_text(bytes: &[u8], valid: usize) -> Broken {
    let before = bytes.get(..valid).unwrap_or_default();
    let lines = before.split(|byte| *byte == b'\n').count();
    let reason = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "it is UTF-16: save it as UTF-8",
        _ => "it is not UTF-8 text",
    };
    Broken { position: Position { line: lines, column: 1, length: 0 }, reason: reason.to_owned() }
}

/// A JSON object, standing as a whole where it begins.
fn plain_json(piece: &Piece<'_>) -> Option<Document> {
    let value: serde_json::Map<_, _> = serde_json::from_str(piece.text).ok()?;
    let places = Places::leaf(Position { line: piece.line, column: 1, length: 0 });
    Some(Document { value: Value::Object(value), places })
}

/// One document, `None` where it is empty.
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
    let Node { value, mut places } = parsed.map_err(|error| broken(piece, &error))?;
    places.shift(piece.line.saturating_sub(1));
    match value {
        Value::Null => Ok(None),
        Value::Object(_) => Ok(Some(Document { value, places })),
        _ => Err(Broken { position: places.at, reason: "it is no Kubernetes object: it is not a mapping".to_owned() }),
    }
}

fn broken(piece: &Piece<'_>, error: &serde_saphyr::Error) -> Broken {
    let location = error.location().filter(|at| at.line() > 0);
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let (line, column) = location.map_or((1, 1), |at| (number(at.line()), number(at.column())));
    let at = |line: usize, column: usize| Position {
        line: line.saturating_add(piece.line).saturating_sub(1),
        column: column.max(1),
        length: 0,
    };
    if let Some((line, column)) = indented_by_tab(piece.text, line, &words(error)) {
        let reason = "there is a tab in the indentation: use spaces".to_owned();
        return Broken { position: at(line, column), reason };
    }
    if split::is_template(piece.text) {
        let reason = "it is a template, not a manifest: render it first (helm template …)".to_owned();
        return Broken { position: at(line, column), reason };
    }
    // What looks like JSON gets JSON's reason: YAML's would be about flow mappings.
    if let Some(error) = split::looks_like_json(piece.text).then(|| json_error(piece.text)).flatten() {
        let reason = without_position(error.to_string(), error.line(), error.column());
        return Broken { position: at(error.line(), error.column()), reason };
    }
    Broken { position: at(line, column), reason: without_position(words(error), line, column) }
}

/// The tab that the parser stumbled over behind a scalar that it took for unfinished; it tells where that one begins.
fn indented_by_tab(text: &str, line: usize, words: &str) -> Option<(usize, usize)> {
    let mut behind = text.lines().enumerate().skip(line).filter(|_| words.contains("found a tab"));
    let tab = |row: &str| row.trim_start_matches(' ').starts_with('\t').then(|| row.find('\t').unwrap_or_default());
    behind.find_map(|(index, row)| Some((index + 1, tab(row)? + 1)))
}

fn json_error(text: &str) -> Option<serde_json::Error> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).err()
}

fn words(error: &serde_saphyr::Error) -> String {
    let mut options = serde_saphyr::RenderOptions::new(&serde_saphyr::UserMessageFormatter);
    options.snippets = serde_saphyr::SnippetMode::Off;
    error.render_with_options(options)
}

/// A parser's words without the position at their end, which is told beside them and counts from the document.
fn without_position(words: String, line: usize, column: usize) -> String {
    let position = format!(" at line {line} column {column}");
    let other = format!(" at line {line}, column {column}");
    let bare = words.strip_suffix(&position).or_else(|| words.strip_suffix(&other)).map(str::to_owned);
    bare.unwrap_or(words)
}

#[cfg(test)]
mod tests;
