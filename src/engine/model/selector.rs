//! Label selectors of NetworkPolicies: equality and set-based requirements.

use super::{Labels, Truth};

/// `operator` of a requirement, with its `values` where they count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label has one of these values.
    In(Box<[Box<str>]>),
    /// The label is absent, or has none of these values.
    NotIn(Box<[Box<str>]>),
    /// The label is there, whatever its value.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// A word that this version does not know, or values that the API would refuse for it.
    Other,
}

/// One of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label.
    pub key: Box<str>,
    /// What is required of it.
    pub operator: Operator,
}

/// A label selector; all of it must hold, and an empty one selects everything (rulebook 5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// `matchLabels`.
    pub labels: Labels,
    /// `matchExpressions`.
    pub requirements: Box<[Requirement]>,
}

/// The labels of an object, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub enum Carried<'a> {
    /// These, and no others.
    Exactly(&'a Labels),
    /// These, and perhaps others.
    AtLeast(&'a Labels),
}

impl LabelSelector {
    /// Whether it selects an object that carries these labels.
    pub fn selects(&self, carried: Carried<'_>) -> Truth {
        let labels = self.labels.iter().map(|(key, value)| carried.has(key, |found| found == value, false));
        let requirements = self.requirements.iter().map(|requirement| requirement.holds(carried));
        Truth::all(labels.chain(requirements))
    }
}

impl Requirement {
    fn holds(&self, carried: Carried<'_>) -> Truth {
        let among = |values: &[Box<str>], found: &str| values.iter().any(|value| **value == *found);
        match &self.operator {
            Operator::In(values) => carried.has(&self.key, |found| among(values, found), false),
            Operator::NotIn(values) => carried.has(&self.key, |found| !among(values, found), true),
            Operator::Exists => carried.has(&self.key, |_| true, false),
            Operator::DoesNotExist => carried.has(&self.key, |_| false, true),
            Operator::Other => Truth::Unknown,
        }
    }
}

impl Carried<'_> {
    /// Whether the label `key` is as it should be: by its value, or `absent` where there is no such label.
    fn has(self, key: &str, fits: impl FnOnce(&str) -> bool, absent: bool) -> Truth {
        let (Self::Exactly(labels) | Self::AtLeast(labels)) = self;
        match (labels.get(key), self) {
            (Some(value), _) => fits(value).into(),
            (None, Self::Exactly(_)) => absent.into(),
            (None, Self::AtLeast(_)) => Truth::Unknown,
        }
    }
}
