//! Resolutions that several places ask for.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::engine::resolve::{Context, Resolution};

/// The resolutions of targets that have more than one use: targets of actions, and of references that the controller
/// ignores. Every other target is judged once, and its resolution is dropped at once.
pub(super) struct Shared<'a>(BTreeMap<u32, OnceCell<Resolution<'a>>>);

impl<'a> Shared<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        let subject = context.subject;
        let unused = subject.references.iter().filter(|reference| context.leaves_unused(reference));
        let targets = subject.target_groups().map(|group| group.target).chain(unused.map(|reference| reference.target));
        Self(targets.map(|target| (target, OnceCell::new())).collect())
    }

    /// The place of the resolution of a target, if the target may have more than one use.
    pub(super) fn get(&self, target: u32) -> Option<&OnceCell<Resolution<'a>>> {
        self.0.get(&target)
    }
}
