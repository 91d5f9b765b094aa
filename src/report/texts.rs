//! The texts of files, to quote lines in a report. A quote has at most a few hundred characters, because there may be a finding
//! at each field of a long line.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::text::Lines;

/// Texts by the name of the file.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    files: BTreeMap<String, Lines<String>>,
}

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
        self.files.insert(name.into(), Lines::of(String::from_utf8_lossy(bytes).into_owned()));
    }

    /// Returns the part of a line around the value in these columns. Lines and columns are counted from 1.
    pub fn quote(&self, name: &str, line: usize, columns: &Range<usize>) -> Option<Quote<'_>> {
        let value = columns.start.max(1);
        let end = columns.end.clamp(value, value.saturating_add(MARKED)).saturating_add(AFTER);
        let (text, column) = self.files.get(name)?.part(line, &(value.saturating_sub(BEFORE).max(1)..end))?;
        Some(Quote { text, column })
    }

    /// Returns the column after the last character of a line, both counted from 1.
    pub fn end_column(&self, name: &str, line: usize) -> Option<usize> {
        self.files.get(name)?.end_column(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A quote contains the beginning of the value, and has a maximum length.
        #[test]
        fn quotes_have_a_maximum_length(length in 0..3000_usize, columns in (0..3000_usize, 0..3000_usize)) {
            let mut texts = Texts::default();
            texts.insert("f", "é".repeat(length).as_bytes());
            let Quote { text, column } = texts.quote("f", 1, &(columns.0..columns.1)).unwrap();
            let count = text.chars().count();
            prop_assert!(count <= BEFORE + MARKED + AFTER);
            let start = columns.0.max(1);
            prop_assert!((start >= column && start < column + count) || start > length, "{} {} {}", start, column, count);
            prop_assert_eq!(texts.quote("g", 1, &(1..2)), None);
        }
    }
}
