//! Limits how often one event is logged.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Lets the first event pass, and then at most one in each interval.
#[derive(Debug)]
pub struct Throttle {
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the last event passed.
    passed: Option<Instant>,
    /// Events since then that did not pass.
    held_back: u64,
}

impl Throttle {
    /// Lets one event pass in each `interval`.
    pub fn new(interval: Duration) -> Self {
        Self { interval, state: Mutex::default() }
    }

    /// Whether an event at `now` passes. If so, the number of events that were suppressed since the last one.
    pub fn pass(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock();
        if state.passed.is_some_and(|passed| now.saturating_duration_since(passed) < self.interval) {
            state.held_back = state.held_back.saturating_add(1);
            return None;
        }
        state.passed = Some(now);
        Some(std::mem::take(&mut state.held_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_passes_in_each_interval_with_the_number_of_suppressed_ones() {
        let (throttle, start) = (Throttle::new(Duration::from_mins(1)), Instant::now());
        let passed = [0, 1, 59, 60, 61, 300].map(|second| throttle.pass(start + Duration::from_secs(second)));
        assert_eq!(passed, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
