//! Facts that could not be looked up.

use std::borrow::Cow;
use std::sync::Arc;

use crate::engine::kinds::Kind;
use crate::engine::message::{not_checked, why_unknown};
use crate::engine::model::{FindingField, Part, annotation_field};
use crate::engine::subject::ACTION_PREFIX;
use crate::engine::view::{Stage, Unknown};

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
    /// The kind of the object.
    pub kind: Kind,
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

    /// Why the fact is unknown, for people.
    pub fn why(&self, stage: Stage) -> Cow<'static, str> {
        why_unknown(self.why, self.kind, stage)
    }

    /// What the short line at admission depends on.
    pub fn wording(&self) -> (Unknown, Kind, &str) {
        (self.why, self.kind, if self.why == Unknown::Forbidden { "" } else { &self.what })
    }

    /// The short line at admission, without the field.
    pub fn headline(&self) -> String {
        not_checked(&self.what, self.kind, self.why)
    }

    /// The number of fields of the subject that the gap is about.
    pub fn field_count(&self) -> usize {
        if self.action_name.is_some() { 1 } else { self.references.len() }
    }
}
