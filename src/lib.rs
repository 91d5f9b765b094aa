//! Backstop.
pub mod engine;

pub mod admission;

pub mod server;

pub mod telemetry;

pub mod cli;
