//! Findings as checks make them: without a text.

use std::cell::OnceCell;
use std::sync::Arc;

use super::{
    Action, CheckId, Claim, Effect, FieldPath, Finding, FindingField, FindingText, Mitigation, NameRef, Part, Target,
};

/// The indexes of references that several findings and gaps are about. They share one copy.
pub struct SharedReferences<'r> {
    references: &'r [u32],
    copy: OnceCell<Arc<[u32]>>,
}

impl<'r> SharedReferences<'r> {
    /// Borrows `references` until a copy is needed.
    pub fn new(references: &'r [u32]) -> Self {
        Self { references, copy: OnceCell::new() }
    }

    /// The indexes of the references.
    pub fn as_slice(&self) -> &'r [u32] {
        self.references
    }

    /// The copy, which is made once.
    pub fn shared(&self) -> Arc<[u32]> {
        Arc::clone(self.copy.get_or_init(|| Arc::from(self.references)))
    }
}

/// The references of a [`Found`].
#[derive(Clone, Copy)]
pub enum FoundReferences<'r> {
    /// The finding is about the subject as a whole.
    None,
    /// One reference.
    One([u32; 1]),
    /// The references of a use.
    Use(&'r SharedReferences<'r>),
    /// The references of a gap.
    Gap(&'r Arc<[u32]>),
}

impl FoundReferences<'_> {
    /// The indexes of the references.
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Self::None => &[],
            Self::One(reference) => reference,
            Self::Use(references) => references.as_slice(),
            Self::Gap(references) => references,
        }
    }

    fn shared(self) -> Arc<[u32]> {
        match self {
            Self::None => Arc::default(),
            Self::One(reference) => Arc::new(reference),
            Self::Use(references) => references.shared(),
            Self::Gap(references) => Arc::clone(references),
        }
    }
}

/// A finding whose text is not composed yet.
///
/// A subject may have thousands of findings, and few of them are reported. [`Self::into_finding`] adds what only a
/// report needs: the text, a copy of the target, and the references.
pub struct Found<'r> {
    /// See [`Finding::check`].
    pub check: CheckId,
    /// See [`Finding::found_by`].
    pub found_by: CheckId,
    /// See [`Finding::field`].
    pub field: FindingField,
    /// See [`Finding::target`].
    pub target: Option<&'r Target>,
    /// See [`Finding::target_index`].
    pub target_index: Option<u32>,
    /// See [`Finding::references`].
    pub references: FoundReferences<'r>,
    /// See [`Finding::action_name`].
    pub action_name: Option<&'r str>,
    /// See [`Finding::effect`].
    pub effect: Effect,
    /// See [`Finding::action`].
    pub action: Action,
    /// See [`Finding::claim`].
    pub claim: Option<Claim<NameRef<'r>>>,
    /// See [`Finding::mitigation`].
    pub mitigation: Option<Mitigation>,
    /// Composes [`Finding::text`].
    pub text: Box<dyn FnOnce() -> FindingText + 'r>,
}

impl<'r> Found<'r> {
    /// A finding about a target: requests fail. The evaluation adds the target and the references.
    pub fn about_target(check: CheckId, part: Part, action: Action, text: impl FnOnce() -> FindingText + 'r) -> Self {
        let found = Self::new(check, FindingField::Reference(part), action, text);
        Self { effect: Effect::Fails, claim: None, ..found }
    }

    /// A finding about the subject as a whole. Its claim is about several objects, which only a complete view confirms.
    pub fn about_subject(
        check: CheckId,
        field: FieldPath,
        action: Action,
        text: impl FnOnce() -> FindingText + 'r,
    ) -> Self {
        Self::new(check, FindingField::At(field), action, text)
    }

    fn new(check: CheckId, field: FindingField, action: Action, text: impl FnOnce() -> FindingText + 'r) -> Self {
        Self {
            check,
            found_by: check,
            field,
            target: None,
            target_index: None,
            references: FoundReferences::None,
            action_name: None,
            effect: Effect::Unsure,
            action,
            claim: Some(Claim::View),
            mitigation: None,
            text: Box::new(text),
        }
    }

    /// The number of fields of the subject that the finding is about.
    pub fn field_count(&self) -> usize {
        match self.field {
            FindingField::Reference(_) => self.references.as_slice().len(),
            FindingField::At(_) => 1,
        }
    }

    /// The finding with its text.
    pub fn into_finding(self) -> Finding {
        Finding {
            check: self.check,
            found_by: self.found_by,
            field: self.field,
            target: self.target.cloned(),
            target_index: self.target_index,
            references: self.references.shared(),
            action_name: self.action_name.map(Box::from),
            effect: self.effect,
            action: self.action,
            claim: self.claim.map(Claim::from),
            mitigation: self.mitigation,
            text: (self.text)(),
        }
    }
}
