//! Escapes invisible characters in text from files and clusters.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns `text` with each character escaped that a terminal interprets instead of showing it. Otherwise a name in a file or
/// an object could move the cursor, overwrite other text, or reverse the reading direction.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_hidden(char) {
            // Writing to a String does not fail.
            let _ = write!(out, "{}", char.escape_default());
        } else {
            out.push(char);
        }
    }
    Cow::Owned(out)
}

/// Returns whether a character is a control character, or an invisible one that changes how its neighbours are shown.
pub fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        for (text, expected) in [
            ("web", "web"),
            ("läden/日本", "läden/日本"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\r\nb", "a\\r\\nb"),
            ("a\u{9b}31m", "a\\u{9b}31m"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }
}
