//! Facts that could not be looked up.

use std::sync::Arc;

use crate::engine::model::{FindingField, Part, annotation_field};
use crate::engine::subject::ACTION_PREFIX;
use crate::engine::view::Unknown;

/// A fact that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The index of the target whose judgement lacks the fact.
    pub target: u32,
    /// The references to the target, as indexes of the references of the subject.
    pub references: Arc<[u32]>,
    /// The name of the action of an annotation that refers to the target.
    pub action_name: Option<Box<str>>,
    /// The object, for people: `Service "web"`.
    pub what: String,
    /// Why the fact is unknown.
    pub why: Unknown,
}

impl Gap {
    /// The field of the reference or action.
    pub fn field(&self) -> FindingField {
        match &self.action_name {
            Some(name) => FindingField::At(annotation_field(&format!("{ACTION_PREFIX}{name}"))),
            None => FindingField::Reference(Part::ServiceName),
        }
    }

    /// The number of fields of the subject that the gap is about.
    pub fn field_count(&self) -> usize {
        if self.action_name.is_some() { 1 } else { self.references.len() }
    }
}
