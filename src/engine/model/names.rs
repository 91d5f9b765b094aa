//! Names of objects, and label sets.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The namespace and the name of a namespaced object. The kind follows from the context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The namespace, never empty.
    pub namespace: String,
    /// The object's `metadata.name`.
    pub name: String,
}

impl ObjectName {
    /// Joins a namespace and a name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// The end of the name of an object whose name the API server will generate. No valid name has it.
const GENERATED: &str = "(generated)";

/// Returns the name, for people, of an object that has only `metadata.generateName`: `web-(generated)`.
pub fn generated_name(generate_name: &str) -> String {
    format!("{generate_name}{GENERATED}")
}

/// Whether the name is from [`generated_name`].
pub fn is_generated_name(name: &str) -> bool {
    name.ends_with(GENERATED)
}

/// An [`ObjectName`] that borrows its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameRef<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
}

impl ObjectName {
    /// Borrows the parts.
    pub fn as_ref(&self) -> NameRef<'_> {
        NameRef { namespace: &self.namespace, name: &self.name }
    }
}

impl From<NameRef<'_>> for ObjectName {
    fn from(NameRef { namespace, name }: NameRef<'_>) -> Self {
        Self::new(namespace, name)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A namespace and a name, of an [`ObjectName`] or borrowed. A map with object names as keys can be searched for a
/// borrowed pair without a copy of its two strings: `map.get(&(namespace, name) as &dyn NamePair)`.
pub trait NamePair {
    /// The namespace and the name.
    fn pair(&self) -> (&str, &str);
}

impl NamePair for ObjectName {
    fn pair(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
}

impl NamePair for NameRef<'_> {
    fn pair(&self) -> (&str, &str) {
        (self.namespace, self.name)
    }
}

impl NamePair for (&str, &str) {
    fn pair(&self) -> (&str, &str) {
        *self
    }
}

impl<'a> Borrow<dyn NamePair + 'a> for ObjectName {
    fn borrow(&self) -> &(dyn NamePair + 'a) {
        self
    }
}

/// The order of pairs is the order of object names.
impl Ord for dyn NamePair + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.pair().cmp(&other.pair())
    }
}

impl PartialOrd for dyn NamePair + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn NamePair + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.pair() == other.pair()
    }
}

impl Eq for dyn NamePair + '_ {}

/// Whether `text` is a DNS label (RFC 1123). The names of namespaces and Services are DNS labels.
pub fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 63 && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whether `text` is a DNS subdomain (RFC 1123): labels with dots between them.
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A set of labels, or an equality selector: pairs sorted by key.
///
/// A selector may have forty thousand pairs, and is part of lookup keys. So a clone shares the pairs, and a digest decides
/// most comparisons: only sets that are equal, but do not share their pairs, are compared pair by pair.
#[derive(Clone, Default)]
pub struct Labels {
    /// A digest of the pairs, the same in every process; 0 if there are none.
    digest: u64,
    pairs: Arc<[(Box<str>, Box<str>)]>,
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Labels").field(&self.pairs).finish()
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// An arbitrary order, the same in every process.
impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_pairs =
            || if Arc::ptr_eq(&self.pairs, &other.pairs) { Ordering::Equal } else { self.pairs.cmp(&other.pairs) };
        self.digest.cmp(&other.digest).then_with(by_pairs)
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Labels {
    /// Whether there are no pairs. An empty selector of a Service selects no Pod.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns an estimate of the memory of the pairs, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.iter().map(|(key, value)| size_of::<(Box<str>, Box<str>)>() + key.len() + value.len()).sum()
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The value of `key`, if set.
    pub fn get(&self, key: &str) -> Option<&str> {
        let at = self.pairs.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        self.pairs.get(at).map(|(_, value)| &**value)
    }

    /// The pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The first `count` pairs. As a selector they select all that the whole set selects, and perhaps more.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        self.iter().take(count).collect()
    }

