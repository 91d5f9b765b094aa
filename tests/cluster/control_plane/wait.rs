//! Waiting with a deadline, for something that is named.

use std::thread;
use std::time::{Duration, Instant};

const BETWEEN: Duration = Duration::from_millis(50);

/// Asks `probe` until it has an answer.
///
/// # Errors
/// What was waited for, for how long, and what `probe` said last.
pub(crate) fn wait_for<T>(
    what: &str,
    within: Duration,
    mut probe: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let started = Instant::now();
    loop {
        match probe() {
            Ok(answer) => return Ok(answer),
            Err(last) if started.elapsed() >= within => {
                return Err(format!("waited {} s for {what}; last: {last}", within.as_secs()));
            }
            Err(_) => thread::sleep(BETWEEN),
        }
    }
}

/// As [`wait_for`], for tests.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, within: Duration, probe: impl FnMut() -> Result<T, String>) -> T {
    match wait_for(what, within, probe) {
        Ok(answer) => answer,
        Err(error) => panic!("{error}"),
    }
}
