//! Backstop.
pub mod engine;
