//! Words from files and clusters, made fit for those who read them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with every character that a terminal would obey, and not show, written as an escape: a name in a file or an object
/// must not be able to move the cursor, hide what stands before it or turn the reading direction round.
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

/// Control characters, and the invisible ones that change how their neighbours are shown.
pub fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_command_the_terminal() {
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
