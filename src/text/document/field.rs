//! Field paths and their steps.

/// One step of a field path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// `.name` or `["name"]`.
    Field(&'a str),
    /// `[0]`.
    Item(usize),
}

/// Splits a path such as `spec.rules[0].host` or `metadata.annotations[kubernetes.io/ingress.class]` into its steps.
/// Text that is not a path becomes the name of a field, which then is not found.
pub(super) fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let mut rest = path;
    std::iter::from_fn(move || {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.is_empty() {
            return None;
        }
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|open| open.split_once(']')) {
            rest = after;
            return Some(inside.parse().map_or_else(|_| Step::Field(unquoted(inside)), Step::Item));
        }
        let (name, after) = rest.find(['.', '[']).and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        // The bracket is not closed: the rest becomes one name.
        let (name, after) = if name.is_empty() { (rest, "") } else { (name, after) };
        rest = after;
        Some(Step::Field(name))
    })
}

fn unquoted(inside: &str) -> &str {
    inside.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::Step::{Field, Item};
    use super::*;

    #[test]
    fn paths() {
        for (path, expected) in [
            ("", vec![]),
            ("spec", vec![Field("spec")]),
            ("spec.rules[0].host", vec![Field("spec"), Field("rules"), Item(0), Field("host")]),
            ("a[1][2].b", vec![Field("a"), Item(1), Item(2), Field("b")]),
            (
                "metadata.annotations[kubernetes.io/ingress.class]",
                vec![Field("metadata"), Field("annotations"), Field("kubernetes.io/ingress.class")],
            ),
            (
                "metadata.annotations[\"a/b\"].c",
                vec![Field("metadata"), Field("annotations"), Field("a/b"), Field("c")],
            ),
            ("a[", vec![Field("a"), Field("[")]),
            ("..", vec![Field(".")]),
        ] {
            assert_eq!(steps(path).collect::<Vec<_>>(), expected, "{path}");
        }
    }
}
