//! The way from the API server into the cluster: an HTTP CONNECT proxy in the place of kube-proxy and konnectivity.
//!
//! The API server dials the webhook's ClusterIP through it. It balances over the replicas, and makes trouble on demand.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener, UnixStream};

/// What happens to connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing bad.
    #[default]
    None,
    /// They are refused.
    Refuse,
    /// They are made, and nothing is ever answered.
    Hang,
    /// They are cut after so many bytes of the replica's answer.
    Cut(u64),
}

#[derive(Default)]
struct State {
    replicas: Mutex<Vec<SocketAddr>>,
    fault: Mutex<Fault>,
    targets: Mutex<BTreeSet<String>>,
    connections: AtomicUsize,
}

/// See the module's page.
#[derive(Clone, Default)]
pub(crate) struct Egress(Arc<State>);

impl Egress {
    /// Listens on a socket at `path`.
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let egress = Self::default();
        let _inside = super::runtime().enter();
        let listener = UnixListener::bind(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let state = Arc::clone(&egress.0);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                // A connection that fails is the API server's business: it reports it.
                tokio::spawn(async move { state.connect(stream).await });
            }
        });
        Ok(egress)
    }

    /// Balances over `replicas` from now on, as a Service does over its ready endpoints.
    pub(crate) fn route(&self, replicas: &[SocketAddr]) {
        *self.0.replicas.lock() = replicas.to_vec();
    }

    /// Makes trouble for new connections.
    pub(crate) fn set_fault(&self, fault: Fault) {
        *self.0.fault.lock() = fault;
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// What the API server has asked to be connected to.
    pub(crate) fn targets(&self) -> BTreeSet<String> {
        self.0.targets.lock().clone()
    }
}

impl State {
    async fn connect(&self, mut client: UnixStream) -> std::io::Result<()> {
        let target = requested(&mut client).await?;
        self.targets.lock().insert(target);
        let turn = self.connections.fetch_add(1, Ordering::Relaxed);
        let fault = *self.fault.lock();
        let replica = {
            let replicas = self.replicas.lock();
            replicas.get(turn % replicas.len().max(1)).copied()
        };
        let replica = match replica {
            Some(replica) if fault != Fault::Refuse => TcpStream::connect(replica).await.ok(),
            _ => None,
        };
        let Some(mut replica) = replica else {
            return client.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
        };
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        match fault {
            Fault::None | Fault::Refuse => copy_bidirectional(&mut client, &mut replica).await.map(|_| ()),
            Fault::Hang => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(())
            }
            Fault::Cut(bytes) => cut(client, replica, bytes).await,
        }
    }
}

/// The target of `CONNECT host:port HTTP/1.1`.
async fn requested(client: &mut UnixStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    Ok(head.split(' ').nth(1).unwrap_or_default().to_owned())
}

async fn cut(client: UnixStream, replica: TcpStream, bytes: u64) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (from_replica, mut to_replica) = replica.into_split();
    let asking = tokio::spawn(async move { copy(&mut from_client, &mut to_replica).await });
    copy(&mut from_replica.take(bytes), &mut to_client).await?;
    asking.abort();
    Ok(())
}
