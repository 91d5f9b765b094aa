//! The admin routes, over plain HTTP: `/livez`, `/readyz`, `/metrics`.
//!
//! The paths and texts are those of the health endpoints of the API server, which operators know.

use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};

use crate::telemetry::Conditions;
use crate::telemetry::metrics::{CONTENT_TYPE, Exporter};

#[derive(serde::Deserialize)]
struct Detail {
    verbose: Option<String>,
}

/// The admin routes. `/livez` always answers 200: a restart repairs nothing that readiness reports.
pub fn router(conditions: Conditions, exporter: Arc<Exporter>) -> Router {
    let conditions = Arc::new(conditions);
    Router::new()
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(async move |Query(detail): Query<Detail>| ready(&conditions, detail.verbose.is_some())))
        .route("/metrics", get(async move || ([(header::CONTENT_TYPE, CONTENT_TYPE)], exporter.encode())))
}

fn ready(conditions: &Conditions, verbose: bool) -> Response {
    match conditions.check() {
        (true, lines) if verbose => format!("{lines}readyz check passed\n").into_response(),
        (true, _) => "ok".into_response(),
        (false, lines) => (StatusCode::SERVICE_UNAVAILABLE, format!("{lines}readyz check failed\n")).into_response(),
    }
}
