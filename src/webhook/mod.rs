//! The webhook: the bytes of an AdmissionReview in, the bytes of its answer out.
//!
//! ```text
//! review → question → look at the index → (rounds of live reads, each followed by a look) → response
//! ```
//!
//! `review`, `question` and `response` are plain functions; only `handler` and `rounds` await: the live reads, and
//! `workers` for what takes long.

mod deadline;
mod handler;
mod question;
mod response;
mod review;
mod rounds;
mod workers;

pub use handler::{Admission, Facts, router};
pub use response::judged as judgement_response;
pub use review::{
    Envelope, EnvelopeError, Operation, Request, Response, Reviewed, Status, StatusCause, User, read_review,
};
