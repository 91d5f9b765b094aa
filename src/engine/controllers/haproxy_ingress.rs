//! HAProxy Ingress by jcmoraisjr (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::{EndpointRules, NumberlessPort, PortNames};
use super::names::Names;
use super::profile::{
    Annotations, ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile, RefusedHosts, SameNumber, Support,
    TargetNumber,
};
use super::service_type::{Booleans, KubeProxy, ServiceType, Switch};
use super::shape::{Prefixes, Redirect, RedirectNeeds, RedirectValue};
use crate::engine::model::Action;

/// The controller reads annotations with two prefixes.
const SERVICE_UPSTREAM: &[&str] =
    &["haproxy-ingress.github.io/service-upstream", "ingress.kubernetes.io/service-upstream"];

/// HAProxy Ingress matches port references against targetPorts before ports. It omits a broken backend.
pub(super) const HAPROXY_INGRESS: Profile = Profile {
    id: "haproxy-ingress",
    title: "HAProxy Ingress",
    names: Names {
        controllers: &["haproxy-ingress.github.io/controller", "haproxy-ingress.github.io/controller/"],
        classes: &["haproxy"],
        images: &["jcmoraisjr/haproxy-ingress"],
        ..Names::NONE
    },
    ports: PortMatching {
        target_number: TargetNumber::First,
        target_name: true,
        same_number: SameNumber::First,
        ..Profile::STRICT.ports
    },
    other_protocol: OtherProtocol::Ignored,
    external_name: ExternalName {
        support: Support::On,
        port: ExternalPort::DeclaredOrNone,
        refused: RefusedHosts::NOTHING,
    },
    service_type: ServiceType {
        kube_proxy: &[KubeProxy::cluster_ip(Switch::Annotations {
            service: SERVICE_UPSTREAM,
            ingress: SERVICE_UPSTREAM,
            values: Booleans::Go,
        })],
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules {
        port_names: PortNames::AnyForUnnamed,
        numberless: NumberlessPort::Fatal,
        ..EndpointRules::STRICT
    },
    annotations: Annotations { redirects: REDIRECTS, ..Profile::STRICT.annotations },
    network_policy: Action::Warn,
    without_backend: "the backend is skipped: the default backend or a 404 answers",
    ..Profile::STRICT
};

/// HAProxy Ingress adds the redirect of a path before it looks at the backend, and does not redirect the default backend.
/// The annotations of ingress-nginx are not its own.
const REDIRECTS: &[Redirect] = &{
    let [permanent, temporal] = Redirect::of_ingress_nginx(Action::Warn, RedirectValue::Any);
    let own = Redirect {
        name: "redirect-to",
        prefixes: Prefixes::Fixed(&["haproxy-ingress.github.io", "ingress.kubernetes.io"]),
        value: RedirectValue::Any,
        needs: RedirectNeeds::Nothing,
        default_backend: false,
        most: Action::Audit,
    };
    [own, permanent, temporal]
};
