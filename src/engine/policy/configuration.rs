//! The configuration as a value.

use jiff::Timestamp;

use super::{Exemptions, Mode, OnUnknown};
use crate::engine::checks::CheckSettings;
use crate::engine::controllers::{Assignments, Candidates};
use crate::engine::evaluate::Settings;

/// The decisions of the operator. `config` reads them from the configuration file. An empty
/// file gives the default.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// The mode of the whole cluster: a namespace can only be given a milder one.
    pub mode: Mode,
    /// The settings of single checks.
    pub checks: CheckSettings,
    /// The controllers of ingress classes, and their options.
    pub controllers: Assignments,
    /// Users, groups, namespaces and labels that are exempt.
    pub exempt: Exemptions,
    /// Whether the annotation `backstop.dev/ignore` of an Ingress silences checks.
    pub allow_ignore_annotation: bool,
    /// The answer to a new reference that could not be looked up.
    pub on_unknown: OnUnknown,
}

impl Configuration {
    /// Returns the settings of an evaluation at the time `now`, if the time counts. `fallback` are the candidates of
    /// Ingresses whose controller is not known otherwise.
    pub fn settings(&self, fallback: Option<Candidates>, now: Option<Timestamp>) -> Settings<'_> {
        Settings { controllers: &self.controllers, checks: &self.checks, fallback, now, ..Settings::default() }
    }
}

/// The configuration, and what the command line adds to it.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The decisions of the operator.
    pub configuration: Configuration,
    /// The candidates of Ingresses whose controller is not known otherwise (`--controller`).
    pub fallback: Option<Candidates>,
}
