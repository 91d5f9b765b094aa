//! OpenShift, which makes Routes of Ingresses (rulebook 4.1 to 4.3, by reading).

use super::endpoint_rules::EndpointRules;
use super::profile::{Names, Profile};
use crate::engine::model::Action;

/// It makes no Route for a missing Service or port, and waits.
pub(super) const OPENSHIFT: Profile = Profile {
    id: "openshift",
    title: "OpenShift",
    names: Names { controllers: &["openshift.io/ingress-to-route"], classes: &[], annotation: &[] },
    resource: Action::Off,
    endpoints: EndpointRules { misnamed: Action::Off, ..EndpointRules::STRICT },
    without_backend: "no Route is made for it",
    ..Profile::STRICT
};
