//! Objects that a selector finds without a comparison with each of them.

use std::collections::BTreeMap;

use ahash::HashMap;

use crate::engine::model::Labels;

/// Objects with labels, sorted by a key.
#[derive(Debug)]
pub(super) struct Selectable<K, T> {
    /// In the order in which their keys were first inserted.
    objects: Vec<(K, T)>,
    /// The place of each object in `objects`.
    places: BTreeMap<K, usize>,
    /// The places of the objects with each label, by a hash of the label. An object may occur twice, or have lost the
    /// label, or have another label with the same hash.
    by_label: HashMap<u64, Vec<usize>>,
    labels: fn(&T) -> &Labels,
}

impl<K: Clone + Ord, T> Selectable<K, T> {
    /// No objects; `labels` returns the labels of an object.
    pub(super) fn new(labels: fn(&T) -> &Labels) -> Self {
        Self { objects: Vec::new(), places: BTreeMap::new(), by_label: HashMap::default(), labels }
    }

    /// Adds an object, or replaces the object with the same key.
    pub(super) fn insert(&mut self, key: K, object: T) {
        let labels = (self.labels)(&object).clone();
        let next = self.objects.len();
        let place = *self.places.entry(key.clone()).or_insert(next);
        let mut old = Labels::default();
        if let Some((_, known)) = self.objects.get_mut(place) {
            old = (self.labels)(known).clone();
            *known = object;
        } else {
            self.objects.push((key, object));
        }
        for (key, value, _) in labels.differences(&old) {
            let label = self.hash(key, value);
            self.by_label.entry(label).or_default().push(place);
        }
    }

    /// The object with the key.
    pub(super) fn get(&self, key: &K) -> Option<&T> {
        self.places.get(key).and_then(|place| self.objects.get(*place)).map(|(_, object)| object)
    }

    /// The objects that `selector` selects, sorted by key. An empty selector selects all.
    pub(super) fn select(&self, selector: &Labels) -> Vec<&T> {
        if selector.is_empty() {
            let objects = self.places.values().filter_map(|place| self.objects.get(*place));
            return objects.map(|(_, object)| object).collect();
        }
        let candidates = self.candidates(selector).iter().filter_map(|place| self.objects.get(*place));
        let mut found: Vec<&(K, T)> =
            candidates.filter(|(_, object)| selector.selects((self.labels)(object))).collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found.dedup_by(|a, b| std::ptr::eq(*a, *b));
        found.into_iter().map(|(_, object)| object).collect()
    }

    /// The number of objects and labels that [`Self::select`] compares at most.
    pub(super) fn cost(&self, selector: &Labels) -> usize {
        if selector.is_empty() {
            return self.objects.len();
        }
        self.candidates(selector).len().saturating_mul(1 + selector.len())
    }

    /// The places of the objects with the rarest label of `selector`.
    fn candidates(&self, selector: &Labels) -> &[usize] {
        let with_label = |(key, value): (&str, &str)| {
            self.by_label.get(&self.hash(key, value)).map(Vec::as_slice).unwrap_or_default()
        };
        selector.iter().map(with_label).min_by_key(|places| places.len()).unwrap_or_default()
    }

    fn hash(&self, key: &str, value: &str) -> u64 {
        std::hash::BuildHasher::hash_one(self.by_label.hasher(), (key, value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(pairs: &[(u8, u8)]) -> Labels {
        pairs.iter().map(|(key, value)| (format!("k{key}"), format!("v{value}"))).collect()
    }

    fn some_labels() -> impl Strategy<Value = Labels> {
        proptest::collection::vec((0..3_u8, 0..3_u8), 0..3).prop_map(|pairs| labels(&pairs))
    }

    proptest! {
        /// A lookup finds the same objects as a comparison with every object does, even if objects were replaced before.
        #[test]
        fn selects_what_a_comparison_with_each_object_selects(
            inserted in proptest::collection::vec((0..6_u8, some_labels()), 0..20),
            selector in some_labels(),
        ) {
            let mut selectable = Selectable::new(|labels: &Labels| labels);
            let mut expected = BTreeMap::new();
            for (key, labels) in inserted {
                selectable.insert(key, labels.clone());
                expected.insert(key, labels);
            }
            let expected: Vec<&Labels> = expected.values().filter(|labels| selector.selects(labels)).collect();
            prop_assert_eq!(selectable.select(&selector), expected);
        }
    }

    /// The selector of a Service is compared with its own Pods only.
    #[test]
    fn objects_without_the_rarest_label_cost_nothing() {
        let mut selectable = Selectable::new(|labels: &Labels| labels);
        for key in 0..100 {
            selectable.insert(key, labels(&[(0, 0), (1, key)]));
        }
        assert_eq!(selectable.cost(&labels(&[(0, 0), (1, 7)])), 3);
        assert_eq!(selectable.cost(&labels(&[(0, 0)])), 200);
        assert_eq!(selectable.cost(&labels(&[(0, 0), (1, 200)])), 0);
        assert_eq!(selectable.cost(&Labels::default()), 100);
    }
}
