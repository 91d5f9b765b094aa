//! One connection: handshake, HTTP, and when to let go of it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::activity::{Activity, Watched};
use super::drain::Shutdown;
use super::limits::Limits;
use super::patience::{Decision, Need, Seen};
use crate::tls::{Certificates, Handshakes};

/// What a listener speaks.
#[derive(Clone)]
pub enum Transport {
    /// HTTP/1.1 without TLS.
    Plain,
    /// HTTP/2 or HTTP/1.1 over TLS, as ALPN decides.
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

/// What every connection of a listener is told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Orders {
    /// Nothing new is accepted: leave as soon as the requests in progress are answered.
    pub(super) close: bool,
    /// Counts the times that a client had to wait for a connection to end.
    pub(super) crowds: u32,
}

/// What the connections of a listener have in common.
pub(super) struct Connections {
    transport: Transport,
    router: Router,
    limits: Limits,
    shutdown: Shutdown,
    pub(super) orders: watch::Sender<Orders>,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Connections {
    pub(super) fn new(transport: Transport, router: Router, limits: Limits, shutdown: Shutdown) -> Self {
        let head_bytes = usize::try_from(limits.head_bytes).unwrap_or(usize::MAX);
        let mut http1 = http1::Builder::new();
        // `Activity` bounds the head: hyper's timeout would also end idle connections.
        http1.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(head_bytes.max(8 << 10));
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(limits.head_bytes)
            // A client that opens and resets streams faster than they are served is cut off.
            .max_pending_accept_reset_streams(20)
            .max_local_error_reset_streams(100)
            .initial_stream_window_size(64 << 10)
            .initial_connection_window_size(256 << 10)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10));
        Self { transport, router, limits, shutdown, orders: watch::Sender::default(), http1, http2 }
    }

    /// Serves one client until it or we have had enough.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream) {
        // Answers are small and complete: waiting to fill a packet only adds latency. Not worth a failure.
        let _ = stream.set_nodelay(true);
        match &self.transport {
            Transport::Plain => self.serve_http1(stream).await,
            Transport::Tls(acceptor, handshakes) => {
                match timeout(self.limits.handshake, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        handshakes.succeeded();
                        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                            self.serve_http2(stream).await;
                        } else {
                            self.serve_http1(stream).await;
                        }
                    }
                    Ok(Err(error)) => handshakes.broke(&error),
                    Err(_) => handshakes.timed_out(),
                }
            }
        }
    }

    async fn serve_http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self: &Arc<Self>, stream: S) {
        let session = Session::new(self);
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&session.activity)));
        let service = service_fn(|request| session.answer(request));
        session.drive(self.http1.serve_connection(io, service)).await;
    }

    async fn serve_http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self: &Arc<Self>, stream: S) {
        let session = Session::new(self);
        let service = service_fn(|request| session.answer(request));
        session.drive(self.http2.serve_connection(TokioIo::new(stream), service)).await;
    }
}

/// One client's connection, once it speaks HTTP.
struct Session {
    shared: Arc<Connections>,
    activity: Arc<Activity>,
    /// A response has just asked the client to close.
    dismissed: Arc<Notify>,
}

impl Session {
    fn new(shared: &Arc<Connections>) -> Self {
        Self { shared: Arc::clone(shared), activity: Arc::new(Activity::new()), dismissed: Arc::default() }
    }

    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Result<Response, Infallible>> + Send + use<> {
        let running = self.activity.request();
        let (shared, dismissed) = (Arc::clone(&self.shared), Arc::clone(&self.dismissed));
        let version = request.version();
        let routed = shared.router.clone().oneshot(request.map(Body::new));
        async move {
            let mut response = match timeout(shared.limits.request, routed).await {
                Ok(Ok(response)) => response,
                // No Retry-After: the API server would repeat the call until its own deadline.
                Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no answer in time\n").into_response(),
            };
            if shared.shutdown.has_begun() {
                if version <= Version::HTTP_11 {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                dismissed.notify_one();
            }
            drop(running);
            Ok(response)
        }
    }

    /// Runs the connection to its end: the client closes, a bound is passed, or the listener closes.
    async fn drive<C: GracefulConnection>(&self, connection: C) {
        let mut connection = pin!(connection);
        let mut orders = self.shared.orders.subscribe();
        let mut crowds_seen = orders.borrow().crowds;
        let mut leaving = None;
        loop {
            let mut dismissed = false;
            let pause = self.pause(leaving.is_some() || orders.borrow().close);
            tokio::select! {
                // The client first: what has arrived is answered before anything is closed.
                biased;
                _ = connection.as_mut() => return,
                () = self.dismissed.notified() => dismissed = true,
                _ = orders.changed() => {}
                () = sleep(pause) => {}
            }
            let Orders { close, crowds } = *orders.borrow_and_update();
            let need = match () {
                () if close => Need::Close,
                () if dismissed => Need::Farewell,
                () if crowds != crowds_seen => Need::Room,
                () => Need::Nothing,
            };
            crowds_seen = crowds;
            let seen = Seen {
                doing: self.activity.doing(),
                fresh: !self.activity.has_answered(),
                need,
                leaving: leaving.map(|since: Instant| since.elapsed()),
            };
            match seen.decide(&self.shared.limits) {
                Decision::Stay => {}
                Decision::Leave => {
                    leaving = Some(Instant::now());
                    connection.as_mut().graceful_shutdown();
                }
                Decision::Drop => return,
            }
        }
    }

    /// Until when not to look: a slow head is noticed at most half its bound late.
    fn pause(&self, ending: bool) -> Duration {
        let limits = &self.shared.limits;
        if ending { Duration::from_millis(100) } else { (limits.head / 2).min(limits.idle / 2) }
    }
}
