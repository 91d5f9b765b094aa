//! Suggestions for mistyped names.

use crate::text::{near, partly};

/// Returns `did you mean "mode"?` if a known word is similar to `word`, and the result of `otherwise` if none is.
pub(super) fn did_you_mean(word: &str, known: &[&str], otherwise: impl FnOnce() -> String) -> String {
    near(word, known.iter().copied()).map_or_else(otherwise, |near| format!("did you mean \"{near}\"?"))
}

/// Suggests known words for an invalid `word`: a similar one, those with a common part such as `nginx`, or all of them.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    did_you_mean(word, known, || match partly(word, known.iter().copied()).as_slice() {
        [] => format!("use {}", word_list(known, "or")),
        related => format!("use {}", word_list(related, "or")),
    })
}

/// Formats a list of words: `a, b or c`.
pub(super) fn word_list(words: &[&str], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_words_are_suggested_otherwise_all() {
        let known = ["enforce", "warn", "audit", "off"];
        for (word, near) in [("enfroce", "enforce"), ("Enforce", "enforce"), ("wran", "warn"), ("of", "off")] {
            assert_eq!(suggestion(word, &known), format!("did you mean \"{near}\"?"), "{word}");
        }
        for word in ["strict", ""] {
            assert_eq!(suggestion(word, &known), "use enforce, warn, audit or off", "{word}");
        }
        assert_eq!(suggestion("warning", &known), "use warn");
        let known = ["ingress-nginx", "traefik", "nginx-inc", "haproxy-ingress"];
        assert_eq!(suggestion("nginx", &known), "use ingress-nginx or nginx-inc");
    }
}
