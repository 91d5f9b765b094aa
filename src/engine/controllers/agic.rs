//! Azure's Application Gateway Ingress Controller (rulebook 4.1 to 4.4, 4.10; from its source code).

use super::endpoint_rules::{EndpointRules, EndpointSource, PortNames};
use super::names::Names;
use super::profile::{
    ExternalName, NumberAsName, OtherProtocol, PortMatching, Profile, Support, TargetNumber, UndeclaredPort,
};
use super::rejection::{RejectedShape, Rejection};
use super::routing::DefaultBackendUse;
use crate::engine::model::Action;

/// AGIC also matches port references against targetPorts, of TCP ports only, and falls back to a number of the
/// endpoints. It reads core Endpoints, and sends requests to unready addresses too, because the gateway has probes of
/// its own.
pub(super) const AGIC: Profile = Profile {
    id: "agic",
    title: "Azure's Application Gateway Ingress Controller",
    names: Names {
        controllers: &["azure/application-gateway"],
        classes: &["azure-application-gateway"],
        annotation: &["azure/application-gateway"],
        ..Names::NONE
    },
    ports: PortMatching {
        target_number: TargetNumber::AsWell,
        target_name: true,
        number_as_name: NumberAsName::AsText,
        undeclared: UndeclaredPort::EndpointNumber { of_name: 80 },
        ..Profile::STRICT.ports
    },
    other_protocol: OtherProtocol::NoBackend,
    external_name: ExternalName { support: Support::Never, ..Profile::STRICT.external_name },
    default_backend: DefaultBackendUse::OwnRules,
    rejects: &[
        Rejection { shape: RejectedShape::NoPaths, action: Action::Warn },
        Rejection {
            shape: RejectedShape::WithoutTls {
                key: "appgw.ingress.kubernetes.io/ssl-redirect",
                value: "true",
                unless: Some("appgw.ingress.kubernetes.io/appgw-ssl-certificate"),
            },
            action: Action::Warn,
        },
    ],
    // The gateway uses its default setting, whose port is 80.
    lone_default_backend_port: Some(80),
    endpoints: EndpointRules {
        source: EndpointSource::CoreEndpoints,
        port_names: PortNames::ByTargetNumber,
        unready: true,
        starting: Action::Off,
        failing: Action::Audit,
        ..EndpointRules::STRICT
    },
    without_backend: "requests go to an empty pool: 502",
    without_endpoints: "requests get 502",
    ..Profile::STRICT
};
