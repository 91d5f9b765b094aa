//! F5's NGINX Ingress Controller (rulebook 4.1 to 4.4, by reading).

use super::endpoint_rules::{EndpointRules, PortNames, ReadyBy};
use super::profile::{
    Annotations, ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, Names, PortMatching, Profile, Refused,
    ServiceType, Support, WrongPort,
};
use crate::engine::model::Action;

/// Any number means an unnamed port to it; it finds the slice's port by the number of the targetPort, passes over endpoints that do not say that they are ready, and serves
/// ExternalName with NGINX Plus only.
pub(super) const NGINX_INC: Profile = Profile {
    id: "nginx-inc",
    title: "F5's NGINX Ingress Controller",
    names: Names { controllers: &["nginx.org/ingress-controller"], classes: &[], annotation: &[] },
    ports: PortMatching { any_number: true, ..Profile::STRICT.ports },
    wrong_port: WrongPort { number: Action::Warn, name: Action::Deny },
    external_name: ExternalName { support: Support::Off, port: ExternalPort::Declared, refused: Refused::NOTHING },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp {
            switch: ClusterIpSwitch::Ingress("use-cluster-ip"),
            headless: Action::Warn,
            unchecked: true,
        }),
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules {
        by: ReadyBy::Declared,
        port_names: PortNames::ByTargetNumber,
        names_from_pods: true,
        ..EndpointRules::STRICT
    },
    annotations: Annotations { answers: &["server-snippets", "location-snippets"], ..Profile::STRICT.annotations },
    network_policy: Action::Warn,
    without_backend: "requests get 502",
    without_endpoints: "requests get 502",
    ..Profile::STRICT
};
