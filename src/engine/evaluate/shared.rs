//! Resolutions that several places ask for.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::uses::Uses;
use crate::engine::resolve::Resolution;
use crate::engine::subject::Subject;

/// The resolutions of targets that may have more than one use: targets of actions, and of references that a candidate
/// does not use. Every other target is judged once, and its resolution is dropped at once.
pub(super) struct Shared<'a>(BTreeMap<u32, OnceCell<Resolution<'a>>>);

impl<'a> Shared<'a> {
    pub(super) fn new(subject: &Subject, uses: &Uses<'_>) -> Self {
        let targets = subject.target_groups().map(|group| group.target).chain(uses.separate_targets());
        Self(targets.map(|target| (target, OnceCell::new())).collect())
    }

    /// The place of the resolution of a target, if the target may have more than one use.
    pub(super) fn get(&self, target: u32) -> Option<&OnceCell<Resolution<'a>>> {
        self.0.get(&target)
    }
}
