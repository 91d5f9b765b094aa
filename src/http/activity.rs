//! What one connection is doing, so that it can be closed when it does nothing.
//!
//! hyper's own header timeout also runs while a kept-alive connection is idle. The API server keeps idle
//! connections for 90 s and does not repeat a POST that meets a closing connection, so the time to *send* a
//! request head has to be bounded apart from the time *between* requests. [`Watched`] sees the bytes, the
//! service reports the requests, and [`Activity`] puts the two together.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Times are milliseconds since `start`; 0 means never, hence the first one is 1.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// Requests being answered.
    running: AtomicU32,
    /// Requests answered.
    answered: AtomicU32,
    /// When the last request was answered, or the connection was made.
    idle_since: AtomicU64,
    /// When the first byte after the last request arrived.
    head_since: AtomicU64,
}

/// What a connection does at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Answering requests.
    Running,
    /// Receiving a request's head, for this long.
    Head(Duration),
    /// Nothing, for this long.
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

    /// A request's head is complete; it is being answered until the guard is dropped.
    pub(super) fn request(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Relaxed);
        self.head_since.store(0, Relaxed);
        Running(Arc::clone(self))
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Relaxed) > 0
    }

    pub(super) fn doing(&self) -> Doing {
        self.doing_at(self.now())
    }

    fn doing_at(&self, now: u64) -> Doing {
        if self.running.load(Relaxed) > 0 {
            return Doing::Running;
        }
        match self.head_since.load(Relaxed) {
            0 => Doing::Idle(Duration::from_millis(now.saturating_sub(self.idle_since.load(Relaxed)))),
            since => Doing::Head(Duration::from_millis(now.saturating_sub(since))),
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

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Running(Arc<Activity>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.now(), Relaxed);
        self.0.answered.fetch_add(1, Relaxed);
        self.0.running.fetch_sub(1, Relaxed);
    }
}

/// How long to go on reading after we have closed our side. Closing a socket that holds unread bytes resets the
/// connection, and a reset takes from the client the answer that told it why, such as 413.
const LINGER: Duration = Duration::from_secs(2);

/// A stream that reports the bytes it receives, and closes without taking the last answer back.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
    linger: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity, linger: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
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

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
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
            // The end, or an error: either way the client has closed its side.
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
    fn tells_idle_from_a_slow_head_from_work() {
        let activity = Arc::new(Activity::new());
        assert_eq!(activity.doing_at(3001), Doing::Idle(Duration::from_secs(3)));
        activity.received_at(5000);
        activity.received_at(6000);
        assert_eq!(activity.doing_at(7000), Doing::Head(Duration::from_secs(2)), "since the first byte");
        let running = activity.request();
        activity.received_at(8000);
        assert_eq!(activity.doing_at(9000), Doing::Running, "the bytes of a body are no head");
        assert!(!activity.has_answered());
        drop(running);
        assert!(matches!(activity.doing(), Doing::Idle(_)));
        assert!(activity.has_answered());
    }
}
