//! OpenShift, which creates Routes from Ingresses (rulebook 4.1 to 4.3; from its source code).

use super::endpoint_rules::{EndpointRules, PortNames};
use super::names::Names;
use super::profile::{ExternalName, OtherProtocol, PortMatching, Profile, SameNumber, Support};
use super::routing::{DefaultBackendUse, RuleHosts, RuleUse};

/// OpenShift creates no Route while the Service or port is missing. The Route contains the name of the port, and the
/// router compares names.
pub(super) const OPENSHIFT: Profile = Profile {
    id: "openshift",
    title: "OpenShift",
    names: Names { controllers: &["openshift.io/ingress-to-route"], classes: &["openshift-default"], ..Names::NONE },
    ports: PortMatching { same_number: SameNumber::FirstIfTcp, ..Profile::STRICT.ports },
    // The router leaves out the ports that are not TCP.
    other_protocol: OtherProtocol::NoEndpoints,
    external_name: ExternalName { support: Support::Never, ..Profile::STRICT.external_name },
    endpoints: EndpointRules {
        port_names: PortNames::AnyForUnnamed,
        wakes: Some("idling.alpha.openshift.io/idled-at"),
        ..EndpointRules::STRICT
    },
    default_backend: DefaultBackendUse::Never,
    rules: RuleUse { hosts: RuleHosts::Required, exact: false, ..RuleUse::ALL },
    without_backend: "no Route is made for it",
    ..Profile::STRICT
};
