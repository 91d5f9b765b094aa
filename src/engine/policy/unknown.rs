//! The answer if a lookup failed. No other module decides between fail-open and fail-closed.
//!
//! By default a request is never denied because of a failure of Backstop. An operator may decide otherwise (`onUnknown:
//! deny`). Then a new reference that could not be looked up is denied. Dry runs, deletions and references that existed
//! before are never denied.

use crate::engine::view::Unknown;

/// The configured answer for references that could not be looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// The reference is allowed, with a warning.
    #[default]
    Allow,
    /// The reference is denied.
    Deny,
}

impl OnUnknown {
    /// The value in the configuration file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// Why a request could not be judged completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A fact could not be looked up.
    Fact(Unknown),
    /// A finding denies, but no live read could confirm it.
    Unconfirmed,
    /// The object or the request cannot be decoded.
    Undecodable,
    /// The request has no object.
    NoObject,
    /// The request takes more memory than one request may have.
    TooLarge,
    /// There was no result by the deadline of the request, because other large reviews were being judged.
    Late,
}

/// The answer to a request that could not be judged completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// Allow without a warning: the user already knows, or does not expect the check.
    Allow,
    /// Allow, with a warning that names what was not checked.
    AllowWithWarning,
    /// Deny, unless a gate prevents it.
    Deny,
}

/// Returns the answer for an obstacle. This is the only table that decides between fail-open and fail-closed.
pub fn answer(obstacle: Obstacle, on_unknown: OnUnknown) -> Answer {
    match obstacle {
        // The user chose `--partial`; the file is reported as an error, or a note says what to render first; the source
        // never contains the kind; or other policies make the answer undecidable.
        Obstacle::Fact(
            Unknown::Partial
            | Unknown::NotRendered
            | Unknown::Placeholder
            | Unknown::NotSaved
            | Unknown::Unreadable
            | Unknown::NotRead
            | Unknown::Overruled,
        ) => Answer::Allow,
        // Whether the object is being deleted, and what the stored object is, cannot be determined; or time ran out.
        Obstacle::Undecodable | Obstacle::NoObject | Obstacle::TooLarge | Obstacle::Late => Answer::AllowWithWarning,
        Obstacle::Fact(
            Unknown::NotSynced
            | Unknown::Forbidden
            | Unknown::Timeout
            | Unknown::Failed
            | Unknown::Undecodable
            | Unknown::TooLarge,
        )
        | Obstacle::Unconfirmed => match on_unknown {
            OnUnknown::Allow => Answer::AllowWithWarning,
            OnUnknown::Deny => Answer::Deny,
        },
    }
}
