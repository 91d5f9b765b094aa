//! The port exists, but for another protocol than TCP.

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{PortNames, SameNumber};
use crate::engine::model::{
    Action, CheckId, Effect, Finding, FindingText, Part, PortRef, Protocol, ServicePort, TargetPort,
};
use crate::engine::resolve::{PortMatch, Resolution};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("protocol-mismatch");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service's port is UDP or SCTP; HTTP needs TCP",
    action: Action::Deny,
    when: "deny where the identified controller is certain not to route to it, else warn; audit where it does",
    docs: Docs {
        what: "The only port of the Service that the backend can mean is a UDP or SCTP port. Or the Service has \
                  the number twice, with targetPorts that differ, and the controller takes the first in the list, \
                  which is not the TCP one.",
        why: "ingress-nginx asks for TCP endpoints and finds none: 503. Contour drops the route. Traefik does not \
              look at the protocol and sends HTTP to the Pod.",
        example: "kind: Service\nspec:\n  ports: [{port: 53, protocol: UDP}]",
        fix: "Give the Service a TCP port, or reference the one that it has. Of two ports with the same \
                  number, put the TCP one first.",
        options: "`controllers[].profile` says which controller serves a class, where no IngressClass tells.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run(resolution: &Resolution<'_>) -> Option<Finding> {
    let Some(PortMatch::Port(port)) = resolution.port else { return None };
    if port.protocol == Protocol::Tcp {
        return None;
    }
    if let Some(twin) = tcp_twin(resolution, port) {
        return Some(overlooked(resolution, port, twin));
    }
    let (action, effect, consequence) = treatment(resolution, port);
    let text = FindingText {
        reason: format!(
            "port {} of Service \"{}\" is {}; HTTP needs TCP",
            port.number,
            resolution.name(),
            port.protocol
        ),
        consequence: consequence.into(),
        help: "give the Service a TCP port, or reference the one that it has".to_owned(),
        ..FindingText::default()
    };
    let mut finding = resolution.finding(ID, Part::Port, action, text);
    finding.effect = effect;
    finding.claim = Some(resolution.claim());
    Some(finding)
}

/// How severe a port other than TCP is, what it means for requests, and what becomes of them.
fn treatment(resolution: &Resolution<'_>, port: &ServicePort) -> (Action, Effect, &'static str) {
    let other_protocol = resolution.profile().other_protocol;
    if resolution.cluster_ip.is_some() {
        let Lookup::Found(service) = &resolution.service else { return (other_protocol, Effect::Unsure, "") };
        let tcp = service.ports.iter().any(|it| it.protocol == Protocol::Tcp && it.number == port.number);
        return if tcp {
            (Action::Audit, Effect::Works, "its ClusterIP serves the TCP port of that number")
        } else {
            (other_protocol.max(Action::Warn), Effect::Fails, resolution.without_endpoints())
        };
    }
    let without_backend = resolution.profile().without_backend;
    match other_protocol {
        // It looks for any TCP port in the slices, and connects to the number of this port's targetPort (by reading).
        Action::Deny if resolution.profile().endpoints.port_names == PortNames::AnyUnlessNeeded => {
            match tcp_port_beside(resolution, port) {
                Some(other) if other.target == port.target => {
                    (Action::Audit, Effect::Works, "a TCP port has the same targetPort, and requests reach it")
                }
                Some(_) => (Action::Warn, Effect::Unsure, "the controller sends HTTP to its targetPort all the same"),
                None => (Action::Deny, Effect::Fails, without_backend),
            }
        }
        Action::Deny => (Action::Deny, Effect::Fails, without_backend),
        Action::Warn => (Action::Warn, Effect::Unsure, "requests may fail"),
        action @ (Action::Audit | Action::Off) => (action, Effect::Works, "the controller ignores the protocol"),
    }
}

/// A TCP port beside `port`, if the targetPort of `port` is a number; the one with the same targetPort before others.
fn tcp_port_beside<'a>(resolution: &Resolution<'a>, port: &ServicePort) -> Option<&'a ServicePort> {
    let Lookup::Found(service) = resolution.service else { return None };
    let tcp = || service.ports.iter().filter(|other| other.protocol == Protocol::Tcp);
    let numeric = matches!(port.target, TargetPort::Number(_));
    tcp().find(|other| other.target == port.target).or_else(|| tcp().next()).filter(|_| numeric)
}

/// The TCP port with the number that is asked for. A controller that takes the first port overlooks it (measured). A name
/// means one port alone.
fn tcp_twin<'a>(resolution: &Resolution<'a>, port: &ServicePort) -> Option<&'a ServicePort> {
    let (Lookup::Found(service), PortRef::Number(_)) = (&resolution.service, &resolution.target.port) else {
        return None;
    };
    service.ports.iter().find(|other| other.protocol == Protocol::Tcp && other.number == port.number)
}

fn overlooked(resolution: &Resolution<'_>, port: &ServicePort, twin: &ServicePort) -> Finding {
    let (name, profile) = (resolution.name(), resolution.profile());
    let dropped = profile.ports.same_number == SameNumber::FirstIfTcp;
    let text = FindingText {
        reason: format!(
            "{} takes the first port {} of Service \"{name}\", which is {}",
            profile.title, port.number, port.protocol
        ),
        context: format!("; it targets {}, and the TCP port {} targets {}", port.target, port.number, twin.target),
        consequence: if dropped { profile.without_backend.into() } else { "".into() },
        help: "put the TCP port first, or reference it by its name".to_owned(),
        ..FindingText::default()
    };
    let mut finding = resolution.finding(ID, Part::Port, Action::Warn, text);
    finding.effect = if dropped { Effect::Fails } else { Effect::Elsewhere };
    finding
}
