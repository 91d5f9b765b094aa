//! The uses of targets: all references to one target that are judged alike.

use crate::engine::controllers::UnusedReferences;
use crate::engine::model::SharedReferences;
use crate::engine::subject::Subject;

/// All references of a subject to one target that every candidate treats alike.
pub(super) struct Use<'u> {
    /// The index of the target.
    pub(super) target: u32,
    /// The references. Thousands of Services may be judged for one use, if the target is an action.
    pub(super) references: SharedReferences<'u>,
    /// A candidate does not use these references. All have the same reasons.
    pub(super) separate: bool,
}

/// The uses of all targets of a subject.
pub(super) struct Uses<'a> {
    subject: &'a Subject,
    /// The indexes of the references that a candidate does not use. References to one target with the same reasons are
    /// neighbours.
    separate: Vec<u32>,
    /// The number of references in each use of those.
    lengths: Vec<usize>,
    /// The indexes of all other references. References to one target are neighbours.
    used: Vec<u32>,
}

impl<'a> Uses<'a> {
    /// The uses of the references of `subject`. `unused` has the references that each candidate does not use.
    pub(super) fn of(subject: &'a Subject, unused: &[UnusedReferences]) -> Self {
        let mut separate = Vec::new();
        let mut used = Vec::with_capacity(subject.references.len());
        // The index of the first reference to each target.
        let mut first: Vec<Option<u32>> = vec![None; subject.targets.len()];
        for (index, reference) in (0..).zip(&subject.references) {
            if unused.iter().any(|unused| unused.why(index).is_some()) {
                separate.push(index);
            } else if let Some(first) = usize::try_from(reference.target).ok().and_then(|target| first.get_mut(target))
            {
                first.get_or_insert(index);
                used.push(index);
            }
        }
        let uses = Self { subject, separate: Vec::new(), lengths: Vec::new(), used: Vec::new() };
        let reasons = |index: u32| unused.iter().map(move |unused| unused.why(index));
        separate.sort_by(|a, b| uses.target(*a).cmp(&uses.target(*b)).then_with(|| reasons(*a).cmp(reasons(*b))));
        let alike = |a: &u32, b: &u32| uses.target(*a) == uses.target(*b) && reasons(*a).eq(reasons(*b));
        let lengths = separate.chunk_by(alike).map(<[u32]>::len).collect();
        // A stable sort, which takes linear time if the references are in order, as those to distinct targets are.
        used.sort_by_key(|index| usize::try_from(uses.target(*index)).ok().and_then(|target| first.get(target)));
        Self { separate, lengths, used, ..uses }
    }

    /// The subject.
    pub(super) fn subject(&self) -> &'a Subject {
        self.subject
    }

    /// The targets of references that a candidate does not use.
    pub(super) fn separate_targets(&self) -> impl Iterator<Item = u32> {
        self.separate.iter().map(|index| self.target(*index))
    }

    /// The uses: first those that a candidate does not use, then the others in the order of their first references.
    pub(super) fn iter(&self) -> impl Iterator<Item = Use<'_>> {
        let mut from = 0;
        let separate = self.lengths.iter().filter_map(move |length| {
            let references = self.separate.get(from..from + length)?;
            from += length;
            Some((references, true))
        });
        let used = self.used.chunk_by(|a, b| self.target(*a) == self.target(*b)).map(|references| (references, false));
        separate.chain(used).filter_map(|(references, separate)| {
            let target = self.target(*references.first()?);
            Some(Use { target, references: SharedReferences::new(references), separate })
        })
    }

    /// The target of the reference with this index.
    fn target(&self, index: u32) -> u32 {
        self.subject.reference(index).map_or(u32::MAX, |reference| reference.target)
    }
}
