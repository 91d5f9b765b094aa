//! No review takes more heap memory than its weight, by which the server admits requests. The test has its own process,
//! because the allocator counts the whole process.
//!
//! `cargo test --test review_memory -- --nocapture` prints the peak of each review, and its share of the weight.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(clippy::print_stdout, reason = "the test prints the peak of each review")]

#[path = "../benches/support/adversary/mod.rs"]
mod adversary;
#[path = "../benches/support/listed.rs"]
mod listed;
#[path = "../benches/support/world.rs"]
mod world;

use std::convert::Infallible;
use std::sync::Mutex;

use adversary::{Case, largest, ordinary, raw, shapes};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use backstop::engine::evaluate::Settings;
use backstop::engine::policy::{Change, Circumstances, Occasion, judge};
use backstop::engine::view::View;
use backstop::http::{BodyLimits, BodyReader, protect};
use backstop::telemetry::metrics;
use backstop::webhook::{Weights, judged_memory, read_review};
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt as _;
use listed::Listed;
use peak_alloc::PeakAlloc;
use tower::ServiceExt as _;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Only one test may count bytes at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Annotations that silence checks are read only if the configuration allows them.
const CONFIGURATION: &str = "apiVersion: backstop.dev/v1\nkind: Configuration\nallowIgnoreAnnotation: true\n";

/// Bytes of a frame of a body, as the HTTP server reads it.
const FRAME: usize = 16 << 10;
/// Bytes of the bodies that no API server sends.
const RAW: usize = 600_000;
/// The part of the full size at which a shape is measured.
const PART: usize = 8;

/// The reviews, with a name for each and the cluster in which it is judged.
fn cases() -> impl Iterator<Item = (String, Case)> {
    let in_ordinary = |review| {
        let (_, objects) = ordinary();
        Case { review, objects, configuration: CONFIGURATION }
    };
    let raw = raw::bodies(RAW).into_iter().map(move |(name, make)| (format!("raw: {name}"), in_ordinary(make())));
    let legal = largest::reviews().into_iter();
    let legal = legal.map(move |(name, review)| (format!("legal: {name}"), in_ordinary(review)));
    let shapes = shapes().map(|shape| (format!("shape: {}", shape.name), (shape.build)(shape.full / PART)));
    std::iter::once(("ordinary".to_owned(), in_ordinary(ordinary().0))).chain(raw).chain(legal).chain(shapes)
}

/// The largest number of heap bytes in use during `work`, less what was in use before.
fn peak_of<T>(work: impl FnOnce() -> T) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    drop(work());
    ALLOCATOR.peak_usage().saturating_sub(before)
}

/// Prints how much memory of `most` a review takes, and returns whether it takes more.
fn exceeds(name: &str, size: usize, peak: usize, most: usize) -> bool {
    println!("{:>4} % {peak:>12} of {most:>12} bytes; body {size:>10} {name}", peak * 100 / most);
    peak > most
}

/// The memory that counts for a review: twice its body while this arrives, and its weight while it is decoded and judged.
#[test]
fn no_review_takes_more_memory_than_its_weight() {
    let _alone = ALONE.lock();
    let mut heavy = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (name, case) in cases() {
        let limits = BodyLimits { all: usize::MAX / 2, ..BodyLimits::default() };
        let (metrics, _) = metrics::new("test");
        let webhook = protect(listed::unlimited(&case, metrics.clone()), BodyReader::new(limits), metrics);
        let review = Bytes::from(case.review);
        let most = 2 * review.len() + Weights::REVIEW.of(&review);
        let size = review.len();
        let peak = peak_of(|| runtime.block_on(answer(webhook, review)));
        if exceeds(&name, size, peak, most) {
            heavy.push(name);
        }
    }
    runtime.shutdown_background();
    assert!(heavy.is_empty(), "{heavy:?}");
}

async fn answer(webhook: Router, review: Bytes) {
    let starts = (0..review.len()).step_by(FRAME);
    let frames = starts.map(move |at| Ok::<_, Infallible>(review.slice(at..review.len().min(at + FRAME))));
    let request = Request::post("/validate?timeout=30s").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from_stream(stream::iter(frames))).unwrap();
    webhook.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
}

/// The memory that counts for a review when it is decoded, and its body is freed.
#[test]
fn no_judgement_takes_more_memory_than_counts_for_it() {
    let _alone = ALONE.lock();
    let mut heavy = Vec::new();
    for (name, case) in cases() {
        let configuration = listed::configuration(&case);
        let cluster = Listed::new(&case.objects);
        let picture = cluster.watched.read().picture([adversary::NAMESPACE, "ingress-nginx"]);
        let Ok(envelope) = read_review(case.review.as_bytes()) else { continue };
        let Ok(request) = envelope.request else { continue };
        let before = ALLOCATOR.current_usage();
        let decoded = [request.object, request.old_object].map(|object| object?.into_ingress("shop").ok());
        let [Some(new), old] = decoded else { continue };
        let kept = ALLOCATOR.current_usage().saturating_sub(before);
        let most = judged_memory(&new) + old.as_ref().map_or(0, judged_memory);
        let views: [&dyn View; 2] = [&picture, &cluster.all];
        for view in views {
            let peak = kept
                + peak_of(|| {
                    let change = old.as_ref().map_or_else(|| Change::creation(&new), |old| Change::update(old, &new));
                    let circumstances = Circumstances::new(&configuration, &new, &change, Occasion::default(), view);
                    judge(&circumstances, Settings { reported: 50, ..Settings::default() })
                });
            if exceeds(&name, case.review.len(), peak, most) {
                heavy.push(name.clone());
            }
        }
    }
    assert!(heavy.is_empty(), "{heavy:?}");
}
