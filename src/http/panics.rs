//! Panics in request handlers. A panic is a bug, but it must not become an outage: one object that triggers it and is applied
//! again and again would end every replica.

use std::any::Any;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::telemetry::metrics::Metrics;

/// Answers 500 if a handler of `router` panics, and counts the panic.
pub fn catch_panics(router: Router, metrics: Metrics) -> Router {
    router.layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| answer(&metrics)))
}

/// The panic hook logs the reason; it is of no use to the client.
fn answer(metrics: &Metrics) -> Response {
    metrics.panicked();
    (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
}
