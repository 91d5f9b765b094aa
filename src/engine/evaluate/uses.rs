//! The uses of targets: all references to one target that are judged alike.

use std::sync::Arc;

use crate::engine::resolve::Context;

/// All references of a subject to one target that the controller treats alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// The index of the target.
    pub(super) target: u32,
    /// The indexes of the references, in their order.
    pub(super) references: Arc<[u32]>,
    /// The controller ignores these references.
    pub(super) unused: bool,
}

/// The uses of all targets, in the order of their first references.
pub(super) fn uses(context: &Context<'_>) -> Vec<Use> {
    let subject = context.subject;
    let mut used: Vec<Vec<u32>> = vec![Vec::new(); subject.targets.len()];
    let mut unused: Vec<(u32, u32)> = Vec::new();
    let mut order: Vec<u32> = Vec::with_capacity(subject.targets.len());
    for (index, reference) in (0..).zip(&subject.references) {
        if context.leaves_unused(reference) {
            unused.push((index, reference.target));
        } else if let Some(references) = usize::try_from(reference.target).ok().and_then(|at| used.get_mut(at)) {
            if references.is_empty() {
                order.push(reference.target);
            }
            references.push(index);
        }
    }
    let unused = unused.into_iter().map(|(index, target)| Use { target, references: Arc::new([index]), unused: true });
    let used = order.into_iter().filter_map(|target| {
        let references = used.get_mut(usize::try_from(target).ok()?)?;
        Some(Use { target, references: std::mem::take(references).into(), unused: false })
    });
    unused.chain(used).collect()
}
