//! The reviews of the benchmark `adversary` are legal: an API server accepts and stores what they carry.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic at the first failure"
)]

#[path = "../benches/support/adversary/mod.rs"]
mod adversary;

use adversary::limits::{ANNOTATIONS, STORED, annotations, stored};
use adversary::shapes;
use serde_json::Value;

#[test]
fn every_shape_fits_into_the_limits_of_the_api_server() {
    for shape in shapes() {
        let review: Value = serde_json::from_str(&(shape.build)(shape.full).review).unwrap();
        for field in ["object", "oldObject"] {
            let object = &review["request"][field];
            let sizes = (annotations(object), stored(object));
            assert!(sizes.0 <= ANNOTATIONS && sizes.1 <= STORED, "{}: {sizes:?}", shape.name);
        }
    }
}

/// Only so the ratio of two sizes tells how the cost grows.
#[test]
fn half_the_size_is_half_the_input() {
    for shape in shapes() {
        let [full, half] = [shape.full / 8, shape.full / 16].map(|size| {
            let case = (shape.build)(size);
            case.review.len() + case.objects.iter().map(|object| object.to_string().len()).sum::<usize>()
        });
        let percent = full * 100 / half;
        assert!((160..=220).contains(&percent), "{}: {percent} %", shape.name);
    }
}
