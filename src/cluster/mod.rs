//! The API server: clients, the watches of the index, live reads, and lists of a whole cluster.
//!
//! ```text
//! watch/services ─┐
//! watch/…        ─┴─ Index (one lock) ── Cluster::picture
//! GET, LIST      ─── LiveFacts ───────── Live::read
//! ```
//!
//! Every failure (refused, timed out, disconnected, undecodable) gives [`Unknown`](crate::engine::view::Unknown), never
//! "absent".

mod access;
mod api;
mod api_groups;
mod client;
mod error;
mod explanations;
mod facts_memory;
mod feed;
mod flight;
mod health;
mod heartbeat;
mod item;
mod list_turns;
pub mod listing;
mod live;
mod makers;
mod permissions;
mod permits;
mod reads;
mod recovery;
mod reply_limit;
mod watch;
mod watch_thread;
mod words;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::instrument::WithSubscriber as _;

pub use access::{Access, live_resources, required_access};
pub use client::{ClientOptions, ConnectError, Connection};
pub use listing::ClusterError;
pub use live::{Live, LiveClients};
pub use permissions::{Permission, Permissions, Refusals};
pub use reads::{LiveObserver, NoObserver};
pub use watch::Bounds;

use crate::engine::kinds::{Kind, Watch};
use crate::engine::manifest::OTHER_POLICY_GROUPS;
use crate::engine::view::{Index, Picture};
use feed::Feed;
use health::Health;
use heartbeat::Heartbeat;
use list_turns::ListTurns;
use watch::{WatchSource, WatchState};
use watch_thread::WatchThread;

/// A watched cluster. Clones share the watches, which end when the last clone is dropped.
#[derive(Clone)]
pub struct Cluster(Arc<Shared>);

struct Shared {
    index: Arc<RwLock<Index>>,
    /// The state of each watch, started or not.
    states: Vec<(Kind, WatchState)>,
    bounds: Bounds,
    live: Live,
    connection: Connection,
    /// The turns of the lists of all watches.
    turns: ListTurns,
    watches: Mutex<Watches>,
}

/// The started watches. All of them end when this value is dropped.
struct Watches {
    tasks: JoinSet<()>,
    kinds: Vec<Kind>,
    thread: WatchThread,
}

impl Cluster {
    /// Starts the watches. Must be called within a tokio runtime.
    ///
    /// # Errors If no client can be created, or no thread. The function does not wait for the API server.
    pub fn start(
        connection: &Connection,
        bounds: Bounds,
        observer: Arc<dyn LiveObserver>,
    ) -> Result<Self, ConnectError> {
        let server: Arc<str> = connection.server().into();
        let state = || WatchState {
            health: Arc::default(),
            heartbeat: Heartbeat::new(Instant::now()),
            server: Arc::clone(&server),
        };
        let states = Kind::indexed().map(|kind| (kind, state())).collect();
        let live = Live::new(connection.live_clients()?, observer);
        let watches = Watches { tasks: JoinSet::new(), kinds: Vec::new(), thread: WatchThread::start()? };
        let (index, watches, connection) = (Arc::default(), Mutex::new(watches), connection.clone());
        let turns = ListTurns::default();
        let cluster = Self(Arc::new(Shared { index, states, bounds, live, connection, turns, watches }));
        for kind in Kind::indexed().filter(|kind| kind.row().watched == Watch::Always) {
            cluster.watch(kind)?;
        }
        Ok(cluster)
    }

    /// Starts the watch of NetworkPolicies. Its permission is optional: without it, NetworkPolicies stay unknown. Must
    /// be called within a tokio runtime.
    ///
    /// # Errors If no client can be created.
    pub fn watch_network_policies(&self) -> Result<(), ConnectError> {
        if self.watched().contains(&Kind::NetworkPolicy) {
            return Ok(());
        }
        // NetworkPolicies are unknown until the API server has listed its API groups.
        self.0.index.write().set_other_policies(true);
        let (client, index) = (self.0.connection.client()?, Arc::clone(&self.0.index));
        let report = move |exist| drop(index.write().set_other_policies(exist));
        self.0.watches.lock().tasks.spawn(api_groups::follow(client, &OTHER_POLICY_GROUPS, self.0.bounds, report));
        self.watch(Kind::NetworkPolicy)
    }

