//! The uses of targets: all references to one target that are judged alike.

use crate::engine::model::SharedReferences;
use crate::engine::resolve::Context;
use crate::engine::subject::Subject;

/// All references of a subject to one target that the controller treats alike.
pub(super) struct Use<'u> {
    /// The index of the target.
    pub(super) target: u32,
    /// The references. Thousands of Services may be judged for one use, if the target is an action.
    pub(super) references: SharedReferences<'u>,
    /// The controller ignores these references.
    pub(super) unused: bool,
}

/// The uses of all targets of a subject.
pub(super) struct Uses<'a> {
    subject: &'a Subject,
    /// The indexes of the references that the controller ignores.
    unused: Vec<u32>,
    /// The indexes of all other references. References to one target are neighbours.
    used: Vec<u32>,
}

impl<'a> Uses<'a> {
    pub(super) fn of(context: &Context<'a>) -> Self {
        let subject = context.subject;
        let mut unused = Vec::new();
        let mut used = Vec::with_capacity(subject.references.len());
        // The index of the first reference to each target.
        let mut first: Vec<Option<u32>> = vec![None; subject.targets.len()];
        for (index, reference) in (0..).zip(&subject.references) {
            if context.leaves_unused(reference) {
                unused.push(index);
            } else if let Some(first) = usize::try_from(reference.target).ok().and_then(|target| first.get_mut(target))
            {
                first.get_or_insert(index);
                used.push(index);
            }
        }
        let uses = Self { subject, unused, used: Vec::new() };
        // A stable sort, which takes linear time if the references are in order, as those to distinct targets are.
        used.sort_by_key(|index| usize::try_from(uses.target(*index)).ok().and_then(|target| first.get(target)));
        Self { used, ..uses }
    }

    /// The uses: first those that the controller ignores, then the others in the order of their first references.
    pub(super) fn iter(&self) -> impl Iterator<Item = Use<'_>> {
        let unused = self.unused.chunks(1).map(|references| (references, true));
        let used = self.used.chunk_by(|a, b| self.target(*a) == self.target(*b)).map(|references| (references, false));
        unused.chain(used).filter_map(|(references, unused)| {
            let target = self.target(*references.first()?);
            Some(Use { target, references: SharedReferences::new(references), unused })
        })
    }

    /// The target of the reference with this index.
    fn target(&self, index: u32) -> u32 {
        self.subject.reference(index).map_or(u32::MAX, |reference| reference.target)
    }
}
