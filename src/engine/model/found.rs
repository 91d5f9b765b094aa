//! Findings as checks make them: without a text.

use std::borrow::Cow;
use std::sync::Arc;

use super::{
    Action, CheckId, Claim, Effect, FieldPath, Finding, FindingField, FindingText, Mitigation, NameRef, Part, Target,
};

/// A finding whose text is not composed yet.
///
/// A subject may have thousands of findings, and few of them are reported. [`Self::into_finding`] adds what only a
/// report needs: the text, and copies of the target and of the references.
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
    pub references: Cow<'r, [u32]>,
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
            references: Cow::Borrowed(&[]),
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
            FindingField::Reference(_) => self.references.len(),
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
            references: Arc::from(&*self.references),
            action_name: self.action_name.map(Box::from),
            effect: self.effect,
            action: self.action,
            claim: self.claim.map(Claim::from),
            mitigation: self.mitigation,
            text: (self.text)(),
        }
    }
}
