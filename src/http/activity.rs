//! The activity of a connection, so that idle connections can be closed.
//!
//! The header timeout of hyper also runs while a kept-alive connection is idle. The API server keeps idle
//! connections for 90 s and does not repeat a POST whose connection closes. Therefore the time for *sending* a
//! request head needs a limit of its own, apart from the time *between* requests. [`Monitored`] observes the bytes,
//! the service reports the requests, and [`Activity`] combines them.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The times of the last events, in milliseconds since `start`. 0 means never, so the first time is 1.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// The number of requests in progress.
    running: AtomicU32,
    /// The number of requests answered.
    answered: AtomicU32,
    /// The time of the last answer, or of the connection.
    idle_since: AtomicU64,
    /// The time of the first byte after the last request.
    head_since: AtomicU64,
}

/// The state of a connection at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActivityState {
    /// Requests are in progress.
    Answering,
    /// The head of a request has been arriving for this long.
    ReceivingHead(Duration),
    /// Nothing has happened for this long.
    Idle(Duration),
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            running: AtomicU32::new(0),
            answered: AtomicU32::new(0),
            idle_since: AtomicU64::new(1),
            head_since: AtomicU64::new(0),
        }
    }

    /// Records that the head of a request is complete. The request is in progress until the guard is dropped. Also returns
    /// when the first byte of the request arrived.
    pub(super) fn begin_request(self: &Arc<Self>) -> (RequestGuard, Instant) {
        self.running.fetch_add(1, Relaxed);
        let received = match self.head_since.swap(0, Relaxed) {
            0 => Instant::now(),
            // Times are one millisecond ahead, because 0 means never.
            since => self.start + Duration::from_millis(since.saturating_sub(1)),
        };
        (RequestGuard(Arc::clone(self)), received)
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Relaxed) > 0
    }

    pub(super) fn state(&self) -> ActivityState {
        self.state_at(self.now())
    }

    fn state_at(&self, now: u64) -> ActivityState {
        if self.running.load(Relaxed) > 0 {
            return ActivityState::Answering;
        }
        match self.head_since.load(Relaxed) {
            0 => ActivityState::Idle(Duration::from_millis(now.saturating_sub(self.idle_since.load(Relaxed)))),
            since => ActivityState::ReceivingHead(Duration::from_millis(now.saturating_sub(since))),
        }
    }

    fn received_at(&self, now: u64) {
        if self.running.load(Relaxed) == 0 && self.head_since.load(Relaxed) == 0 {
            self.head_since.store(now, Relaxed);
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// A request in progress.
#[derive(Debug)]
pub(super) struct RequestGuard(Arc<Activity>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.now(), Relaxed);
        self.0.answered.fetch_add(1, Relaxed);
        self.0.running.fetch_sub(1, Relaxed);
    }
}

/// The time for reading on after closing the sending side. Closing a socket with unread bytes resets the connection, and
/// then the client may lose the answer with the reason, such as 413.
const LINGER: Duration = Duration::from_secs(2);

/// A stream that reports the bytes it receives, and closes without losing the last answer.
pub(super) struct Monitored<S> {
    stream: S,
    activity: Arc<Activity>,
    linger: Option<Pin<Box<Sleep>>>,
}

impl<S> Monitored<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity, linger: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Monitored<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            let now = self.activity.now();
            self.activity.received_at(now);
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Monitored<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        let this = &mut *self;
        let linger = this.linger.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        while linger.as_mut().poll(cx).is_pending() {
            let mut unread = [0; 4096];
            let mut buffer = ReadBuf::new(&mut unread);
            // At the end or on an error, the client has closed its side.
            if ready!(Pin::new(&mut this.stream).poll_read(cx, &mut buffer)).is_err() || buffer.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_connections_slow_heads_and_requests_are_distinguished() {
        let activity = Arc::new(Activity::new());
        assert_eq!(activity.state_at(3001), ActivityState::Idle(Duration::from_secs(3)));
        activity.received_at(5000);
        activity.received_at(6000);
        assert_eq!(
            activity.state_at(7000),
            ActivityState::ReceivingHead(Duration::from_secs(2)),
            "counted from the first byte"
        );
        let (request, received) = activity.begin_request();
        assert_eq!(received, activity.start + Duration::from_millis(4999), "when the first byte arrived");
        activity.received_at(8000);
        assert_eq!(activity.state_at(9000), ActivityState::Answering, "the bytes of a body are not a head");
        assert!(!activity.has_answered());
        drop(request);
        assert!(matches!(activity.state(), ActivityState::Idle(_)));
        assert!(activity.has_answered());
    }
}
