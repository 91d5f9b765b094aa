//! ingress-nginx (rulebook 4.1 to 4.5). Measured with the controller of July 2024.

use super::endpoint_rules::{EndpointRules, NumberlessPort, PortNames};
use super::names::Names;
use super::profile::{
    Annotations, DefaultBackendAnswers, ExternalName, ExternalPort, NumberAsName, OtherProtocol, PortMatching, Profile,
    RefusedHosts, SameNumber, Support, TargetNumber,
};
use super::rejection::{RejectedShape, Rejection};
use super::routing::DefaultBackendUse;
use super::service_type::{Booleans, KubeProxy, ServiceType, Switch};
use super::shape::{Redirect, RedirectValue};
use crate::engine::model::Action;

/// ingress-nginx keeps the location of a broken backend and answers 503. It also matches port references against
/// targetPorts. Traefik's compatibility provider may serve the same class and does neither (`traefik-nginx`).
pub(super) const INGRESS_NGINX: Profile = Profile {
    id: "ingress-nginx",
    title: "ingress-nginx",
    names: Names {
        // Further controllers have strings of their own below k8s.io, as the guide for several controllers proposes. AKS
        // runs one for each NginxIngressController.
        controllers: &[
            "k8s.io/ingress-nginx",
            "k8s.io/",
            "webapprouting.kubernetes.azure.com/nginx",
            "webapprouting.kubernetes.azure.com/nginx/",
            "approuting.kubernetes.azure.com/",
        ],
        // The default, and the classes of AKS and of IBM Cloud.
        classes: &[
            "nginx",
            "webapprouting.kubernetes.azure.com",
            "addon-http-application-routing",
            "public-iks-k8s-nginx",
            "private-iks-k8s-nginx",
        ],
        images: &["ingress-nginx/controller", "ingress-nginx/controller-chroot", "nginx-ingress-controller"],
        ..Names::NONE
    },
    ports: PortMatching {
        target_number: TargetNumber::AsWell,
        target_name: true,
        number_as_name: NumberAsName::AsText,
        same_number: SameNumber::First,
        ..Profile::STRICT.ports
    },
    other_protocol: OtherProtocol::NoEndpoints,
    external_name: ExternalName {
        support: Support::On,
        port: ExternalPort::AnyNumber,
        refused: RefusedHosts { names: &["localhost"], loopback: true },
    },
    service_type: ServiceType {
        kube_proxy: &[KubeProxy {
            // ingress-nginx uses the endpoints instead.
            headless: Action::Off,
            unchecked: true,
            ..KubeProxy::cluster_ip(Switch::AnyPrefix("service-upstream"))
        }],
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules {
        port_names: PortNames::AnyUnlessNeeded,
        numberless: NumberlessPort::Fatal,
        ..EndpointRules::STRICT
    },
    annotations: Annotations {
        canary: Action::Audit,
        canary_values: Booleans::Go,
        redirects: &Redirect::of_ingress_nginx(Action::Audit, RedirectValue::Http),
        default_backend: Action::Warn,
        canary_conflict: Action::Warn,
        default_backend_answers: DefaultBackendAnswers::Yes,
        // Measured: a `return` or a `rewrite` in a snippet answers before the backend is asked.
        answering: &["configuration-snippet", "server-snippet"],
    },
    // The server for all other hosts takes the default backend of an Ingress without rules only.
    default_backend: DefaultBackendUse::OwnHosts { hostless: false },
    rejects: REJECTS,
    network_policy: Action::Warn,
    without_backend: "requests get 503",
    ..Profile::STRICT
};

/// Since version 1.12, by default: snippets are above the accepted risk, and values of annotations are validated. Options
/// change both. The measured version accepts all of them.
const REJECTS: &[Rejection] = &[
    audit(RejectedShape::Annotation("nginx.ingress.kubernetes.io/configuration-snippet")),
    audit(RejectedShape::Annotation("nginx.ingress.kubernetes.io/server-snippet")),
    audit(RejectedShape::Annotation("nginx.ingress.kubernetes.io/auth-snippet")),
    // A variable of nginx, such as `$request_uri`.
    audit(RejectedShape::AnnotationCharacter("nginx.ingress.kubernetes.io/permanent-redirect", &['$'])),
    audit(RejectedShape::AnnotationCharacter("nginx.ingress.kubernetes.io/temporal-redirect", &['$'])),
];

const fn audit(shape: RejectedShape) -> Rejection {
    Rejection { shape, action: Action::Audit }
}
