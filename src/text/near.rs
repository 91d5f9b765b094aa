//! "Did you mean": similar names, for objects, fields and arguments.

/// Returns the name that `wanted` is probably a misspelling of: the most similar one, and of equally similar ones the first
/// in alphabetical order. A name of up to five bytes may have one typing error, a longer one two. Case is ignored.
pub fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    similar(wanted, names).min().map(|(_, name)| name)
}

/// Returns the names that `wanted` probably stands for, at most two, the most likely one first: the most similar names, as
/// [`near`] compares them, or else the names with other words in front or at the end, such as `web-svc` or `dev-web` for
/// `web`. If more than two names have such words, none of them is likely.
pub fn meant<'a>(wanted: &str, names: &[&'a str]) -> Vec<&'a str> {
    let mut similar: Vec<_> = similar(wanted, names.iter().copied()).collect();
    if similar.is_empty() {
        let mut affixed: Vec<_> = names.iter().filter_map(|name| Some((affix(wanted, name)?, *name))).collect();
        affixed.sort_unstable();
        return if affixed.len() > LIKELY { Vec::new() } else { affixed.into_iter().map(|(_, name)| name).collect() };
    }
    similar.sort_unstable();
    similar.into_iter().map(|(_, name)| name).take(LIKELY).collect()
}

/// The maximum number of names that are likely.
const LIKELY: usize = 2;
/// The minimum number of bytes that two names share if they differ by whole words only.
const SHARED: usize = 3;

/// Returns how unlikely it is that `name` is meant by `wanted`, if one of them is the other one with more words in front or
/// at the end. A word ends at a `-`. A headless Service is less likely than another one.
fn affix(wanted: &str, name: &str) -> Option<(bool, usize)> {
    let (long, short) = if wanted.len() > name.len() { (wanted, name) } else { (name, wanted) };
    let at_end = long.strip_prefix(short).is_some_and(|rest| rest.starts_with('-'));
    let in_front = long.strip_suffix(short).is_some_and(|rest| rest.ends_with('-'));
    let shares_words = short.len() >= SHARED && (at_end || in_front);
    shares_words.then(|| (name.ends_with("-headless"), long.len() - short.len()))
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

    use super::{either, meant, near, partly, typing_errors};

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

    #[rstest]
    #[case::at_most_two("shop-v", &["shop-v22", "shop-v2", "cart", "shop-v1", "shop-v3"], &["shop-v1", "shop-v2"])]
    #[case::a_word_at_the_end("airbyte-webapp", &["airbyte-webapp-svc", "airbyte"], &["airbyte-webapp-svc", "airbyte"])]
    #[case::a_word_less("web-svc", &["web", "api"], &["web"])]
    #[case::a_word_in_front("web", &["dev-web"], &["dev-web"])]
    #[case::headless_is_less_likely("graph", &["graph-headless", "graph-service"], &["graph-service", "graph-headless"])]
    #[case::repeated("finder---finder", &["finder"], &["finder"])]
    #[case::a_typing_error_first("chekcout", &["checkout", "chekcout-old"], &["checkout"])]
    #[case::no_whole_word("web", &["website", "subweb"], &[])]
    #[case::too_many_to_be_likely("web", &["web-a", "web-b", "web-c"], &[])]
    #[case::too_short("a", &["a-b"], &[])]
    fn the_likely_names(#[case] wanted: &str, #[case] names: &[&str], #[case] expected: &[&str]) {
        assert_eq!(meant(wanted, names), expected);
    }

    proptest! {
        /// A name without a typing error has all words of the wanted name together, or the reverse.
        #[test]
        fn other_names_share_whole_words(
            wanted in "(abc|xyz|q)(-(abc|xyz|q)){0,2}", names in proptest::collection::vec("(abc|xyz|q)(-(abc|xyz|q)){0,3}", 0..6),
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let likely = meant(&wanted, &names);
            prop_assert!(likely.len() <= 2);
            let words = |name: &str| name.split('-').map(str::to_owned).collect::<Vec<_>>();
            for name in likely {
                let (own, of_name) = (words(&wanted), words(name));
                let shared = own.starts_with(&of_name) || own.ends_with(&of_name) || of_name.starts_with(&own) || of_name.ends_with(&own);
                prop_assert!(shared || near(&wanted, [name]).is_some(), "{} for {}", name, wanted);
            }
        }
    }

    #[test]
    fn a_choice_of_names_is_formatted() {
        for (names, expected) in
            [(&["a"][..], "\"a\""), (&["a", "b"], "\"a\" or \"b\""), (&["a", "b", "c"], "\"a\", \"b\" or \"c\"")]
        {
            assert_eq!(either(names), expected);
        }
    }
}
