//! Orderly shutdown: no request is lost.
//!
//! After a Pod is marked for deletion, its address stays in use for a while: kube-proxy and the API server are
//! updated late, and the API server keeps up to 25 idle connections to it. The API server does not repeat a POST whose
//! connection breaks. Therefore, after the signal:
//!
//! 1. readiness is false (the condition reads [`Shutdown::has_begun`]);
//! 2. for [`Drain::delay`] all requests are answered as before, but each response asks the client to close the connection
//!    (`Connection: close`), so that no connection is idle when the listener closes;
//! 3. then the listener closes, and idle connections are closed;
//! 4. requests in progress may finish until [`Drain::grace`] is over; the connections that are left are aborted.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The times of an orderly shutdown.
#[derive(Clone, Copy, Debug)]
pub struct Drain {
    /// The time for accepting connections after the signal: at least until no client uses the address any more.
    pub delay: Duration,
    /// The time for the whole shutdown, from the signal on. It must be shorter than the `terminationGracePeriodSeconds` of the
    /// Pod (30 s by default).
    pub grace: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { delay: Duration::from_secs(5), grace: Duration::from_secs(20) }
    }
}

/// The result of a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// The number of connections that were still open when the time was over.
    pub aborted: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Stage {
    Serving,
    Draining,
    Aborting,
}

/// The state of the shutdown of this process. Clones share it.
#[derive(Clone, Debug)]
pub struct Shutdown {
    stage: Arc<watch::Sender<Stage>>,
    drain: Drain,
}

impl Shutdown {
    /// A shutdown that begins with [`Self::begin`] or a signal.
    pub fn new(drain: Drain) -> Self {
        Self { stage: Arc::new(watch::Sender::new(Stage::Serving)), drain }
    }

    /// A shutdown without delay, for listeners whose clients can be disconnected at any time.
    pub fn immediate() -> Self {
        Self::new(Drain { delay: Duration::ZERO, grace: Duration::from_secs(1) })
    }

    /// Begins the shutdown.
    pub fn begin(&self) {
        self.advance(Stage::Draining);
    }

    /// Returns whether the shutdown has begun.
    pub fn has_begun(&self) -> bool {
        *self.stage.borrow() >= Stage::Draining
    }

    /// Completes when the shutdown has begun.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reached(Stage::Draining)
    }

    /// Completes when the shutdown should no longer wait for clients.
    pub(super) fn aborted(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reached(Stage::Aborting)
    }

    pub(super) fn drain(&self) -> Drain {
        self.drain
    }

    /// Begins the shutdown on SIGTERM or SIGINT; a second signal ends the waiting. Requires a tokio runtime.
    ///
    /// # Errors
    /// If the operating system refuses the signal handlers.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            for stage in [Stage::Draining, Stage::Aborting] {
                let name = tokio::select! {
                    _ = terminate.recv() => "SIGTERM",
                    _ = interrupt.recv() => "SIGINT",
                };
                tracing::info!(signal = name, "shutting down");
                shutdown.advance(stage);
            }
        });
        Ok(())
    }

    fn advance(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let further = to > *stage;
            if further {
                *stage = to;
            }
            further
        });
    }

    fn reached(&self, wanted: Stage) -> impl Future<Output = ()> + Send + use<> {
        let mut stage = self.stage.subscribe();
        async move {
            if stage.wait_for(|stage| *stage >= wanted).await.is_err() {
                // All handles are dropped: the shutdown can no longer begin.
                std::future::pending::<()>().await;
            }
        }
    }
}
