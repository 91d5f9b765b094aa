//! Where `serve` takes its facts from: the live cluster, or files.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Global;
use crate::admission::{Facts, Policy};
use crate::cluster::{Bounds, Cluster, Connection, LiveObserver, Permissions};
use crate::engine::view::{Kind, LiveFacts, Lookup, Need, Snapshot, View};
use crate::server::admin::Conditions;
use crate::telemetry::metrics::{Exporter, INDEX_OBJECTS, Metrics, ReadResult, WATCH_AGE_SECONDS, WATCH_SYNCED};

/// See the module's page.
pub enum Source {
    /// Watches, and live reads where they matter.
    Cluster(Cluster, Permissions),
    /// Files: complete, and never changing.
    Snapshot(Arc<Snapshot>),
}

impl Source {
    /// Watches the cluster that the flags mean.
    ///
    /// # Errors
    /// What is wrong with the way to the cluster.
    pub async fn cluster(global: &Global, metrics: &Metrics) -> anyhow::Result<Self> {
        let connection = Connection::open(&global.client()).await?;
        let observer = Arc::new(Counted(metrics.clone()));
        let cluster = Cluster::start(&connection, Bounds::default(), observer)?;
        Ok(Self::Cluster(cluster, Permissions::watch(&connection)?))
    }

    /// What gets the facts ready that a policy makes use of and others do not.
    pub fn preparation(&self) -> impl Fn(&Policy) + Send + Sync + use<> {
        let cluster = if let Self::Cluster(cluster, _) = self { Some(cluster.clone()) } else { None };
        move |policy| {
            let Some(cluster) = cluster.as_ref().filter(|_| policy.configuration.controllers.use_network_policies())
            else {
                return;
            };
            if let Err(error) = cluster.watch_network_policies() {
                tracing::error!(%error, "cannot watch NetworkPolicies: the check network-policy stays silent");
            }
        }
    }

    /// What must hold before the facts can be trusted.
    pub fn conditions(&self) -> Conditions {
        let Self::Cluster(cluster, permissions) = self else { return Conditions::new() };
        let watches = Kind::ALL.into_iter().fold(Conditions::new(), |conditions, kind| {
            let cluster = cluster.clone();
            let (name, synced) = (Cluster::condition_name(kind), move || cluster.condition(kind));
            if kind.is_required() { conditions.with(name, synced) } else { conditions.with_optional(name, synced) }
        });
        permissions.each().fold(watches, |conditions, permission| {
            let (name, required) = (permission.name.clone(), permission.required);
            let granted = move || permission.granted();
            if required { conditions.with(name, granted) } else { conditions.with_optional(name, granted) }
        })
    }

    /// Has the watches and the index measured at each scrape.
    pub fn export(&self, mut exporter: Exporter) -> Exporter {
        let Self::Cluster(cluster, _) = self else { return exporter };
        let sizes = cluster.clone();
        exporter.at_scrape(INDEX_OBJECTS, move |gauge| {
            for (kind, count) in sizes.sizes() {
                gauge.set(&[("kind", kind.plural())], float(count));
            }
        });
        let synced = cluster.clone();
        exporter.at_scrape(WATCH_SYNCED, move |gauge| {
            for kind in synced.watched() {
                gauge.set(&[("kind", kind.plural())], if synced.synced(kind) { 1.0 } else { 0.0 });
            }
        });
        let ages = cluster.clone();
        exporter.at_scrape(WATCH_AGE_SECONDS, move |gauge| {
            for (kind, age) in ages.ages() {
                gauge.set(&[("kind", kind.plural())], age.map_or(f64::INFINITY, |age| age.as_secs_f64()));
            }
        });
        exporter
    }
}

/// Counts of objects stay far below 2^52, where this would begin to round.
#[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
fn float(count: usize) -> f64 {
    count as f64
}

impl Facts for Source {
    fn look<T>(&self, look: impl FnOnce(&dyn View) -> T) -> T {
        match self {
            Self::Cluster(cluster, _) => cluster.read(|index| look(index)),
            Self::Snapshot(snapshot) => look(&**snapshot),
        }
    }

    async fn read(&self, needs: Vec<Need>, deadline: Instant) -> LiveFacts {
        match self {
            Self::Cluster(cluster, _) => cluster.live().read(&needs, deadline).await,
            Self::Snapshot(_) => LiveFacts::default(),
        }
    }
}

/// Counts live reads.
struct Counted(Metrics);

impl LiveObserver for Counted {
    fn read(&self, kind: &'static str, result: Lookup<()>, took: Duration) {
        let result = match result {
            Lookup::Found(()) => ReadResult::Found,
            Lookup::Absent => ReadResult::Absent,
            Lookup::Unknown(_) => ReadResult::Unknown,
        };
        self.0.live_read(kind, result, took);
    }
}
