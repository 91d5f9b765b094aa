//! Istio's Ingress support (rulebook 4.1 to 4.4; from its source code).

use super::endpoint_rules::EndpointRules;
use super::names::Names;
use super::profile::{ExternalName, ExternalPort, PortMatching, Profile, Support, WrongPort};
use super::routing::DefaultBackendUse;
use crate::engine::model::Action;

/// A ServiceEntry or another cluster may provide a host, so a missing Service does not prove that requests fail. Istio
/// drops the route of a port name that it does not find.
pub(super) const ISTIO: Profile = Profile {
    id: "istio",
    title: "Istio",
    names: Names { controllers: &["istio.io/ingress-controller"], classes: &["istio"], ..Names::NONE },
    missing_service: Action::Warn,
    ports: PortMatching { names_by_number: true, ..Profile::STRICT.ports },
    wrong_port: WrongPort { number: Action::Warn, name: Action::Deny },
    external_name: ExternalName {
        support: Support::Alias,
        port: ExternalPort::NumberOrName,
        ..Profile::STRICT.external_name
    },
    // Endpoints may be in another cluster, so a Service without local endpoints is not reported (rulebook 3.11).
    endpoints: EndpointRules {
        any_protocol: true,
        unmanaged: Action::Off,
        misnamed: Action::Off,
        no_pods: Action::Off,
        terminating: Action::Off,
        ..EndpointRules::STRICT
    },
    default_backend: DefaultBackendUse::Never,
    without_backend: "requests get 503, or 404 where the route is dropped",
    ..Profile::STRICT
};
