//! Single flight: callers who want the same thing at the same time share the work.
//!
//! A caller shares only work that starts *after* the caller asked. What was already under way may have looked at the
//! cluster before the caller's Service was created, and its "absent" would be a false denial. So for each key one
//! piece of work runs, and at most one waits, which all later callers share.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Does the work for a key, telling what it knows as it learns it. What was told last when the work ends, or when
/// the deadline passes, is its result.
pub(super) type Work<K, V> = dyn Fn(K, watch::Sender<V>) -> BoxFuture<'static, ()> + Send + Sync;

/// See the module's page. Clones share the work.
pub(super) struct Flights<K, V> {
    work: Arc<Work<K, V>>,
    /// A key is in here while a task works for it; the value is the work that waits.
    waiting: Arc<Mutex<BTreeMap<K, Option<Waiting<V>>>>>,
}

struct Waiting<V> {
    /// The latest deadline of those who share it: nobody needs it longer.
    deadline: Instant,
    progress: watch::Sender<V>,
}

impl<K, V> Flights<K, V>
where
    K: Clone + Ord + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(work: Arc<Work<K, V>>) -> Self {
        Self { work, waiting: Arc::default() }
    }

    /// Waits for work on `key` that starts now or later; gives what is known by the deadline, at first `unknown`.
    pub(super) async fn join(&self, key: K, unknown: V, deadline: Instant) -> V {
        let mut progress = self.board(key, unknown, deadline);
        let done = async { while progress.changed().await.is_ok() {} };
        // Either way the caller takes what is known by then.
        let _ = timeout_at(deadline, done).await;
        progress.borrow().clone()
    }

    fn board(&self, key: K, unknown: V, deadline: Instant) -> watch::Receiver<V> {
        let mut keys = self.waiting.lock();
        let at_work = keys.contains_key(&key);
        let slot = keys.entry(key.clone()).or_default();
        let receiver = match slot {
            Some(waiting) => {
                waiting.deadline = waiting.deadline.max(deadline);
                waiting.progress.subscribe()
            }
            None => {
                let (progress, receiver) = watch::channel(unknown);
                *slot = Some(Waiting { deadline, progress });
                receiver
            }
        };
        drop(keys);
        if !at_work {
            let at_work = AtWork { key, waiting: Arc::clone(&self.waiting), over: false };
            tokio::spawn(at_work.run(Arc::clone(&self.work)));
        }
        receiver
    }
}

/// A task that works for a key. However it ends, the key is free again.
struct AtWork<K: Ord, V> {
    key: K,
    waiting: Arc<Mutex<BTreeMap<K, Option<Waiting<V>>>>>,
    /// It gave the key back, and another task may have taken it since.
    over: bool,
}

impl<K: Ord + Clone, V> AtWork<K, V> {
    async fn run(mut self, work: Arc<Work<K, V>>) {
        while let Some(Waiting { deadline, progress }) = self.next() {
            // Cut off by the deadline, the work is dropped, and with it the sender: those who wait see its end.
            let _ = timeout_at(deadline, work(self.key.clone(), progress)).await;
        }
    }

    /// Takes the work that waits; frees the key, under the same lock, if there is none.
    fn next(&mut self) -> Option<Waiting<V>> {
        let mut keys = self.waiting.lock();
        let next = keys.get_mut(&self.key).and_then(Option::take);
        if next.is_none() {
            keys.remove(&self.key);
            self.over = true;
        }
        next
    }
}

impl<K: Ord, V> Drop for AtWork<K, V> {
    fn drop(&mut self) {
        if !self.over {
            self.waiting.lock().remove(&self.key);
        }
    }
}
