//! Resolution: looks up one target under one controller profile.
//!
//! References that share a target share its resolution. Checks are functions of the resolution.

mod context;
mod endpoints;
mod meter;
mod metered;
mod pods;
mod ports;
mod readiness;
mod service;
mod undeclared;

pub use context::{Background, Clock, Context, DEFAULT_BACKEND, Substitute};
pub use endpoints::{Endpoints, Wanted, endpoints};
pub use meter::{MOST_UNITS, Meter};
pub use metered::MeteredView;
pub use ports::{PortMatch, match_port};
pub use readiness::{PortLack, Readiness, UnreadyCause};
pub use service::{
    AWS_TARGET_TYPE, GKE_NEG, StatedTargets, is_dialled, is_refused, kube_proxy, serves_external_names, stated_targets,
};
pub use undeclared::Undeclared;

use service::target_rules;

use super::controllers::{EndpointRules, KubeProxy, OtherProtocol, Profile};
use super::kinds::Kind;
use super::model::{
    Action, CheckId, Claim, FindingText, Found, NameRef, Part, PortRef, Protocol, ServiceFacts, ServiceKind,
    ServiceTarget, has_placeholder,
};
use super::view::{Lookup, Unknown};

/// One target under one controller profile: its Service, port, endpoints and readiness.
pub struct Resolution<'a> {
    /// The subject, its controller and the view. Thousands of resolutions may share them.
    pub context: &'a Context<'a>,
    /// The Service and port.
    pub target: &'a ServiceTarget,
    /// The Service.
    pub service: Lookup<&'a ServiceFacts>,
    /// The port that matches the target; `None` without a Service, and for ExternalName, whose ports need not be
    /// declared (rulebook 4.4.3).
    pub port: Option<PortMatch<'a>>,
    /// Whether requests work although no TCP port matches. It has no meaning if a TCP port matches.
    pub undeclared: Undeclared,
    /// The controller leaves the choice of the endpoint to kube-proxy.
    pub kube_proxy: Option<&'static KubeProxy>,
    /// Which endpoints get the requests, and the actions if there are none.
    pub rules: EndpointRules,
    /// How a port that exists for UDP or SCTP only is treated.
    pub other_protocol: OtherProtocol,
    /// Whether requests reach a Pod; `None` if there is no port.
    pub readiness: Option<Readiness<'a>>,
}

/// Resolves `target` for the controller of `context`.
pub fn resolve<'a>(context: &'a Context<'a>, target: &'a ServiceTarget) -> Resolution<'a> {
    let profile = context.profile();
    let service = context.view.service(&target.namespace, &target.name);
    let unresolved = |service, readiness| Resolution {
        context,
        target,
        service,
        port: None,
        undeclared: Undeclared::Fails,
        kube_proxy: None,
        rules: profile.endpoints,
        other_protocol: profile.other_protocol,
        readiness,
    };
    let Lookup::Found(facts) = service else { return unresolved(service, None) };
    if matches!(facts.kind, ServiceKind::ExternalName(_)) {
        return unresolved(service, None);
    }
    if let Err(why) = context.meter.spend(facts.ports.len()) {
        return unresolved(service, Some(Readiness::Unknown(why)));
    }
    let (ports, endpoints, other_protocol) = match target_rules(context, facts) {
        Some(rules) => (rules.ports, rules.endpoints, rules.other_protocol),
        None => (profile.ports, profile.endpoints, profile.other_protocol),
    };
    let by_kube_proxy = if facts.headless { None } else { kube_proxy(context, facts) };
    let matching = by_kube_proxy.map_or(ports, |by| by.ports(ports));
    let port = match_port(facts, &target.port, matching);
    if matches!(port, PortMatch::Nothing) && may_get_another_name(facts, &target.port) {
        return unresolved(Lookup::Unknown(Unknown::Placeholder), None);
    }
    // For a name that is not the name of a port of the Service, the controller uses the endpoints.
    let kube_proxy = by_kube_proxy.filter(|_| match (port, &target.port) {
        (PortMatch::Port(port), PortRef::Name(name)) => port.name == *name,
        _ => true,
    });
    let rules = kube_proxy.map_or(endpoints, |by| by.endpoints(endpoints)).of_service(facts);
    let readiness = match port {
        PortMatch::Port(port) => Some(readiness::readiness(context, rules, (target, facts), port)),
        PortMatch::TargetOnly(_) | PortMatch::Nothing => None,
    };
    let undeclared = match port {
        PortMatch::Port(port) if port.protocol == Protocol::Tcp => Undeclared::Fails,
        _ => Undeclared::of(matching.undeclared, context, (target, facts), rules),
    };
    Resolution { context, target, service, port: Some(port), undeclared, kube_proxy, rules, other_protocol, readiness }
}

