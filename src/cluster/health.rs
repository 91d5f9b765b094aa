//! The health of one watch: whether the index can be trusted for its kind.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::view::Unknown;

/// Why a list or a watch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WatchFailure {
    /// The reason, for people; the message of the API server if there is one.
    pub(super) message: String,
    /// A permission is missing, so waiting does not help.
    pub(super) forbidden: bool,
    /// A watch failed, so a successful list does not end the failure.
    pub(super) on_watch: bool,
}

/// The state of one watch. Every method gets the current time.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    synced: bool,
    /// The index was known to show the state of the cluster at this time.
    current_at: Option<Instant>,
    listing_since: Option<Instant>,
    failure: Option<(Instant, WatchFailure)>,
    /// The number of objects that could not be decoded, since the start.
    pub(super) skipped: usize,
}

impl Health {
    /// A list begins.
    pub(super) fn list_began(&mut self, now: Instant) {
        self.listing_since = Some(now);
    }

    /// A list is complete: the index shows the state when the list began, or a later one.
    pub(super) fn list_done(&mut self) {
        self.synced = true;
        self.current_at = self.current_at.max(self.listing_since);
        if self.failure.as_ref().is_some_and(|(_, failure)| !failure.on_watch) {
            self.failure = None;
        }
    }

    /// The watch received bytes at `at`.
    pub(super) fn watch_heard(&mut self, at: Instant) {
        if self.synced {
            self.current_at = self.current_at.max(Some(at));
        }
        if self.failure.as_ref().is_some_and(|(since, failure)| failure.on_watch && at > *since) {
            self.failure = None;
        }
    }

    /// A list or the watch failed.
    pub(super) fn failed(&mut self, failure: WatchFailure, now: Instant) {
        self.failure = Some((now, failure));
    }

    /// Whether the call that failed last has succeeded since.
    pub(super) fn has_recovered(&self) -> bool {
        self.failure.is_none()
    }

    /// The task of the watch has ended, so the index is out of date.
    pub(super) fn task_lost(&mut self, why: &str, now: Instant) {
        self.synced = false;
        self.current_at = None;
        self.failed(WatchFailure { message: why.to_owned(), forbidden: false, on_watch: false }, now);
    }

    /// The age of the state in the index; `None` before the first list.
    pub(super) fn age(&self, now: Instant) -> Option<Duration> {
        self.current_at.filter(|_| self.synced).map(|current| now.saturating_duration_since(current))
    }

    /// Whether the index is up to date for this kind, with a maximum lag of `bound`. The error is the reason, and a
    /// text for people.
    pub(super) fn availability(&self, now: Instant, bound: Duration) -> Result<(), (Unknown, String)> {
        let failure = self.failure.as_ref().map(|(_, failure)| failure);
        if let Some(failure) = failure.filter(|failure| failure.forbidden) {
            return Err((Unknown::Forbidden, format!("forbidden: {}", failure.message)));
        }
        let reason = failure.map(|failure| format!(": {}", failure.message)).unwrap_or_default();
        let Some(age) = self.age(now) else {
            return Err((Unknown::NotSynced, format!("waiting for the first list{reason}")));
        };
        if age <= bound {
            return Ok(());
        }
        let why = if failure.is_some() { Unknown::Failed } else { Unknown::NotSynced };
        Err((why, format!("nothing heard for {} s{reason}", age.as_secs())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_secs(30);

    fn failure(forbidden: bool, on_watch: bool) -> WatchFailure {
        WatchFailure { message: "no".to_owned(), forbidden, on_watch }
    }

    struct Story {
        start: Instant,
        health: Health,
    }

    impl Story {
        fn new() -> Self {
            Self { start: Instant::now(), health: Health::default() }
        }

        fn at(&self, seconds: u64) -> Instant {
            self.start + Duration::from_secs(seconds)
        }

        fn listed(mut self, began: u64) -> Self {
            self.health.list_began(self.at(began));
            self.health.list_done();
            self
        }

        fn heard(mut self, seconds: u64) -> Self {
            self.health.watch_heard(self.at(seconds));
            self
        }

        fn failed(mut self, seconds: u64, failure: WatchFailure) -> Self {
            self.health.failed(failure, self.at(seconds));
            self
        }

        fn availability(&self, seconds: u64) -> Result<(), (Unknown, String)> {
            self.health.availability(self.at(seconds), BOUND)
        }
    }

    fn unavailable(why: Unknown, message: &str) -> Result<(), (Unknown, String)> {
        Err((why, message.to_owned()))
    }

    #[test]
    fn a_watch_is_available_from_its_first_list_while_it_receives_bytes() {
        assert_eq!(Story::new().availability(0), unavailable(Unknown::NotSynced, "waiting for the first list"));
        assert_eq!(
            Story::new().heard(1).availability(1),
            unavailable(Unknown::NotSynced, "waiting for the first list")
        );
        assert_eq!(Story::new().listed(1).availability(31), Ok(()));
        assert_eq!(Story::new().listed(1).availability(32), unavailable(Unknown::NotSynced, "nothing heard for 31 s"));
        assert_eq!(Story::new().listed(1).heard(20).availability(50), Ok(()));
    }

    #[test]
    fn a_refusal_counts_at_once_until_the_same_call_succeeds() {
        let refused = unavailable(Unknown::Forbidden, "forbidden: no");
        assert_eq!(Story::new().failed(0, failure(true, false)).availability(0), refused);
        assert_eq!(Story::new().listed(0).failed(1, failure(true, false)).availability(1), refused);
        assert_eq!(Story::new().failed(0, failure(true, false)).listed(1).availability(1), Ok(()));
        assert_eq!(Story::new().failed(0, failure(true, true)).listed(1).availability(1), refused);
        assert_eq!(Story::new().listed(0).failed(1, failure(true, true)).heard(2).availability(2), Ok(()));
    }

    #[test]
    fn another_failure_counts_when_the_index_is_too_old() {
        let story = Story::new().listed(0).failed(1, failure(false, true));
        assert_eq!(story.availability(30), Ok(()));
        assert_eq!(story.availability(31), unavailable(Unknown::Failed, "nothing heard for 31 s: no"));
        let cold = Story::new().failed(1, failure(false, false));
        assert_eq!(cold.availability(99), unavailable(Unknown::NotSynced, "waiting for the first list: no"));
    }
}
