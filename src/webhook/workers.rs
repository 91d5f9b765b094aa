//! The threads that judge reviews: the thread of the connection judges small reviews, and separate threads judge large
//! ones.
//!
//! So large reviews never delay small reviews, probes or watches.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::engine::resolve::MOST_UNITS;

/// Bytes of a body up to which a review is small: to parse and compare it takes well under a millisecond.
const SMALL: usize = 64 << 10;
/// Units of evaluation that the thread of a connection may spend on a small review: some milliseconds at most.
const SMALL_UNITS: usize = 20_000;

/// A job has no result by its deadline, because there are too many large reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Late;

/// The threads for long jobs. A job that misses its deadline keeps its permit until it ends.
pub(super) struct Workers {
    permits: Arc<Semaphore>,
}

impl Workers {
    /// Half of the cores, at least one: the others serve connections.
    pub(super) fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { permits: Arc::new(Semaphore::new((cores / 2).max(1))) }
    }

    /// Runs `job` for a body of `size` bytes.
    ///
    /// # Errors
    /// [`Late`] if there is no result by `deadline`.
    ///
    /// # Panics
    /// If `job` does.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        size: usize,
        deadline: Instant,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Late> {
        if size <= SMALL {
            return Ok(job());
        }
        // Boxed, because it is large and rare: the future of every request would be as large.
        Box::pin(self.run_apart(deadline, job)).await
    }

    /// Runs `job` on a thread of its own.
    async fn run_apart<T: Send + 'static>(
        &self,
        deadline: Instant,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Late> {
        // The semaphore is never closed.
        let permit = timeout_at(deadline, Arc::clone(&self.permits).acquire_owned()).await.map_err(|_| Late)?;
        let job = spawn_blocking(move || {
            let _permit = permit;
            job()
        });
        match timeout_at(deadline, job).await {
            Ok(Ok(result)) => Ok(result),
            // The HTTP server catches panics, counts and logs them.
            Ok(Err(error)) => error.try_into_panic().map_or(Err(Late), |panic| resume_unwind(panic)),
            Err(_) => Err(Late),
        }
    }

    /// Runs `evaluation` for a body of `size` bytes. A small review first gets few units. If they are not enough, or if
    /// the review is large, the evaluation gets the maximum. `None` means that the units were not enough.
    ///
    /// # Errors
    /// [`Late`] if there is no result by `deadline`.
    pub(super) async fn evaluate<T: Send + 'static>(
        &self,
        size: usize,
        deadline: Instant,
        evaluation: impl Fn(usize) -> Evaluated<T> + Send + 'static,
    ) -> Result<T, Late> {
        if size <= SMALL {
            let Evaluated { result, complete } = evaluation(SMALL_UNITS);
            if complete {
                return Ok(result);
            }
        }
        self.run(usize::MAX, deadline, move || evaluation(MOST_UNITS).result).await
    }
}

/// The result of an evaluation.
pub(super) struct Evaluated<T> {
    pub(super) result: T,
    /// The units were enough.
    pub(super) complete: bool,
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;
    use std::time::Duration;

    use rstest::rstest;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(30)
    }

    #[rstest]
    #[case::small(SMALL, true)]
    #[case::large(SMALL + 1, false)]
    #[tokio::test]
    async fn only_small_reviews_run_on_the_thread_of_their_connection(#[case] size: usize, #[case] here: bool) {
        let thread = Workers::new().run(size, soon(), || thread::current().id()).await.unwrap();
        assert_eq!(thread == thread::current().id(), here);
    }

    #[rstest]
    #[case::small_and_cheap(SMALL, 10, &[SMALL_UNITS])]
    #[case::small_and_expensive(SMALL, SMALL_UNITS + 1, &[SMALL_UNITS, MOST_UNITS])]
    #[case::large(SMALL + 1, 10, &[MOST_UNITS])]
    #[case::too_expensive(SMALL + 1, MOST_UNITS + 1, &[MOST_UNITS])]
    #[tokio::test]
    async fn an_evaluation_without_enough_units_is_repeated(
        #[case] size: usize,
        #[case] cost: usize,
        #[case] expected: &[usize],
    ) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let runs = Arc::clone(&seen);
        let evaluation = move |units| {
            runs.lock().unwrap().push(units);
            Evaluated { result: (), complete: cost <= units }
        };
        Workers::new().evaluate(size, soon(), evaluation).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn a_job_that_finds_no_free_worker_by_its_deadline_is_late() {
        let workers = Workers { permits: Arc::new(Semaphore::new(0)) };
        let deadline = Instant::now() + Duration::from_millis(10);
        assert_eq!(workers.run(usize::MAX, deadline, || ()).await, Err(Late));
    }

    #[tokio::test]
    async fn a_job_that_outlasts_its_deadline_is_late_and_keeps_its_worker_until_it_ends() {
        let workers = Workers { permits: Arc::new(Semaphore::new(1)) };
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let deadline = Instant::now() + Duration::from_millis(10);
        let late = workers.run(usize::MAX, deadline, move || ended.recv().is_ok()).await;
        assert_eq!(late, Err(Late));
        assert_eq!(workers.permits.available_permits(), 0);
        end.send(()).unwrap();
        assert_eq!(workers.run(usize::MAX, soon(), || 7).await, Ok(7));
    }

    #[tokio::test]
    #[should_panic(expected = "broken")]
    async fn a_panic_of_a_job_reaches_the_caller() {
        let _ = Workers::new().run(usize::MAX, soon(), || panic!("broken")).await;
    }
}
