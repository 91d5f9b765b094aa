//! Why a call to the API server failed. Only this module decides what an error means.

use std::time::Duration;

use kube::core::Status;

use super::reply_limit::ReplyTooLarge;
use super::words::chain;
use crate::engine::view::Unknown;

/// The meaning of a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorKind {
    /// A permission is missing.
    Forbidden,
    /// The credentials are not accepted.
    Unauthorized,
    /// The object does not exist. Only `NotFound` of the API means this, because a proxy may answer 404 for other
    /// reasons.
    NotFound,
    /// The resourceVersion or the continue token of the call is too old.
    Expired,
    /// The API server asks to call again later.
    TooManyRequests,
    /// The answer exceeds the limit.
    TooLarge,
    /// There is no answer, or an incomplete one.
    Transport,
    /// The answer has the wrong content.
    Undecodable,
    /// Any other refusal or failure.
    Other,
}

/// Why a call to the API server failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) kind: ErrorKind,
    /// The status of the HTTP response, if there was one.
    pub(super) status: Option<u16>,
    /// The cause, for people.
    pub(super) message: String,
    /// The message comes from the API server.
    pub(super) is_answer: bool,
    /// How long the API server asks to wait; zero if it does not.
    pub(super) retry_after: Duration,
}

impl ApiError {
    /// The meaning of an error of kube's client.
    pub(super) fn of(error: &kube::Error) -> Self {
        let kind = match error {
            kube::Error::Api(status) => {
                let answer = Self::of_status(status);
                let message = if answer.message.is_empty() { chain(error) } else { answer.message };
                return Self { message, ..answer };
            }
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => ErrorKind::Undecodable,
            kube::Error::Service(cause) if cause.is::<ReplyTooLarge>() => ErrorKind::TooLarge,
            kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => ErrorKind::Transport,
            _ => ErrorKind::Other,
        };
        Self::without_answer(kind, chain(error))
    }

    /// The meaning of a `Status` of the API. The message is empty if the API server gave none.
    pub(super) fn of_status(status: &Status) -> Self {
        let kind = match (status.code, status.reason.as_str()) {
            (401, _) | (_, "Unauthorized") => ErrorKind::Unauthorized,
            (403, _) | (_, "Forbidden") => ErrorKind::Forbidden,
            (404, "NotFound") => ErrorKind::NotFound,
            (410, _) | (_, "Expired" | "Gone") => ErrorKind::Expired,
            (429, _) | (_, "TooManyRequests") => ErrorKind::TooManyRequests,
            _ => ErrorKind::Other,
        };
        let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
        Self {
            kind,
            status: Some(status.code),
            message: status.message.clone(),
            is_answer: !status.message.is_empty(),
            retry_after: Duration::from_secs(seconds.into()),
        }
    }

    /// The failure of a call that the API server did not answer.
    pub(super) fn without_answer(kind: ErrorKind, message: String) -> Self {
        Self { kind, status: None, message, is_answer: false, retry_after: Duration::ZERO }
    }

    /// Why the fact that the call requested is unknown.
    pub(super) fn unknown(&self) -> Unknown {
        match self.kind {
            ErrorKind::Forbidden => Unknown::Forbidden,
            ErrorKind::Undecodable => Unknown::Undecodable,
            ErrorKind::TooLarge => Unknown::TooLarge,
            _ => Unknown::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::forbidden(403, "Forbidden", ErrorKind::Forbidden, Unknown::Forbidden)]
    #[case::unauthorized(401, "Unauthorized", ErrorKind::Unauthorized, Unknown::Failed)]
    #[case::not_found(404, "NotFound", ErrorKind::NotFound, Unknown::Failed)]
    #[case::not_found_by_a_proxy(404, "", ErrorKind::Other, Unknown::Failed)]
    #[case::expired(410, "Expired", ErrorKind::Expired, Unknown::Failed)]
    #[case::gone(410, "", ErrorKind::Expired, Unknown::Failed)]
    #[case::busy(429, "TooManyRequests", ErrorKind::TooManyRequests, Unknown::Failed)]
    #[case::forbidden_by_a_proxy(403, "", ErrorKind::Forbidden, Unknown::Forbidden)]
    #[case::down(503, "ServiceUnavailable", ErrorKind::Other, Unknown::Failed)]
    fn the_meaning_of_an_answer(
        #[case] code: u16,
        #[case] reason: &str,
        #[case] expected: ErrorKind,
        #[case] unknown: Unknown,
    ) {
        for message in ["because", ""] {
            let status = Status::failure(message, reason).with_code(code);
            let error = ApiError::of(&kube::Error::Api(status.boxed()));
            assert_eq!((error.kind, error.status, error.unknown()), (expected, Some(code), unknown));
            assert!(error.is_answer == (message == error.message) && !error.message.is_empty(), "{error:?}");
        }
    }

    #[test]
    fn the_meaning_of_no_answer() {
        let kind = |error: kube::Error| ApiError::of(&error).kind;
        let garbage = serde_json::from_str::<Status>("<html>").unwrap_err();
        assert_eq!(kind(kube::Error::SerdeError(garbage)), ErrorKind::Undecodable);
        assert_eq!(kind(kube::Error::Service(Box::new(std::io::Error::other("refused")))), ErrorKind::Transport);
        assert_eq!(kind(kube::Error::Service(Box::new(ReplyTooLarge))), ErrorKind::TooLarge);
        assert_eq!(kind(kube::Error::LinesCodecMaxLineLengthExceeded), ErrorKind::Other);
    }
}
