//! Backstop.
pub mod cluster;
pub mod engine;