    fn watch(&self, kind: Kind) -> Result<(), ConnectError> {
        let Some((_, state)) = self.0.states.iter().find(|(of, _)| *of == kind) else { return Ok(()) };
        let Shared { bounds, connection, turns, .. } = &*self.0;
        let watches = &mut *self.0.watches.lock();
        let client = {
            // A client starts a task of its own where it is created.
            let _thread = watches.thread.handle().enter();
            connection.watch_client(&state.heartbeat, turns)?
        };
        let source = WatchSource { kind, client, bounds: *bounds, refusals: connection.refusals() };
        let feed = Feed { kind, index: Arc::clone(&self.0.index) };
        // The watches log where the caller logs.
        let watch = watch::watch(source, feed, state.clone()).with_current_subscriber();
        watches.tasks.spawn_on(watch, watches.thread.handle());
        watches.kinds.push(kind);
        Ok(())
    }

    /// The watched kinds.
    pub fn watched(&self) -> Vec<Kind> {
        self.0.watches.lock().kinds.clone()
    }

    /// A view of the present state of `namespaces` and of the IngressClasses. The index is locked while the picture is
    /// created, not while it is used.
    pub fn picture(&self, namespaces: &[&str]) -> Picture {
        self.0.index.read().picture(namespaces.iter().copied())
    }

    /// Live reads.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// The name of the readiness condition of a watched kind.
    pub fn condition_name(kind: Kind) -> String {
        format!("watch/{}", kind.plural())
    }

    /// Whether the watch of `kind` is in sync and up to date. The condition of a kind that is not watched is true.
    ///
    /// # Errors The reason, for people; the message of the API server if there is one.
    pub fn condition(&self, kind: Kind) -> Result<(), String> {
        if !self.watched().contains(&kind) {
            return Ok(());
        }
        let available = self.health(kind, |health| health.availability(Instant::now(), self.0.bounds.max_age));
        available.unwrap_or(Ok(())).map_err(|(_, why)| why)
    }

    /// Whether the watch of `kind` is in sync and up to date.
    pub fn synced(&self, kind: Kind) -> bool {
        self.condition(kind).is_ok()
    }

    /// The number of objects of each kind in the index.
    pub fn sizes(&self) -> Vec<(Kind, usize)> {
        let watched = self.watched();
        let index = self.0.index.read();
        watched.into_iter().map(|kind| (kind, index.count(kind))).collect()
    }

    /// The age of the state in the index, for each kind; `None` before the first list.
    pub fn ages(&self) -> Vec<(Kind, Option<Duration>)> {
        let now = Instant::now();
        self.watched_states().map(|(kind, state)| (kind, state.health.lock().age(now))).collect()
    }

    /// The number of objects of each kind that were skipped because they cannot be decoded.
    pub fn skipped(&self) -> Vec<(Kind, usize)> {
        self.watched_states().map(|(kind, state)| (kind, state.health.lock().skipped)).collect()
    }

    /// The state of the watch of each watched kind.
    fn watched_states(&self) -> impl Iterator<Item = (Kind, &WatchState)> {
        let watched = self.watched();
        let states = self.0.states.iter().map(|(kind, state)| (*kind, state));
        states.filter(move |(kind, _)| watched.contains(kind))
    }

    fn health<R>(&self, kind: Kind, look: impl FnOnce(&Health) -> R) -> Option<R> {
        let state = self.0.states.iter().find(|(of, _)| *of == kind);
        state.map(|(_, state)| look(&state.health.lock()))
    }
}
