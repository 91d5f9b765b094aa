//! The index stays small: the heap bytes of a slice and of an Ingress, counted by the allocator. The tests have their
//! own process, because the allocator counts all tests of a process.

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

/// Only one test may count bytes at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The Ingress of a review, with three paths, a class, annotations and labels.
#[test]
fn an_ingress_takes_at_most_500_bytes() {
    let _alone = ALONE.lock().unwrap();
    let bytes = memory::ingress_bytes(ALLOCATOR, 10_000);
    assert!(bytes <= 500.0, "{bytes}");
}

/// The largest Ingresses with and without hosts: every path has a target and a host of its own.
#[test]
fn a_large_ingress_takes_less_than_its_json() {
    let _alone = ALONE.lock().unwrap();
    for (paths, most) in [(100, 0.7), (1000, 0.7), (20_000, 0.1)] {
        let bytes = memory::bytes_of_large_ingress(ALLOCATOR, paths);
        assert!(bytes <= most, "{bytes} for each byte of {paths} paths");
    }
}

/// Two slices of each of 10,000 Services, in many namespaces and in one.
#[test]
fn a_slice_takes_at_most_200_bytes() {
    let _alone = ALONE.lock().unwrap();
    for size in [Size::LARGE, Size::CROWDED] {
        let bytes = memory::bytes(ALLOCATOR, size, 2);
        assert!(bytes.slice <= 200.0, "{bytes:?} in {} namespaces", size.namespaces);
    }
}
