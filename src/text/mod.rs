//! Text: YAML and JSON documents with the positions of their values, "did you mean" suggestions, and escaping of
//! invisible characters.
//!
//! This room stands below all others and imports none of them. The Kubernetes API is unknown here:
//! `engine::manifest` reads objects from the documents.

mod document;
mod near;
mod position;
mod problem;
mod visible;

pub use document::{Document, DocumentError, documents, documents_with_duplicates, values};
pub use near::{all_near, either, near, partly};
pub use position::Position;
pub use problem::Problem;
pub use visible::{is_hidden, visible};
