//! The path from the API server into the cluster: an HTTP CONNECT proxy, in place of kube-proxy and konnectivity.
//!
//! The API server connects to the ClusterIP of the webhook through the proxy. The proxy distributes connections over
//! the replicas, and injects faults.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, copy_bidirectional, split};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;

/// A network fault between the API server and the replicas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No fault.
    #[default]
    None,
    /// Connections are refused.
    Refuse,
    /// Connections are accepted and never answered.
    Hang,
    /// Connections are closed after this number of bytes of the answer.
    Cut(u64),
}

#[derive(Default)]
struct State {
    replicas: Mutex<Vec<SocketAddr>>,
    fault: watch::Sender<Fault>,
    targets: Mutex<BTreeSet<String>>,
    turn: AtomicUsize,
}

/// The proxy.
#[derive(Clone, Default)]
pub(crate) struct Egress(Arc<State>);

impl Egress {
    /// Listens on a socket at `path`, for the API server.
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let egress = Self::default();
        let _inside = super::runtime().enter();
        let listener = UnixListener::bind(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let state = Arc::clone(&egress.0);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                // The API server reports failed connections.
                tokio::spawn(async move { state.connect(stream).await });
            }
        });
        Ok(egress)
    }

    /// Also listens on a port without CONNECT. Every connection goes to a replica.
    pub(crate) fn listen(&self) -> Result<SocketAddr, String> {
        let _inside = super::runtime().enter();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        let listener = TcpListener::from_std(listener).map_err(|error| error.to_string())?;
        let state = Arc::clone(&self.0);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    if let Some(replica) = state.replica().await {
                        let _ = copy_bidirectional(&mut stream, &mut { replica }).await;
                    }
                });
            }
        });
        Ok(address)
    }

    /// Distributes connections over `replicas` from now on, as a Service does over its ready endpoints.
    pub(crate) fn route(&self, replicas: &[SocketAddr]) {
        *self.0.replicas.lock() = replicas.to_vec();
    }

    /// Injects a fault into new connections, and closes open ones, because an idle connection would be used first.
    pub(crate) fn set_fault(&self, fault: Fault) {
        self.0.fault.send_replace(fault);
    }

    /// The number of connections to replicas that were requested.
    pub(crate) fn connections(&self) -> usize {
        self.0.turn.load(Ordering::Relaxed)
    }

    /// The addresses that the API server requested.
    pub(crate) fn targets(&self) -> BTreeSet<String> {
        self.0.targets.lock().clone()
    }
}

impl State {
    async fn connect(&self, mut client: UnixStream) -> io::Result<()> {
        let target = requested(&mut client).await?;
        // Connections to the kubelet, which is on this machine, also use the proxy.
        let replica = if target.starts_with("127.") {
            TcpStream::connect(target).await.ok()
        } else {
            self.targets.lock().insert(target);
            self.replica().await
        };
        let mut changes = self.fault.subscribe();
        let fault = *changes.borrow_and_update();
        let Some(replica) = replica.filter(|_| fault != Fault::Refuse) else {
            return client.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
        };
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        tokio::select! {
            result = carry(client, replica, fault) => result,
            _ = changes.changed() => Ok(()),
        }
    }

    /// A connection to the next replica.
    async fn replica(&self) -> Option<TcpStream> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let replica = {
            let replicas = self.replicas.lock();
            replicas.get(turn % replicas.len().max(1)).copied()
        };
        let stream = TcpStream::connect(replica?).await.ok()?;
        // The API server uses the same option. Otherwise the second half of a request waits 40 ms for an ACK.
        stream.set_nodelay(true).ok()?;
        Some(stream)
    }
}

/// The target of `CONNECT host:port HTTP/1.1`.
async fn requested(client: &mut UnixStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    Ok(head.split(' ').nth(1).unwrap_or_default().to_owned())
}

async fn carry<C: AsyncRead + AsyncWrite + Unpin>(
    mut client: C,
    mut replica: TcpStream,
    fault: Fault,
) -> io::Result<()> {
    match fault {
        Fault::None | Fault::Refuse => copy_bidirectional(&mut client, &mut replica).await.map(|_| ()),
        Fault::Hang => std::future::pending().await,
        Fault::Cut(bytes) => {
            let ((mut from_client, mut to_client), (from_replica, mut to_replica)) = (split(client), split(replica));
            let mut from_replica = from_replica.take(bytes);
            tokio::select! {
                asked = copy(&mut from_client, &mut to_replica) => asked.map(|_| ()),
                answered = copy(&mut from_replica, &mut to_client) => answered.map(|_| ()),
            }
        }
    }
}
