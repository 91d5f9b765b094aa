//! Limits the memory for the replies to lists, because a client keeps a whole page in memory before it decodes it.
//!
//! A page has a limit. Small pages arrive at any time; larger ones take turns, so that several watches that list at the
//! same time hold little more than one page.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{BoxError, Service};

use super::heartbeat::is_watch;
use super::reply_limit::ReplyTooLarge;

/// The maximum bytes of one page.
const PAGE: usize = 16 * 1024 * 1024;
/// The bytes of a page that arrive without a turn.
const SMALL: usize = 1024 * 1024;

/// The turns of large pages. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct ListTurns(Arc<Semaphore>);

impl Default for ListTurns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// The service of a client with bounded lists. Its watches have no bound: they arrive event by event.
#[derive(Clone, Debug)]
pub(super) struct BoundedLists<S> {
    inner: S,
    turns: ListTurns,
}

impl<S> BoundedLists<S> {
    pub(super) fn new(inner: S, turns: ListTurns) -> Self {
        Self { inner, turns }
    }
}

impl<S, B, R> Service<Request<R>> for BoundedLists<S>
where
    S: Service<Request<R>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<UnsyncBoxBody<Bytes, BoxError>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<R>) -> Self::Future {
        let turns = if is_watch(request.uri()) { None } else { Some(self.turns.clone()) };
        let response = self.inner.call(request);
        async move {
            Ok(response.await?.map(|inner| match turns {
                Some(turns) => BoundedPage { inner, received: 0, turn: Turn::NotNeeded, turns }.boxed_unsync(),
                None => inner.map_err(Into::into).boxed_unsync(),
            }))
        }
        .boxed()
    }
}

/// A reply that waits for its turn when it is no longer small, and ends with [`ReplyTooLarge`] at the limit.
struct BoundedPage<B> {
    inner: B,
    received: usize,
    turn: Turn,
    turns: ListTurns,
}

enum Turn {
    NotNeeded,
    Awaited(BoxFuture<'static, Option<OwnedSemaphorePermit>>),
    /// It ends when the permit is dropped.
    Taken {
        _permit: Option<OwnedSemaphorePermit>,
    },
}

impl<B> BoundedPage<B> {
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            self.turn = match &mut self.turn {
                Turn::Taken { .. } => return Poll::Ready(()),
                Turn::NotNeeded if self.received <= SMALL => return Poll::Ready(()),
                // The semaphore is never closed.
                Turn::NotNeeded => Turn::Awaited(Arc::clone(&self.turns.0).acquire_owned().map(Result::ok).boxed()),
                Turn::Awaited(turn) => Turn::Taken { _permit: ready!(turn.poll_unpin(context)) },
            }
        }
    }
}

impl<B> Body for BoundedPage<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        ready!(self.poll_turn(context));
        let frame = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => return Poll::Ready(None),
        };
        self.received = self.received.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        Poll::Ready(Some(if self.received <= PAGE { Ok(frame) } else { Err(ReplyTooLarge.into()) }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http_body_util::StreamBody;

    use super::*;

    /// A page that arrives in frames of one mebibyte.
    fn page(
        mebibytes: usize,
        turns: &ListTurns,
    ) -> BoundedPage<impl Body<Data = Bytes, Error = std::io::Error> + Unpin> {
        let frames: VecDeque<_> = (0..mebibytes).map(|_| Ok(Frame::data(vec![b' '; SMALL].into()))).collect();
        let inner = StreamBody::new(futures::stream::iter(frames));
        BoundedPage { inner, received: 0, turn: Turn::NotNeeded, turns: turns.clone() }
    }

    #[tokio::test]
    async fn a_page_is_bounded() {
        for (mebibytes, fits) in [(16, true), (17, false)] {
            match page(mebibytes, &ListTurns::default()).collect().await {
                Ok(page) => assert!(fits && page.to_bytes().len() == mebibytes * SMALL),
                Err(error) => assert!(!fits && error.is::<ReplyTooLarge>(), "{error}"),
            }
        }
    }

    #[tokio::test]
    async fn large_pages_take_turns_and_small_ones_do_not_wait() {
        let turns = ListTurns::default();
        let [mut first, mut second] = [page(3, &turns), page(3, &turns)];
        for _ in 0..3 {
            assert!(first.frame().await.is_some_and(|frame| frame.is_ok()));
        }
        // The first two frames of the second page: the page is small until it is longer than a mebibyte.
        for _ in 0..2 {
            assert!(second.frame().await.is_some_and(|frame| frame.is_ok()));
        }
        assert!(second.frame().now_or_never().is_none(), "it waits for the first page");
        assert!(page(1, &turns).collect().now_or_never().is_some(), "a small page does not wait");
        drop(first);
        assert!(second.frame().await.is_some_and(|frame| frame.is_ok()));
    }
}
