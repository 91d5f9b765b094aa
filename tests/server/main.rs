//! The server against clients that are impatient, broken or hostile, and against its own end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]
#![allow(
    clippy::get_unwrap,
    clippy::unwrap_in_result,
    clippy::panic_in_result_fn,
    unreachable_pub,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

mod admin;
mod bodies;
mod certificates;
mod certs_command;
mod configuration;
mod drain;
mod hostile;
mod protocols;
mod support;
