//! OpenShift, which creates Routes from Ingresses (rulebook 4.1 to 4.3; from its source code).

use super::endpoint_rules::EndpointRules;
use super::names::Names;
use super::profile::Profile;
use crate::engine::model::Action;

/// OpenShift creates no Route while the Service or port is missing.
pub(super) const OPENSHIFT: Profile = Profile {
    id: "openshift",
    title: "OpenShift",
    names: Names { controllers: &["openshift.io/ingress-to-route"], ..Names::NONE },
    resource: Action::Off,
    endpoints: EndpointRules { misnamed: Action::Off, ..EndpointRules::STRICT },
    without_backend: "no Route is made for it",
    ..Profile::STRICT
};
