//! One backend under judgement, and what the view knows of its Service.

use super::external_name;
use super::network_policy;
use super::readiness::{Readiness, readiness};
use super::scene::{Scene, Words};
use super::service_type;
use crate::engine::controllers::{ClusterIp, EndpointRules, PortMatch, Profile, match_port};
use crate::engine::model::{
    Action, Backend, CheckId, Claim, Effect, FieldPath, Finding, ObjectName, PortRef, ServiceFacts, ServiceKind,
};
use crate::engine::view::{Lookup, Need, Unknown};

/// Nobody answers at the ClusterIP (rulebook 3.10).
const WITHOUT_ANSWER: &str = "nothing answers at its ClusterIP: requests get 502 or 504";

/// What checks of Services get: a backend that references one, resolved once for all of them.
pub struct Case<'a> {
    /// Where this happens.
    pub scene: Scene<'a>,
    /// The backend.
    pub backend: &'a Backend,
    /// The Service it names.
    pub name: &'a str,
    /// The port it asks for.
    pub wanted: &'a PortRef,
    /// The Service.
    pub service: Lookup<&'a ServiceFacts>,
    /// What the port reference means; `None` without a Service, and for ExternalName, where ports are no promise
    /// (rulebook 4.4.3).
    pub port: Option<PortMatch<'a>>,
    /// The controller connects to the ClusterIP, and kube-proxy takes the endpoint.
    pub cluster_ip: Option<ClusterIp>,
    /// Which endpoints get the requests, and what it deserves where none can.
    pub rules: EndpointRules,
    /// Whether requests would reach a Pod; `None` where no port was found to ask for.
    pub readiness: Option<Readiness<'a>>,
}

impl<'a> Case<'a> {
    /// Resolves the reference `name` and `wanted` of `backend`.
    pub fn new(scene: Scene<'a>, backend: &'a Backend, (name, wanted): (&'a str, &'a PortRef)) -> Self {
        let service = scene.view.service(scene.namespace(), name);
        let profile = scene.profile();
        let plain = match &service {
            Lookup::Found(service) if !matches!(service.kind, ServiceKind::ExternalName(_)) => Some(*service),
            _ => None,
        };
        let cluster_ip = plain.filter(|service| !service.headless).and_then(|it| service_type::cluster_ip(scene, it));
        let port = plain
            .map(|service| match_port(service, wanted, cluster_ip.map_or(profile.ports, |by| by.ports(profile.ports))));
        // A name that is none of the Service's ports leads back to the endpoints.
        let cluster_ip = cluster_ip.filter(|_| match (port, wanted) {
            (Some(PortMatch::Port(port)), PortRef::Name(name)) => *port.name == **name,
            _ => true,
        });
        let rules = cluster_ip.map_or(profile.endpoints, |by| by.endpoints(profile.endpoints));
        let readiness = match (&service, &port) {
            (Lookup::Found(service), Some(PortMatch::Port(port))) => {
                Some(readiness(scene, rules, (name, service), port))
            }
            _ => None,
        };
        Self { scene, backend, name, wanted, service, port, cluster_ip, rules, readiness }
    }

    /// What the controller does.
    pub fn profile(&self) -> &'static Profile {
        self.scene.profile()
    }

    /// What happens to requests when no endpoint is ready, as the end of a sentence.
    pub fn without_endpoints(&self) -> &'static str {
        self.cluster_ip.map_or_else(|| self.scene.controller.without_endpoints(), |_| WITHOUT_ANSWER)
    }

    /// What happens to requests when the port is not found, as the end of a sentence.
    pub fn without_port(&self) -> &'static str {
        if self.asks_blindly() { WITHOUT_ANSWER } else { self.profile().without_backend }
    }

    /// The controller has an address to connect to that is no endpoint's, whoever answers there.
    pub fn has_own_address(&self) -> bool {
        self.cluster_ip.is_some() || external_name::is_dialled(self)
    }

    /// The controller connects to the number that is asked for, whether the Service has it or not.
    pub fn asks_blindly(&self) -> bool {
        matches!(self.wanted, PortRef::Number(_)) && self.cluster_ip.is_some_and(|by| by.unchecked)
    }

    /// What a live read could add to this case, beside the confirmation of its findings.
    pub fn need(&self) -> Option<Need> {
        let Lookup::Found(service) = &self.service else { return None };
        let unready = self.readiness.as_ref().is_some_and(Readiness::wants_pods);
        (unready || network_policy::wants_pods(self))
            .then(|| Need::Pods(self.scene.namespace().to_owned(), service.selector.clone()))
    }

    /// What could not be looked up: the thing, for people, and why.
    pub fn gap(&self) -> Option<(String, Unknown)> {
        match (&self.service, &self.readiness) {
            (Lookup::Unknown(why), _) => Some((format!("Service \"{}\"", self.name), *why)),
            (_, Some(Readiness::Unknown(why))) => Some((format!("EndpointSlices of \"{}\"", self.name), *why)),
            _ => None,
        }
    }

    /// The field `below` this case's backend.
    pub fn field(&self, below: &str) -> FieldPath {
        self.backend.location.field(below)
    }

    /// The claim that the Service is as a finding says.
    pub fn claim(&self) -> Claim {
        Claim::Service(ObjectName::new(self.scene.namespace(), self.name))
    }

    /// A finding on the field `below` this case's backend, without claim and evidence: requests fail.
    pub fn finding(&self, check: CheckId, below: &str, action: Action, words: Words) -> Finding {
        Finding {
            check,
            field: self.field(below),
            backend: Some(self.backend.clone()),
            effect: Effect::Fails,
            action,
            claim: None,
            reason: words.reason,
            detail: words.detail,
            note: words.note,
            help: words.help,
            evidence: Vec::new(),
        }
    }
}
