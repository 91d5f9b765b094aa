//! The facts of a running webhook: from the cluster, or from a snapshot.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::OptionFuture;
use tokio::time::Instant;

use crate::cluster::{
    Bounds, ClientOptions, Cluster, ConnectError, Connection, LiveObserver, Permissions, Refusals, live_resources,
};
use crate::engine::kinds::{Kind, Watch};
use crate::engine::policy::Policy;
use crate::engine::view::{LiveFacts, Lookup, Need, Purpose, Snapshot, Unknown, View};
use crate::telemetry::Conditions;
use crate::telemetry::metrics::{
    Exporter, INDEX_OBJECTS, Metrics, ReadResult, WATCH_AGE_SECONDS, WATCH_SKIPPED, WATCH_SYNCED,
};
use crate::webhook::Facts;

/// The source of the facts.
pub enum FactSource {
    /// The watches of a cluster, and live reads.
    Cluster(Cluster, Permissions),
    /// Files, which are complete and never change.
    Snapshot(Arc<Snapshot>),
}

impl FactSource {
    /// Starts to watch the cluster that `options` name.
    ///
    /// # Errors
    /// If no client can be configured. An API server that cannot be reached is no error here: [`Self::conditions`] report it.
    pub async fn cluster(options: &ClientOptions, metrics: &Metrics) -> Result<Self, ConnectError> {
        let connection = Connection::open(options).await?;
        metrics.may_read_live(&live_resources());
        let observer = Arc::new(LiveReadCounter { metrics: metrics.clone(), refusals: connection.refusals() });
        let cluster = Cluster::start(&connection, Bounds::default(), observer)?;
        Ok(Self::Cluster(cluster, Permissions::watch(&connection)?))
    }

    /// Returns a function that starts the watches which only some policies need. To be called with each new policy.
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

    /// The conditions under which the facts are reliable.
    pub fn conditions(&self) -> Conditions {
        let Self::Cluster(cluster, permissions) = self else { return Conditions::new() };
        let watches = Kind::indexed().fold(Conditions::new(), |conditions, kind| {
            let cluster = cluster.clone();
            let (name, synced) = (Cluster::condition_name(kind), move || cluster.condition(kind));
            if kind.row().watched == Watch::Always {
                conditions.with(name, synced)
            } else {
                conditions.with_optional(name, synced)
            }
        });
        permissions.each().fold(watches, |conditions, permission| {
            let (name, required) = (permission.name.clone(), permission.required);
            let granted = move || permission.granted();
            if required { conditions.with(name, granted) } else { conditions.with_optional(name, granted) }
        })
    }

    /// Adds the metrics of the index and the watches to `exporter`. A snapshot has no watches and no live reads.
    pub fn export(&self, mut exporter: Exporter) -> Exporter {
        match self {
            Self::Cluster(cluster, _) => export(cluster, exporter),
            Self::Snapshot(snapshot) => {
                let sizes = counts(Kind::indexed().map(|kind| (kind, snapshot.count(kind))).collect());
                exporter.at_scrape(INDEX_OBJECTS, move |samples| {
                    for (kind, size) in &sizes {
                        samples.set(&[("kind", kind.plural())], *size);
                    }
                });
                exporter
            }
        }
    }
}

fn export(cluster: &Cluster, mut exporter: Exporter) -> Exporter {
    let mut each = |metric, values: fn(&Cluster) -> Vec<(Kind, f64)>| {
        let cluster = cluster.clone();
        exporter.at_scrape(metric, move |samples| {
            for (kind, value) in values(&cluster) {
                samples.set(&[("kind", kind.plural())], value);
            }
        });
    };
    each(INDEX_OBJECTS, |cluster| counts(cluster.sizes()));
    each(WATCH_SYNCED, |cluster| {
        cluster.watched().into_iter().map(|kind| (kind, f64::from(u8::from(cluster.synced(kind))))).collect()
    });
    each(WATCH_AGE_SECONDS, |cluster| {
        let seconds = |age: Option<Duration>| age.map_or(f64::INFINITY, |age| age.as_secs_f64());
        cluster.ages().into_iter().map(|(kind, age)| (kind, seconds(age))).collect()
    });
    each(WATCH_SKIPPED, |cluster| counts(cluster.skipped()));
    exporter
}

