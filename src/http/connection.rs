//! One connection: TLS handshake, HTTP, and its end.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::activity::{Activity, Monitored};
use super::closing::{ConnectionState, Decision, Demand};
use super::drain::Shutdown;
use super::limits::Limits;
use crate::telemetry::ReceivedAt;
use crate::tls::{Certificates, Handshakes};

/// The transport of a listener.
#[derive(Clone)]
pub enum Transport {
    /// HTTP/1.1 without TLS.
    Plain,
    /// HTTP/1.1 over TLS.
    Tls(TlsAcceptor, Arc<Handshakes>),
}

impl Transport {
    /// Returns the transport that serves with `certificates`.
    ///
    /// # Errors
    /// As [`Certificates::server_config`].
    pub fn tls(certificates: &Arc<Certificates>) -> Result<Self, rustls::Error> {
        let acceptor = TlsAcceptor::from(Arc::new(certificates.server_config()?));
        Ok(Self::Tls(acceptor, certificates.handshakes()))
    }
}

/// The signals to all connections of a listener.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signals {
    /// The listener is closed: close as soon as the requests in progress are answered.
    pub(super) closing: bool,
    /// The number of times that a client had to wait for a free slot.
    pub(super) waits: u32,
}

/// The common settings of the connections of a listener.
pub(super) struct Connections {
    transport: Transport,
    router: Router,
    limits: Limits,
    shutdown: Shutdown,
    pub(super) signals: watch::Sender<Signals>,
    http1: http1::Builder,
}

impl Connections {
    pub(super) fn new(transport: Transport, router: Router, limits: Limits, shutdown: Shutdown) -> Self {
        let head_bytes = usize::try_from(limits.head_bytes).unwrap_or(usize::MAX);
        let mut http1 = http1::Builder::new();
        // `Activity` limits the time for the head: the timeout of hyper would also close idle connections.
        http1.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(head_bytes.max(8 << 10));
        Self { transport, router, limits, shutdown, signals: watch::Sender::default(), http1 }
    }

    /// Serves one connection until it is closed.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream) {
        // Answers are small: waiting for a full packet would only add latency. An error does no harm.
        let _ = stream.set_nodelay(true);
        match &self.transport {
            Transport::Plain => self.serve_http1(stream).await,
            Transport::Tls(acceptor, handshakes) => {
                match timeout(self.limits.handshake, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        handshakes.succeeded();
                        self.serve_http1(stream).await;
                    }
                    Ok(Err(error)) => handshakes.failed(&error),
                    Err(_) => handshakes.timed_out(),
                }
            }
        }
    }

    async fn serve_http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self: &Arc<Self>, stream: S) {
        let session = Session::new(self);
        let io = TokioIo::new(Monitored::new(stream, Arc::clone(&session.activity)));
        let service = service_fn(|request| session.answer(request));
        session.drive(self.http1.serve_connection(io, service)).await;
    }
}

/// An HTTP session on a connection.
struct Session {
    shared: Arc<Connections>,
    activity: Arc<Activity>,
    /// Notified when a response asks the client to close the connection.
    close_requested: Arc<Notify>,
}

impl Session {
    fn new(shared: &Arc<Connections>) -> Self {
        Self { shared: Arc::clone(shared), activity: Arc::new(Activity::new()), close_requested: Arc::default() }
    }

    fn answer(
        &self,
        mut request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<> {
        let (guard, received) = self.activity.begin_request();
        request.extensions_mut().insert(ReceivedAt(received));
        let (shared, close_requested) = (Arc::clone(&self.shared), Arc::clone(&self.close_requested));
        let routed = shared.router.clone().oneshot(request.map(Body::new));
        async move {
            let mut response = match timeout(shared.limits.request, routed).await {
                Ok(Ok(response)) => response,
                // Without Retry-After: with it, the API server would repeat the call until its own deadline.
                Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no answer in time\n").into_response(),
            };
            if shared.shutdown.has_begun() {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                close_requested.notify_one();
            }
            drop(guard);
            Ok(response)
        }
    }

    /// Runs the connection until the client closes it, a limit is exceeded, or the listener closes.
    async fn drive<C: GracefulConnection>(&self, connection: C) {
        let mut connection = pin!(connection);
        let mut signals = self.shared.signals.subscribe();
        let mut waits_seen = signals.borrow().waits;
        let mut closing_since: Option<Instant> = None;
        loop {
            let mut close_requested = false;
            let pause = self.pause(closing_since.is_some() || signals.borrow().closing);
            tokio::select! {
                // The connection has priority: requests that have arrived are answered before it is closed.
                biased;
                _ = connection.as_mut() => return,
                () = self.close_requested.notified() => close_requested = true,
                _ = signals.changed() => {}
                () = sleep(pause) => {}
            }
            let Signals { closing, waits } = *signals.borrow_and_update();
            let demand = match () {
                () if closing => Demand::ListenerClosed,
                () if close_requested => Demand::CloseRequested,
                () if waits != waits_seen => Demand::FreeSlot,
                () => Demand::None,
            };
            waits_seen = waits;
            let state = ConnectionState {
                activity: self.activity.state(),
                unused: !self.activity.has_answered(),
                demand,
                closing: closing_since.map(|since| since.elapsed()),
            };
            match state.decide(&self.shared.limits) {
                Decision::Keep => {}
                Decision::CloseGracefully => {
                    closing_since = Some(Instant::now());
                    connection.as_mut().graceful_shutdown();
                }
                Decision::Drop => return,
            }
        }
    }

    /// The time until the next check. A slow head is detected late by at most half its limit.
    fn pause(&self, ending: bool) -> Duration {
        let limits = &self.shared.limits;
        if ending { Duration::from_millis(100) } else { (limits.head / 2).min(limits.idle / 2) }
    }
}
