//! Names that were probably meant: the one "did you mean" for objects, fields and arguments.

/// The name that `wanted` is a slip of, if any: the nearest, of equally near ones the first by name. One slip may be in a
/// short name, two in a longer one; capitals are none.
pub fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    slipped(wanted, names).min().map(|(_, name)| name)
}

/// The nearest names, at most three of them.
pub fn all_near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<_> = slipped(wanted, names).collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

/// The names that `wanted` is a part of, or that are a part of it: `nginx` for `ingress-nginx`.
pub fn partly<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_ascii_lowercase();
    let long = |text: &str| text.len() > 2;
    let related = |name: &&str| long(&wanted) && long(name) && (name.contains(&wanted) || wanted.contains(*name));
    names.into_iter().filter(related).collect()
}

/// Names to choose from, for people: `"a", "b" or "c"`.
pub fn either(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The names that one may have slipped from, and by how much.
fn slipped<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = (usize, &'a str)> {
    let most = match wanted.len() {
        // Nothing of the name would be left.
        0 | 1 => 0,
        2..6 => 1,
        _ => 2,
    };
    names.into_iter().filter_map(move |name| Some((slips(wanted.as_bytes(), name.as_bytes(), most)?, name)))
}

/// How many characters have to be put in, left out, replaced or swapped with the next one to make `b` of `a`; `None`
/// if more than `most`. The optimal string alignment distance, given up early: a namespace may hold thousands of
/// names, and nearly all of them are far off.
fn slips(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    let same = a.iter().zip(b).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let (a, b) = (a.get(same..)?, b.get(same..)?);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    if a.is_empty() || b.is_empty() {
        return Some(a.len() + b.len());
    }
    let rest = most.checked_sub(1)?;
    let swapped = matches!((a, b), ([a0, a1, ..], [b0, b1, ..])
        if a0.eq_ignore_ascii_case(b1) && a1.eq_ignore_ascii_case(b0));
    let ways = [Some((1, 1)), Some((1, 0)), Some((0, 1)), swapped.then_some((2, 2))];
    let fewest =
        ways.into_iter().flatten().filter_map(|(of_a, of_b)| slips(a.get(of_a..)?, b.get(of_b..)?, rest)).min();
    fewest.map(|fewest| fewest + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{all_near, either, near, partly, slips};

    proptest! {
        #[test]
        fn slips_are_the_distance_up_to_a_bound(a in "[abC]{0,7}", b in "[aBc]{0,7}", most in 0..4_usize) {
            let distance = strsim::osa_distance(&a.to_lowercase(), &b.to_lowercase());
            prop_assert_eq!(slips(a.as_bytes(), b.as_bytes(), most), Some(distance).filter(|distance| *distance <= most));
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
    #[case::capitals_are_no_slip("Wbe", &["web"], Some("web"))]
    #[case::the_first_of_equals("web-x", &["web-b", "web-a"], Some("web-a"))]
    #[case::nothing("", &["a"], None)]
    fn only_slips_are_suggested(#[case] wanted: &str, #[case] names: &[&str], #[case] expected: Option<&str>) {
        assert_eq!(near(wanted, names.iter().copied()), expected);
    }

    #[test]
    fn a_part_of_a_name_is_told() {
        let known = ["ingress-nginx", "traefik", "nginx-inc", "ip"];
        assert_eq!(partly("Nginx", known), ["ingress-nginx", "nginx-inc"]);
        assert_eq!(partly("traefik-proxy", known), ["traefik"]);
        assert_eq!(partly("in", known), [""; 0]);
        assert_eq!(partly("zip", known), [""; 0]);
    }

    #[test]
    fn several_may_be_near() {
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
