//! ingress-nginx (rulebook 4.1 to 4.5). Measured with the controller of July 2024.

use super::endpoint_rules::{EndpointRules, PortNames};
use super::profile::{
    Annotations, ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, Names, PortMatching, Profile, Refused,
    SameNumber, ServiceType, StandsIn, Support, TargetNumber,
};
use crate::engine::model::Action;

/// It keeps the location of a broken backend and answers 503; it takes targetPorts for ports. The same class may be
/// served by Traefik's compatibility provider, which does not (`traefik-nginx`).
pub(super) const INGRESS_NGINX: Profile = Profile {
    id: "ingress-nginx",
    title: "ingress-nginx",
    names: Names { controllers: &["k8s.io/ingress-nginx"], classes: &[], annotation: &["nginx"] },
    ports: PortMatching {
        target_number: TargetNumber::AsWell,
        target_name: true,
        same_number: SameNumber::First,
        ..Profile::STRICT.ports
    },
    other_protocol: Action::Deny,
    external_name: ExternalName {
        support: Support::On,
        port: ExternalPort::AnyNumber,
        refused: Refused { names: &["localhost"], loopback: true },
    },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp {
            switch: ClusterIpSwitch::Ingress("service-upstream"),
            // It falls back to the endpoints.
            headless: Action::Off,
            unchecked: true,
        }),
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules { port_names: PortNames::AnyUnlessNeeded, ..EndpointRules::STRICT },
    annotations: Annotations {
        canary: Action::Audit,
        redirect: Action::Audit,
        default_backend: Action::Warn,
        canary_conflict: Action::Warn,
        stands_in: StandsIn::Yes,
        // Measured: a `return` or a `rewrite` in a snippet answers before the backend is asked.
        answers: &["configuration-snippet", "server-snippet"],
    },
    network_policy: Action::Warn,
    without_backend: "requests get 503",
    ..Profile::STRICT
};
