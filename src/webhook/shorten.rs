//! Texts that reach a terminal: without control characters, and with a maximum length.

use crate::text::visible;

/// Adds a full stop, unless the text ends with a question mark.
pub(super) fn full_sentence(text: &str) -> String {
    let stop = if text.ends_with('?') { "" } else { "." };
    printable(text) + stop
}

/// Replaces control characters, because the API server silently drops a warning that contains one (rulebook 1.3.5), and
/// other characters that a terminal interprets.
pub(super) fn printable(text: &str) -> String {
    visible(text).into_owned()
}

/// Shortens the text to one line of at most `limit` characters.
pub(super) fn one_line(text: &str, limit: usize) -> String {
    truncate_chars(&printable(text), limit)
}

/// Cuts the text to at most `limit` bytes.
pub(super) fn truncate_bytes(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let room = limit.saturating_sub('…'.len_utf8());
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= room).last().unwrap_or_default();
    text.get(..end).unwrap_or_default().to_owned() + "…"
}

/// The first `limit` characters.
pub(super) fn truncate_chars(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}
