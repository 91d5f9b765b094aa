//! "Did you mean": similar names, for objects, fields and arguments.

/// Returns the name that `wanted` is probably a misspelling of: the most similar one, and of equally similar ones the first
/// in alphabetical order. A name of up to five bytes may have one typing error, a longer one two. Case is ignored.
pub fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    similar(wanted, names).min().map(|(_, name)| name)
}

/// Returns the most similar names, at most three, as [`near`] compares them.
pub fn all_near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<_> = similar(wanted, names).collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

/// Returns the names that contain `wanted`, or that it contains: `ingress-nginx` for `nginx`.
pub fn partly<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_ascii_lowercase();
    let long = |text: &str| text.len() > 2;
    let related = |name: &&str| long(&wanted) && long(name) && (name.contains(&wanted) || wanted.contains(*name));
    names.into_iter().filter(related).collect()
}

/// Formats a choice of names: `"a", "b" or "c"`.
pub fn either(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Returns the similar names, each with the number of typing errors.
fn similar<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = (usize, &'a str)> {
    let most = match wanted.len() {
        // No character of the name would be left.
        0 | 1 => 0,
        2..6 => 1,
        _ => 2,
    };
    names.into_iter().filter_map(move |name| Some((typing_errors(wanted.as_bytes(), name.as_bytes(), most)?, name)))
}

/// Returns the number of typing errors between `a` and `b`, or `None` if there are more than `most`. A typing error adds,
/// omits or replaces one character, or swaps two neighbours: the optimal string alignment distance. The comparison stops
/// early, because a namespace may hold thousands of names, and nearly all of them are not similar.
fn typing_errors(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let same = common_prefix(a, b);
    let (a, b) = (a.get(same..)?, b.get(same..)?);
    if a.is_empty() || b.is_empty() {
        return Some(a.len() + b.len());
    }
    let rest = most.checked_sub(1)?;
    let swapped = matches!((a, b), ([a0, a1, ..], [b0, b1, ..])
        if a0.eq_ignore_ascii_case(b1) && a1.eq_ignore_ascii_case(b0));
    let ways = [Some((1, 1)), Some((1, 0)), Some((0, 1)), swapped.then_some((2, 2))];
    let fewest =
        ways.into_iter().flatten().filter_map(|(of_a, of_b)| typing_errors(a.get(of_a..)?, b.get(of_b..)?, rest)).min();
    fewest.map(|fewest| fewest + 1)
}

/// The number of bytes that both texts begin with, in either case. Long names often differ only near their end, so
/// equal parts are compared many bytes at a time.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const STEP: usize = 16;
    let ((a_steps, _), (b_steps, _)) = (a.as_chunks::<STEP>(), b.as_chunks::<STEP>());
    let steps = a_steps.iter().zip(b_steps).take_while(|(a, b)| a == b).count();
    let rest = a.iter().zip(b).skip(steps * STEP);
    steps * STEP + rest.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{all_near, either, near, partly, typing_errors};

    proptest! {
        #[test]
        fn typing_errors_are_the_edit_distance_up_to_a_bound(
            same in "a{0,40}", a in "[abC]{0,7}", b in "[aBc]{0,7}", end in "B{0,40}", most in 0..4_usize,
        ) {
            let (a, b) = (format!("{same}{a}{end}"), format!("{same}{b}{end}"));
            let distance = strsim::osa_distance(&a.to_lowercase(), &b.to_lowercase());
            prop_assert_eq!(typing_errors(a.as_bytes(), b.as_bytes(), most), Some(distance).filter(|distance| *distance <= most));
        }
    }

    #[rstest]
    #[case::swapped("chekcout", &["cart", "checkout", "web"], Some("checkout"))]
    #[case::short("wbe", &["cart", "web"], Some("web"))]
    #[case::another("web", &["cart", "api"], None)]
    #[case::two_in_a_short_one("web", &["wild"], None)]
    #[case::one_of_two_letters("h2", &["h1", "ws"], Some("h1"))]
    #[case::both_of_two_letters("ws", &["h2"], None)]
    #[case::the_only_letter("a", &["b"], None)]
    #[case::capitals("Enforce", &["enforce", "warn"], Some("enforce"))]
    #[case::capitals_are_ignored("Wbe", &["web"], Some("web"))]
    #[case::the_first_of_equals("web-x", &["web-b", "web-a"], Some("web-a"))]
    #[case::nothing("", &["a"], None)]
    fn only_similar_names_are_suggested(#[case] wanted: &str, #[case] names: &[&str], #[case] expected: Option<&str>) {
        assert_eq!(near(wanted, names.iter().copied()), expected);
    }

    #[test]
    fn a_part_of_a_name_finds_it() {
        let known = ["ingress-nginx", "traefik", "nginx-inc", "ip"];
        assert_eq!(partly("Nginx", known), ["ingress-nginx", "nginx-inc"]);
        assert_eq!(partly("traefik-proxy", known), ["traefik"]);
        assert_eq!(partly("in", known), [""; 0]);
        assert_eq!(partly("zip", known), [""; 0]);
    }

    #[test]
    fn several_names_may_be_similar() {
        assert_eq!(
            all_near("shop-v", ["shop-v22", "shop-v2", "cart", "shop-v1", "shop-v3"]),
            ["shop-v1", "shop-v2", "shop-v3"]
        );
        for (names, expected) in
            [(&["a"][..], "\"a\""), (&["a", "b"], "\"a\" or \"b\""), (&["a", "b", "c"], "\"a\", \"b\" or \"c\"")]
        {
            assert_eq!(either(names), expected);
        }
    }
}
