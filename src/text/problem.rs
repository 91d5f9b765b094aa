//! Mistakes in a file.

use std::fmt;

use super::Position;

/// A mistake in a file, at the position of a key or of its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The position.
    pub position: Position,
    /// The key, such as `exempt.users[0]`; empty if the whole file is meant.
    pub path: String,
    /// The description of the mistake.
    pub message: String,
    /// The next step.
    pub suggestion: Option<String>,
}

/// Writes one line: `12:3: mode: … (did you mean "enforce"?)`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, path, message, suggestion } = self;
        write!(f, "{}:{}: ", position.line, position.column)?;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(message)?;
        suggestion.as_ref().map_or(Ok(()), |suggestion| write!(f, " ({suggestion})"))
    }
}
