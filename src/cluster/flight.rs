//! Single flight: concurrent callers with the same key share the work.
//!
//! A caller shares only work that starts *after* its call. Work that was already running may have read the cluster
//! before the Service was created, and its "absent" would cause a false denial. So for each key one piece of work runs,
//! and at most one waits, which all later callers share. Work without a waiting caller is cancelled.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Does the work for a key, and sends each partial result. The last value before the end of the work, or before the
/// deadline, is the result.
pub(super) type Work<K, V> = dyn Fn(K, watch::Sender<V>) -> BoxFuture<'static, ()> + Send + Sync;

/// Work that callers share; see the documentation of the module.
pub(super) struct Flights<K, V> {
    work: Arc<Work<K, V>>,
    /// Each key that a task works for, and the work that waits for that task.
    waiting: Arc<Mutex<BTreeMap<K, Option<Waiting<V>>>>>,
}

struct Waiting<V> {
    /// The latest deadline of the callers that share it.
    deadline: Instant,
    progress: watch::Sender<V>,
}

impl<K, V> Flights<K, V>
where
    K: Clone + Ord + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(work: impl Fn(K, watch::Sender<V>) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self { work: Arc::new(work), waiting: Arc::default() }
    }

    /// Requests work on `key` at the call, not at the first poll. Waits for the result, or for the partial result at
    /// the deadline; without one, the result is `unknown`.
    pub(super) fn join(&self, key: K, unknown: V, deadline: Instant) -> impl Future<Output = V> + Send + use<K, V> {
        let mut progress = self.request(key, unknown, deadline);
        async move {
            let done = async { while progress.changed().await.is_ok() {} };
            // In both cases the caller gets the last partial result.
            let _ = timeout_at(deadline, done).await;
            progress.borrow().clone()
        }
    }

    fn request(&self, key: K, unknown: V, deadline: Instant) -> watch::Receiver<V> {
        let mut keys = self.waiting.lock();
        let at_work = keys.contains_key(&key);
        let slot = keys.entry(key.clone()).or_default();
        let waiting = slot.get_or_insert_with(|| Waiting { deadline, progress: watch::Sender::new(unknown) });
        waiting.deadline = waiting.deadline.max(deadline);
        let receiver = waiting.progress.subscribe();
        drop(keys);
        if !at_work {
            let at_work = AtWork { key, waiting: Arc::clone(&self.waiting), over: false };
            tokio::spawn(at_work.run(Arc::clone(&self.work)));
        }
        receiver
    }
}

/// A task that works for a key. However the task ends, the key is free again.
struct AtWork<K: Ord, V> {
    key: K,
    waiting: Arc<Mutex<BTreeMap<K, Option<Waiting<V>>>>>,
    /// The task has freed the key, and another task may use the key now.
    over: bool,
}

impl<K: Ord + Clone, V> AtWork<K, V> {
    async fn run(mut self, work: Arc<Work<K, V>>) {
        while let Some(Waiting { deadline, progress }) = self.next() {
            let callers = progress.clone();
            // The end of either future drops the work and both senders, which ends the waiting of the callers.
            tokio::select! {
                _ = timeout_at(deadline, work(self.key.clone(), progress)) => {}
                () = callers.closed() => {}
            }
        }
    }

    /// Takes the work that waits. If there is none, frees the key under the same lock.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;
    use parking_lot::Mutex;
    use tokio::sync::Semaphore;

    use super::*;

    /// Work whose start and end the test controls. Each piece of work has a number, which is its result.
    struct Bench {
        started: Mutex<Vec<&'static str>>,
        gate: Semaphore,
    }

    impl Bench {
        fn flights() -> (Arc<Self>, Flights<&'static str, u32>) {
            let bench = Arc::new(Self { started: Mutex::default(), gate: Semaphore::new(0) });
            let at_bench = Arc::clone(&bench);
            let work = move |key, progress: watch::Sender<u32>| {
                let bench = Arc::clone(&at_bench);
                async move {
                    let number = {
                        let mut started = bench.started.lock();
                        started.push(key);
                        u32::try_from(started.len()).unwrap()
                    };
                    assert_ne!(key, "panic", "as the test wants it");
                    bench.gate.acquire().await.unwrap().forget();
                    progress.send_replace(number);
                }
                .boxed()
            };
            (bench, Flights::new(work))
        }

        fn started(&self) -> usize {
            self.started.lock().len()
        }

        fn finish(&self, pieces: usize) {
            self.gate.add_permits(pieces);
        }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    async fn until(mut holds: impl FnMut() -> bool) {
        let deadline = soon();
        while !holds() {
            assert!(Instant::now() < deadline);
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn callers_share_the_next_piece_of_work_and_not_the_running_one() {
        let (bench, flights) = Bench::flights();
        let flights = Arc::new(flights);
        let ask = |key| {
            let flights = Arc::clone(&flights);
            tokio::spawn(async move { flights.join(key, 0, soon()).await })
        };
        let first = ask("a");
        until(|| bench.started() == 1).await;
        let later: Vec<_> = (0..50).map(|_| ask("a")).collect();
        let other = ask("b");
        until(|| bench.started() == 2).await;
        assert_eq!(*bench.started.lock(), ["a", "b"], "another key does not wait");
        bench.finish(3);
        assert_eq!(first.await.unwrap(), 1);
        assert_eq!(other.await.unwrap(), 2);
        for caller in later {
            assert_eq!(caller.await.unwrap(), 3);
        }
        assert_eq!(bench.started(), 3);
        until(|| flights.waiting.lock().is_empty()).await;
    }

    #[tokio::test]
    async fn work_that_outlives_its_callers_deadline_frees_the_key() {
        let (bench, flights) = Bench::flights();
        let deadline = Instant::now() + Duration::from_millis(50);
        assert_eq!(flights.join("a", 7, deadline).await, 7);
        until(|| flights.waiting.lock().is_empty()).await;
        bench.finish(1);
        assert_eq!(flights.join("a", 7, soon()).await, 2);
    }

    #[tokio::test]
    async fn work_without_a_waiting_caller_is_cancelled() {
        let (bench, flights) = Bench::flights();
        let first = flights.join("a", 0, soon());
        until(|| bench.started() == 1).await;
        let second = flights.join("a", 0, soon());
        drop(first);
        until(|| bench.started() == 2).await;
        drop(second);
        until(|| flights.waiting.lock().is_empty()).await;
    }

    #[tokio::test]
    async fn a_panic_gives_unknown_and_frees_the_key() {
        let (_, flights) = Bench::flights();
        let asked = Instant::now();
        assert_eq!(flights.join("panic", 7, soon()).await, 7);
        assert!(asked.elapsed() < Duration::from_secs(10), "its callers are not left to their deadline");
        assert!(flights.waiting.lock().is_empty());
    }
}
