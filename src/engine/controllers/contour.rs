//! Contour (rulebook 4.1 to 4.4). Measured with 1.33.8 and Envoy 1.39.3.

use super::endpoint_rules::{EndpointRules, PortNames};
use super::names::{ClassUse, Names};
use super::profile::{
    ExternalName, ExternalPort, NumberAsName, OtherProtocol, PortMatching, Profile, RefusedHosts, SameNumber, Support,
};
use super::rejection::{RejectedShape, Rejection};
use super::routing::DefaultBackendUse;
use crate::engine::model::Action;

/// Contour omits the route of a missing Service or port: requests get 404, or another route of the host answers them.
/// Contour matches the name of the class and does not read IngressClasses.
pub(super) const CONTOUR: Profile = Profile {
    id: "contour",
    title: "Contour",
    names: Names {
        controllers: &["projectcontour.io/"],
        classes: &["contour"],
        own_annotation: Some("projectcontour.io/ingress.class"),
        ..Names::NONE
    },
    ports: PortMatching {
        number_as_name: NumberAsName::AsText,
        same_number: SameNumber::FirstIfTcp,
        names_by_number: true,
        ..Profile::STRICT.ports
    },
    other_protocol: OtherProtocol::NoBackend,
    external_name: ExternalName {
        support: Support::Off,
        port: ExternalPort::Declared,
        refused: RefusedHosts {
            names: &["localhost", "localhost.localdomain", "local.projectcontour.io"],
            loopback: false,
        },
    },
    endpoints: EndpointRules { port_names: PortNames::AnyForUnnamed, ..EndpointRules::STRICT },
    // A rule without a host for / has the same condition as the default backend, and comes later.
    default_backend: DefaultBackendUse::UnlessHostlessRoot,
    rejects: &[Rejection {
        shape: RejectedShape::WithoutTls { key: "kubernetes.io/ingress.allow-http", value: "false", unless: None },
        action: Action::Warn,
    }],
    class: ClassUse::Name,
    network_policy: Action::Warn,
    without_backend: "the route is dropped: requests get 404, or whatever else matches the host answers",
    ..Profile::STRICT
};
