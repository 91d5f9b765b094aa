//! Backstop.
pub mod engine;

pub mod admission;
