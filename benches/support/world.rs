//! Clusters of any size, and reviews of their Ingresses.

// Each benchmark uses a part of this module.
#![allow(dead_code, reason = "each bench uses its own part of it")]

use std::collections::BTreeSet;
use std::sync::Arc;

use backstop::engine::kinds::Kind;
use backstop::engine::model::{
    ClassFacts, EndpointCounts, Labels, NamespaceFacts, Protocol, ServiceFacts, ServiceKind, ServicePort, SliceFacts,
    SlicePort, TargetPort,
};
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Purpose, View};
use backstop::http::{BodyLimits, BodyReader, protect};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, Facts, router};
use parking_lot::RwLock;

/// A review of a new Ingress with three backends, as the API server sends it, with managed fields and annotations.
pub(crate) const CREATE: &str = include_str!("../reviews/create.json");
/// A review of an update of the same Ingress, which changes one backend, with the stored object.
pub(crate) const UPDATE: &str = include_str!("../reviews/update.json");

/// The number of Services of a cluster, and of its namespaces. Each Service has two slices.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) services: usize,
    pub(crate) namespaces: usize,
}

impl Size {
    pub(crate) const SMALL: Self = Self { services: 10, namespaces: 1 };
    pub(crate) const LARGE: Self = Self { services: 10_000, namespaces: 100 };
    pub(crate) const CROWDED: Self = Self { services: 10_000, namespaces: 1 };

    /// The namespace of the Service with this number.
    pub(crate) fn namespace(self, number: usize) -> String {
        format!("team-{:03}", number % self.namespaces)
    }

    /// `review` with three Services of one namespace of this cluster, which differ for each `number`. So the data of
    /// lookups is not in the cache, as in a real cluster.
    pub(crate) fn review(self, review: &str, number: usize) -> String {
        let near = |step: usize| service_name((number + step * self.namespaces) % self.services);
        let named = review.replace("team-007", &self.namespace(number));
        let named = named.replace("checkout-00001", &near(0)).replace("checkout-00002", &near(1));
        named.replace("checkout-00003", &near(2)).replace("checkout-00009", &near(3))
    }

    /// `count` reviews, each with other Services.
    pub(crate) fn reviews(self, review: &str, count: usize) -> Vec<String> {
        // The stride is a prime, so that consecutive reviews use distant memory.
        (0..count).map(|number| self.review(review, number * 7919 % self.services)).collect()
    }

    /// `count` reviews of a dozen Services of one namespace.
    pub(crate) fn reviews_of_few(self, review: &str, count: usize) -> Vec<String> {
        (0..count).map(|number| self.review(review, number % 10 * self.namespaces)).collect()
    }
}

pub(crate) fn service_name(number: usize) -> String {
    format!("checkout-{number:05}")
}

/// The name of a slice of a Service, in the format of the controller.
pub(crate) fn slice_name(service: &str, slice: usize) -> String {
    format!("{service}-x{slice}k2p")
}

pub(crate) fn service_facts(name: &str) -> ServiceFacts {
    let port = |name: &str, number, target| ServicePort { name: name.into(), number, target, protocol: Protocol::Tcp };
    ServiceFacts {
        annotations: Labels::default(),
        kind: ServiceKind::ClusterIp,
        headless: false,
        node_ports: false,
        ipv6: false,
        selector: [("app.kubernetes.io/name", name), ("app.kubernetes.io/instance", name)].into_iter().collect(),
        ports: [port("http", 80, TargetPort::Name("http".into())), port("metrics", 9090, TargetPort::Number(9090))]
            .into(),
    }
}

pub(crate) fn slice_facts() -> SliceFacts {
    let port = |name: &str, number| SlicePort { name: name.into(), protocol: Protocol::Tcp, number: Some(number) };
    let counts = EndpointCounts { total: 3, ready: 3, declared: 3, pods: 3, serving: 3, staying: 3, terminating: 0 };
    SliceFacts {
        ports: Arc::from([port("http", 8080), port("metrics", 9090)]),
        counts,
        host_names: false,
        mirrored: false,
    }
}

/// The facts of a slice with `ready` ready endpoints.
pub(crate) fn slice_with(ready: u16) -> SliceFacts {
    let mut facts = slice_facts();
    facts.counts.ready = ready;
    facts
}

/// An index with the namespaces, the Services and the class, and without slices.
pub(crate) fn services_only(size: Size) -> Index {
    let mut index = Index::default();
    for kind in Kind::ALL {
        index.set_available(kind, Ok(()));
    }
    index.apply_class(
        "nginx",
        ClassFacts { controller: "k8s.io/ingress-nginx".into(), is_default: true, parameters: false },
    );
    for number in 0..size.namespaces {
        index.apply_namespace(&size.namespace(number), NamespaceFacts { labels: Labels::default() });
    }
    for number in 0..size.services {
        let name = service_name(number);
        index.apply_service(&size.namespace(number), &name, service_facts(&name));
    }
    index
}

/// Adds `each` slices to each Service.
pub(crate) fn add_slices(index: &mut Index, size: Size, each: usize) {
    for number in 0..size.services {
        let (namespace, service) = (size.namespace(number), service_name(number));
        for slice in 0..each {
            index.apply_slice(&namespace, &slice_name(&service, slice), &service, slice_facts());
        }
    }
}

/// The whole cluster.
pub(crate) fn index(size: Size) -> Index {
    let mut index = services_only(size);
    add_slices(&mut index, size, 2);
    index
}

/// Facts behind a lock, as the watches keep them. A live read immediately finds that the Service does not exist.
pub(crate) struct Watched(pub(crate) RwLock<Index>);

impl Facts for Watched {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        Arc::new(self.0.read().picture(namespaces.iter().copied()))
    }

    async fn read(&self, needs: BTreeSet<Need>, _: Purpose, _: tokio::time::Instant) -> LiveFacts {
        let mut live = LiveFacts::default();
        for need in needs {
            match need {
                Need::Service(name) | Need::Backend(name) => drop(live.services.insert(name, Lookup::Absent)),
                Need::Makers(namespace) => drop(live.makers.insert(namespace, Lookup::Absent)),
                Need::Namespace(name) => {
                    drop(live.namespaces.insert(name, Lookup::Found(NamespaceFacts::default())));
                }
                Need::Pods(..) => {}
            }
        }
        live
    }
}

/// The webhook over a cluster of this size, with the layers that `backstop serve` adds.
pub(crate) fn webhook(size: Size) -> axum::Router {
    let (metrics, _) = metrics::new("bench");
    let facts = Watched(RwLock::new(index(size)));
    as_served(router(Admission { facts, policy: Arc::default(), metrics: metrics.clone() }), metrics)
}

/// The layers that `backstop serve` puts around a handler.
pub(crate) fn as_served(router: axum::Router, metrics: metrics::Metrics) -> axum::Router {
    protect(router, BodyReader::new(BodyLimits::default()), metrics)
}
