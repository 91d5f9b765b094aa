//! Cilium (rulebook 4.1 to 4.3, by reading).

use super::endpoint_rules::EndpointRules;
use super::profile::{Names, Profile, WrongPort};
use crate::engine::model::Action;

/// It keeps every route and looks no Service up; a backend may live in another cluster of the mesh, so that nothing
/// is certain.
pub(super) const CILIUM: Profile = Profile {
    id: "cilium",
    title: "Cilium",
    names: Names { controllers: &["cilium.io/ingress-controller"], classes: &["cilium"], annotation: &["cilium"] },
    missing_service: Action::Warn,
    wrong_port: WrongPort { number: Action::Warn, name: Action::Warn },
    endpoints: REMOTE,
    without_backend: "requests get 503, unless another cluster of the mesh has the Service",
    without_endpoints: "requests get 503, unless another cluster of the mesh has endpoints",
    ..Profile::STRICT
};

/// Endpoints may be in another cluster: none here is no news (rulebook 3.11).
pub(super) const REMOTE: EndpointRules = EndpointRules {
    unmanaged: Action::Off,
    misnamed: Action::Off,
    nothing: Action::Off,
    terminating: Action::Off,
    ..EndpointRules::STRICT
};
