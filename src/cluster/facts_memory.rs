//! Limits the memory of facts that were read live from long lists.
//!
//! A namespace may have thousands of Pods, and the selectors of many Services may match all of them. A limit for the bytes
//! of replies does not bound what is decoded from them, because facts live until the answer to their request.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of the unit in which memory is counted.
const UNIT: usize = 1 << 10;
/// Bytes of the facts that decide whether requests are denied.
const PROOFS: usize = 8 << 20;
/// Bytes of the facts that explain warnings.
const EXPLANATIONS: usize = 16 << 20;

/// The memory for facts of lists. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct FactsMemory(Arc<Semaphore>);

/// The memory of some facts, until it is dropped.
#[derive(Debug)]
pub(super) struct HeldMemory(OwnedSemaphorePermit);

impl FactsMemory {
    /// The memory for facts that decide whether requests are denied.
    pub(super) fn of_proofs() -> Self {
        Self::of(PROOFS)
    }

    /// The memory for facts that explain warnings. Proofs do not wait for it.
    pub(super) fn of_explanations() -> Self {
        Self::of(EXPLANATIONS)
    }

    fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Takes `bytes` bytes; `None` if other facts use them.
    pub(super) fn take(&self, bytes: usize) -> Option<HeldMemory> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(units).ok().map(HeldMemory)
    }
}

impl HeldMemory {
    /// Adds `more` of the same [`FactsMemory`].
    pub(super) fn add(&mut self, more: Self) {
        self.0.merge(more.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_free_again_when_it_is_dropped() {
        let memory = FactsMemory::of(10 * UNIT);
        let mut held = memory.take(6 * UNIT).unwrap();
        assert!(memory.take(4 * UNIT + 1).is_none());
        held.add(memory.take(4 * UNIT).unwrap());
        assert!(memory.take(1).is_none() && memory.take(0).is_some());
        drop(held);
        assert!(memory.take(10 * UNIT).is_some());
    }
}
