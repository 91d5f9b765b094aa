//! The cluster module with a fake API server that fails on purpose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test or bench may panic at the first failure"
)]

mod bounds;
mod check;
mod connect;
mod fake;
mod gaps;
mod listing;
mod live;
#[path = "../support/log_lines.rs"]
mod log_lines;
mod makers;
mod saturation;
mod watch_logs;
mod watches;

use std::time::{Duration, Instant};

/// Waits until `holds` is true. After a long time without success, the test fails with `what`.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "not within 30 s: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
