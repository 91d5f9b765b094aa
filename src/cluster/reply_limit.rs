//! Limits the bytes of replies, because a client keeps a whole reply in memory before it decodes it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame};
use tower::{BoxError, Service};

/// The maximum bytes that one client may receive. Clones share the count.
#[derive(Clone, Debug)]
pub(super) struct ReplyLimit {
    /// The maximum of one reply.
    each: usize,
    /// The maximum of all replies that are being received.
    together: usize,
    in_flight: Arc<AtomicUsize>,
}

/// A reply exceeds the limit.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the reply is too large")]
pub(super) struct ReplyTooLarge;

impl ReplyLimit {
    pub(super) fn new(each: usize, together: usize) -> Self {
        Self { each, together, in_flight: Arc::default() }
    }
}

/// The service of a client with limited replies.
#[derive(Clone, Debug)]
pub(super) struct BoundedReplies<S> {
    inner: S,
    limit: ReplyLimit,
}

impl<S> BoundedReplies<S> {
    pub(super) fn new(inner: S, limit: ReplyLimit) -> Self {
        Self { inner, limit }
    }
}

impl<S, B, R> Service<Request<R>> for BoundedReplies<S>
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
        let limit = self.limit.clone();
        let response = self.inner.call(request);
        async move { Ok(response.await?.map(|inner| BoundedReply { inner, received: 0, limit }.boxed_unsync())) }
            .boxed()
    }
}

/// A reply that ends with [`ReplyTooLarge`] at the limit.
struct BoundedReply<B> {
    inner: B,
    received: usize,
    limit: ReplyLimit,
}

impl<B> Body for BoundedReply<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => frame,
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => return Poll::Pending,
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.received = self.received.saturating_add(bytes);
        let together = self.limit.in_flight.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let fits = self.received <= self.limit.each && together <= self.limit.together;
        Poll::Ready(Some(if fits { Ok(frame) } else { Err(ReplyTooLarge.into()) }))
    }
}

impl<B> Drop for BoundedReply<B> {
    fn drop(&mut self) {
        self.limit.in_flight.fetch_sub(self.received, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    fn body(bytes: usize, limit: &ReplyLimit) -> BoundedReply<Full<Bytes>> {
        BoundedReply { inner: Full::from(vec![b' '; bytes]), received: 0, limit: limit.clone() }
    }

    async fn fits(body: BoundedReply<Full<Bytes>>) -> bool {
        match body.collect().await {
            Ok(_) => true,
            Err(error) => {
                assert!(error.is::<ReplyTooLarge>(), "{error}");
                false
            }
        }
    }

    #[tokio::test]
    async fn a_reply_is_bounded() {
        let limit = ReplyLimit::new(10, 100);
        for (bytes, expected) in [(0, true), (10, true), (11, false)] {
            assert_eq!(fits(body(bytes, &limit)).await, expected, "{bytes}");
        }
        assert_eq!(limit.in_flight.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn all_replies_together_are_bounded() {
        let limit = ReplyLimit::new(10, 15);
        let mut first = body(10, &limit);
        assert!(first.frame().await.is_some_and(|frame| frame.is_ok()));
        assert!(fits(body(5, &limit)).await);
        assert!(!fits(body(6, &limit)).await);
        drop(first);
        assert!(fits(body(6, &limit)).await);
    }
}
