//! The texts of files, to quote lines in a report.

use std::collections::BTreeMap;

/// Texts by the name of the file.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    files: BTreeMap<String, File>,
}

#[derive(Clone, Debug)]
struct File {
    text: String,
    /// The start of each line, in bytes.
    lines: Vec<usize>,
}

impl Texts {
    /// Adds a file. Bytes that are not UTF-8 become the replacement character.
    pub fn insert(&mut self, name: impl Into<String>, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.files.insert(name.into(), File { text, lines });
    }

    /// Returns a line of a file, counted from 1, without its line break.
    pub fn line(&self, name: &str, line: usize) -> Option<&str> {
        let File { text, lines } = self.files.get(name)?;
        let from = *lines.get(line.checked_sub(1)?)?;
        let to = lines.get(line).copied().unwrap_or(text.len());
        let row = text.get(from..to)?.trim_end_matches(['\n', '\r']);
        Some(if line == 1 { row.trim_start_matches('\u{FEFF}') } else { row })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one() {
        let mut texts = Texts::default();
        texts.insert("a", "\u{FEFF}one\r\ntwo\n\nfour".as_bytes());
        let lines: Vec<_> = (0..6).map(|line| texts.line("a", line)).collect();
        assert_eq!(lines, [None, Some("one"), Some("two"), Some(""), Some("four"), None]);
        assert_eq!(texts.line("b", 1), None);
    }
}
