//! Traefik's Ingress provider with its default options (rulebook 4.1 to 4.4). Measured with 3.6.12.

use super::endpoint_rules::{EndpointRules, ReadyBy};
use super::profile::{
    ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, Names, PortMatching, Profile, Refused, SameNumber,
    ServiceType, Support,
};
use crate::engine::model::Action;

/// It drops the route of a broken backend: requests get 404, or reach whatever else matches the host.
pub(super) const TRAEFIK: Profile = Profile {
    id: "traefik",
    title: "Traefik",
    names: Names { controllers: &["traefik.io/ingress-controller"], classes: &[], annotation: &["traefik"] },
    ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
    // It does not look at the protocol: measured, requests reach the Pod.
    other_protocol: Action::Audit,
    external_name: ExternalName { support: Support::Off, port: ExternalPort::Declared, refused: Refused::NOTHING },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp {
            switch: ClusterIpSwitch::Service("traefik.ingress.kubernetes.io/service.nativelb"),
            headless: Action::Warn,
            unchecked: false,
        }),
        ..Profile::STRICT.service_type
    },
    endpoints: ENDPOINTS,
    // Measured: what matches no rule does not reach it.
    default_backend_alone: true,
    network_policy: Action::Warn,
    without_backend: "the route is dropped: requests get 404, or whatever else matches the host answers",
    without_endpoints: "the route is dropped: requests get 404, or whatever else matches the host answers",
    ..Profile::STRICT
};

/// Both providers skip endpoints whose `serving` is false and do not look at protocols; this one also fences those that
/// are terminating.
pub(super) const ENDPOINTS: EndpointRules =
    EndpointRules { by: ReadyBy::Staying, any_protocol: true, terminating: Action::Audit, ..EndpointRules::STRICT };
