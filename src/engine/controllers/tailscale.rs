//! Tailscale's Kubernetes operator (rulebook 4.1 to 4.3; from its source code).

use super::names::{AnnotationUse, ClassUse, Names};
use super::profile::{ExternalName, ExternalPort, OtherProtocol, Profile, RefusedHosts, Support};
use super::rejection::{RejectedShape, Rejection};
use super::routing::{DefaultBackendUse, RuleHosts, RuleUse};
use super::service_type::{KubeProxy, ServiceType, Switch};
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
        kube_proxy: &[KubeProxy { unchecked: true, ..KubeProxy::cluster_ip(Switch::Always) }],
        ..Profile::STRICT.service_type
    },
    class: ClassUse::Name,
    default_backend: DefaultBackendUse::UnlessRoot,
    // With a ProxyGroup, the host is compared with the full name of the Tailscale Service.
    rules: RuleUse { hosts: RuleHosts::FirstTlsHost { unless: "tailscale.com/proxy-group" }, ..RuleUse::ALL },
    rejects: &[
        Rejection { shape: RejectedShape::PathlessRule, action: Action::Warn },
        Rejection { shape: RejectedShape::TlsHosts("tailscale.com/proxy-group"), action: Action::Warn },
    ],
    without_backend: "the path is skipped, or connections fail",
    without_endpoints: "connections fail",
    ..Profile::STRICT
};
