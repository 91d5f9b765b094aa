//! The index stays small: heap bytes of a slice, counted by the allocator. A process of its own, because another
//! test in it would be counted too.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test or bench may panic at the first failure")]

#[path = "../benches/support/memory.rs"]
mod memory;
#[path = "../benches/support/world.rs"]
mod world;

use std::alloc::System;
use std::sync::Mutex;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use world::Size;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What counts bytes must be alone.
static ALONE: Mutex<()> = Mutex::new(());

/// As reviews carry it: three paths, class, annotations and labels.
#[test]
fn an_ingress_takes_at_most_1500_bytes() {
    let _alone = ALONE.lock().unwrap();
    let bytes = memory::ingress_bytes(ALLOCATOR, 10_000);
    assert!(bytes <= 1500.0, "{bytes}");
}

/// Two slices of each of 10,000 Services, spread as usual and all in one namespace.
#[test]
fn a_slice_takes_at_most_200_bytes() {
    let _alone = ALONE.lock().unwrap();
    for size in [Size::LARGE, Size::CROWDED] {
        let bytes = memory::bytes(ALLOCATOR, size, 2);
        assert!(bytes.slice <= 200.0, "{bytes:?} in {} namespaces", size.namespaces);
    }
}
