//! How serving ends without a request being lost.
//!
//! After a Pod is marked for deletion its address stays in use for a while: kube-proxy and the API server learn
//! of it late, and the API server keeps up to 25 idle connections to it. It does not repeat a POST whose
//! connection breaks. So, from the signal on:
//!
//! 1. readiness is false (the condition reads [`Shutdown::has_begun`]);
//! 2. for [`Drain::delay`] everything is answered as before, but each response asks the client to close
//!    (`Connection: close`, or GOAWAY on HTTP/2), so that no connection is idle when it is closed;
//! 3. then nothing new is accepted, and idle connections are closed;
//! 4. requests in progress may finish until [`Drain::grace`] is over; what is left then is cut.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long an orderly end may take.
#[derive(Clone, Copy, Debug)]
pub struct Drain {
    /// How long to go on accepting after the signal: at least the time until no client knows the address any more.
    pub delay: Duration,
    /// When to give up, counted from the signal. Keep it below the Pod's `terminationGracePeriodSeconds` (30 s by default).
    pub grace: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { delay: Duration::from_secs(5), grace: Duration::from_secs(20) }
    }
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still open when the time was over.
    pub cut: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Stage {
    Serving,
    Begun,
    Hurried,
}

/// The process's wish to end. Clones share it.
#[derive(Clone, Debug)]
pub struct Shutdown {
    stage: Arc<watch::Sender<Stage>>,
    drain: Drain,
}

impl Shutdown {
    /// Serving goes on until [`Self::begin`] or a signal.
    pub fn new(drain: Drain) -> Self {
        Self { stage: Arc::new(watch::Sender::new(Stage::Serving)), drain }
    }

    /// For listeners without clients worth waiting for: the end comes at once.
    pub fn immediate() -> Self {
        Self::new(Drain { delay: Duration::ZERO, grace: Duration::from_secs(1) })
    }

    /// Begins the end.
    pub fn begin(&self) {
        self.advance(Stage::Begun);
    }

    /// Whether the end has begun.
    pub fn has_begun(&self) -> bool {
        *self.stage.borrow() >= Stage::Begun
    }

    /// Completes when the end has begun.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reached(Stage::Begun)
    }

    /// Completes when nobody wants to wait for clients any more.
    pub(super) fn hurried(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reached(Stage::Hurried)
    }

    pub(super) fn drain(&self) -> Drain {
        self.drain
    }

    /// SIGTERM and SIGINT begin the end; a second one skips the waiting. Needs a tokio runtime.
    ///
    /// # Errors
    /// The system refused to install a handler.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            for stage in [Stage::Begun, Stage::Hurried] {
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
                // Every handle is gone, so nobody can ask for the end any more.
                std::future::pending::<()>().await;
            }
        }
    }
}
