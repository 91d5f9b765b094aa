//! When the API server was last heard on a watch. kube's watcher keeps bookmarks and its own restarts to itself, and
//! a quiet watch would look like a dead one. So the bytes are noted where they come in.

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

/// The last signs of life of one watch. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Heartbeat(Arc<Mutex<Times>>);

#[derive(Clone, Copy, Debug)]
struct Times {
    /// Something was heard, or an attempt began or failed.
    activity: Instant,
    /// The watch was heard: the head of its response, or a piece of it.
    watch: Option<Instant>,
}

impl Heartbeat {
    pub(super) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Times { activity: now, watch: None })))
    }

    /// Notes that something was done.
    pub(super) fn note_activity(&self, now: Instant) {
        self.0.lock().activity = now;
    }

    /// When anything happened last.
    pub(super) fn last_activity(&self) -> Instant {
        self.0.lock().activity
    }

    /// When the watch, not a list, was heard last.
    pub(super) fn watch_heard_at(&self) -> Option<Instant> {
        self.0.lock().watch
    }

    /// Forgets when the watch was heard: what was heard turned out to be of no use.
    pub(super) fn forget_watch(&self) {
        self.0.lock().watch = None;
    }

    fn note_bytes(&self, of_watch: bool) {
        let now = Instant::now();
        let mut times = self.0.lock();
        times.activity = now;
        if of_watch {
            times.watch = Some(now);
        }
    }
}

/// The service of a client, which notes in a [`Heartbeat`] when bytes come in. Refusals do not count.
#[derive(Clone, Debug)]
pub(super) struct Monitored<S> {
    inner: S,
    heartbeat: Heartbeat,
}

impl<S> Monitored<S> {
    pub(super) fn new(inner: S, heartbeat: Heartbeat) -> Self {
        Self { inner, heartbeat }
    }
}

impl<S, B> Service<Request<Body>> for Monitored<S>
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
        let of_watch = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "watch=true"));
        let heartbeat = self.heartbeat.clone();
        let response = self.inner.call(request);
        async move {
            let response = response.await?;
            if !response.status().is_success() {
                return Ok(response.map(BodyExt::boxed_unsync));
            }
            heartbeat.note_bytes(of_watch);
            Ok(response.map(|body| {
                body.map_frame(move |frame| {
                    heartbeat.note_bytes(of_watch);
                    frame
                })
                .boxed_unsync()
            }))
        }
        .boxed()
    }
}
