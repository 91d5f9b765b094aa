//! The near names of missing Services, looked for once for all backends of a subject.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::text::all_near;

/// For how many missing Services of one subject near names are looked for. Each is compared with all names of a
/// namespace, which may hold thousands; nobody reads the hints of more.
const MOST: usize = 32;

/// See the module's page.
#[derive(Debug, Default)]
pub struct Hints(RefCell<BTreeMap<String, Vec<String>>>);

impl Hints {
    /// The nearest to `wanted` of `names`, at most three; none after too many others.
    pub(super) fn near<'a>(&self, wanted: &str, names: impl FnOnce() -> Vec<&'a str>) -> Vec<String> {
        let mut known = self.0.borrow_mut();
        if let Some(near) = known.get(wanted) {
            return near.clone();
        }
        if known.len() >= MOST {
            return Vec::new();
        }
        let near: Vec<String> = all_near(wanted, names()).into_iter().map(str::to_owned).collect();
        known.insert(wanted.to_owned(), near.clone());
        near
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn names_are_compared_once_for_each_of_the_first_few() {
        let (hints, compared) = (Hints::default(), Cell::new(0));
        let ask = |wanted: &str| {
            hints.near(wanted, || {
                compared.set(compared.get() + 1);
                vec!["cart", "checkout-00", "web"]
            })
        };
        for at in 0..5000 {
            let near = ask(&format!("checkout-{:02}", at % 100 + 1));
            let expected: &[&str] = if at % 100 < MOST { &["checkout-00"] } else { &[] };
            assert_eq!(near, expected, "{at}");
        }
        assert_eq!(compared.get(), MOST);
    }
}
