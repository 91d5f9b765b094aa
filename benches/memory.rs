//! What an index and an answer take of the heap, counted by the allocator: the same figures on every run.
//!
//! Run: `cargo bench --bench memory`
//!
//! Read: bytes of a Service and of a slice in an index of 10,000 Services, by how they are spread; at most 200 for
//! a slice of the first two, which `tests/index_memory.rs` asserts as well. Then how often an answer asks the
//! allocator for memory, which is most of what it costs and no matter of how busy the machine is.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

#[path = "support/figures.rs"]
mod figures;
#[path = "support/memory.rs"]
mod memory;
#[path = "support/world.rs"]
mod world;

use std::alloc::System;
use std::process::ExitCode;

use axum::body::Body;
use axum::http::{Request, header};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::ServiceExt as _;

use figures::{Bound, holds, measuring};
use world::{CREATE, Size, UPDATE};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    if !measuring() {
        return ExitCode::SUCCESS;
    }
    let mut kept = true;
    for (what, size, each) in [
        ("2 slices a Service, 100 namespaces", Size::LARGE, 2),
        ("2 slices a Service, 1 namespace", Size::CROWDED, 2),
        ("1 slice a Service, 100 namespaces", Size::LARGE, 1),
        ("10 slices a Service, 100 namespaces", Size::LARGE, 10),
    ] {
        let bytes = memory::bytes(ALLOCATOR, size, each);
        let bound = if each == 2 { Bound::AtMost(200.0) } else { Bound::AtMost(f64::INFINITY) };
        println!("{what}: {:.0} bytes a Service", bytes.service);
        kept &= holds(&format!("{what}: a slice"), bytes.slice, " bytes", bound);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let webhook = world::webhook(Size::LARGE);
    for (what, review) in [("create", CREATE), ("update", UPDATE)] {
        // The second time: the first one makes counters and thread-local things too.
        let answers = [0, 1].map(|number| {
            let review = Size::LARGE.review(review, number);
            let request = Request::post("/validate?timeout=5s").header(header::CONTENT_TYPE, "application/json");
            let request = request.body(Body::from(review)).unwrap();
            let region = Region::new(ALLOCATOR);
            drop(runtime.block_on(webhook.clone().oneshot(request)).unwrap());
            region.change()
        });
        let [_, answer] = answers;
        println!("{what}: {} allocations, {} bytes", answer.allocations + answer.reallocations, answer.bytes_allocated);
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
