//! Names of objects, and label sets.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
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

/// A set of labels, or an equality selector: pairs sorted by key. A clone shares the pairs, because a selector may have
/// thousands of them and is part of lookup keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(Arc<[(Box<str>, Box<str>)]>);

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
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
        self.0.is_empty()
    }

    /// The memory of the pairs in bytes, nearly.
    pub fn heap_bytes(&self) -> usize {
        self.iter().map(|(key, value)| size_of::<(Box<str>, Box<str>)>() + key.len() + value.len()).sum()
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of `key`, if set.
    pub fn get(&self, key: &str) -> Option<&str> {
        let at = self.0.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| &**value)
    }

    /// The pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The first `count` pairs. As a selector they select all that the whole set selects, and perhaps more.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        Self(self.0.iter().take(count).cloned().collect())
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
        self.0.len() <= labels.0.len() && self.differences(labels).next().is_none()
    }
}

impl<K: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut pairs: Vec<(Box<str>, Box<str>)> =
            pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        pairs.sort();
        pairs.dedup_by(|later, earlier| later.0 == earlier.0);
        // All empty sets share one allocation.
        if pairs.is_empty() { Self::default() } else { Self(pairs.into()) }
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

    #[test]
    fn labels_are_in_the_order_of_their_pairs_and_copies_are_equal() {
        let labels = |text: &str| text.split(',').filter_map(|pair| pair.split_once('=')).collect::<Labels>();
        let sorted = ["", "a=1", "a=1,b=0", "a=2", "b=0"].map(labels);
        assert!(sorted.is_sorted_by(|a, b| a < b), "{sorted:?}");
        for labels in &sorted {
            assert!(Arc::ptr_eq(&labels.0, &labels.clone().0));
            assert_eq!(labels.cmp(&labels.clone()), Ordering::Equal);
            assert_eq!(*labels, labels.iter().collect());
        }
        assert_eq!(sorted[2].first(1), sorted[1]);
    }
}
