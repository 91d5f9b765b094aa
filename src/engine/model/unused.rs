//! Why a controller sends no request to a reference, whatever the target of the reference is.

use super::{Action, Effect};

/// Why a controller sends no request to a reference (rulebook 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unused {
    /// The controller never uses `spec.defaultBackend`.
    DefaultBackend,
    /// The controller uses `spec.defaultBackend` only without rules.
    BesideRules,
    /// The controller is not known. Some controllers use `spec.defaultBackend` only without rules.
    PerhapsBesideRules,
    /// The controller uses `spec.defaultBackend` only for hosts of the rules that have no path `/`.
    HostsHaveRoot,
    /// A rule for the path `/` replaces `spec.defaultBackend`.
    Replaced,
    /// The controller ignores `spec.defaultBackend` of an Ingress that it merges with others.
    Merged,
    /// The controller ignores rules without a host.
    NoHost,
    /// The controller reads the rules for one host only, the first of `spec.tls`.
    OtherHost,
    /// The controller ignores paths of type Exact.
    Exact,
    /// With TLS passthrough, the controller reads only the path `/` of rules with a host.
    Passthrough,
    /// The default backend, or a rule without a host, serves the hosts of `spec.tls`.
    TlsHost,
    /// `spec.defaultBackend` takes precedence over a rule for `/` without a host.
    BehindDefaultBackend,
}

impl Unused {
    /// The action of a finding that only states this: `Audit` if other references of the Ingress serve the hosts and
    /// paths of the reference, `Off` if the controller may use the reference.
    pub fn action(self) -> Action {
        match self.effect() {
            Effect::Elsewhere => Action::Audit,
            Effect::Unsure => Action::Off,
            Effect::Fails | Effect::Works => Action::Warn,
        }
    }

    /// The effect on the requests for which the reference is meant.
    pub fn effect(self) -> Effect {
        match self {
            Self::HostsHaveRoot | Self::Replaced | Self::TlsHost | Self::Passthrough | Self::BehindDefaultBackend => {
                Effect::Elsewhere
            }
            Self::PerhapsBesideRules => Effect::Unsure,
            Self::DefaultBackend | Self::BesideRules | Self::Merged | Self::NoHost | Self::OtherHost | Self::Exact => {
                Effect::Fails
            }
        }
    }
}
