//! The API server: clients, the watches that feed the index, live reads, and lists for one look.
//!
//! ```text
//! watch/services ─┐
//! watch/…        ─┴─ Index (one lock) ── Cluster::picture
//! GET, LIST      ─── LiveFacts ───────── Live::read
//! ```
//!
//! Every way of not knowing (refused, hung, cut off, undecodable) ends as [`Unknown`], never as "absent".

mod api_groups;
mod canary;
mod client;
mod explanations;
mod flight;
mod health;
mod item;
pub mod listing;
mod live;
mod makers;
mod permissions;
mod permits;
mod pulse;
mod reads;
mod reply_limit;
mod watch;
mod words;

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use kube::{Api, Client};
use parking_lot::{Mutex, RwLock};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use client::{ClientOptions, ConnectError, Connection};
pub use listing::ClusterError;
pub use live::{Live, LiveClients};
pub use permissions::{Permission, Permissions};
pub use reads::{LIVE_KINDS, LiveObserver, NoObserver};
pub use watch::Bounds;

use crate::engine::manifest::{FLAGGER_GROUP, FLAGGER_VERSION, OTHER_POLICY_GROUPS, Object};
use crate::engine::view::{Changes, Index, Kind, Picture, Unknown};
use health::Health;
use pulse::Pulse;
use watch::{Names, Patient, Sink, keep};

/// How many deletions are made before others may look at the index again.
const DELETIONS_AT_ONCE: usize = 256;

/// Calls to one resource of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The version of it that is called.
    pub version: &'static str,
    /// The plural name.
    pub resource: &'static str,
    /// The verbs, as RBAC rules name them.
    pub verbs: &'static [&'static str],
}

/// Every call that the watches and live reads make; `listing` is for users, who bring their own permissions.
pub const REQUIRED_ACCESS: &[Access] = &[
    Access { group: "", version: "v1", resource: "services", verbs: &["get", "list", "watch"] },
    Access { group: "discovery.k8s.io", version: "v1", resource: "endpointslices", verbs: &["list", "watch"] },
    Access { group: "", version: "v1", resource: "namespaces", verbs: &["get", "list", "watch"] },
    Access { group: "networking.k8s.io", version: "v1", resource: "ingressclasses", verbs: &["list", "watch"] },
    Access { group: "networking.k8s.io", version: "v1", resource: "ingresses", verbs: &["list", "watch"] },
    Access { group: "networking.k8s.io", version: "v1", resource: "networkpolicies", verbs: &["list", "watch"] },
    Access { group: "", version: "v1", resource: "pods", verbs: &["list"] },
    Access { group: "apps", version: "v1", resource: "deployments", verbs: &["list"] },
    Access { group: "apps", version: "v1", resource: "statefulsets", verbs: &["list"] },
    Access { group: "apps", version: "v1", resource: "daemonsets", verbs: &["list"] },
    Access { group: "apps", version: "v1", resource: "replicasets", verbs: &["list"] },
    Access { group: FLAGGER_GROUP, version: FLAGGER_VERSION, resource: "canaries", verbs: &["list"] },
];

/// A cluster that is watched. Clones share it; the watches end with the last one.
#[derive(Clone)]
pub struct Cluster(Arc<Shared>);

struct Shared {
    index: Arc<RwLock<Index>>,
    patients: [(Kind, Patient); Kind::ALL.len()],
    bounds: Bounds,
    live: Live,
    connection: Connection,
    watches: Mutex<Watches>,
}

/// The watches that were started; all end when this is dropped.
#[derive(Default)]
struct Watches {
    tasks: JoinSet<()>,
    kinds: Vec<Kind>,
}

