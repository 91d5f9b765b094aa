//! What every handler of a router is protected from: bodies without a bound, and panics.
//!
//! A panic is a bug, but it must not become an outage: one object that triggers it and is applied again and again would end
//! every replica.
//!
//! One service does both, because axum boxes and clones each service around a route for every request.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures::FutureExt;
use http::StatusCode;
use tower::{Layer, Service};

use super::body::BodyReader;
use crate::telemetry::Beginning;
use crate::telemetry::metrics::Metrics;

/// Reads each body with `bodies` before a handler of `router` runs, and answers requests that exceed its limits. Answers 500
/// if a handler panics, and counts the panic.
///
/// Of a body that takes too much memory, the handlers get the beginning, and the request has the extension [`Beginning`].
pub fn protect(router: Router, bodies: BodyReader, metrics: Metrics) -> Router {
    router.route_layer(Protection(Arc::new(Means { bodies, metrics })))
}

struct Means {
    bodies: BodyReader,
    metrics: Metrics,
}

#[derive(Clone)]
struct Protection(Arc<Means>);

impl Layer<Route> for Protection {
    type Service = Protected;

    fn layer(&self, route: Route) -> Protected {
        Protected { route, means: Arc::clone(&self.0) }
    }
}

#[derive(Clone)]
struct Protected {
    route: Route,
    means: Arc<Means>,
}

impl Service<Request> for Protected {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    /// A route is always ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { mut route, means } = self.clone();
        Box::pin(async move {
            let answer = async {
                let (mut head, body) = request.into_parts();
                let (bytes, size) = match means.bodies.take(&head.headers, body).await {
                    Ok(body) => body,
                    Err(error) => return Ok(error.into_response()),
                };
                if bytes.len() < size {
                    head.extensions.insert(Beginning { of: size });
                }
                route.call(Request::from_parts(head, Body::from(bytes))).await
            };
            // After a panic, nothing uses the state of the handler.
            AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| Ok(means.answer_panic()))
        })
    }
}

impl Means {
    /// The panic hook logs the reason; it is of no use to the client.
    fn answer_panic(&self) -> Response {
        self.metrics.panicked();
        (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
    }
}
