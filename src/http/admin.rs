//! The admin routes, over plain HTTP: `/livez`, `/readyz`, `/metrics`.
//!
//! Paths and texts are those of the API server's own health endpoints, which operators already read.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};

use crate::telemetry::metrics::{CONTENT_TYPE, Exporter};

type Probe = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What must hold for this process to be ready.
#[derive(Default)]
pub struct Conditions(Vec<Condition>);

struct Condition {
    name: String,
    /// Without it this process is not ready; otherwise it is only told.
    required: bool,
    probe: Probe,
}

impl fmt::Debug for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|condition| &condition.name)).finish()
    }
}

impl Conditions {
    /// No conditions: ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition. `probe` tells in a few words why it does not hold; it is called on each request, so it must not block.
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<String>,
        probe: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Condition { name: name.into(), required: true, probe: Box::new(probe) });
        self
    }

    /// Adds a condition that is told with `?verbose` and never makes the process unready.
    #[must_use]
    pub fn with_optional(
        mut self,
        name: impl Into<String>,
        probe: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Condition { name: name.into(), required: false, probe: Box::new(probe) });
        self
    }

    /// Whether all hold, and a line about each.
    pub fn check(&self) -> (bool, String) {
        let mut ready = true;
        let mut lines = String::new();
        for Condition { name, required, probe } in &self.0 {
            // Writing to a String does not fail.
            let _ = match probe() {
                Ok(()) => writeln!(lines, "[+]{name} ok"),
                Err(reason) if !required => writeln!(lines, "[+]{name} not ok, but not required: {reason}"),
                Err(reason) => {
                    ready = false;
                    writeln!(lines, "[-]{name} failed: {reason}")
                }
            };
        }
        (ready, lines)
    }
}

#[derive(serde::Deserialize)]
struct Detail {
    verbose: Option<String>,
}

/// The routes. `/livez` answers 200 as long as the process can answer at all: a restart cures nothing that readiness reports.
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
