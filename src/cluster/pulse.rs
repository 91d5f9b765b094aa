//! When the API server was last heard on a watch. kube's watcher keeps bookmarks and its own restarts to itself, and
//! a quiet watch would look like a dead one; so the bytes are noted where they come in.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use kube::client::Body;
use parking_lot::Mutex;
use tokio::time::Instant;
use tower::Service;

/// The last signs of life of one watch; clones share them.
#[derive(Clone, Debug)]
pub(super) struct Pulse(Arc<Mutex<Beats>>);

#[derive(Clone, Copy, Debug)]
struct Beats {
    /// Anything happened: something was heard, or an attempt began or failed.
    stir: Instant,
    /// A watch was heard: the head of its response, or a piece of it.
    watch: Option<Instant>,
}

impl Pulse {
    pub(super) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Beats { stir: now, watch: None })))
    }

    /// Something was done or heard.
    pub(super) fn stir(&self, now: Instant) {
        self.0.lock().stir = now;
    }

    /// When anything happened last.
    pub(super) fn last_stir(&self) -> Instant {
        self.0.lock().stir
    }

    /// When the watch, not a list, was heard last.
    pub(super) fn last_watch(&self) -> Option<Instant> {
        self.0.lock().watch
    }

    /// The watch that was heard last turned out to be of no use.
    pub(super) fn forget_watch(&self) {
        self.0.lock().watch = None;
    }

    fn heard(&self, watch: bool) {
        let now = Instant::now();
        let mut beats = self.0.lock();
        beats.stir = now;
        if watch {
            beats.watch = Some(now);
        }
    }
}

/// A client's service, listened to. Refusals count for nothing.
#[derive(Clone, Debug)]
pub(super) struct Listening<S> {
    inner: S,
    pulse: Pulse,
}

impl<S> Listening<S> {
    pub(super) fn new(inner: S, pulse: Pulse) -> Self {
        Self { inner, pulse }
    }
}

impl<S, B> Service<Request<Body>> for Listening<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<UnsyncBoxBody<Bytes, B::Error>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let watch = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "watch=true"));
        let pulse = self.pulse.clone();
        let response = self.inner.call(request);
        async move {
            let response = response.await?;
            if !response.status().is_success() {
                return Ok(response.map(BodyExt::boxed_unsync));
            }
            pulse.heard(watch);
            Ok(response.map(|body| {
                body.map_frame(move |frame| {
                    pulse.heard(watch);
                    frame
                })
                .boxed_unsync()
            }))
        }
        .boxed()
    }
}
