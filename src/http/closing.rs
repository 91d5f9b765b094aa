//! Decides when to close a connection: a pure function of its activity and of the demand of the server.

use std::time::Duration;

use super::activity::ActivityState;
use super::limits::Limits;

/// The time that an idle client gets to close the connection after it was asked to.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The time that a new connection gets for its first request, which may be on the way, after the listener has closed.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(1);

/// The state of a connection, and the demand of the server, at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionState {
    pub(super) activity: ActivityState,
    /// Whether the connection has had no request yet.
    pub(super) unused: bool,
    pub(super) demand: Demand,
    /// The time since the connection began to close gracefully.
    pub(super) closing: Option<Duration>,
}

/// The reason why the server wants a connection closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// There is no reason.
    None,
    /// All slots are taken, and a client waits for one.
    FreeSlot,
    /// A response has asked the client to close the connection.
    CloseRequested,
    /// The listener is closed.
    ListenerClosed,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It stays open.
    Keep,
    /// It closes after the requests in progress are answered, and takes no new one.
    CloseGracefully,
    /// It is closed now.
    Drop,
}

impl ConnectionState {
    pub(super) fn decide(self, limits: &Limits) -> Decision {
        let idle = match self.activity {
            ActivityState::ReceivingHead(since) if since >= limits.head => return Decision::Drop,
            ActivityState::ReceivingHead(_) | ActivityState::Answering => None,
            ActivityState::Idle(since) => Some(since),
        };
        if let Some(closing) = self.closing {
            let silent = idle.is_some_and(|idle| idle.min(closing) >= CLOSE_TIMEOUT);
            return if silent { Decision::Drop } else { Decision::Keep };
        }
        let close = match self.demand {
            Demand::None => idle.is_some_and(|idle| idle >= limits.idle),
            Demand::FreeSlot => idle.is_some_and(|idle| idle >= limits.idle_when_full),
            Demand::CloseRequested => true,
            Demand::ListenerClosed => !(self.unused && idle.is_some_and(|idle| idle < FIRST_REQUEST_TIMEOUT)),
        };
        if close { Decision::CloseGracefully } else { Decision::Keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(150);
    const FULL: Duration = Duration::from_secs(2);

    const SECOND: Duration = Duration::from_secs(1);

    fn connection(demand: Demand, activity: ActivityState) -> ConnectionState {
        ConnectionState { activity, unused: false, demand, closing: None }
    }

    #[test]
    fn connections_close_on_demand() {
        use ActivityState::{Answering, Idle, ReceivingHead};
        use Decision::{CloseGracefully, Drop, Keep};
        use Demand::{CloseRequested, FreeSlot, ListenerClosed, None};
        let cases = [
            ("a request in progress stays", None, Answering, Keep),
            ("an idle connection stays for long", None, Idle(IDLE.saturating_sub(SECOND)), Keep),
            ("an idle connection closes at the limit", None, Idle(IDLE), CloseGracefully),
            ("a head that arrives stays", None, ReceivingHead(HEAD.saturating_sub(SECOND)), Keep),
            ("a slow head is dropped", None, ReceivingHead(HEAD), Drop),
            ("an idle connection closes early for others", FreeSlot, Idle(FULL), CloseGracefully),
            ("one that was just used does not", FreeSlot, Idle(SECOND), Keep),
            ("a busy one does not", FreeSlot, Answering, Keep),
            ("after a request to close it closes", CloseRequested, Idle(Duration::ZERO), CloseGracefully),
            ("a closed listener closes idle connections", ListenerClosed, Idle(Duration::ZERO), CloseGracefully),
            ("a closed listener answers requests first", ListenerClosed, Answering, CloseGracefully),
            ("a closed listener reads heads first", ListenerClosed, ReceivingHead(SECOND), CloseGracefully),
        ];
        for (what, demand, activity, decision) in cases {
            assert_eq!(connection(demand, activity).decide(&Limits::default()), decision, "{what}");
        }
    }

    #[test]
    fn closing_waits_a_moment_for_the_first_request() {
        let unused =
            |idle| ConnectionState { unused: true, ..connection(Demand::ListenerClosed, ActivityState::Idle(idle)) };
        assert_eq!(unused(SECOND / 2).decide(&Limits::default()), Decision::Keep);
        assert_eq!(unused(SECOND).decide(&Limits::default()), Decision::CloseGracefully);
    }

    #[test]
    fn a_closing_connection_is_dropped_only_when_it_is_idle() {
        let closing =
            |activity| ConnectionState { closing: Some(CLOSE_TIMEOUT), ..connection(Demand::ListenerClosed, activity) };
        assert_eq!(closing(ActivityState::Answering).decide(&Limits::default()), Decision::Keep);
        let just_answered = ActivityState::Idle(SECOND / 2);
        assert_eq!(closing(just_answered).decide(&Limits::default()), Decision::Keep);
        assert_eq!(closing(ActivityState::Idle(CLOSE_TIMEOUT)).decide(&Limits::default()), Decision::Drop);
    }
}
