//! When to let go of a connection: a pure function of what it does and what the server needs.

use std::time::Duration;

use super::activity::Doing;
use super::limits::Limits;

/// How long a client that was asked to close may take to do so while it does nothing.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a connection that has brought no request yet may stay once nothing new is accepted:
/// its first request may be on the way.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// A connection, and what its server needs of it, at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) doing: Doing,
    /// Whether it has brought no request yet.
    pub(super) fresh: bool,
    pub(super) need: Need,
    /// For how long it has been closing gracefully.
    pub(super) leaving: Option<Duration>,
}

/// What the server needs of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing.
    Nothing,
    /// All connections are taken, and a client waits.
    Room,
    /// A response has asked the client to close.
    Farewell,
    /// The listener takes nothing new.
    Close,
}

/// What to do with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing.
    Stay,
    /// Answer what is in progress, take nothing more, and close.
    Leave,
    /// Close now.
    Drop,
}

impl Seen {
    pub(super) fn decide(self, limits: &Limits) -> Decision {
        let idle = match self.doing {
            Doing::Head(since) if since >= limits.head => return Decision::Drop,
            Doing::Head(_) | Doing::Running => None,
            Doing::Idle(since) => Some(since),
        };
        if let Some(leaving) = self.leaving {
            let silent = idle.is_some_and(|idle| idle.min(leaving) >= FAREWELL);
            return if silent { Decision::Drop } else { Decision::Stay };
        }
        let leave = match self.need {
            Need::Nothing => idle.is_some_and(|idle| idle >= limits.idle),
            Need::Room => idle.is_some_and(|idle| idle >= limits.idle_when_full),
            Need::Farewell => true,
            Need::Close => !(self.fresh && idle.is_some_and(|idle| idle < FIRST_REQUEST)),
        };
        if leave { Decision::Leave } else { Decision::Stay }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(150);
    const FULL: Duration = Duration::from_secs(2);

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(need: Need, doing: Doing) -> Seen {
        Seen { doing, fresh: false, need, leaving: None }
    }

    #[test]
    fn a_connection_is_let_go_when_it_holds_what_others_need() {
        use Decision::{Drop, Leave, Stay};
        use Doing::{Head, Idle, Running};
        use Need::{Close, Farewell, Nothing, Room};
        let cases = [
            ("a request in progress stays", Nothing, Running, Stay),
            ("idle stays for long", Nothing, Idle(IDLE.saturating_sub(SECOND)), Stay),
            ("idle leaves at its bound", Nothing, Idle(IDLE), Leave),
            ("a head in progress stays", Nothing, Head(HEAD.saturating_sub(SECOND)), Stay),
            ("a slow head is dropped", Nothing, Head(HEAD), Drop),
            ("idle leaves early for others", Room, Idle(FULL), Leave),
            ("just used does not", Room, Idle(SECOND), Stay),
            ("busy does not", Room, Running, Stay),
            ("after a farewell it leaves", Farewell, Idle(Duration::ZERO), Leave),
            ("closing ends idle", Close, Idle(Duration::ZERO), Leave),
            ("closing answers requests first", Close, Running, Leave),
            ("closing reads heads first", Close, Head(SECOND), Leave),
        ];
        for (what, need, doing, decision) in cases {
            assert_eq!(seen(need, doing).decide(&Limits::default()), decision, "{what}");
        }
    }

    #[test]
    fn closing_waits_a_moment_for_the_first_request() {
        let fresh = |idle| Seen { fresh: true, ..seen(Need::Close, Doing::Idle(idle)) };
        assert_eq!(fresh(SECOND / 2).decide(&Limits::default()), Decision::Stay);
        assert_eq!(fresh(SECOND).decide(&Limits::default()), Decision::Leave);
    }

    #[test]
    fn a_leaving_client_is_dropped_only_when_it_does_nothing() {
        let leaving = |doing| Seen { leaving: Some(FAREWELL), ..seen(Need::Close, doing) };
        assert_eq!(leaving(Doing::Running).decide(&Limits::default()), Decision::Stay);
        assert_eq!(leaving(Doing::Idle(SECOND / 2)).decide(&Limits::default()), Decision::Stay, "an answer just left");
        assert_eq!(leaving(Doing::Idle(FAREWELL)).decide(&Limits::default()), Decision::Drop);
    }
}
