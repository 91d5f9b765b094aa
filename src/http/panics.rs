//! A panic in a handler is a bug, but it must not become an outage: one poisonous object that is applied again
//! and again would otherwise kill every replica.

use std::any::Any;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::telemetry::metrics::Metrics;

/// Answers 500 when a handler of `router` panics, and counts it.
pub fn catch_panics(router: Router, metrics: Metrics) -> Router {
    router.layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| answer(&metrics)))
}

/// The panic hook has logged the reason; the client has no use for it.
fn answer(metrics: &Metrics) -> Response {
    metrics.panicked();
    (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
}
