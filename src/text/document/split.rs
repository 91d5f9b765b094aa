//! A file's text, cut into documents.

use serde::de::IgnoredAny;

/// A document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The line of the file on which it begins, counted from 1.
    pub(super) line: usize,
    /// Its text.
    pub(super) text: &'a str,
}

/// The documents of a JSON stream, one behind the other as `kubectl get -o json` twice writes them;
/// `None` where the text is not that.
pub(super) fn json(text: &str) -> Option<Vec<Piece<'_>>> {
    let text = text.trim_start_matches('\u{FEFF}');
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut pieces, mut from, mut line) = (Vec::new(), 0, 1);
    while let Some(parsed) = stream.next() {
        parsed.ok()?;
        let to = stream.byte_offset();
        let text = text.get(from..to)?;
        pieces.push(Piece { line, text });
        line += newlines(text);
        from = to;
    }
    Some(pieces)
}

/// The documents of a YAML stream. `---` and `...` at the very start of a line end a document, wherever they stand:
/// YAML allows them neither in block scalars nor in quoted ones (YAML 1.2, 9.1.2). Blank documents are left out.
pub(super) fn yaml(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut from, mut line, mut at, mut begins) = (Vec::new(), 0, 1, 0, 1);
    for row in text.split_inclusive('\n') {
        if marks(row, "---") {
            pieces.push(Piece { line: begins, text: text.get(from..at).unwrap_or_default() });
            (from, begins) = (at, line);
        }
        at += row.len();
        if marks(row, "...") {
            pieces.push(Piece { line: begins, text: text.get(from..at).unwrap_or_default() });
            (from, begins) = (at, line + 1);
        }
        line += 1;
    }
    pieces.push(Piece { line: begins, text: text.get(from..).unwrap_or_default() });
    for piece in &mut pieces {
        piece.text = piece.text.trim_start_matches('\u{FEFF}');
    }
    pieces.retain(|piece| !is_blank(piece.text));
    pieces
}

/// Whether a line is the marker: alone, or with white space behind it.
fn marks(row: &str, marker: &str) -> bool {
    let row = row.strip_prefix('\u{FEFF}').unwrap_or(row);
    row.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Nothing but markers, comments, directives and white space.
fn is_blank(text: &str) -> bool {
    text.lines().all(|row| {
        let bare = row.strip_prefix("---").or_else(|| row.strip_prefix("...")).unwrap_or(row).trim();
        bare.is_empty() || bare.starts_with('#') || row.starts_with('%')
    })
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Whether a text that does not parse is a template that nobody has rendered.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// Whether a text begins as a JSON object does.
pub(super) fn looks_like_json(text: &str) -> bool {
    text.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'))
}
