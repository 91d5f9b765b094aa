//! Names that were probably meant.

/// How far a name may be from the one asked for to be suggested: one slip in a short name, two in a longer one.
pub(super) fn near<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    slipped(wanted, names).min().map(|(_, name)| name)
}

/// The nearest names, at most three of them.
pub(super) fn all_near<'a>(wanted: &str, names: &[&'a str]) -> Vec<&'a str> {
    let mut near: Vec<_> = slipped(wanted, names).collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

/// Names to choose from, for people: `"a", "b" or "c"`.
pub(super) fn either(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("\"{only}\""),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("\"{name}\"")).collect();
            format!("{} or \"{last}\"", first.join(", "))
        }
    }
}

/// The names that one may have slipped from, and by how much.
fn slipped<'a>(wanted: &str, names: &[&'a str]) -> impl Iterator<Item = (usize, &'a str)> {
    let most = if wanted.len() < 6 { 1 } else { 2 };
    names.iter().filter_map(move |name| Some((slips(wanted.as_bytes(), name.as_bytes(), most)?, *name)))
}

/// How many characters have to be put in, left out, replaced or swapped with the next one to make `b` of `a`; `None`
/// if more than `most`. The optimal string alignment distance, given up early: a namespace may hold thousands of
/// names, and nearly all of them are far off.
fn slips(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same..)?, b.get(same..)?);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    if a.is_empty() || b.is_empty() {
        return Some(a.len() + b.len());
    }
    let rest = most.checked_sub(1)?;
    let swapped = matches!((a, b), ([a0, a1, ..], [b0, b1, ..]) if a0 == b1 && a1 == b0);
    let ways = [Some((1, 1)), Some((1, 0)), Some((0, 1)), swapped.then_some((2, 2))];
    let fewest =
        ways.into_iter().flatten().filter_map(|(of_a, of_b)| slips(a.get(of_a..)?, b.get(of_b..)?, rest)).min();
    fewest.map(|fewest| fewest + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{all_near, either, near, slips};

    proptest! {
        #[test]
        fn slips_are_the_distance_up_to_a_bound(a in "[abc]{0,7}", b in "[abc]{0,7}", most in 0..4_usize) {
            let distance = strsim::osa_distance(&a, &b);
            prop_assert_eq!(slips(a.as_bytes(), b.as_bytes(), most), Some(distance).filter(|distance| *distance <= most));
        }
    }

    #[test]
    fn only_slips_are_suggested() {
        assert_eq!(near("chekcout", &["cart", "checkout", "web"]), Some("checkout"));
        assert_eq!(near("wbe", &["cart", "web"]), Some("web"));
        assert_eq!(near("web", &["cart", "api"]), None);
    }

    #[test]
    fn several_may_be_near() {
        assert_eq!(
            all_near("shop-v", &["shop-v22", "shop-v2", "cart", "shop-v1", "shop-v3"]),
            ["shop-v1", "shop-v2", "shop-v3"]
        );
        for (names, expected) in
            [(&["a"][..], "\"a\""), (&["a", "b"], "\"a\" or \"b\""), (&["a", "b", "c"], "\"a\", \"b\" or \"c\"")]
        {
            assert_eq!(either(names), expected);
        }
    }
}
