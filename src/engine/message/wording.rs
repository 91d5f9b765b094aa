//! Findings that read the same, which a text names once.

use std::collections::BTreeMap;

use crate::engine::model::{CheckId, Finding};

/// What the text of a finding says besides the fields and the requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wording {
    check: CheckId,
    headline: String,
    consequence: String,
    help: String,
}

impl Finding {
    /// What the text of the finding says.
    pub fn wording(&self) -> Wording {
        let (consequence, help) = (self.consequence().into_owned(), self.help().to_owned());
        Wording { check: self.check, headline: self.headline(), consequence, help }
    }
}

/// Groups `items` by their keys, in the order in which the keys first occur.
pub fn grouped<T, K: Ord>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut known = BTreeMap::new();
    for item in items {
        let at = *known.entry(key(&item)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// The requests of references: `shop.example/`, or `3 paths, first shop.example/`. `first` is the first of the references,
/// and `count` is the number of all; `only_paths` if none of them is a default backend.
pub fn requests(first: &str, count: usize, only_paths: bool) -> String {
    match (count, only_paths) {
        (0 | 1, _) => first.to_owned(),
        (_, true) => format!("{count} paths, first {first}"),
        (_, false) => format!("{count} backends, first {first}"),
    }
}
