//! The most expensive reviews that an API server can send, and what they do to others.
//!
//! Run: `cargo bench --features mimalloc --bench adversary`; words after `--` pick shapes by name.
//!
//! Read: a table of shapes. Each shape is judged in process at its full size and at half of it: the processor time of one
//! review, and the ratio of both. No review may take more than 100 ms, and twice the size may take twice the time; 2.3 times
//! with the noise of a measurement. An answer has at most 64 KiB.
//!
//! Then the real program serves eight of the worst reviews at a time, on one core, while a driver on another core sends
//! ordinary reviews and asks `/livez`. 99 of 100 ordinary reviews must be answered within 20 ms, and `/livez` always within
//! 100 ms.
//!
//! A bound that is missed is exit code 1. It needs Linux; without `taskset` the two sides share their cores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

#[path = "../support/adversary/mod.rs"]
mod adversary;
#[path = "../support/api_server.rs"]
mod api_server;
#[path = "../support/figures.rs"]
mod figures;
#[path = "../support/listed.rs"]
mod listed;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/machine.rs"]
mod machine;
#[path = "../support/served.rs"]
mod served;
#[path = "../support/world.rs"]
mod world;

mod pressure;
mod table;

use std::process::ExitCode;

use adversary::shapes;
use figures::measuring;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many of the most expensive reviews are in flight at a time.
const IN_FLIGHT: usize = 8;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    let shapes: Vec<_> = shapes().filter(|shape| wanted(shape.name)).collect();
    if !measuring() {
        table::try_small_sizes(&shapes);
        return ExitCode::SUCCESS;
    }
    let rows = table::measure(&shapes);
    let kept = rows.iter().all(table::Row::kept);
    let worst = table::most_expensive(&rows, IN_FLIGHT);
    let kept = pressure::holds(&worst) && kept;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
