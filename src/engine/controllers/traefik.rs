//! Traefik's Ingress provider with its default options (rulebook 4.1 to 4.4). Measured with 3.6.12, 3.6.25 and 3.7.13.

use super::endpoint_rules::{EndpointRules, EndpointSource, ReadyBy};
use super::names::Names;
use super::profile::{
    ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile, RefusedHosts, SameNumber, Support,
};
use super::rejection::{RejectedShape, Rejection};
use super::routing::DefaultBackendUse;
use super::service_type::{Address, Booleans, KubeProxy, ServiceType, Switch};
use crate::engine::model::Action;

const NODE_PORT_LB: Switch = Switch::Annotations {
    service: &["traefik.ingress.kubernetes.io/service.nodeportlb"],
    ingress: &[],
    values: Booleans::Go,
};
const NATIVE_LB: Switch = Switch::Annotations {
    service: &["traefik.ingress.kubernetes.io/service.nativelb"],
    ingress: &[],
    values: Booleans::Go,
};

/// Traefik drops the route of a broken backend: requests get 404, or another route of the host answers them.
pub(super) const TRAEFIK: Profile = Profile {
    id: "traefik",
    title: "Traefik",
    names: Names {
        controllers: &["traefik.io/ingress-controller"],
        classes: &["traefik", "public-iks-traefik", "private-iks-traefik"],
        images: &["traefik", "mirrored-library-traefik"],
        ..Names::NONE
    },
    ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
    // Traefik ignores the protocol: requests reach the Pod (measured).
    other_protocol: OtherProtocol::Ignored,
    external_name: ExternalName { support: Support::Off, port: ExternalPort::Declared, refused: RefusedHosts::NOTHING },
    service_type: ServiceType {
        kube_proxy: &[
            KubeProxy { address: Address::Nodes, ..KubeProxy::cluster_ip(NODE_PORT_LB) },
            KubeProxy::cluster_ip(NATIVE_LB),
        ],
        ..Profile::STRICT.service_type
    },
    endpoints: ENDPOINTS,
    // Requests that match no rule do not reach the default backend (measured).
    default_backend: DefaultBackendUse::WithoutRules,
    rejects: &[Rejection {
        shape: RejectedShape::NotNumber("traefik.ingress.kubernetes.io/router.priority"),
        action: Action::Warn,
    }],
    network_policy: Action::Warn,
    without_backend: "the route is dropped: requests get 404, or whatever else matches the host answers",
    without_endpoints: "the route is dropped: requests get 404, or whatever else matches the host answers",
    ..Profile::STRICT
};

/// Both providers of Traefik skip endpoints whose `serving` is false and ignore protocols. This one also marks
/// terminating endpoints as fenced, so that they get no new sessions.
pub(super) const ENDPOINTS: EndpointRules = EndpointRules {
    ready_by: ReadyBy::Staying,
    source: EndpointSource::AllSlices,
    any_protocol: true,
    terminating: Action::Audit,
    ..EndpointRules::STRICT
};
