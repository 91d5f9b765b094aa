//! A cluster from a list of objects. Objects of watched kinds are in an index, and others are read live.

// Each user of this module uses a part of it.
#![allow(dead_code, reason = "benchmarks and tests each use a part of it")]

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use backstop::config;
use backstop::engine::kinds::{Kind, object};
use backstop::engine::model::{Labels, ObjectName, ServiceFacts};
use backstop::engine::policy::{Configuration, Policy};
use backstop::engine::view::{Index, ListFacts, LiveFacts, Lookup, Need, Purpose, Snapshot, View};
use backstop::telemetry::metrics::{self, Metrics};
use backstop::webhook::{Admission, Facts, router};
use parking_lot::RwLock;
use serde_json::Value;
use tokio::time::Instant;

use super::adversary::{Case, NAMESPACE};
use super::world::as_served;

/// The number of Pods that a live read with a selector returns at most.
const SELECTED_PODS: usize = 2_000;
/// The number of Pods that a live read of a whole namespace returns at most.
const OTHER_PODS: usize = 500;

/// The objects of a cluster.
pub(crate) struct Listed {
    /// The index of the watched objects.
    pub(crate) watched: RwLock<Index>,
    /// All objects.
    pub(crate) all: Snapshot,
}

impl Listed {
    pub(crate) fn new(objects: &[Value]) -> Self {
        let (mut watched, mut all) = (Index::default(), Snapshot::complete());
        for kind in Kind::ALL {
            watched.set_available(kind, Ok(()));
        }
        for value in objects {
            let object = object(value, NAMESPACE).unwrap();
            watched.apply(object.clone());
            all.insert(object);
        }
        Self { watched: RwLock::new(watched), all }
    }

    fn read_service(&self, name: &ObjectName, live: &mut LiveFacts) {
        // A live read shares no memory with the index.
        let read = |known: &ServiceFacts| ServiceFacts { selector: known.selector.iter().collect(), ..known.clone() };
        let service = self.all.service(&name.namespace, &name.name).map(read);
        live.services.insert(name.clone(), service);
    }

    fn read_slices(&self, name: &ObjectName, live: &mut LiveFacts) {
        let slices = self.all.slices(&name.namespace, &name.name).map(<[_]>::to_vec);
        live.slices.insert(name.clone(), slices);
    }

    /// Reads the selected Pods. If there are none, reads some of the others, for labels that almost match.
    fn read_pods(&self, namespace: &str, selector: &Labels, live: &mut LiveFacts) {
        let none = self.read_some_pods(namespace, selector, SELECTED_PODS, live);
        if none {
            self.read_some_pods(namespace, &Labels::default(), OTHER_PODS, live);
        }
    }

    /// Reads at most `most` of the selected Pods. Returns whether there are none.
    fn read_some_pods(&self, namespace: &str, selector: &Labels, most: usize, live: &mut LiveFacts) -> bool {
        let pods = self.all.pods(namespace, selector);
        let pods = pods.map(|pods| pods.into_iter().take(most).cloned().collect::<ListFacts<_>>());
        let workloads = self.all.workloads(namespace, selector).map(|found| found.into_iter().cloned().collect());
        let none = matches!(&pods, Lookup::Found(pods) if pods.is_empty());
        let key = (namespace.to_owned(), selector.clone());
        live.pods.insert(key.clone(), pods);
        live.workloads.insert(key, workloads);
        none
    }
}

impl Facts for Listed {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        Arc::new(self.watched.read().picture(namespaces.iter().copied()))
    }

    async fn read(&self, needs: BTreeSet<Need>, _: Purpose, _: Instant) -> LiveFacts {
        let mut live = LiveFacts::default();
        for need in needs {
            match need {
                Need::Namespace(name) => {
                    let facts = self.all.namespace(&name).map(Clone::clone);
                    live.namespaces.insert(name, facts);
                }
                Need::Makers(namespace) => {
                    let makers = self.all.makers(&namespace).map(Clone::clone);
                    live.makers.insert(namespace, makers);
                }
                Need::Service(name) => self.read_service(&name, &mut live),
                Need::Backend(name) => {
                    self.read_service(&name, &mut live);
                    self.read_slices(&name, &mut live);
                }
                Need::Pods(namespace, selector) => self.read_pods(&namespace, &selector, &mut live),
            }
        }
        live
    }
}

/// The configuration of `case`.
pub(crate) fn configuration(case: &Case) -> Configuration {
    match case.configuration {
        "" => Configuration::default(),
        text => config::parse(text.as_bytes()).unwrap(),
    }
}

/// The webhook over the cluster of `case`, with the layers that `backstop serve` puts around it.
pub(crate) fn webhook(case: &Case) -> Router {
    let (metrics, _) = metrics::new("bench");
    as_served(unlimited(case, metrics.clone()), metrics)
}

/// The webhook over the cluster of `case`, without a limit for bodies.
pub(crate) fn unlimited(case: &Case, metrics: Metrics) -> Router {
    let policy = Arc::new(ArcSwap::from_pointee(Policy { configuration: configuration(case), fallback: None }));
    router(Admission { facts: Listed::new(&case.objects), policy, metrics })
}
