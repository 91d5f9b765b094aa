//! Resolutions that several places ask for.

use std::cell::OnceCell;

use super::uses::Uses;
use crate::engine::resolve::Resolution;
use crate::engine::subject::Subject;

/// The resolutions of targets that have more than one use: targets of actions, and of references that a candidate
/// does not use. Every other target is judged once, and its resolution is dropped at once.
pub(super) struct Shared<'a> {
    /// The indexes of the targets, sorted.
    targets: Vec<u32>,
    /// The resolutions of the targets, in the same order. There may be thousands, so no place is spare.
    resolutions: Vec<OnceCell<Resolution<'a>>>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(subject: &Subject, uses: &Uses<'_>) -> Self {
        let targets = subject.target_groups().map(|group| group.target).chain(uses.separate_targets());
        let mut targets: Vec<u32> = targets.collect();
        targets.sort_unstable();
        targets.dedup();
        let resolutions = targets.iter().map(|_| OnceCell::new()).collect();
        Self { targets, resolutions }
    }

    /// The place of the resolution of a target, if the target may have more than one use.
    pub(super) fn get(&self, target: u32) -> Option<&OnceCell<Resolution<'a>>> {
        self.resolutions.get(self.targets.binary_search(&target).ok()?)
    }
}