    /// The pairs whose keys are not `left_out`; `None` if that leaves nothing out.
    #[must_use]
    pub fn without(&self, left_out: impl Fn(&str) -> bool) -> Option<Self> {
        let any = self.iter().any(|(key, _)| left_out(key));
        any.then(|| self.iter().filter(|(key, _)| !left_out(key)).collect())
    }

    /// The address of the pairs, which clones share. No other labels have it while a clone exists, except that all empty
    /// sets share one.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.pairs).addr()
    }

    /// The pairs that `labels` does not contain: key, value, and the value of the key in `labels` if it has the key.
    /// Both sets are sorted by key, so one pass finds all pairs.
    pub fn differences<'l>(&'l self, labels: &'l Self) -> impl Iterator<Item = (&'l str, &'l str, Option<&'l str>)> {
        let mut rest = labels.iter().peekable();
        self.iter().filter_map(move |(key, value)| {
            while rest.next_if(|(other, _)| *other < key).is_some() {}
            let found = rest.next_if(|(other, _)| *other == key).map(|(_, found)| found);
            (found != Some(value)).then_some((key, value, found))
        })
    }

    /// Whether `labels` contains every pair of this selector. Services select Pods in this way.
    pub fn selects(&self, labels: &Self) -> bool {
        // A search is quicker than a pass over many more labels than the selector has.
        let few = self.len().saturating_mul(8) < labels.len();
        if few {
            return self.iter().all(|(key, value)| labels.get(key) == Some(value));
        }
        self.len() <= labels.len() && self.differences(labels).next().is_none()
    }
}

impl<K: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut pairs: Vec<(Box<str>, Box<str>)> =
            pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        pairs.sort();
        pairs.dedup_by(|later, earlier| later.0 == earlier.0);
        // All empty sets share one allocation.
        if pairs.is_empty() {
            return Self::default();
        }
        let mut hasher = DefaultHasher::new();
        pairs.hash(&mut hasher);
        Self { digest: hasher.finish(), pairs: pairs.into() }
    }
}

/// `app=web,tier=front`, the form of `kubectl --selector` and of the API's `labelSelector` parameter.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_selector_selects_supersets_only() {
        let selector: Labels = [("app", "web"), ("tier", "front")].into_iter().collect();
        let pod: Labels = [("tier", "front"), ("extra", "x"), ("app", "web")].into_iter().collect();
        let other: Labels = [("app", "web")].into_iter().collect();
        assert!(selector.selects(&pod));
        assert!(!selector.selects(&other));
        assert_eq!(selector.to_string(), "app=web,tier=front");
    }

    fn labels(text: &str) -> Labels {
        text.split(',').filter_map(|pair| pair.split_once('=')).collect()
    }

    #[test]
    fn labels_are_equal_if_their_pairs_are() {
        let all = ["", "a=1", "a=1,b=0", "a=2", "b=0"].map(labels);
        for (at, labels) in all.iter().enumerate() {
            assert_eq!(labels.address(), labels.clone().address());
            assert_eq!(labels.cmp(&labels.clone()), Ordering::Equal);
            assert_eq!(*labels, labels.iter().collect());
            for other in &all[at + 1..] {
                assert_ne!(labels, other);
                assert_eq!(labels.cmp(other), other.cmp(labels).reverse());
            }
        }
        assert_eq!(all[2].first(1), all[1]);
        assert_eq!(all[2].first(0), all[0]);
    }

    /// Otherwise selectors that differ in their last label would be compared label by label.
    #[test]
    fn a_digest_decides_between_labels_that_differ() {
        let digests: BTreeSet<u64> = (0..1000).map(|at| labels(&format!("a=1,b={at}")).digest).collect();
        assert_eq!(digests.len(), 1000);
    }

    #[test]
    fn a_selector_is_found_among_many_labels() {
        let many: Labels = (0..100).map(|at| (format!("l{at:02}"), at.to_string())).collect();
        for (selector, expected) in [("l07=7", true), ("l07=7,l99=99", true), ("l07=8", false), ("l7=7", false)] {
            assert_eq!(labels(selector).selects(&many), expected, "{selector}");
        }
    }
}
