//! HAProxy Ingress by jcmoraisjr (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::{EndpointRules, PortNames};
use super::names::Names;
use super::profile::{
    Annotations, ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile,
    RefusedHosts, SameNumber, ServiceType, Support, TargetNumber,
};
use crate::engine::model::Action;

/// HAProxy Ingress matches port references against targetPorts before ports. It omits a broken backend.
pub(super) const HAPROXY_INGRESS: Profile = Profile {
    id: "haproxy-ingress",
    title: "HAProxy Ingress",
    names: Names {
        controllers: &["haproxy-ingress.github.io/controller", "haproxy-ingress.github.io/controller/"],
        classes: &["haproxy"],
        ..Names::NONE
    },
    ports: PortMatching {
        target_number: TargetNumber::First,
        target_name: true,
        same_number: SameNumber::First,
        ..Profile::STRICT.ports
    },
    other_protocol: OtherProtocol::Ignored,
    resource: Action::Off,
    external_name: ExternalName {
        support: Support::On,
        port: ExternalPort::DeclaredOrNone,
        refused: RefusedHosts::NOTHING,
    },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp {
            switch: ClusterIpSwitch::Ingress("service-upstream"),
            headless: Action::Warn,
            unchecked: false,
        }),
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules { port_names: PortNames::AnyForUnnamed, ..EndpointRules::STRICT },
    annotations: Annotations {
        // The redirect is answered before the backend is looked up.
        answering: &["redirect-to"],
        ..Profile::STRICT.annotations
    },
    network_policy: Action::Warn,
    without_backend: "the backend is skipped: the default backend or a 404 answers",
    ..Profile::STRICT
};
