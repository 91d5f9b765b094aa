//! The heap memory of an index, counted by the allocator. It is the same in every run, on every machine with the same
//! word size.

// Each user of this module uses a part of it.
#![allow(dead_code, reason = "each bench uses its own part of it")]

use std::alloc::System;

use backstop::engine::kinds::Kind;
use backstop::engine::view::Index;
use stats_alloc::{Region, StatsAlloc};

use super::world::{Size, add_slices, services_only};

/// The heap bytes of one object of each kind in an index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    pub(crate) service: f64,
    pub(crate) slice: f64,
}

/// Fills an index with Services of two ports, and `each` slices for each Service. The result counts the requested
/// bytes. The allocator rounds up: glibc to a multiple of 16, plus 8.
#[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
pub(crate) fn bytes(allocator: &StatsAlloc<System>, size: Size, each: usize) -> Bytes {
    let region = Region::new(allocator);
    let mut index = services_only(size);
    let services = held(&region);
    add_slices(&mut index, size, each);
    let slices = held(&region) - services;
    assert_eq!(index.count(Kind::EndpointSlice), size.services * each, "every slice is there");
    let service = services as f64 / size.services as f64;
    Bytes { service, slice: slices as f64 / count(&index) }
}

/// The heap bytes of an Ingress with three paths, as in a review. Each Ingress has its own Services.
#[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
pub(crate) fn ingress_bytes(allocator: &StatsAlloc<System>, ingresses: usize) -> f64 {
    let object = reviewed();
    let mut index = Index::default();
    let region = Region::new(allocator);
    for number in 0..ingresses {
        let object = object.replace("checkout-0000", &format!("checkout-{number:05}-"));
        let mut subject = backstop::engine::manifest::ingress(&object, "shop").unwrap();
        subject.name.name = format!("{}-{number}", subject.name.name);
        index.apply_ingress(&subject);
    }
    let bytes = held(&region);
    assert_eq!(index.count(Kind::Ingress), ingresses, "every Ingress is there");
    bytes as f64 / ingresses as f64
}

/// The Ingress of the review.
fn reviewed() -> String {
    let review: serde_json::Value = serde_json::from_str(super::world::CREATE).unwrap();
    review.pointer("/request/object").unwrap().to_string()
}

/// The heap bytes of an Ingress with this number of paths, each to a port of its own, for each byte of its JSON. The JSON
/// is as short as possible.
#[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
pub(crate) fn bytes_of_large_ingress(allocator: &StatsAlloc<System>, paths: usize) -> f64 {
    let path = |port| {
        format!(
            r#"{{"path":"/","pathType":"Exact","backend":{{"service":{{"name":"w","port":{{"number":{port}}}}}}}}}"#
        )
    };
    let rule = |port| format!(r#"{{"host":"h{port}","http":{{"paths":[{}]}}}}"#, path(port));
    let rules: Vec<String> = (1..=paths).map(rule).collect();
    let json = format!(r#"{{"metadata":{{"name":"web"}},"spec":{{"rules":[{}]}}}}"#, rules.join(","));
    let mut index = Index::default();
    let region = Region::new(allocator);
    index.apply_ingress(&backstop::engine::manifest::ingress(&json, "shop").unwrap());
    held(&region) as f64 / json.len() as f64
}

#[allow(clippy::cast_precision_loss, reason = "counts and times stay far below what would lose digits")]
fn count(index: &Index) -> f64 {
    index.count(Kind::EndpointSlice) as f64
}

/// The bytes that were allocated since the start of `region` and not freed.
fn held(region: &Region<'_, System>) -> usize {
    let change = region.change();
    change.bytes_allocated.saturating_sub(change.bytes_deallocated)
}
