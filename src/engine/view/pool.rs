//! A pool of lists: equal lists of many objects are stored once.

use std::hash::Hash;
use std::sync::Arc;

use ahash::HashSet;

/// The number of lists in a pool at which the first sweep removes unused lists.
const FIRST_SWEEP: usize = 64;

/// See the documentation of the module.
#[derive(Debug)]
pub(super) struct Pool<T> {
    lists: HashSet<Arc<[T]>>,
    /// The next sweep takes place when the pool holds this many lists.
    sweep_at: usize,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { lists: HashSet::default(), sweep_at: FIRST_SWEEP }
    }
}

impl<T: Eq + Hash> Pool<T> {
    /// Replaces `list` with the equal list of the pool.
    ///
    /// From time to time this function drops the lists that only the pool still uses, so that the pool never has many
    /// more lists than its users need.
    pub(super) fn share(&mut self, list: &mut Arc<[T]>) {
        if let Some(known) = self.lists.get(list) {
            *list = Arc::clone(known);
            return;
        }
        if self.lists.len() >= self.sweep_at {
            self.lists.retain(|list| Arc::strong_count(list) > 1);
            self.sweep_at = FIRST_SWEEP.max(self.lists.len().saturating_mul(2));
        }
        self.lists.insert(Arc::clone(list));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lists_are_one_and_unused_lists_are_dropped() {
        let mut pool = Pool::default();
        let mut held: Vec<Arc<[usize]>> = Vec::new();
        for number in 0..100_000_usize {
            let mut list: Arc<[usize]> = [number % 50_000].into();
            pool.share(&mut list);
            if number % 50_000 < 10 {
                held.push(list);
            }
        }
        assert!(held.iter().zip(held.iter().skip(10)).all(|(a, b)| Arc::ptr_eq(a, b)), "each list is kept once");
        assert!(pool.lists.len() <= 2 * FIRST_SWEEP, "{} lists for 10 in use", pool.lists.len());
    }
}