/// Whether the name of a port has a placeholder, so that the reference may be right.
fn may_get_another_name(service: &ServiceFacts, port: &PortRef) -> bool {
    let PortRef::Name(name) = port else { return false };
    has_placeholder(name) || service.ports.iter().any(|port| has_placeholder(&port.name))
}

impl<'a> Resolution<'a> {
    /// The profile of the controller.
    pub fn profile(&self) -> &'static Profile {
        self.context.profile()
    }

    /// The name of the Service.
    pub fn name(&self) -> &'a str {
        &self.target.name
    }

    /// The namespace of the Service.
    pub fn namespace(&self) -> &'a str {
        &self.target.namespace
    }

    /// Namespace and name of the Service.
    pub fn service_name(&self) -> NameRef<'a> {
        self.target.service_name()
    }

    /// What happens to requests if no endpoint is ready.
    pub fn without_endpoints(&self) -> &'static str {
        match self.kube_proxy {
            Some(by) => by.unanswered(),
            None => self.context.controller.without_endpoints(),
        }
    }

    /// What happens to requests if the port is not found.
    pub fn without_port(&self) -> &'static str {
        match self.kube_proxy.filter(|_| self.connects_unchecked()) {
            Some(by) => by.unanswered(),
            None => self.profile().without_backend,
        }
    }

    /// Whether the controller connects to an address other than an endpoint: one of the Service, or the host of an
    /// ExternalName.
    pub fn has_own_address(&self) -> bool {
        let dialled = matches!(self.service, Lookup::Found(service) if is_dialled(self.context, service));
        self.kube_proxy.is_some() || dialled
    }

    /// Whether the controller connects to the number of the reference even if the Service does not have the port.
    pub fn connects_unchecked(&self) -> bool {
        matches!(self.target.port, PortRef::Number(_)) && self.kube_proxy.is_some_and(|by| by.unchecked)
    }

    /// Whether reading the Pods of the Service could change the result.
    pub fn wants_pods(&self) -> bool {
        self.undeclared == (Undeclared::Unsure { pods_unread: true })
            || self.readiness.as_ref().is_some_and(Readiness::wants_pods)
    }

    /// What could not be looked up, its kind, and why. The text is for people.
    pub fn gap(&self) -> Option<(String, Kind, Unknown)> {
        let (name, namespace) = (self.name(), self.namespace());
        let elsewhere = namespace != self.context.namespace();
        let place = if elsewhere { format!(" in namespace \"{namespace}\"") } else { String::new() };
        match (&self.service, &self.readiness) {
            (Lookup::Unknown(why), _) => Some((format!("Service \"{name}\"{place}"), Kind::Service, *why)),
            (_, Some(Readiness::Unknown(why))) => {
                Some((format!("EndpointSlices of \"{name}\"{place}"), Kind::EndpointSlice, *why))
            }
            _ => None,
        }
    }

    /// The claim that the Service is as a finding states.
    pub fn claim(&self) -> Claim<NameRef<'a>> {
        Claim::Service(self.service_name())
    }

    /// A finding about `part` of the references to the target, without a claim: requests fail.
    pub fn finding<'r>(
        &'r self,
        check: CheckId,
        part: Part,
        action: Action,
        text: impl FnOnce() -> FindingText + 'r,
    ) -> Found<'r> {
        Found::about_target(check, part, action, text)
    }
}
