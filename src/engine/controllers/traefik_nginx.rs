//! Traefik's provider for ingress-nginx's classes and annotations (rulebook 4.1 to 4.4). Measured with 3.6.12.

use super::endpoint_rules::{Draining, EndpointRules};
use super::names::Names;
use super::profile::{
    Annotations, DefaultBackendAnswers, ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile, RefusedHosts,
    SameNumber, Support,
};
use super::service_type::{Booleans, KubeProxy, ServiceType, Switch};
use super::traefik;
use crate::engine::model::Action;

/// This provider serves the controller name `k8s.io/ingress-nginx`, so such an IngressClass cannot tell it from
/// ingress-nginx. Only the configuration of Backstop can. The provider matches ports strictly, and drops the route of a
/// missing Service or port.
pub(super) const TRAEFIK_NGINX: Profile = Profile {
    id: "traefik-nginx",
    title: "Traefik's ingress-nginx provider",
    // The class with which RKE2 migrates from ingress-nginx.
    names: Names {
        controllers: &["rke2.cattle.io/ingress-nginx-migration"],
        // The default, and the classes of IBM Cloud.
        classes: &["nginx", "public-iks-traefik", "private-iks-traefik"],
        ..Names::NONE
    },
    ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
    other_protocol: OtherProtocol::Ignored,
    external_name: ExternalName { support: Support::On, port: ExternalPort::Declared, refused: RefusedHosts::NOTHING },
    service_type: ServiceType {
        kube_proxy: &[KubeProxy::cluster_ip(Switch::Annotations {
            service: &[],
            ingress: &["nginx.ingress.kubernetes.io/service-upstream"],
            values: Booleans::Go,
        })],
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules { draining: Draining::ByRelease, ..traefik::ENDPOINTS },
    annotations: Annotations {
        // The provider ignores both annotations and sends requests to the backend (measured).
        canary: Action::Warn,
        redirect: Action::Warn,
        default_backend: Action::Warn,
        canary_conflict: Action::Off,
        // The Service of `default-backend` does not answer (measured).
        default_backend_answers: DefaultBackendAnswers::No,
        answering: &[],
    },
    network_policy: Action::Warn,
    without_backend: "the route is dropped: requests get 404, or whatever else matches the host answers",
    ..Profile::STRICT
};
