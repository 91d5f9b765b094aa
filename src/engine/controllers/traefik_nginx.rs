//! Traefik's provider for ingress-nginx's classes and annotations (rulebook 4.1 to 4.4). Measured with 3.6.12.

use super::endpoint_rules::{EndpointRules, ReadyBy};
use super::profile::{
    Annotations, ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, PortMatching, Profile, Refused, SameNumber,
    ServiceType, StandsIn, Support,
};
use super::traefik;
use crate::engine::model::Action;

/// It takes over `k8s.io/ingress-nginx`, so that no class tells it from ingress-nginx: the configuration must. It
/// matches ports strictly, and drops the route of a missing Service or port.
pub(super) const TRAEFIK_NGINX: Profile = Profile {
    id: "traefik-nginx",
    title: "Traefik's ingress-nginx provider",
    ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
    other_protocol: Action::Audit,
    external_name: ExternalName { support: Support::On, port: ExternalPort::Declared, refused: Refused::NOTHING },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp {
            switch: ClusterIpSwitch::Ingress("service-upstream"),
            headless: Action::Warn,
            unchecked: false,
        }),
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules { by: ReadyBy::Serving, ..traefik::ENDPOINTS },
    annotations: Annotations {
        // Measured: it knows neither, and asks the backend.
        canary: Action::Warn,
        redirect: Action::Warn,
        default_backend: Action::Warn,
        canary_conflict: Action::Off,
        // Measured: it does not.
        stands_in: StandsIn::No,
        answers: &[],
    },
    network_policy: Action::Warn,
    without_backend: "the route is dropped: requests get 404, or whatever else matches the host answers",
    ..Profile::STRICT
};
