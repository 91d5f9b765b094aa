//! Label selectors of NetworkPolicies: equality and set-based requirements.

use super::{Labels, Truth};

/// The `values` of a requirement: sorted, because there may be a hundred thousand of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueSet(Box<[Box<str>]>);

impl ValueSet {
    /// Whether `value` is one of the values.
    pub fn contains(&self, value: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(value)).is_ok()
    }
}

impl<V: Into<Box<str>>> FromIterator<V> for ValueSet {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        let mut values: Vec<Box<str>> = values.into_iter().map(Into::into).collect();
        values.sort_unstable();
        values.dedup();
        Self(values.into())
    }
}

/// `operator` of a requirement, with its `values` if the operator has any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label has one of these values.
    In(ValueSet),
    /// The label is absent, or has none of these values.
    NotIn(ValueSet),
    /// The label exists, whatever its value.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// An operator that Backstop does not know, or values that the API server refuses for the operator.
    Other,
}

/// One of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The key of the label.
    pub key: Box<str>,
    /// What the label must be.
    pub operator: Operator,
}

/// A label selector: all labels and requirements must hold. An empty selector selects everything (rulebook 5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// `matchLabels`.
    pub labels: Labels,
    /// `matchExpressions`.
    pub requirements: Box<[Requirement]>,
}

/// The labels of an object, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub enum KnownLabels<'a> {
    /// The object has exactly these labels.
    Exactly(&'a Labels),
    /// The object has these labels, and may have others.
    AtLeast(&'a Labels),
}

impl LabelSelector {
    /// The number of labels and requirements: the cost of one comparison with the labels of an object. The values of a
    /// requirement are sorted, and cost as much as one.
    pub fn size(&self) -> usize {
        self.labels.len() + self.requirements.len()
    }

    /// Whether the selector selects an object with these labels.
    pub fn selects(&self, labels: KnownLabels<'_>) -> Truth {
        let pairs = self.labels.iter().map(|(key, value)| labels.satisfies(key, |found| found == value, false));
        let requirements = self.requirements.iter().map(|requirement| requirement.holds(labels));
        Truth::all(pairs.chain(requirements))
    }
}

impl Requirement {
    fn holds(&self, labels: KnownLabels<'_>) -> Truth {
        match &self.operator {
            Operator::In(values) => labels.satisfies(&self.key, |found| values.contains(found), false),
            Operator::NotIn(values) => labels.satisfies(&self.key, |found| !values.contains(found), true),
            Operator::Exists => labels.satisfies(&self.key, |_| true, false),
            Operator::DoesNotExist => labels.satisfies(&self.key, |_| false, true),
            Operator::Other => Truth::Unknown,
        }
    }
}

impl KnownLabels<'_> {
    /// Whether the value of the label `key` satisfies `fits`; `absent` is the answer if the label does not exist.
    fn satisfies(self, key: &str, fits: impl FnOnce(&str) -> bool, absent: bool) -> Truth {
        let (Self::Exactly(labels) | Self::AtLeast(labels)) = self;
        match (labels.get(key), self) {
            (Some(value), _) => fits(value).into(),
            (None, Self::Exactly(_)) => absent.into(),
            (None, Self::AtLeast(_)) => Truth::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_any_order() {
        let values: ValueSet = ["web", "db", "cart", "db", ""].into_iter().collect();
        assert_eq!(values, ["", "cart", "db", "web"].into_iter().collect());
        assert!(["web", "db", "cart", ""].iter().all(|value| values.contains(value)));
        assert!(["we", "webs", "a", "z"].iter().all(|value| !values.contains(value)));
    }

    #[test]
    fn the_size_counts_labels_and_requirements() {
        let requirement = |operator| Requirement { key: "app".into(), operator };
        let selector = LabelSelector {
            labels: [("a", "1"), ("b", "2")].into_iter().collect(),
            requirements: [requirement(Operator::Exists), requirement(Operator::In(["x"].into_iter().collect()))]
                .into(),
        };
        assert_eq!((selector.size(), LabelSelector::default().size()), (4, 0));
    }
}
