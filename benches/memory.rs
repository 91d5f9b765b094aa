//! The heap memory of an index and of an answer, counted by the allocator. The figures are the same in every run.
//!
//! Run: `cargo bench --bench memory`
//!
//! Output: the bytes of a Service and of a slice in an index of 10,000 Services, for several distributions over
//! namespaces. The bound is 200 bytes for a slice in the first two distributions; `tests/index_memory.rs` asserts the
//! same bound. Then the number of allocations for an answer, which are most of its cost and do not depend on the load
//! of the machine.

#![allow(clippy::unwrap_used, reason = "a test or bench may panic at the first failure")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

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
        // The second answer is measured, because the first one also creates counters and thread-local data.
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
