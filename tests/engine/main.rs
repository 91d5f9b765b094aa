//! Tests of the engine and the admission handler as a whole: fixtures, properties, and the structure of the source
//! tree.

// A test may panic at the first unexpected value. Clippy allows that in `#[test]` functions only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may panic at the first failure"
)]

mod admission;
mod aliases;
mod availability;
mod candidates;
mod cluster_ip;
mod controllers;
mod decision_table;
mod external_names;
mod fixtures;
mod forwards;
mod gates;
mod house;
mod identification;
mod index;
mod kinds;
mod large;
mod legal;
#[path = "../support/log_lines.rs"]
mod log_lines;
mod malformed;
mod memory;
mod messages;
mod needs;
mod neighbour;
mod network_policy;
mod oracle;
mod other_namespace;
mod picture;
mod profiles;
mod programs;
mod promises;
mod reviews;
mod rounds;
mod routing;
mod rulebook;
mod second_subject;
mod spared;
mod trace;
mod traps;
mod updates;
mod warnings;
mod world;
