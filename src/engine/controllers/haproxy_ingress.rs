//! HAProxy Ingress by jcmoraisjr (rulebook 4.1 to 4.4, by reading).

use super::profile::{
    Annotations, ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, Names, PortMatching, Profile, Refused,
    ServiceType, Support, TargetNumber,
};
use crate::engine::model::Action;

/// It takes targetPorts for ports, even before ports, and skips the configuration of a broken backend.
pub(super) const HAPROXY_INGRESS: Profile = Profile {
    id: "haproxy-ingress",
    title: "HAProxy Ingress",
    names: Names {
        controllers: &["haproxy-ingress.github.io/controller", "haproxy-ingress.github.io/controller/"],
        classes: &[],
        annotation: &["haproxy"],
    },
    ports: PortMatching { target_number: TargetNumber::First, target_name: true, ..Profile::STRICT.ports },
    resource: Action::Off,
    external_name: ExternalName { support: Support::On, port: ExternalPort::DeclaredOrNone, refused: Refused::NOTHING },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp {
            switch: ClusterIpSwitch::Ingress("service-upstream"),
            headless: Action::Warn,
            unchecked: false,
        }),
        ..Profile::STRICT.service_type
    },
    annotations: Annotations {
        // It redirects before it looks the backend up.
        answers: &["redirect-to"],
        ..Profile::STRICT.annotations
    },
    network_policy: Action::Warn,
    without_backend: "the backend is skipped: the default backend or a 404 answers",
    ..Profile::STRICT
};
