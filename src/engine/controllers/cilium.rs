//! Cilium (rulebook 4.1 to 4.3; from its source code).

use super::endpoint_rules::EndpointRules;
use super::names::{ClassUse, Names};
use super::profile::{Profile, WrongPort};
use crate::engine::model::Action;

/// Cilium keeps every route and does not check whether the Service exists. A backend may run in another cluster of the
/// mesh, so nothing is certain.
pub(super) const CILIUM: Profile = Profile {
    id: "cilium",
    title: "Cilium",
    names: Names { controllers: &["cilium.io/ingress-controller"], classes: &["cilium"], ..Names::NONE },
    missing_service: Action::Warn,
    wrong_port: WrongPort { number: Action::Warn, name: Action::Warn },
    endpoints: REMOTE,
    class: ClassUse::Name,
    without_backend: "requests get 503, unless another cluster of the mesh has the Service",
    without_endpoints: "requests get 503, unless another cluster of the mesh has endpoints",
    ..Profile::STRICT
};

/// Endpoints may be in another cluster, so a Service without local endpoints is not reported (rulebook 3.11).
pub(super) const REMOTE: EndpointRules = EndpointRules {
    unmanaged: Action::Off,
    misnamed: Action::Off,
    no_pods: Action::Off,
    terminating: Action::Off,
    ..EndpointRules::STRICT
};
