//! Istio's Ingress support (rulebook 4.1 to 4.4; from its source code).

use super::cilium;
use super::names::Names;
use super::profile::{Profile, WrongPort};
use crate::engine::model::Action;

/// A ServiceEntry or another cluster may provide a host, so a missing Service does not prove that requests fail. Istio
/// drops the route of a port name that it does not find.
pub(super) const ISTIO: Profile = Profile {
    id: "istio",
    title: "Istio",
    names: Names { controllers: &["istio.io/ingress-controller"], annotation: &["istio"], ..Names::NONE },
    missing_service: Action::Warn,
    wrong_port: WrongPort { number: Action::Warn, name: Action::Deny },
    endpoints: cilium::REMOTE,
    without_backend: "requests get 503, or 404 where the route is dropped",
    ..Profile::STRICT
};
