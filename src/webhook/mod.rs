//! The webhook: receives the bytes of an AdmissionReview, and returns the bytes of the response.
//!
//! ```text
//! review → question → evaluation with the index → (rounds of live reads, each with an evaluation) → response
//! ```
//!
//! `review`, `question` and `response` are plain functions. Only `handler` and `rounds` await live reads, and `workers`
//! for long work.

mod deadline;
mod denial;
mod facts;
mod handler;
mod memory;
mod question;
mod response;
mod review;
mod rounds;
mod shorten;
mod warnings;
mod workers;

pub use facts::Facts;
pub use handler::{Admission, router};
pub use memory::{MAX_MEMORY, Weights};
pub use question::judged_memory;
pub use response::judged as judgement_response;
pub use review::{
    Envelope, EnvelopeError, Operation, Request, Response, Reviewed, Status, StatusCause, User, read_review,
};
