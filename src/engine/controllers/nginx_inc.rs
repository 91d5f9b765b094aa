//! F5's NGINX Ingress Controller (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::{EndpointRules, EndpointSource, PortNames, ReadyBy};
use super::names::{ClassUse, Names};
use super::profile::{
    Annotations, ExternalName, ExternalPort, NumberAsName, OtherProtocol, PortMatching, Profile, RefusedHosts,
    SameNumber, Support,
};
use super::rejection::{RejectedShape, Rejection};
use super::routing::{DefaultBackendUse, RuleUse};
use super::service_type::{Booleans, KubeProxy, ServiceType, Switch};
use crate::engine::model::Action;

/// Any port number matches an unnamed port. This controller finds the slice's port by the number of the targetPort,
/// skips endpoints whose `ready` condition is not set, and serves ExternalName Services with NGINX Plus only.
pub(super) const NGINX_INC: Profile = Profile {
    id: "nginx-inc",
    title: "F5's NGINX Ingress Controller",
    names: Names {
        controllers: &["nginx.org/ingress-controller"],
        classes: &["nginx"],
        images: &["nginx/nginx-ingress", "nginx-plus-ingress"],
        ..Names::NONE
    },
    ports: PortMatching {
        number_as_name: NumberAsName::Unnamed,
        same_number: SameNumber::First,
        ..Profile::STRICT.ports
    },
    other_protocol: OtherProtocol::Ignored,
    external_name: ExternalName { support: Support::Off, port: ExternalPort::Declared, refused: RefusedHosts::NOTHING },
    service_type: ServiceType {
        kube_proxy: &[KubeProxy {
            unchecked: true,
            ..KubeProxy::cluster_ip(Switch::Annotations {
                service: &[],
                ingress: &["nginx.org/use-cluster-ip"],
                values: Booleans::Word,
            })
        }],
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules {
        ready_by: ReadyBy::Declared,
        port_names: PortNames::ByTargetNumber,
        source: EndpointSource::AllSlices,
        any_protocol: true,
        names_from_pods: true,
        ..EndpointRules::STRICT
    },
    annotations: Annotations { answering: &["server-snippets", "location-snippets"], ..Profile::STRICT.annotations },
    class: ClassUse::ObjectToStart,
    default_backend: DefaultBackendUse::OwnHosts { hostless: true },
    rules: RuleUse { merging: Some(MERGEABLE), ..RuleUse::ALL },
    rejects: REJECTS,
    network_policy: Action::Warn,
    without_backend: "requests get 502",
    without_endpoints: "requests get 502",
    ..Profile::STRICT
};

/// The annotation of mergeable Ingresses.
const MERGEABLE: &str = "nginx.org/mergeable-ingress-type";

/// A rejected Ingress is as if it did not exist. Since version 5.5, an option allows rules without a host; few set it. Most
/// users of snippets set the option that allows them.
const REJECTS: &[Rejection] = &[
    warn(RejectedShape::NoRules),
    warn(RejectedShape::HostlessRule),
    warn(RejectedShape::RepeatedHost),
    warn(RejectedShape::PathPattern),
    warn(RejectedShape::Mergeable(MERGEABLE)),
    warn(RejectedShape::NotBoolean("nginx.org/use-cluster-ip")),
    warn(RejectedShape::UnknownService("nginx.org/websocket-services")),
    warn(RejectedShape::UnknownService("nginx.org/ssl-services")),
    warn(RejectedShape::UnknownService("nginx.org/grpc-services")),
    Rejection { shape: RejectedShape::Annotation("nginx.org/server-snippets"), action: Action::Audit },
    Rejection { shape: RejectedShape::Annotation("nginx.org/location-snippets"), action: Action::Audit },
];

const fn warn(shape: RejectedShape) -> Rejection {
    Rejection { shape, action: Action::Warn }
}
