//! Why a controller sends no request to a reference, in words.

use crate::engine::model::Unused;

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
}
