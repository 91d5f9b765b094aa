//! Admission: the bytes of an AdmissionReview in, the bytes of its answer out.
//!
//! ```text
//! envelope → question → look at the index → (read live, once → look again) → response
//! ```
//!
//! `question` and `response` are plain functions; only `handler` awaits, and only for the live reads.

mod handler;
mod question;
mod response;

pub use handler::{Admission, Facts, router};
pub use question::Policy;