#[allow(clippy::cast_precision_loss, reason = "counts of objects stay far below 2^52, above which digits are lost")]
fn counts(of: Vec<(Kind, usize)>) -> Vec<(Kind, f64)> {
    of.into_iter().map(|(kind, count)| (kind, count as f64)).collect()
}

impl Facts for FactSource {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        match self {
            Self::Cluster(cluster, _) => Arc::new(cluster.picture(namespaces)),
            Self::Snapshot(snapshot) => Arc::<Snapshot>::clone(snapshot),
        }
    }

    fn read(
        &self,
        needs: BTreeSet<Need>,
        purpose: Purpose,
        deadline: Instant,
    ) -> impl Future<Output = LiveFacts> + Send {
        let reading = match self {
            Self::Cluster(cluster, _) => Some(cluster.live().read(needs, purpose, deadline)),
            Self::Snapshot(_) => None,
        };
        OptionFuture::from(reading).map(Option::unwrap_or_default)
    }
}

/// Counts live reads, and reports those that the API server refused.
struct LiveReadCounter {
    metrics: Metrics,
    refusals: Refusals,
}

impl LiveObserver for LiveReadCounter {
    fn read(&self, kind: &'static str, result: Lookup<()>, took: Duration) {
        if result == Lookup::Unknown(Unknown::Forbidden) {
            self.refusals.report();
        }
        let result = match result {
            Lookup::Found(()) => ReadResult::Found,
            Lookup::Absent => ReadResult::Absent,
            Lookup::Unknown(_) => ReadResult::Unknown,
        };
        self.metrics.live_read(kind, result, took);
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::{StatusCode, Uri};

    use super::*;
    use crate::cluster::NoObserver;
    use crate::telemetry::metrics;

    /// An API server with two valid Services and one that cannot be decoded. All other calls fail.
    async fn api_server() -> Connection {
        let answer = async |uri: Uri| {
            let lists = uri.path() == "/api/v1/services" && !uri.query().is_some_and(|query| query.contains("watch="));
            let services = r#"{"metadata": {"resourceVersion": "1"}, "items": [
                {"metadata": {"namespace": "shop", "name": "web"}},
                {"metadata": {"namespace": "shop", "name": "api"}},
                {"metadata": {"namespace": "shop", "name": "odd"}, "spec": 3}]}"#;
            if lists { (StatusCode::OK, services) } else { (StatusCode::SERVICE_UNAVAILABLE, "") }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Connection::from_config(kube::Config::new(url.parse().unwrap()))
    }

    #[tokio::test]
    async fn each_watch_is_measured() {
        let connection = api_server().await;
        let cluster = Cluster::start(&connection, Bounds::default(), Arc::new(NoObserver)).unwrap();
        let (_, exporter) = metrics::new("test");
        let exporter = export(&cluster, exporter);
        let start = Instant::now();
        while !cluster.synced(Kind::Service) {
            assert!(start.elapsed() < Duration::from_secs(30), "{:?}", cluster.condition(Kind::Service));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let text = exporter.encode();
        for line in [
            r#"backstop_index_objects{kind="services"} 2.0"#,
            r#"backstop_watch_synced{kind="services"} 1.0"#,
            r#"backstop_watch_skipped_total{kind="services"} 1.0"#,
            r#"backstop_index_objects{kind="ingresses"} 0.0"#,
            r#"backstop_watch_synced{kind="ingresses"} 0.0"#,
            r#"backstop_watch_age_seconds{kind="ingresses"} inf"#,
            r#"backstop_watch_skipped_total{kind="ingresses"} 0.0"#,
        ] {
            assert!(text.lines().any(|got| got == line), "no line {line} in\n{text}");
        }
        assert!(!text.contains("networkpolicies"), "nobody watches them:\n{text}");
    }
}
