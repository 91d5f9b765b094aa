//! Suggestions for mistyped names.

use crate::text::{near, partly};

/// `did you mean "mode"?`, or else what `otherwise` says.
pub(super) fn meant(word: &str, known: &[&str], otherwise: impl FnOnce() -> String) -> String {
    near(word, known.iter().copied()).map_or_else(otherwise, |near| format!("did you mean \"{near}\"?"))
}

/// What was meant: a slip, or a part of a name such as `nginx`; or else all that is known.
pub(super) fn suggest(word: &str, known: &[&str]) -> String {
    meant(word, known, || match partly(word, known.iter().copied()).as_slice() {
        [] => format!("use {}", listed(known, "or")),
        some => format!("use {}", listed(some, "or")),
    })
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
    fn slips_are_suggested_and_else_all() {
        let known = ["enforce", "warn", "audit", "off"];
        for (word, near) in [("enfroce", "enforce"), ("Enforce", "enforce"), ("wran", "warn"), ("of", "off")] {
            assert_eq!(suggest(word, &known), format!("did you mean \"{near}\"?"), "{word}");
        }
        for word in ["strict", ""] {
            assert_eq!(suggest(word, &known), "use enforce, warn, audit or off", "{word}");
        }
        assert_eq!(suggest("warning", &known), "use warn");
        let known = ["ingress-nginx", "traefik", "nginx-inc", "haproxy-ingress"];
        assert_eq!(suggest("nginx", &known), "use ingress-nginx or nginx-inc");
    }
}
