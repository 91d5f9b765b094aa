//! The texts of files, to quote lines in a report.
//!
//! A file may be one line of megabytes with a finding at each field. So a quote takes as long for a long line as for a short
//! one: it has at most a few hundred characters, and no line is counted from its beginning.

use std::collections::BTreeMap;
use std::ops::Range;

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
    /// The start of each group of [`GROUP`] characters, in bytes.
    groups: Vec<usize>,
}

/// The number of characters between two marks of [`File::groups`].
const GROUP: usize = 256;
/// The number of characters that a quote has before the quoted value.
const BEFORE: usize = 256;
/// The number of characters of the value that a quote marks.
const MARKED: usize = 256;
/// The number of characters that a quote has after the marked ones.
const AFTER: usize = 256;

/// A line, or the part of a long line around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote<'a> {
    /// The text.
    pub text: &'a str,
    /// The column of its first character, counted from 1.
    pub column: usize,
}

impl Texts {
    /// Adds a file. Bytes that are not UTF-8 become the replacement character.
    pub fn insert(&mut self, name: impl Into<String>, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let groups = text.char_indices().step_by(GROUP).map(|(at, _)| at).collect();
        self.files.insert(name.into(), File { text, lines, groups });
    }

    /// Returns the part of a line around the value in these columns. Lines and columns are counted from 1.
    pub fn quote(&self, name: &str, line: usize, columns: &Range<usize>) -> Option<Quote<'_>> {
        let file = self.files.get(name)?;
        let line = file.line(line)?;
        let first = file.characters_before(line.start);
        let value = first.saturating_add(columns.start.saturating_sub(1));
        let end = first.saturating_add(columns.end.saturating_sub(1)).clamp(value, value.saturating_add(MARKED));
        let from = file.byte(value.saturating_sub(BEFORE)).clamp(line.start, line.end);
        let to = file.byte(end.saturating_add(AFTER)).clamp(from, line.end);
        let column = file.characters_before(from).saturating_sub(first).saturating_add(1);
        Some(Quote { text: file.text.get(from..to)?, column })
    }

    /// Returns the column after the last character of a line, both counted from 1.
    pub fn end_column(&self, name: &str, line: usize) -> Option<usize> {
        let file = self.files.get(name)?;
        let line = file.line(line)?;
        Some(file.characters_before(line.end).saturating_sub(file.characters_before(line.start)).saturating_add(1))
    }
}

impl File {
    /// The bytes of a line, counted from 1, without its line break and without the byte order mark.
    fn line(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        let row = self.text.get(start..end)?;
        let row = row.strip_suffix('\n').unwrap_or(row);
        let row = row.strip_suffix('\r').unwrap_or(row);
        let end = start + row.len();
        let mark = if line == 1 && row.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Some(start + mark..end)
    }

    /// The number of characters before a byte.
    fn characters_before(&self, byte: usize) -> usize {
        let groups = self.groups.partition_point(|start| *start <= byte).saturating_sub(1);
        let start = self.groups.get(groups).copied().unwrap_or_default();
        groups * GROUP + self.text.get(start..byte).map_or(0, |rest| rest.chars().count())
    }

    /// The first byte of the character with this index.
    fn byte(&self, character: usize) -> usize {
        let Some(start) = self.groups.get(character / GROUP) else { return self.text.len() };
        let group = self.text.get(*start..).unwrap_or_default();
        group.char_indices().nth(character % GROUP).map_or(self.text.len(), |(at, _)| start + at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_count_from_one() {
        let mut texts = Texts::default();
        texts.insert("a", "\u{FEFF}one\r\ntwo\n\nfour".as_bytes());
        let text = |line| texts.quote("a", line, &(1..1)).map(|quote| quote.text);
        let lines: Vec<_> = (0..6).map(text).collect();
        assert_eq!(lines, [None, Some("one"), Some("two"), Some(""), Some("four"), None]);
        let ends: Vec<_> = (0..6).map(|line| texts.end_column("a", line)).collect();
        assert_eq!(ends, [None, Some(4), Some(4), Some(1), Some(5), None]);
        assert_eq!(texts.quote("b", 1, &(1..1)), None);
    }

    proptest! {
        /// A quote is a part of the line, contains the beginning of the value, and has a maximum length.
        #[test]
        fn quotes_have_a_maximum_length(
            lines in proptest::collection::vec("(a|é|日){0,3}(bé日c){0,600}", 1..4),
            line in 0..3_usize,
            columns in (0..3000_usize, 0..3000_usize),
        ) {
            let mut texts = Texts::default();
            texts.insert("f", lines.join("\n").as_bytes());
            let Some(row) = lines.get(line) else { return Ok(()) };
            let row: Vec<char> = row.chars().collect();
            prop_assert_eq!(texts.end_column("f", line + 1), Some(row.len() + 1));
            let Quote { text, column } = texts.quote("f", line + 1, &(columns.0..columns.1)).unwrap();
            let text: Vec<char> = text.chars().collect();
            prop_assert!(text.len() <= BEFORE + MARKED + AFTER);
            prop_assert_eq!(&row[column - 1..column - 1 + text.len()], text.as_slice());
            let start = columns.0.max(1);
            let shown = start >= column && start < column + text.len();
            prop_assert!(shown || start > row.len(), "{} {} {}", start, column, text.len());
            prop_assert!(column == 1 || column + BEFORE == start || start > row.len());
        }
    }
}
