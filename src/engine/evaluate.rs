//! Checks over a subject and a view: findings, what is unknown, and what a live read could add.

use super::controllers::IdentifiedBy;
use super::model::{FieldPath, Finding};
use super::view::{Need, Unknown};

/// Something that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The field whose judgement lacks it.
    pub field: FieldPath,
    /// What it is, for people: `Service "web"`.
    pub what: String,
    /// Why it is unknown.
    pub why: Unknown,
}

/// What is known of one subject after one look.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The id of the controller profile.
    pub profile: &'static str,
    /// What told it.
    pub identified_by: IdentifiedBy,
    /// What is wrong, sorted by field and check.
    pub findings: Vec<Finding>,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
    /// What a live read could add: confirmations that a denial must have, and causes that explain a warning. Sorted.
    pub needs: Vec<Need>,
}