impl Cluster {
    /// Starts to watch. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If no client can be made; the API server is not waited for.
    pub fn start(
        connection: &Connection,
        bounds: Bounds,
        observer: Arc<dyn LiveObserver>,
    ) -> Result<Self, ConnectError> {
        let server: Arc<str> = connection.server().into();
        let patient =
            || Patient { health: Arc::default(), pulse: Pulse::new(Instant::now()), server: Arc::clone(&server) };
        let patients = Kind::ALL.map(|kind| (kind, patient()));
        let live = Live::new(connection.live_clients()?, observer);
        let (index, watches, connection) = (Arc::default(), Mutex::default(), connection.clone());
        let cluster = Self(Arc::new(Shared { index, patients, bounds, live, connection, watches }));
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_required()) {
            cluster.watch(kind)?;
        }
        Ok(cluster)
    }

    /// Watches NetworkPolicies, too, from now on. Their permission is optional: without it they stay unknown.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If no client can be made.
    pub fn watch_network_policies(&self) -> Result<(), ConnectError> {
        if self.watched().contains(&Kind::NetworkPolicies) {
            return Ok(());
        }
        // Until the API server says which kinds of policies it has, none of them counts.
        self.0.index.write().set_other_policies(true);
        let (client, index) = (self.0.connection.client()?, Arc::clone(&self.0.index));
        let tell = move |exist| drop(index.write().set_other_policies(exist));
        self.0.watches.lock().tasks.spawn(api_groups::keep(client, &OTHER_POLICY_GROUPS, self.0.bounds, tell));
        self.watch(Kind::NetworkPolicies)
    }

    fn watch(&self, kind: Kind) -> Result<(), ConnectError> {
        let Some((_, patient)) = self.0.patients.iter().find(|(of, _)| *of == kind) else { return Ok(()) };
        let client = self.0.connection.watch_client(&patient.pulse)?;
        let feed = Feed { kind, index: Arc::clone(&self.0.index) };
        let mut watches = self.0.watches.lock();
        spawn(&mut watches.tasks, client, feed, (patient.clone(), self.0.bounds));
        watches.kinds.push(kind);
        Ok(())
    }

    /// The kinds that are watched.
    pub fn watched(&self) -> Vec<Kind> {
        self.0.watches.lock().kinds.clone()
    }

    /// A view of `namespaces` and of the classes as they are now. The index is locked while the picture is taken, not
    /// while it is looked at.
    pub fn picture(&self, namespaces: &[&str]) -> Picture {
        self.0.index.read().picture(namespaces.iter().copied())
    }

    /// Live reads.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// The name of a kind's readiness condition.
    pub fn condition_name(kind: Kind) -> &'static str {
        match kind {
            Kind::Services => "watch/services",
            Kind::EndpointSlices => "watch/endpointslices",
            Kind::Namespaces => "watch/namespaces",
            Kind::IngressClasses => "watch/ingressclasses",
            Kind::Ingresses => "watch/ingresses",
            Kind::NetworkPolicies => "watch/networkpolicies",
        }
    }

    /// Whether the watch of `kind` is in sync and alive; if not why, in the API server's words where it has any.
    /// A kind that nobody asked to watch is as it should be.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn condition(&self, kind: Kind) -> Result<(), String> {
        if !self.watched().contains(&kind) {
            return Ok(());
        }
        let sight = self.health(kind, |health| health.sight(Instant::now(), self.0.bounds.blind));
        sight.unwrap_or(Ok(())).map_err(|(_, why)| why)
    }

    /// Whether the watch of `kind` is in sync and alive.
    pub fn synced(&self, kind: Kind) -> bool {
        self.condition(kind).is_ok()
    }

    /// How many objects of each kind the index holds.
    pub fn sizes(&self) -> Vec<(Kind, usize)> {
        let watched = self.watched();
        let index = self.0.index.read();
        watched.into_iter().map(|kind| (kind, index.count(kind))).collect()
    }

    /// How old the picture of each kind is; `None` before the first one.
    pub fn ages(&self) -> Vec<(Kind, Option<Duration>)> {
        let now = Instant::now();
        self.patients().map(|(kind, patient)| (kind, patient.health.lock().age(now))).collect()
    }

    /// How often an object of each kind was skipped because it does not decode.
    pub fn skipped(&self) -> Vec<(Kind, usize)> {
        self.patients().map(|(kind, patient)| (kind, patient.health.lock().skipped)).collect()
    }

    /// The health of each kind that is watched.
    fn patients(&self) -> impl Iterator<Item = (Kind, &Patient)> {
        let watched = self.watched();
        let patients = self.0.patients.iter().map(|(kind, patient)| (*kind, patient));
        patients.filter(move |(kind, _)| watched.contains(kind))
    }

    fn health<R>(&self, kind: Kind, look: impl FnOnce(&Health) -> R) -> Option<R> {
        let patient = self.0.patients.iter().find(|(of, _)| *of == kind);
        patient.map(|(_, patient)| look(&patient.health.lock()))
    }
}

