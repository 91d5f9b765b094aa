//! Modes, similar to those of Pod Security Admission: a limit for the actions of findings.

use std::fmt;
use std::str::FromStr;

use crate::engine::model::Action;

/// The limit for the actions of findings, of the cluster or of one namespace. The milder of the two applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Nothing is judged.
    Off,
    /// Findings are only recorded.
    Audit,
    /// Findings are at most warnings.
    Warn,
    /// Findings may deny.
    #[default]
    Enforce,
}

/// A word that is not a mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a mode: use enforce, warn, audit or off")]
pub struct UnknownMode(pub String);

impl Mode {
    /// The most severe action that the mode allows (gate G7).
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
