//! Limits the concurrent calls of live reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The maximum concurrent calls of proofs: a burst of admissions must not cause a burst of reads.
const PROOFS: usize = 32;
/// The maximum concurrent calls of proofs in one namespace: thousands of missing Services in one namespace must not
/// keep the missing Service of another one from being proven.
const PROOFS_PER_NAMESPACE: usize = 8;
/// The maximum concurrent calls of explanations.
const EXPLANATIONS: usize = 16;
/// The maximum concurrent calls of explanations in one namespace: a namespace with slow lists must not delay the
/// others.
const EXPLANATIONS_PER_NAMESPACE: usize = 4;

/// The permits of one client. One namespace gets only a share of them.
#[derive(Debug)]
pub(super) struct Permits {
    total: Semaphore,
    shares: Shares,
}

/// Held during a call.
pub(super) struct Permit<'p> {
    _total: Option<SemaphorePermit<'p>>,
    _share: Share<'p>,
}

impl Permits {
    /// The permits of reads that decide whether a request is denied.
    pub(super) fn of_proofs() -> Self {
        Self { total: Semaphore::new(PROOFS), shares: Shares::new(PROOFS_PER_NAMESPACE) }
    }

    /// The permits of reads that explain a warning.
    pub(super) fn of_explanations() -> Self {
        Self { total: Semaphore::new(EXPLANATIONS), shares: Shares::new(EXPLANATIONS_PER_NAMESPACE) }
    }

    /// Waits for a permit to call the API server about `namespace`.
    pub(super) async fn acquire(&self, namespace: &str) -> Permit<'_> {
        // The permit of the namespace comes first: a call that waits for it holds no permit that other namespaces need.
        let share = self.shares.acquire(namespace).await;
        // No semaphore is ever closed.
        Permit { _total: self.total.acquire().await.ok(), _share: share }
    }
}

/// A semaphore for each namespace with calls.
#[derive(Debug)]
struct Shares {
    each: usize,
    in_use: Mutex<BTreeMap<String, InUse>>,
}

#[derive(Debug)]
struct InUse {
    semaphore: Arc<Semaphore>,
    /// The number of calls that hold a permit or wait for one.
    calls: usize,
}

/// The place of a call in the share of a namespace. Dropping it returns the permit of the call, if there is one.
struct Share<'s> {
    shares: &'s Shares,
    namespace: String,
    semaphore: Arc<Semaphore>,
    acquired: bool,
}

impl Shares {
    fn new(each: usize) -> Self {
        Self { each, in_use: Mutex::default() }
    }

    async fn acquire(&self, namespace: &str) -> Share<'_> {
        let semaphore = {
            let mut all = self.in_use.lock();
            let new = || InUse { semaphore: Arc::new(Semaphore::new(self.each)), calls: 0 };
            let in_use = all.entry(namespace.to_owned()).or_insert_with(new);
            in_use.calls += 1;
            Arc::clone(&in_use.semaphore)
        };
        let mut share = Share { shares: self, namespace: namespace.to_owned(), semaphore, acquired: false };
        if let Ok(permit) = share.semaphore.acquire().await {
            permit.forget();
            share.acquired = true;
        }
        share
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        if self.acquired {
            self.semaphore.add_permits(1);
        }
        let mut all = self.shares.in_use.lock();
        if let Some(in_use) = all.get_mut(&self.namespace) {
            in_use.calls -= 1;
            if in_use.calls == 0 {
                all.remove(&self.namespace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::proofs(Permits::of_proofs(), PROOFS, PROOFS_PER_NAMESPACE)]
    #[case::explanations(Permits::of_explanations(), EXPLANATIONS, EXPLANATIONS_PER_NAMESPACE)]
    fn a_namespace_gets_no_more_than_its_share(#[case] permits: Permits, #[case] all: usize, #[case] each: usize) {
        let shop: Vec<_> = (0..=each).map(|_| permits.acquire("shop").now_or_never()).collect();
        assert_eq!(shop.iter().filter(|permit| permit.is_some()).count(), each);
        let others: Vec<_> = (0..40).map(|at| permits.acquire(&format!("ns-{at}")).now_or_never()).collect();
        assert_eq!(others.iter().flatten().count(), all - each);
        drop(shop);
        assert!(permits.acquire("shop").now_or_never().is_some());
    }

    #[test]
    fn namespaces_without_calls_have_no_semaphore() {
        let permits = Permits::of_explanations();
        let held: Vec<_> = (0..6).map(|_| permits.acquire("shop").now_or_never()).collect();
        let all = &permits.shares.in_use;
        assert_eq!(all.lock().len(), 1);
        drop(held);
        assert!(all.lock().is_empty());
    }
}
