//! How a watch continues after an error.

use std::time::Duration;

use kube::runtime::watcher;

use super::error::{ApiError, ErrorKind};
use super::health::WatchFailure;
use super::words::chain;

/// How to continue after an error of the watcher.
pub(super) struct Recovery {
    pub(super) failure: WatchFailure,
    /// The resourceVersion of the watch has expired, and the API server requires a list.
    pub(super) expired: bool,
    /// A page of the list exceeds the limit of a reply.
    pub(super) too_large: bool,
    /// How long the API server asks to wait; zero if it does not.
    pub(super) retry_after: Duration,
    /// The stream may continue: the watcher of kube lists again, or resumes the watch.
    pub(super) resumable: bool,
}

impl Recovery {
    /// client-go resumes a watch after a lost connection and after "too many requests", and lists again after other
    /// errors (`tools/cache/reflector.go`). kube would resume forever, regardless of the error.
    pub(super) fn of(error: &watcher::Error, server: &str) -> Self {
        use watcher::Error::{InitialListFailed, NoResourceVersion, WatchError, WatchFailed, WatchStartFailed};
        let cause = match error {
            InitialListFailed(cause) | WatchStartFailed(cause) | WatchFailed(cause) => ApiError::of(cause),
            WatchError(status) => ApiError::of_status(status),
            NoResourceVersion => ApiError::without_answer(ErrorKind::Other, chain(error)),
        };
        let on_list = matches!(error, InitialListFailed(_) | NoResourceVersion);
        let message = if cause.is_answer { cause.message } else { format!("{server}: {}", cause.message) };
        Self {
            failure: WatchFailure { message, forbidden: cause.kind == ErrorKind::Forbidden, on_watch: !on_list },
            too_large: cause.kind == ErrorKind::TooLarge,
            expired: cause.kind == ErrorKind::Expired,
            retry_after: cause.retry_after,
            resumable: on_list || matches!(cause.kind, ErrorKind::TooManyRequests | ErrorKind::Transport),
        }
    }
}
