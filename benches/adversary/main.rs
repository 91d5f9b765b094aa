//! The most expensive reviews that an API server can send, and their effect on other requests.
//!
//! Run: `cargo bench --features mimalloc --bench adversary`. Words after `--` select shapes by name.
//!
//! Output: a table of shapes. Each shape is judged in process at its full size and at half of it. The table shows the
//! processor time of one review, and the ratio of both times. A review may take at most 100 ms. Twice the size may take
//! twice the time; the bound of 2.3 leaves room for noise. An answer has at most 64 KiB.
//!
//! Then the real program serves the eight most expensive reviews at the same time, on one core. A driver on another
//! core sends ordinary reviews and requests `/livez`. 99 of 100 ordinary reviews must be answered within 20 ms, and
//! every request to `/livez` within 100 ms.
//!
//! The exit code is 1 if a bound is missed. The benchmark needs Linux. Without `taskset`, the server and the driver
//! share their cores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

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

/// The number of concurrent expensive reviews.
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
