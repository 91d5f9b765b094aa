//! The most expensive AdmissionReviews that an API server can send: Ingresses that it accepts and stores, and the clusters
//! that make them expensive.
//!
//! Each [`Shape`] builds the same review from the same size on every machine. A size of `2 * n` doubles the review and the
//! objects in the cluster, so that a cost that grows faster than its input shows in the ratio of two sizes.
//!
//! The limits of the API server, which `limits` holds:
//!
//! | limit | source |
//! |---|---|
//! | 256 KiB of annotations, keys and values together | `TotalAnnotationSizeLimitB`, `apimachinery/pkg/api/validation/objectmeta.go` |
//! | 3 MiB for a request | `MaxRequestBodyBytes`, `apiserver/pkg/server/config.go` |
//! | 1.5 MiB for a stored object, as Protobuf | `--max-request-bytes` of etcd |
//!
//! The shapes are plain JSON and use nothing of the crate, so that benchmarks and tests can share them.

// Each user of this module uses a part of it.
#![allow(dead_code, reason = "benchmarks and tests each use a part of it")]

mod annotations;
mod cluster;
mod ingress;
pub(crate) mod largest;
pub(crate) mod limits;
mod peers;
mod pods;
mod ports;
pub(crate) mod raw;
mod routes;
mod services;
mod updates;

use serde_json::Value;

pub(crate) use ingress::NAMESPACE;

/// An AdmissionReview and the cluster in which it is judged.
pub(crate) struct Case {
    /// The AdmissionReview as the API server sends it.
    pub(crate) review: String,
    /// Every object of the cluster.
    pub(crate) objects: Vec<Value>,
    /// The configuration file of Backstop; empty for the default configuration.
    pub(crate) configuration: &'static str,
}

impl Case {
    /// A review under the default configuration.
    fn new(review: String, objects: Vec<Value>) -> Self {
        Self { review, objects, configuration: "" }
    }

    /// The same case in another namespace, so that several cases fit into one cluster.
    pub(crate) fn in_namespace(mut self, namespace: &str) -> Self {
        self.review =
            self.review.replace(&format!(r#""namespace":"{NAMESPACE}""#), &format!(r#""namespace":"{namespace}""#));
        for metadata in self.objects.iter_mut().filter_map(|object| object.get_mut("metadata")) {
            for field in ["namespace", "name"] {
                if metadata.get(field).is_some_and(|value| value == NAMESPACE) {
                    metadata[field] = namespace.into();
                }
            }
        }
        self
    }
}

/// A family of reviews that differ in size only.
pub(crate) struct Shape {
    /// Unique, in kebab case.
    pub(crate) name: &'static str,
    /// The size of the largest review that the API server accepts, or of the largest cluster that is measured.
    pub(crate) full: usize,
    /// Builds the review of a size and its cluster.
    pub(crate) build: fn(usize) -> Case,
}

/// Every shape.
pub(crate) fn shapes() -> impl Iterator<Item = &'static Shape> {
    [routes::SHAPES, updates::SHAPES, annotations::SHAPES, services::SHAPES, ports::SHAPES, pods::SHAPES, peers::SHAPES]
        .into_iter()
        .flatten()
}

/// The shape called `name`.
pub(crate) fn shape(name: &str) -> &'static Shape {
    shapes().find(|shape| shape.name == name).unwrap_or_else(|| panic!("there is no shape {name}"))
}

/// An ordinary review, and a cluster in which it passes.
pub(crate) fn ordinary() -> (String, Vec<Value>) {
    let services = (1..10).flat_map(|number| cluster::backed_service(&format!("checkout-{number:05}"), true));
    let case = Case::new(include_str!("../../reviews/create.json").to_owned(), cluster::with(services));
    let Case { review, objects, .. } = case.in_namespace("team-007");
    (review, objects)
}
