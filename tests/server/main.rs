//! The server with slow, broken and hostile clients, and its shutdown.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(
    clippy::get_unwrap,
    clippy::unwrap_in_result,
    clippy::panic_in_result_fn,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(unreachable_pub, reason = "the modules of a test program share their helpers")]

mod admin;
mod bodies;
mod certificates;
mod certs_command;
mod configuration;
mod drain;
mod hostile;
mod protocols;
mod support;
