//! Traefik's provider for ingress-nginx's classes and annotations (rulebook 4.1 to 4.4). Measured with 3.6.12, 3.6.25 and
//! 3.7.13.

use super::endpoint_rules::{Draining, EndpointRules};
use super::names::Names;
use super::profile::{
    Annotations, DefaultBackendAnswers, ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile, RefusedHosts,
    SameNumber, Support,
};
use super::rejection::{RejectedShape, Rejection};
use super::routing::{DefaultBackendUse, Passthrough, RuleUse};
use super::service_type::{Booleans, KubeProxy, ServiceType, Switch};
use super::shape::{Redirect, RedirectValue};
use super::traefik;
use super::version::{Version, Versions};
use crate::engine::model::Action;

/// The first version that keeps the route of a missing Service or port, and reads more annotations of ingress-nginx.
const REWRITTEN: Version = Version::new(3, 7);
/// The first version that connects to ports which an ExternalName Service does not declare.
const ANY_EXTERNAL_PORT: Version = Version::exact(3, 6, 15);

/// This provider serves the controller name `k8s.io/ingress-nginx`, so such an IngressClass cannot tell it from
/// ingress-nginx. Only the configuration of Backstop can. The provider matches ports strictly. Since 3.7, it answers 503
/// for a missing Service or port.
pub(super) const TRAEFIK_NGINX: Profile = Profile {
    versions: Versions {
        name: Some(REWRITTEN),
        since: Some(REWRITTEN),
        until: None,
        others: &[&BEFORE_3_7, &BEFORE_3_6_15],
    },
    ..SINCE_3_7
};

/// Before 3.7, the provider drops the route of a missing Service or port.
const BEFORE_3_7: Profile = Profile {
    versions: Versions {
        name: Some(Version::new(3, 6)),
        since: Some(ANY_EXTERNAL_PORT),
        until: Some(REWRITTEN),
        others: &[],
    },
    annotations: Annotations {
        // The provider ignores both annotations and sends requests to the backend (measured).
        canary: Action::Warn,
        canary_values: Booleans::Go,
        redirects: Profile::STRICT.annotations.redirects,
        // The Service of `default-backend` does not answer (measured).
        default_backend_answers: DefaultBackendAnswers::No,
        answering: &[],
        ..SINCE_3_7.annotations
    },
    service_type: by_service_upstream(&[KubeProxy::cluster_ip(service_upstream(Booleans::Go))]),
    // The provider reads neither snippets nor the characters of paths.
    rejects: &[],
    without_backend: "the route is dropped: requests get 404, or whatever else matches the host answers",
    ..SINCE_3_7
};

/// The provider looks for the port of an ExternalName Service as for any other port.
const BEFORE_3_6_15: Profile = Profile {
    versions: Versions {
        name: Some(Version::exact(3, 6, 14)),
        since: None,
        until: Some(ANY_EXTERNAL_PORT),
        others: &[],
    },
    external_name: ExternalName { port: ExternalPort::Declared, ..SINCE_3_7.external_name },
    ..BEFORE_3_7
};

const SINCE_3_7: Profile = Profile {
    id: "traefik-nginx",
    title: "Traefik's ingress-nginx provider",
    // The class with which RKE2 migrates from ingress-nginx.
    names: Names {
        controllers: &["rke2.cattle.io/ingress-nginx-migration"],
        // The default, and the classes of IBM Cloud.
        classes: &["nginx", "public-iks-traefik", "private-iks-traefik"],
        images: &["traefik", "mirrored-library-traefik"],
        ..Names::NONE
    },
    ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
    other_protocol: OtherProtocol::Ignored,
    external_name: ExternalName {
        support: Support::On,
        port: ExternalPort::TargetNumber,
        refused: RefusedHosts::NOTHING,
    },
    service_type: by_service_upstream(&[KubeProxy::cluster_ip(service_upstream(Booleans::WordInAnyCase))]),
    endpoints: EndpointRules { draining: Draining::ByRelease, ..traefik::ENDPOINTS },
    annotations: Annotations {
        // A canary whose backend is broken is left out, so that the primary answers. Redirects answer before the backend.
        canary: Action::Audit,
        canary_values: Booleans::WordInAnyCase,
        redirects: &Redirect::of_ingress_nginx(Action::Audit, RedirectValue::Any),
        default_backend: Action::Warn,
        canary_conflict: Action::Off,
        // The Service and the port are looked up before the annotation is read.
        default_backend_answers: DefaultBackendAnswers::NoEndpoints,
        // The provider skips the Ingress, or lets the snippet answer if an option allows it.
        answering: &["configuration-snippet", "server-snippet"],
    },
    // The route for all hosts beside rules has no matcher, which the router refuses.
    default_backend: DefaultBackendUse::OwnHosts { hostless: false },
    rules: RuleUse {
        passthrough: Some(Passthrough {
            keys: &["nginx.ingress.kubernetes.io/ssl-passthrough"],
            word: "true",
            hostless: true,
            default_backend: true,
        }),
        ..RuleUse::ALL
    },
    rejects: REJECTS,
    network_policy: Action::Warn,
    without_backend: "requests get 503",
    ..Profile::STRICT
};

const fn by_service_upstream(kube_proxy: &'static [KubeProxy]) -> ServiceType {
    ServiceType { kube_proxy, ..Profile::STRICT.service_type }
}

/// Since 3.7, the values are those of the other annotations of the provider. Before, they are those of ingress-nginx.
const fn service_upstream(values: Booleans) -> Switch {
    Switch::Annotations { service: &[], ingress: &["nginx.ingress.kubernetes.io/service-upstream"], values }
}

/// Since version 3.7, unless an option allows snippets, and while an option for strict paths is on. Both are the default.
const REJECTS: &[Rejection] = &[
    snippet("nginx.ingress.kubernetes.io/configuration-snippet"),
    snippet("nginx.ingress.kubernetes.io/server-snippet"),
    snippet("nginx.ingress.kubernetes.io/auth-snippet"),
    Rejection { shape: RejectedShape::PathCharacter(PATTERN), action: Action::Audit },
];

const fn snippet(key: &'static str) -> Rejection {
    Rejection { shape: RejectedShape::Annotation(key), action: Action::Audit }
}

/// Characters of regular expressions.
const PATTERN: &[char] = &['(', ')', '[', ']', '{', '}', '|', '^', '$', '*', '+', '?', '\\'];
