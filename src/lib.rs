//! Backstop.

pub mod cli;
pub mod server;
pub mod telemetry;
