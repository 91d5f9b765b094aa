//! The ingress controller of HAProxy Technologies (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::{EndpointRules, NumberlessPort, ReadyBy};
use super::names::{AnnotationUse, Names};
use super::profile::{
    Annotations, ExternalName, ExternalPort, OtherProtocol, PortMatching, Profile, RefusedHosts, SameNumber, Support,
};
use super::shape::{Prefixes, Redirect, RedirectNeeds, RedirectValue};
use super::version::Version;
use crate::engine::model::Action;

/// This controller adds no route for a broken backend. It skips endpoints whose `ready` condition is not set,
/// and never reads a protocol.
pub(super) const HAPROXYTECH: Profile = Profile {
    id: "haproxytech",
    title: "HAProxy Technologies' ingress controller",
    names: Names {
        controllers: &["haproxy.org/ingress-controller", "haproxy.org/ingress-controller/"],
        classes: &["haproxy"],
        annotation_use: AnnotationUse::ReadBefore(Version::new(3, 2)),
        images: &["haproxytech/kubernetes-ingress"],
        ..Names::NONE
    },
    ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
    other_protocol: OtherProtocol::Ignored,
    external_name: ExternalName { support: Support::On, port: ExternalPort::Declared, refused: RefusedHosts::NOTHING },
    endpoints: EndpointRules {
        ready_by: ReadyBy::Declared,
        any_protocol: true,
        numberless: NumberlessPort::Fatal,
        ..EndpointRules::STRICT
    },
    annotations: Annotations { redirects: REDIRECTS, ..Profile::STRICT.annotations },
    network_policy: Action::Warn,
    without_backend: "the route is not added: the default backend or a 404 answers",
    ..Profile::STRICT
};

/// This controller attaches the redirect to the route of a path. Without the Service or the port there is no route, and the
/// default backend has no route. The annotations of ingress-nginx are not its own.
const REDIRECTS: &[Redirect] = &{
    let [permanent, temporal] = Redirect::of_ingress_nginx(Action::Warn, RedirectValue::Any);
    let own = Redirect {
        name: "request-redirect",
        prefixes: Prefixes::Fixed(&["haproxy.org", "ingress.kubernetes.io", "haproxy.com", ""]),
        value: RedirectValue::Any,
        needs: RedirectNeeds::Port,
        default_backend: false,
        most: Action::Audit,
    };
    [own, permanent, temporal]
};
