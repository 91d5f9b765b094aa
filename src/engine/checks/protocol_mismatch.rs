//! The port exists, but for another protocol than TCP.

use super::scene::Words;
use super::{Case, Check, Docs, Rule};
use crate::engine::controllers::{PortMatch, PortNames, SameNumber};
use crate::engine::model::{Action, CheckId, Effect, Finding, PortRef, Protocol, ServicePort, TargetPort};
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
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Some(PortMatch::Port(port)) = case.port else { return None };
    if port.protocol == Protocol::Tcp {
        return None;
    }
    let (name, protocol) = (case.name, port.protocol);
    if let Some(twin) = twin(case, port) {
        let dropped = case.profile().ports.same_number == SameNumber::FirstIfTcp;
        return Some(passed_over(case, port, twin, dropped));
    }
    let (action, effect, consequence) = treatment(case, port);
    let words = Words {
        reason: format!("port {} of Service \"{name}\" is {protocol}; HTTP needs TCP", port.number),
        detail: format!(
            "port {} of Service \"{name}\" is {protocol}, and HTTP backends need TCP ({}: {consequence})",
            port.number,
            case.backend.route()
        ),
        note: consequence.to_owned(),
        help: "give the Service a TCP port, or reference the one that it has".to_owned(),
    };
    let mut finding = case.finding(ID, "service.port", action, words);
    finding.effect = effect;
    finding.claim = Some(case.claim());
    Some(finding)
}

/// What a port that is not TCP deserves, what that means for requests, and what becomes of them.
fn treatment(case: &Case<'_>, port: &ServicePort) -> (Action, Effect, &'static str) {
    let other_protocol = case.profile().other_protocol;
    if case.cluster_ip.is_some() {
        let Lookup::Found(service) = &case.service else { return (other_protocol, Effect::Unsure, "") };
        let tcp = service.ports.iter().any(|it| it.protocol == Protocol::Tcp && it.number == port.number);
        return if tcp {
            (Action::Audit, Effect::Works, "its ClusterIP serves the TCP port of that number")
        } else {
            (other_protocol.max(Action::Warn), Effect::Fails, case.without_endpoints())
        };
    }
    match other_protocol {
        // It asks the slices for any TCP port, and connects to the number of this one's targetPort (by reading).
        Action::Deny if case.profile().endpoints.port_names == PortNames::AnyUnlessNeeded => match beside(case, port) {
            Some(other) if other.target == port.target => {
                (Action::Audit, Effect::Works, "a TCP port has the same targetPort, and requests reach it")
            }
            Some(_) => (Action::Warn, Effect::Unsure, "the controller sends HTTP to its targetPort all the same"),
            None => (Action::Deny, Effect::Fails, case.profile().without_backend),
        },
        Action::Deny => (Action::Deny, Effect::Fails, case.profile().without_backend),
        Action::Warn => (Action::Warn, Effect::Unsure, "requests may fail"),
        action @ (Action::Audit | Action::Off) => {
            (action, Effect::Works, "the controller does not look at the protocol")
        }
    }
}

/// A TCP port beside one whose targetPort is a number; the one with the same targetPort before others.
fn beside<'a>(case: &Case<'a>, port: &ServicePort) -> Option<&'a ServicePort> {
    let Lookup::Found(service) = case.service else { return None };
    let tcp = || service.ports.iter().filter(|other| other.protocol == Protocol::Tcp);
    let numeric = matches!(port.target, TargetPort::Number(_));
    tcp().find(|other| other.target == port.target).or_else(|| tcp().next()).filter(|_| numeric)
}

/// The TCP port of the number that is asked for, which a controller that takes the first passes over (measured). A
/// name means one port alone.
fn twin<'a>(case: &Case<'a>, port: &ServicePort) -> Option<&'a ServicePort> {
    let (Lookup::Found(service), PortRef::Number(_)) = (&case.service, case.wanted) else { return None };
    service.ports.iter().find(|other| other.protocol == Protocol::Tcp && other.number == port.number)
}

fn passed_over(case: &Case<'_>, port: &ServicePort, twin: &ServicePort, dropped: bool) -> Finding {
    let (name, title) = (case.name, case.profile().title);
    let consequence = if dropped { format!("; {}", case.profile().without_backend) } else { String::new() };
    let words = Words {
        reason: format!(
            "{title} takes the first port {} of Service \"{name}\", which is {}",
            port.number, port.protocol
        ),
        detail: format!(
            "Service \"{name}\" has port {} twice, and {title} takes the first, which is {} and targets {}; the TCP one \
             targets {} ({}{consequence})",
            port.number,
            port.protocol,
            port.target,
            twin.target,
            case.backend.route()
        ),
        note: format!("it targets {}, and the TCP port {}{consequence}", port.target, twin.target),
        help: "put the TCP port first, or reference it by its name".to_owned(),
    };
    let mut finding = case.finding(ID, "service.port", Action::Warn, words);
    finding.effect = if dropped { Effect::Fails } else { Effect::Elsewhere };
    finding
}
