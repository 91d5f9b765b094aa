//! Splits the text of a file into documents.

use serde::de::IgnoredAny;

/// The text of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The line of the file on which it begins, counted from 1.
    pub(super) line: usize,
    /// The text.
    pub(super) text: &'a str,
}

/// Splits a stream of JSON objects, such as the output of two runs of `kubectl get -o json`; `None` if the text is something
/// else.
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

/// Splits a YAML stream, and leaves out blank documents. `---` or `...` at the start of a line always ends a document: YAML
/// allows them neither in block scalars nor in quoted scalars (YAML 1.2, 9.1.2).
pub(super) fn yaml(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut from, mut line, mut at, mut first_line) = (Vec::new(), 0, 1, 0, 1);
    for row in text.split_inclusive('\n') {
        if is_marker(row, "---") {
            pieces.push(Piece { line: first_line, text: text.get(from..at).unwrap_or_default() });
            (from, first_line) = (at, line);
        }
        at += row.len();
        if is_marker(row, "...") {
            pieces.push(Piece { line: first_line, text: text.get(from..at).unwrap_or_default() });
            (from, first_line) = (at, line + 1);
        }
        line += 1;
    }
    pieces.push(Piece { line: first_line, text: text.get(from..).unwrap_or_default() });
    for piece in &mut pieces {
        piece.text = piece.text.trim_start_matches('\u{FEFF}');
    }
    pieces.retain(|piece| !is_blank(piece.text));
    pieces
}

/// Returns whether a line is the marker, alone or followed by white space.
fn is_marker(row: &str, marker: &str) -> bool {
    let row = row.strip_prefix('\u{FEFF}').unwrap_or(row);
    row.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Returns whether the text has only markers, comments, directives and white space.
fn is_blank(text: &str) -> bool {
    text.lines().all(|row| {
        let bare = row.strip_prefix("---").or_else(|| row.strip_prefix("...")).unwrap_or(row).trim();
        bare.is_empty() || bare.starts_with('#') || row.starts_with('%')
    })
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Returns whether text that cannot be parsed is a template, such as a file of a Helm chart.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// Returns whether the line, counted from 1, has a placeholder such as `${NAME}` behind no quote. Braces are no text in YAML
/// that is written in one line.
pub(super) fn has_bare_placeholder(text: &str, line: usize) -> bool {
    let row = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    row.split_once("${").is_some_and(|(before, _)| !before.ends_with(['"', '\'']))
}

/// Returns the lines that begin at the left margin, without comments and markers; `None` if they are more than 100.
pub(super) fn margin(text: &str) -> Option<Vec<String>> {
    const MOST: usize = 100;
    let begins = |row: &&str| !row.starts_with([' ', '\t', '#', '-']) && !row.trim().is_empty();
    let lines: Vec<String> = text.lines().filter(begins).take(MOST + 1).map(|row| row.trim().to_owned()).collect();
    (lines.len() <= MOST).then_some(lines)
}

/// Returns whether the text begins like a JSON object.
pub(super) fn looks_like_json(text: &str) -> bool {
    text.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'))
}
