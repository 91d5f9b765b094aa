//! What happens when we could not look: the one place that decides fail-open or fail-closed.
//!
//! Nobody is failed because of our own trouble. The API server's `failurePolicy` is the only switch that can
//! turn an unreachable Backstop into a refusal; an answer from here never does.

use crate::engine::view::Unknown;

/// What kept us from judging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A fact could not be looked up.
    Fact(Unknown),
    /// The object or the request around it does not decode.
    Undecodable,
    /// The request carries no object where one must be.
    NoObject,
}

/// The answer to a request that could not be judged, or not wholly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Allowed, and said to nobody: the user knows already, or nothing was promised.
    Allow,
    /// Allowed, with a warning that says what was not checked.
    AllowWithWarning,
}

/// The table.
pub fn answer(trouble: Trouble) -> Answer {
    match trouble {
        // Told by `--partial`, of a kind that this source never holds, or of what no look can tell.
        Trouble::Fact(Unknown::Partial | Unknown::NotRead | Unknown::Overruled) => Answer::Allow,
        Trouble::Fact(
            Unknown::NotSynced | Unknown::Forbidden | Unknown::Timeout | Unknown::Failed | Unknown::Undecodable,
        )
        | Trouble::Undecodable
        | Trouble::NoObject => Answer::AllowWithWarning,
    }
}
