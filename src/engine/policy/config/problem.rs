//! What is wrong with a configuration file.

use std::fmt;

use crate::engine::manifest::Position;

/// One mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it stands.
    pub position: Position,
    /// The key, as `exempt.users[0]`; empty where it is about the whole file.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub suggestion: Option<String>,
}

/// `12:3: mode: … (did you mean "enforce"?)`, in one line.
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

/// The one of `known` that `word` is a slip of.
pub(in crate::engine::policy) fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let distance = |known: &&str| strsim::damerau_levenshtein(&lower, &known.to_lowercase());
    let most = (word.chars().count() / 3).clamp(1, 4);
    let distances = known.into_iter().map(|known| (distance(&known), known));
    distances.min().filter(|(distance, _)| *distance <= most).map(|(_, near)| near)
}

/// `did you mean "mode"?`, or else all that is known.
pub(super) fn suggest(word: &str, known: &[&str]) -> String {
    match near(word, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("use {}", listed(known, "or")),
    }
}

/// `a, b or c`.
pub(super) fn listed(words: &[&str], before_last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} {before_last} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_suggested_and_nothing_else() {
        let known = ["enforce", "warn", "audit", "off"];
        for (word, expected) in [
            ("enfroce", Some("enforce")),
            ("Enforce", Some("enforce")),
            ("warning", None),
            ("wran", Some("warn")),
            ("of", Some("off")),
            ("", None),
            ("strict", None),
        ] {
            assert_eq!(near(word, known), expected, "{word}");
        }
        assert_eq!(suggest("strict", &known), "use enforce, warn, audit or off");
    }
}
