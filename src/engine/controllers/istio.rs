//! Istio's Ingress support (rulebook 4.1 to 4.4, by reading).

use super::cilium;
use super::profile::{Names, Profile, WrongPort};
use crate::engine::model::Action;

/// A host may be provided by a ServiceEntry or another cluster, so that a missing Service is not certain to fail. A
/// port name that is not found drops the route.
pub(super) const ISTIO: Profile = Profile {
    id: "istio",
    title: "Istio",
    names: Names { controllers: &["istio.io/ingress-controller"], classes: &[], annotation: &["istio"] },
    missing_service: Action::Warn,
    wrong_port: WrongPort { number: Action::Warn, name: Action::Deny },
    endpoints: cilium::REMOTE,
    without_backend: "requests get 503, or 404 where the route is dropped",
    ..Profile::STRICT
};