/// The one place that says which API each kind is.
fn spawn(watches: &mut JoinSet<()>, client: Client, feed: Feed, (patient, bounds): (Patient, Bounds)) {
    match feed.kind {
        Kind::Services => watches.spawn(keep::<Service>(Api::all(client), feed, patient, bounds)),
        Kind::EndpointSlices => watches.spawn(keep::<EndpointSlice>(Api::all(client), feed, patient, bounds)),
        Kind::Namespaces => watches.spawn(keep::<Namespace>(Api::all(client), feed, patient, bounds)),
        Kind::IngressClasses => watches.spawn(keep::<IngressClass>(Api::all(client), feed, patient, bounds)),
        Kind::Ingresses => watches.spawn(keep::<Ingress>(Api::all(client), feed, patient, bounds)),
        Kind::NetworkPolicies => watches.spawn(keep::<NetworkPolicy>(Api::all(client), feed, patient, bounds)),
    };
}

/// Feeds one kind into the index.
struct Feed {
    kind: Kind,
    index: Arc<RwLock<Index>>,
}

impl Feed {
    /// Makes a change while nobody looks at the index.
    fn change(&self, change: impl FnOnce(&mut Index) -> Changes) {
        let changes = change(&mut self.index.write());
        if !changes.is_empty() {
            tracing::trace!(kind = self.kind.plural(), keys = ?changes.keys(), "facts changed");
        }
    }
}

impl Sink for Feed {
    fn apply(&self, namespace: &str, name: &str, object: Object) {
        match object {
            Object::Service(_, facts) => self.change(|index| index.apply_service(namespace, name, facts)),
            Object::Slice(_, service, facts) => {
                self.change(|index| index.apply_slice(namespace, name, &service, facts));
            }
            Object::Namespace(_, facts) => self.change(|index| index.apply_namespace(name, facts)),
            Object::Class(_, facts) => self.change(|index| index.apply_class(name, facts)),
            Object::Ingress(subject) => {
                let subject = Arc::new(subject);
                self.change(|index| index.apply_ingress(namespace, name, subject));
            }
            Object::NetworkPolicy(_, facts) => self.change(|index| index.apply_network_policy(namespace, name, facts)),
            // A slice or a NetworkPolicy that counts for nothing any more.
            _ => self.delete(namespace, name),
        }
    }

    fn delete(&self, namespace: &str, name: &str) {
        self.change(|index| delete(index, self.kind, namespace, name));
    }

    fn keep_only(&self, listed: &Names) {
        // No other task changes this kind, so a picture shows all that may be gone, and the index is free meanwhile.
        let known = self.index.read().whole_picture();
        let names = known.names(self.kind).into_iter().filter(|(namespace, name)| !listed.contains(namespace, name));
        let gone: Vec<(String, String)> = names.map(|(space, name)| (space.to_owned(), name.to_owned())).collect();
        drop(known);
        for chunk in gone.chunks(DELETIONS_AT_ONCE) {
            self.change(|index| chunk.iter().flat_map(|(space, name)| delete(index, self.kind, space, name)).collect());
        }
    }

    fn set_sight(&self, sight: Result<(), Unknown>) {
        self.change(|index| index.set_available(self.kind, sight));
    }
}

fn delete(index: &mut Index, kind: Kind, namespace: &str, name: &str) -> Changes {
    match kind {
        Kind::Services => index.delete_service(namespace, name),
        Kind::EndpointSlices => index.delete_slice(namespace, name),
        Kind::Namespaces => index.delete_namespace(name),
        Kind::IngressClasses => index.delete_class(name),
        Kind::Ingresses => index.delete_ingress(namespace, name),
        Kind::NetworkPolicies => index.delete_network_policy(namespace, name),
    }
}
