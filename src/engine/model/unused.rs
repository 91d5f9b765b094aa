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
    /// Why `controller`, the name of a controller for people, sends no request to the reference.
    pub fn why(self, controller: &str) -> String {
        match self {
            Self::DefaultBackend => format!("{controller} never uses spec.defaultBackend"),
            Self::BesideRules => format!("{controller} ignores spec.defaultBackend beside rules"),
            Self::PerhapsBesideRules => "some controllers ignore spec.defaultBackend beside rules".to_owned(),
            Self::HostsHaveRoot => format!("{controller} uses spec.defaultBackend only for hosts of rules without /"),
            Self::Replaced => format!("{controller} uses the rule for / instead of spec.defaultBackend"),
            Self::Merged => format!("{controller} ignores spec.defaultBackend of mergeable Ingresses"),
            Self::NoHost => format!("{controller} ignores rules without a host"),
            Self::OtherHost => format!("{controller} reads only rules for the first host of spec.tls"),
            Self::Exact => format!("{controller} ignores paths of type Exact"),
            Self::Passthrough => format!("with TLS passthrough {controller} reads only the path / of hosts"),
            Self::TlsHost => format!("{controller} serves hosts of spec.tls only by backends without a host"),
            Self::BehindDefaultBackend => format!("{controller} uses spec.defaultBackend instead of the rule for /"),
        }
    }

    /// The next step.
    pub fn help(self) -> &'static str {
        match self {
            Self::DefaultBackend => "remove it, or add a rule with a host and the path /",
            Self::BesideRules | Self::PerhapsBesideRules => {
                "remove it, or give it an Ingress of its own, without rules"
            }
            Self::HostsHaveRoot => "remove it, or add a rule for the host that needs it",
            Self::Replaced => "remove it, or the rule for /",
            Self::Merged => "remove it, or add a minion with the path /",
            Self::NoHost => "give the rule a host",
            Self::OtherHost => "use the first host of spec.tls in the rule, or no host",
            Self::Exact => "use the type Prefix or ImplementationSpecific",
            Self::Passthrough => "remove it, or the annotation for TLS passthrough",
            Self::TlsHost => "move the default backend, and rules without a host, to an Ingress of their own",
            Self::BehindDefaultBackend => "remove spec.defaultBackend, or the rule for /",
        }
    }

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
