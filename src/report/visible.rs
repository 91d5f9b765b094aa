//! Escapes invisible characters in lines and in JSON; see [`visible`](crate::text::visible).

use std::fmt::Write as _;

use crate::text::is_hidden;

/// Replaces each invisible character of a line by one visible character, so that the columns do not change.
pub(super) fn visible_line(line: &str) -> String {
    line.chars().map(|char| if char != '\t' && is_hidden(char) { '\u{FFFD}' } else { char }).collect()
}

/// Escapes the invisible characters in the text of a JSON document, which does not change its meaning. A terminal would
/// interpret them otherwise.
pub fn visible_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        if char != '\n' && is_hidden(char) {
            // Writing to a String does not fail. All invisible characters are below 0x10000.
            let _ = write!(out, "\\u{:04x}", u32::from(char));
        } else {
            out.push(char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_columns() {
        assert_eq!(visible_line("\ta\u{1b}[b"), "\ta\u{FFFD}[b");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({"a": "b\u{7f}\u{202e}\u{9b}\u{feff}\n"});
        let json = visible_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(json.is_ascii(), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}
