//! Modes, as Pod Security Admission has them: a cap on what findings may do.

use std::fmt;
use std::str::FromStr;

use crate::engine::model::Action;

/// How far findings may go, for the cluster or for one namespace. The stricter cap of the two counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Nothing is judged.
    Off,
    /// Findings are recorded at most.
    Audit,
    /// Findings are told at most.
    Warn,
    /// Findings may deny.
    #[default]
    Enforce,
}

/// A word that is no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no mode: use enforce, warn, audit or off")]
pub struct UnknownMode(pub String);

impl Mode {
    /// The worst action it allows (gate G7).
    pub fn cap(self) -> Action {
        match self {
            Self::Off => Action::Off,
            Self::Audit => Action::Audit,
            Self::Warn => Action::Warn,
            Self::Enforce => Action::Deny,
        }
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(word: &str) -> Result<Self, UnknownMode> {
        match word {
            "enforce" => Ok(Self::Enforce),
            "warn" => Ok(Self::Warn),
            "audit" => Ok(Self::Audit),
            "off" => Ok(Self::Off),
            other => Err(UnknownMode(other.to_owned())),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enforce => "enforce",
            Self::Warn => "warn",
            Self::Audit => "audit",
            Self::Off => "off",
        })
    }
}
