//! The cluster module against an API server that fails on purpose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

mod bounds;
mod check;
mod connect;
mod fake;
mod gaps;
mod listing;
mod live;
mod saturation;
mod told;
mod watches;

use std::time::{Duration, Instant};

/// Waits until `holds`, looking often; fails the test, saying what did not come, after a generous while.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "not within 30 s: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
