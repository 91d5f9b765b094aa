//! The accept loop: accepts connections up to a limit, and ends them on shutdown.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::connection::{Connections, Transport};
use super::drain::{Drained, Shutdown};
use super::limits::Limits;

/// A listening socket.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    address: SocketAddr,
}

/// The reason why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}{}", hint(.source))]
pub struct BindError {
    /// The address as the user wrote it.
    pub address: String,
    /// The error of the operating system.
    pub source: io::Error,
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; another process uses it: choose another port, or 0 for any free port",
        io::ErrorKind::PermissionDenied => "; ports below 1024 need privileges: choose a higher port",
        io::ErrorKind::AddrNotAvailable => {
            "; no interface of this host has this address: 0.0.0.0 or [::] listens on all"
        }
        io::ErrorKind::InvalidInput => "; write HOST:PORT, such as 0.0.0.0:8443 or [::]:8443",
        _ => "",
    }
}

impl Listener {
    /// Listens on `HOST:PORT`; port 0 takes any free port.
    pub async fn bind(address: &str) -> Result<Self, BindError> {
        let bound = async {
            let inner = TcpListener::bind(address).await?;
            let address = inner.local_addr()?;
            Ok(Self { inner, address })
        };
        bound.await.map_err(|source| BindError { address: address.to_owned(), source })
    }

    /// The address with the port that is in use.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

/// Serves `router` until `shutdown` begins, and then drains the connections as [`Shutdown`] describes.
pub async fn serve(
    listener: Listener,
    transport: Transport,
    router: Router,
    limits: Limits,
    shutdown: Shutdown,
) -> Drained {
    let connections = Arc::new(Connections::new(transport, router, limits, shutdown.clone()));
    let mut acceptor = Acceptor {
        listener: listener.inner,
        slots: Arc::new(Semaphore::new(limits.connections)),
        backoff: Backoff::default(),
        connections: Arc::clone(&connections),
        tasks: JoinSet::new(),
    };
    let mut deadline = Instant::now();
    acceptor
        .accept_until(async {
            shutdown.begun().await;
            deadline = Instant::now() + shutdown.drain().grace;
            let _ = timeout(shutdown.drain().delay.min(shutdown.drain().grace), shutdown.aborted()).await;
        })
        .await;
    let mut tasks = acceptor.close();
    connections.signals.send_modify(|signals| signals.closing = true);
    let all_ended = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        _ = timeout_at(deadline, all_ended) => {}
        () = shutdown.aborted() => {}
    }
    let aborted = tasks.len();
    tasks.shutdown().await;
    Drained { aborted }
}

struct Acceptor {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    backoff: Backoff,
    connections: Arc<Connections>,
    tasks: JoinSet<()>,
}

impl Acceptor {
    async fn accept_until(&mut self, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        loop {
            let (stream, slot) = tokio::select! {
                biased;
                () = end.as_mut() => return,
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => continue,
                // Cancelling this branch loses no connection: accepting one is its last step.
                next = next_connection(&self.listener, &self.slots, &mut self.backoff, &self.connections) => next,
            };
            spawn(&mut self.tasks, &self.connections, stream, slot);
        }
    }

    /// Stops listening. Connections in the kernel's queue are still served, because their clients see them as established.
    fn close(mut self) -> JoinSet<()> {
        let backlog: Vec<TcpStream> = match self.listener.into_std() {
            Ok(listener) => std::iter::from_fn(|| listener.accept().ok())
                .filter_map(|(stream, _)| stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)).ok())
                .collect(),
            Err(_) => Vec::new(),
        };
        for stream in backlog {
            if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
                spawn(&mut self.tasks, &self.connections, stream, slot);
            }
        }
        self.tasks
    }
}

fn spawn(tasks: &mut JoinSet<()>, connections: &Arc<Connections>, stream: TcpStream, slot: OwnedSemaphorePermit) {
    let connections = Arc::clone(connections);
    tasks.spawn(async move {
        connections.serve(stream).await;
        drop(slot);
    });
}

/// Accepts the next connection as soon as there is a free slot.
async fn next_connection(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    backoff: &mut Backoff,
    connections: &Connections,
) -> (TcpStream, OwnedSemaphorePermit) {
    let slot = free_slot(slots, connections).await;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                backoff.reset();
                return (stream, slot);
            }
            Err(error) if is_client_error(&error) => {}
            Err(error) => sleep(backoff.after(&error)).await,
        }
    }
}

async fn free_slot(slots: &Arc<Semaphore>, connections: &Connections) -> OwnedSemaphorePermit {
    loop {
        match Arc::clone(slots).try_acquire_owned() {
            Ok(slot) => return slot,
            Err(_) => connections.signals.send_modify(|signals| signals.waits = signals.waits.wrapping_add(1)),
        }
        if let Ok(Ok(slot)) = timeout(Duration::from_secs(1), Arc::clone(slots).acquire_owned()).await {
            return slot;
        }
    }
}

/// Returns whether only this connection failed, before it was accepted, and the next one can be accepted at once.
fn is_client_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Increases the pause between attempts while accepting fails, for example without free file descriptors: an immediate
/// attempt would only use CPU time. The errors are logged at a bounded rate.
#[derive(Debug, Default)]
struct Backoff {
    pause: Duration,
    failures: u32,
    last_logged: Option<Instant>,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(5);
    const LONGEST: Duration = Duration::from_secs(1);
    const LOG_INTERVAL: Duration = Duration::from_secs(10);

    fn after(&mut self, error: &io::Error) -> Duration {
        self.pause = (self.pause * 2).clamp(Self::FIRST, Self::LONGEST);
        self.failures = self.failures.saturating_add(1);
        if self.last_logged.is_none_or(|last| last.elapsed() >= Self::LOG_INTERVAL) {
            tracing::error!(%error, failures = self.failures, "cannot accept connections; trying again");
            self.last_logged = Some(Instant::now());
            self.failures = 0;
        }
        self.pause
    }

    fn reset(&mut self) {
        self.pause = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_a_second_and_resets() {
        let error = io::Error::other("too many open files");
        let mut backoff = Backoff::default();
        let pauses: Vec<u128> = (0..10).map(|_| backoff.after(&error).as_millis()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        backoff.reset();
        assert_eq!(backoff.after(&error), Backoff::FIRST);
    }
}
