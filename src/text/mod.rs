//! Text: YAML and JSON documents with the positions of their values, "did you mean" suggestions, and escaping of
//! invisible characters.
//!
//! This module imports no other module of the crate. It knows nothing of the Kubernetes API: `engine::manifest` decodes
//! objects from the documents.

mod document;
mod lines;
mod near;
mod position;
mod problem;
mod visible;

pub use document::{Document, DocumentError, NO_MAPPING, documents, documents_with_duplicates, values};
pub use lines::Lines;
pub use near::{either, meant, near, partly};
pub use position::Position;
pub use problem::Problem;
pub use visible::{is_hidden, visible};
