//! Waits with a deadline.

use std::thread;
use std::time::{Duration, Instant};

const BETWEEN: Duration = Duration::from_millis(50);

/// Calls `probe` until it succeeds.
///
/// # Errors The name `what`, the time, and the last error of `probe`.
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

/// The same as [`wait_for`], but panics at the deadline.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, within: Duration, probe: impl FnMut() -> Result<T, String>) -> T {
    match wait_for(what, within, probe) {
        Ok(answer) => answer,
        Err(error) => panic!("{error}"),
    }
}
