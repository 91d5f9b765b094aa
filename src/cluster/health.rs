//! How far one watch can be trusted.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::view::Unknown;

/// Why a watch is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// In the words of the API server, where it has any.
    pub(super) message: String,
    /// It refused: a permission is missing, and waiting does not help.
    pub(super) forbidden: bool,
    /// It struck a watch, so that a list that succeeds does not end it.
    pub(super) on_watch: bool,
}

/// What is known of one watch. Every method gets the time.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    synced: bool,
    /// The index was known to show the cluster as it was then.
    current: Option<Instant>,
    listing_since: Option<Instant>,
    trouble: Option<(Instant, Trouble)>,
    /// Objects that did not decode, since the start.
    pub(super) skipped: usize,
}

impl Health {
    /// A list begins.
    pub(super) fn list_began(&mut self, now: Instant) {
        self.listing_since = Some(now);
    }

    /// A list is complete: the index shows what was there when it began, or later.
    pub(super) fn list_done(&mut self) {
        self.synced = true;
        self.current = self.current.max(self.listing_since);
        if self.trouble.as_ref().is_some_and(|(_, trouble)| !trouble.on_watch) {
            self.trouble = None;
        }
    }

    /// The watch was heard at `at`.
    pub(super) fn heard(&mut self, at: Instant) {
        if self.synced {
            self.current = self.current.max(Some(at));
        }
        if self.trouble.as_ref().is_some_and(|(since, trouble)| trouble.on_watch && at > *since) {
            self.trouble = None;
        }
    }

    /// Something failed.
    pub(super) fn failed(&mut self, trouble: Trouble, now: Instant) {
        self.trouble = Some((now, trouble));
    }

    /// What failed last was tried again, and succeeded since.
    pub(super) fn is_untroubled(&self) -> bool {
        self.trouble.is_none()
    }

    /// The task that keeps it is gone: nothing that it said counts.
    pub(super) fn lost(&mut self, why: &str, now: Instant) {
        self.synced = false;
        self.current = None;
        self.failed(Trouble { message: why.to_owned(), forbidden: false, on_watch: false }, now);
    }

    /// How old the picture is; `None` before the first one.
    pub(super) fn age(&self, now: Instant) -> Option<Duration> {
        self.current.filter(|_| self.synced).map(|current| now.saturating_duration_since(current))
    }

    /// Whether the index can be trusted for this kind, given that it may be `bound` old; if not, why, and for people.
    pub(super) fn sight(&self, now: Instant, bound: Duration) -> Result<(), (Unknown, String)> {
        let trouble = self.trouble.as_ref().map(|(_, trouble)| trouble);
        if let Some(trouble) = trouble.filter(|trouble| trouble.forbidden) {
            return Err((Unknown::Forbidden, format!("forbidden: {}", trouble.message)));
        }
        let reason = trouble.map(|trouble| format!(": {}", trouble.message)).unwrap_or_default();
        let Some(age) = self.age(now) else {
            return Err((Unknown::NotSynced, format!("waiting for the first list{reason}")));
        };
        if age <= bound {
            return Ok(());
        }
        let why = if trouble.is_some() { Unknown::Failed } else { Unknown::NotSynced };
        Err((why, format!("nothing heard for {} s{reason}", age.as_secs())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_secs(30);

    fn trouble(forbidden: bool, on_watch: bool) -> Trouble {
        Trouble { message: "no".to_owned(), forbidden, on_watch }
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
            self.health.heard(self.at(seconds));
            self
        }

        fn failed(mut self, seconds: u64, trouble: Trouble) -> Self {
            self.health.failed(trouble, self.at(seconds));
            self
        }

        fn sight(&self, seconds: u64) -> Result<(), (Unknown, String)> {
            self.health.sight(self.at(seconds), BOUND)
        }
    }

    fn blind(why: Unknown, message: &str) -> Result<(), (Unknown, String)> {
        Err((why, message.to_owned()))
    }

    #[test]
    fn a_watch_is_trusted_from_its_first_list_on_for_as_long_as_it_is_heard() {
        assert_eq!(Story::new().sight(0), blind(Unknown::NotSynced, "waiting for the first list"));
        assert_eq!(Story::new().heard(1).sight(1), blind(Unknown::NotSynced, "waiting for the first list"));
        assert_eq!(Story::new().listed(1).sight(31), Ok(()));
        assert_eq!(Story::new().listed(1).sight(32), blind(Unknown::NotSynced, "nothing heard for 31 s"));
        assert_eq!(Story::new().listed(1).heard(20).sight(50), Ok(()));
    }

    #[test]
    fn a_refusal_counts_at_once_and_ends_when_the_same_call_succeeds() {
        let refused = blind(Unknown::Forbidden, "forbidden: no");
        assert_eq!(Story::new().failed(0, trouble(true, false)).sight(0), refused);
        assert_eq!(Story::new().listed(0).failed(1, trouble(true, false)).sight(1), refused);
        assert_eq!(Story::new().failed(0, trouble(true, false)).listed(1).sight(1), Ok(()));
        assert_eq!(Story::new().failed(0, trouble(true, true)).listed(1).sight(1), refused);
        assert_eq!(Story::new().listed(0).failed(1, trouble(true, true)).heard(2).sight(2), Ok(()));
    }

    #[test]
    fn any_other_failure_counts_once_the_picture_is_too_old() {
        let story = Story::new().listed(0).failed(1, trouble(false, true));
        assert_eq!(story.sight(30), Ok(()));
        assert_eq!(story.sight(31), blind(Unknown::Failed, "nothing heard for 31 s: no"));
        let cold = Story::new().failed(1, trouble(false, false));
        assert_eq!(cold.sight(99), blind(Unknown::NotSynced, "waiting for the first list: no"));
    }
}
