//! The lines of a text.
//!
//! A text may be one line of megabytes with a mistake at each value. So a position is found without counting the characters
//! from the beginning of the line.

use std::ops::Range;

/// A text, and the beginnings of its lines.
#[derive(Clone, Debug)]
pub struct Lines<T> {
    text: T,
    /// The start of each line, in bytes.
    starts: Vec<usize>,
    /// The start of each group of [`GROUP`] characters, in bytes.
    groups: Vec<usize>,
}

/// The number of characters between two marks of [`Lines::groups`].
const GROUP: usize = 256;

impl<T: AsRef<str>> Lines<T> {
    /// Finds the lines of `text`.
    pub fn of(text: T) -> Self {
        let all = text.as_ref();
        let starts = std::iter::once(0).chain(all.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let groups = all.char_indices().step_by(GROUP).map(|(at, _)| at).collect();
        Self { text, starts, groups }
    }

    /// Returns the part of a line in these columns, and the column at which the part begins. Lines and columns are counted
    /// from 1. Columns outside of the line are left out.
    pub fn part(&self, line: usize, columns: &Range<usize>) -> Option<(&str, usize)> {
        let line = self.line(line)?;
        let first = self.characters_before(line.start);
        let byte = |column: usize| self.byte(first.saturating_add(column.saturating_sub(1)));
        let from = byte(columns.start).min(line.end);
        let to = byte(columns.end).clamp(from, line.end);
        let column = self.characters_before(from).saturating_sub(first).saturating_add(1);
        Some((self.text.as_ref().get(from..to)?, column))
    }

    /// Returns the column after the last character of a line, both counted from 1.
    pub fn end_column(&self, line: usize) -> Option<usize> {
        let line = self.line(line)?;
        Some(self.characters_before(line.end).saturating_sub(self.characters_before(line.start)).saturating_add(1))
    }

    /// The bytes of a line, counted from 1, without its line break and without the byte order mark.
    fn line(&self, line: usize) -> Option<Range<usize>> {
        let text = self.text.as_ref();
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        let row = text.get(start..end)?;
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
        groups * GROUP + self.text.as_ref().get(start..byte).map_or(0, |rest| rest.chars().count())
    }

    /// The first byte of the character with this index.
    fn byte(&self, character: usize) -> usize {
        let text = self.text.as_ref();
        let Some(start) = self.groups.get(character / GROUP) else { return text.len() };
        let group = text.get(*start..).unwrap_or_default();
        group.char_indices().nth(character % GROUP).map_or(text.len(), |(at, _)| start + at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_count_from_one() {
        let lines = Lines::of("\u{FEFF}one\r\ntwo\n\nfour");
        let text = |line| lines.part(line, &(1..9)).map(|(text, _)| text);
        assert_eq!([0, 1, 2, 3, 4, 5].map(text), [None, Some("one"), Some("two"), Some(""), Some("four"), None]);
        assert_eq!([0, 1, 3, 4, 5].map(|line| lines.end_column(line)), [None, Some(4), Some(1), Some(5), None]);
    }

    proptest! {
        #[test]
        fn parts_are_those_of_the_line(
            lines in proptest::collection::vec("(a|é|日){0,3}(bé日c){0,400}", 1..4),
            line in 0..3_usize,
            columns in (1..2000_usize, 1..2000_usize),
        ) {
            let text = lines.join("\n");
            let Some(row) = lines.get(line) else { return Ok(()) };
            let found = Lines::of(&text);
            let length = row.chars().count();
            prop_assert_eq!(found.end_column(line + 1), Some(length + 1));
            let expected: String =
                row.chars().skip(columns.0 - 1).take(columns.1.saturating_sub(columns.0)).collect();
            let column = columns.0.min(length + 1);
            prop_assert_eq!(found.part(line + 1, &(columns.0..columns.1)), Some((expected.as_str(), column)));
        }
    }
}
