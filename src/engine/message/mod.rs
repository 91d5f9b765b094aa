//! The words for people: the sentences of findings, of failed lookups and of the next step.
//!
//! The modules before this one hold values without texts, and the checks fill in the parts of [`FindingText`]. This module
//! composes the parts. `report` and `webhook` only lay the sentences out, so that a user reads the same words at admission
//! and in a pipeline.
//!
//! [`FindingText`]: crate::engine::model::FindingText

mod finding;
mod lookup;
mod next_step;
mod programs;
mod unused;
mod wording;

pub use lookup::{not_checked, why_unknown};
pub use next_step::{another_name, create_service};
pub use wording::{Wording, grouped, requests};
