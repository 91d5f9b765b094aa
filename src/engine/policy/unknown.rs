//! What happens when we could not look: the one place that decides fail-open or fail-closed.
//!
//! By default nobody is failed because of our own trouble. An operator may decide otherwise (`onUnknown: deny`), and
//! then a reference is refused that could not be looked up; but only one that could have been refused at all: a dry
//! run, a deletion or a reference that was there before never is.

use crate::engine::view::Unknown;

/// What the configuration says of what could not be looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// It passes, with a warning.
    #[default]
    Allow,
    /// It is refused.
    Deny,
}

impl OnUnknown {
    /// The word of the configuration file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// What kept us from judging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A fact could not be looked up.
    Fact(Unknown),
    /// What is found would deny, and no live read could confirm it.
    Unconfirmed,
    /// The object or the request around it does not decode.
    Undecodable,
    /// The request carries no object where one must be.
    NoObject,
    /// No result by the deadline of the request, because other large reviews were to be judged.
    Late,
}

/// The answer to a request that could not be judged, or not wholly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// Allowed, and said to nobody: the user knows already, or nothing was promised.
    Allow,
    /// Allowed, with a warning that says what was not checked.
    AllowWithWarning,
    /// Refused, where the reference could be refused at all.
    Deny,
}

/// The table.
pub fn answer(trouble: Trouble, on_unknown: OnUnknown) -> Answer {
    match trouble {
        // Told by `--partial`, of files that are told of as errors, of a kind that this source never holds, or of what no
        // look can tell.
        Trouble::Fact(Unknown::Partial | Unknown::Unreadable | Unknown::NotRead | Unknown::Overruled) => Answer::Allow,
        // Nobody can tell whether it is being deleted, or what it was before.
        Trouble::Undecodable | Trouble::NoObject | Trouble::Late => Answer::AllowWithWarning,
        Trouble::Fact(
            Unknown::NotSynced
            | Unknown::Forbidden
            | Unknown::Timeout
            | Unknown::Failed
            | Unknown::Undecodable
            | Unknown::TooLarge,
        )
        | Trouble::Unconfirmed => match on_unknown {
            OnUnknown::Allow => Answer::AllowWithWarning,
            OnUnknown::Deny => Answer::Deny,
        },
    }
}
