//! Tailscale's Kubernetes operator (rulebook 4.1 to 4.3; from its source code).

use super::names::{AnnotationUse, ClassUse, Names};
use super::profile::{
    ClusterIp, ClusterIpSwitch, ExternalName, ExternalPort, OtherProtocol, Profile, RefusedHosts, ServiceType, Support,
};
use crate::engine::model::Action;

/// The operator sends requests to the ClusterIP, so it cannot serve a Service without one. It does not check port
/// numbers, but the ClusterIP serves only the ports of the Service.
pub(super) const TAILSCALE: Profile = Profile {
    id: "tailscale",
    title: "Tailscale's operator",
    names: Names {
        controllers: &["tailscale.com/ts-ingress"],
        classes: &["tailscale"],
        annotation_use: AnnotationUse::Unread,
        ..Names::NONE
    },
    other_protocol: OtherProtocol::NoEndpoints,
    external_name: ExternalName {
        support: Support::Never,
        port: ExternalPort::Declared,
        refused: RefusedHosts::NOTHING,
    },
    service_type: ServiceType {
        cluster_ip: Some(ClusterIp { switch: ClusterIpSwitch::Always, headless: Action::Warn, unchecked: true }),
        ..Profile::STRICT.service_type
    },
    class: ClassUse::Name,
    without_backend: "the path is skipped, or connections fail",
    without_endpoints: "connections fail",
    ..Profile::STRICT
};
