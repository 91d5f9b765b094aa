//! The time at which a watch last received bytes. The watcher of kube reports no bookmarks and no restarts, so a watch
//! without events would look like a failed one. Therefore the HTTP client records received bytes.

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
    /// Bytes were received, or an attempt began or failed.
    activity: Instant,
    /// The watch received the head or a part of its response.
    watch: Option<Instant>,
}

impl Heartbeat {
    pub(super) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Times { activity: now, watch: None })))
    }

    /// Records an activity.
    pub(super) fn note_activity(&self, now: Instant) {
        self.0.lock().activity = now;
    }

    /// The time of the last activity.
    pub(super) fn last_activity(&self) -> Instant {
        self.0.lock().activity
    }

    /// The time at which the watch, not a list, last received bytes.
    pub(super) fn watch_heard_at(&self) -> Option<Instant> {
        self.0.lock().watch
    }

    /// Forgets the time at which the watch received bytes, because these bytes were an error.
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

/// Whether a request is for a watch, and not for a list.
pub(super) fn is_watch(uri: &http::Uri) -> bool {
    uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "watch=true"))
}

/// The service of a client, which records received bytes in a [`Heartbeat`]. Error responses do not count.
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
        let of_watch = is_watch(request.uri());
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
