//! Label selectors of NetworkPolicies: equality and set-based requirements.

use super::{Labels, Truth};

/// `operator` of a requirement, with its `values` if the operator has any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label has one of these values.
    In(Box<[Box<str>]>),
    /// The label is absent, or has none of these values.
    NotIn(Box<[Box<str>]>),
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
    /// Whether the selector selects an object with these labels.
    pub fn selects(&self, labels: KnownLabels<'_>) -> Truth {
        let pairs = self.labels.iter().map(|(key, value)| labels.satisfies(key, |found| found == value, false));
        let requirements = self.requirements.iter().map(|requirement| requirement.holds(labels));
        Truth::all(pairs.chain(requirements))
    }
}

impl Requirement {
    fn holds(&self, labels: KnownLabels<'_>) -> Truth {
        let among = |values: &[Box<str>], found: &str| values.iter().any(|value| **value == *found);
        match &self.operator {
            Operator::In(values) => labels.satisfies(&self.key, |found| among(values, found), false),
            Operator::NotIn(values) => labels.satisfies(&self.key, |found| !among(values, found), true),
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
