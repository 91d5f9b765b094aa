//! The port exists, but its protocol is not TCP.

use super::port_not_found::consequence;
use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{OtherProtocol, PortNames, SameNumber};
use crate::engine::model::{
    Action, CheckId, Effect, FindingText, Found, Part, PortRef, Protocol, ServicePort, TargetPort,
};
use crate::engine::resolve::{PortMatch, Resolution, Undeclared};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("protocol-mismatch");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the port of the Service is UDP or SCTP; HTTP needs TCP",
    action: Action::Deny,
    when: "deny if the identified controller is certain not to route to the port, audit if it does, otherwise warn",
    docs: Docs {
        what: "The port that the backend names is a UDP or SCTP port of the Service. Or the Service has two ports with the \
               same number and different targetPorts, and the controller uses the first one in the list, which is not \
               the TCP port.",
        why: "ingress-nginx looks for TCP endpoints and finds none: requests get 503. Contour drops the route. Traefik, \
              HAProxy, Kong and F5's controller ignore the protocol and send HTTP to the Pod.",
        example: "kind: Service\nspec:\n  ports: [{port: 53, protocol: UDP}]",
        fix: "Add a TCP port to the Service, or reference its TCP port. If two ports have the same number, put the TCP \
              port first.",
        options: "`controllers[].profile` states which controller serves a class, if no IngressClass identifies it.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let Some(PortMatch::Port(port)) = resolution.port else { return None };
    if port.protocol == Protocol::Tcp {
        return None;
    }
    if let Some(twin) = tcp_twin(resolution, port) {
        return Some(overlooked(resolution, port, twin));
    }
    let (action, effect, fails) = treatment(resolution, port);
    // The controller may find another port among the endpoints.
    let (action, effect) = match (resolution.undeclared, &resolution.target.port) {
        (Undeclared::Works, PortRef::Number(_)) => return None,
        (Undeclared::Works, _) => (action.min(Action::Audit), Effect::Works),
        (Undeclared::Unsure { .. }, _) => (action.min(Action::Warn), Effect::Unsure),
        (Undeclared::Fails, _) => (action, effect),
    };
    let text = move || FindingText {
        reason: format!(
            "port {} of Service \"{}\" is {}; HTTP needs TCP",
            port.number,
            resolution.name(),
            port.protocol
        ),
        consequence: consequence(resolution, fails),
        help: "add a TCP port to the Service, or reference its TCP port".to_owned(),
        ..FindingText::default()
    };
    let mut finding = resolution.finding(ID, Part::Port, action, text);
    finding.effect = effect;
    finding.claim = Some(resolution.claim());
    Some(finding)
}

/// The action, the effect and the consequence of a port whose protocol is not TCP.
fn treatment(resolution: &Resolution<'_>, port: &ServicePort) -> (Action, Effect, &'static str) {
    let profile = resolution.profile();
    let fails = (Action::Deny, Effect::Fails, without_tcp(resolution));
    match resolution.other_protocol {
        _ if resolution.kube_proxy.is_some() => {
            let Lookup::Found(service) = &resolution.service else { return (Action::Warn, Effect::Unsure, "") };
            let tcp = service.ports.iter().any(|it| it.protocol == Protocol::Tcp && it.number == port.number);
            // kube-proxy listens for the protocols of the ports only.
            if tcp { (Action::Audit, Effect::Works, "kube-proxy serves the TCP port of that number") } else { fails }
        }
        // The controller looks for any TCP port in the slices, and connects to the number of this port's targetPort
        // (from the source code of ingress-nginx).
        OtherProtocol::NoEndpoints if profile.endpoints.port_names == PortNames::AnyUnlessNeeded => {
            match tcp_port_beside(resolution, port) {
                Some(other) if other.target == port.target => {
                    (Action::Audit, Effect::Works, "a TCP port has the same targetPort, and requests reach it")
                }
                Some(_) => (Action::Warn, Effect::Unsure, "the controller sends HTTP to its targetPort anyway"),
                None => fails,
            }
        }
        OtherProtocol::NoBackend | OtherProtocol::NoEndpoints => fails,
        OtherProtocol::Unknown => (Action::Warn, Effect::Unsure, "requests may fail"),
        OtherProtocol::Ignored => (Action::Audit, Effect::Works, "the controller ignores the protocol"),
    }
}

/// What happens to requests if the controller does not use the port because of its protocol.
fn without_tcp(resolution: &Resolution<'_>) -> &'static str {
    match resolution.other_protocol {
        OtherProtocol::NoBackend if resolution.kube_proxy.is_none() => resolution.profile().without_backend,
        _ => resolution.without_endpoints(),
    }
}

/// Another port of the Service that is TCP, if the targetPort of `port` is a number. A port with the same targetPort
/// comes first.
fn tcp_port_beside<'a>(resolution: &Resolution<'a>, port: &ServicePort) -> Option<&'a ServicePort> {
    let Lookup::Found(service) = resolution.service else { return None };
    let tcp = || service.ports.iter().filter(|other| other.protocol == Protocol::Tcp);
    let numeric = matches!(port.target, TargetPort::Number(_));
    tcp().find(|other| other.target == port.target).or_else(|| tcp().next()).filter(|_| numeric)
}

/// The TCP port that the reference names, if the controller uses `port` instead, because it is the first port of that
/// number (measured).
fn tcp_twin<'a>(resolution: &Resolution<'a>, port: &ServicePort) -> Option<&'a ServicePort> {
    let (Lookup::Found(service), wanted) = (&resolution.service, &resolution.target.port) else { return None };
    let is_twin =
        |other: &ServicePort| other.protocol == Protocol::Tcp && other.number == port.number && other.matches(wanted);
    service.ports.iter().find(|other| is_twin(other))
}

fn overlooked<'r>(resolution: &'r Resolution<'_>, port: &'r ServicePort, twin: &'r ServicePort) -> Found<'r> {
    let (name, profile) = (resolution.name(), resolution.profile());
    let dropped = profile.ports.same_number == SameNumber::FirstIfTcp;
    let text = move || FindingText {
        reason: format!(
            "{} takes the first port {} of Service \"{name}\", which is {}",
            profile.title, port.number, port.protocol
        ),
        short_reason: format!("the first port {} of Service \"{name}\" is {}", port.number, port.protocol),
        context: if dropped {
            String::new()
        } else {
            format!("; it targets {}, and the TCP port {} targets {}", port.target, port.number, twin.target)
        },
        consequence: if dropped { without_tcp(resolution).into() } else { "".into() },
        help: if profile.ports.names_by_number {
            "put the TCP port first".to_owned()
        } else {
            "put the TCP port first, or reference the TCP port by its name".to_owned()
        },
        ..FindingText::default()
    };
    let (action, effect) = if dropped { (Action::Deny, Effect::Fails) } else { (Action::Warn, Effect::Elsewhere) };
    let mut finding = resolution.finding(ID, Part::Port, action, text);
    finding.effect = effect;
    finding.claim = Some(resolution.claim());
    finding
}
