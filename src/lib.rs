//! Backstop.
pub mod engine;

pub mod report;

pub mod cluster;

pub mod admission;

pub mod server;

pub mod telemetry;

pub mod cli;
