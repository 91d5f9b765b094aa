//! Cilium (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::{Draining, EndpointRules};
use super::names::{ClassUse, Names};
use super::profile::{ExternalName, NumberAsName, OtherProtocol, PortMatching, Profile, Support, UndeclaredPort};
use super::routing::{DefaultBackendUse, Passthrough, RuleUse};
use crate::engine::model::Action;

/// Cilium keeps every route and does not check whether the Service exists. Endpoints of other clusters of the mesh get
/// requests for global Services only.
pub(super) const CILIUM: Profile = Profile {
    id: "cilium",
    title: "Cilium",
    names: Names { controllers: &["cilium.io/ingress-controller"], classes: &["cilium"], ..Names::NONE },
    missing_service: Action::Warn,
    ports: PortMatching {
        number_as_name: NumberAsName::AsText,
        undeclared: UndeclaredPort::SliceName,
        ..Profile::STRICT.ports
    },
    other_protocol: OtherProtocol::NoEndpoints,
    external_name: ExternalName { support: Support::Never, ..Profile::STRICT.external_name },
    endpoints: EndpointRules {
        elsewhere: &["service.cilium.io/global", "io.cilium/global-service"],
        draining: Draining::Used,
        ..EndpointRules::STRICT
    },
    without_backend: "requests get 503",
    class: ClassUse::Name,
    default_backend: DefaultBackendUse::First,
    rules: RuleUse {
        passthrough: Some(Passthrough {
            keys: &["ingress.cilium.io/tls-passthrough", "io.cilium.ingress/tls-passthrough"],
            word: "enabled",
            hostless: false,
            default_backend: false,
        }),
        ..RuleUse::ALL
    },
    ..Profile::STRICT
};
