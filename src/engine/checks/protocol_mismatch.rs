//! The port exists, but for another protocol than TCP.

use super::scene::Words;
use super::{Case, Check, Docs, Rule};
use crate::engine::controllers::PortMatch;
use crate::engine::model::{Action, CheckId, Effect, Finding, Protocol};

const ID: CheckId = CheckId("protocol-mismatch");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service's port is UDP or SCTP; HTTP needs TCP",
    action: Action::Deny,
    when: "deny where the identified controller is certain not to route to it, else warn; audit where it does",
    docs: Docs {
        what: "The only port of the Service that the backend can mean is a UDP or SCTP port. Where a Service has the \
               same number twice, the TCP one counts.",
        why: "ingress-nginx asks for TCP endpoints and finds none: 503. Contour drops the route. Traefik does not \
              look at the protocol and sends HTTP to the Pod.",
        example: "kind: Service\nspec:\n  ports: [{port: 53, protocol: UDP}]",
        fix: "Give the Service a TCP port, or reference the one that it has.",
    },
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Some(PortMatch::Port(port)) = case.port else { return None };
    if port.protocol == Protocol::Tcp {
        return None;
    }
    let (name, protocol) = (case.name, port.protocol);
    let action = case.profile().other_protocol;
    let (effect, consequence) = match action {
        Action::Deny => (Effect::Fails, case.profile().without_backend),
        Action::Warn => (Effect::Unsure, "the controller may not route to it"),
        Action::Audit | Action::Off => (Effect::Works, "the controller does not look at the protocol"),
    };
    let words = Words {
        reason: format!("port {} of Service \"{name}\" is {protocol}; HTTP backends need TCP", port.number),
        detail: format!(
            "port {} of Service \"{name}\" is {protocol}, and HTTP backends need TCP ({}: {consequence})",
            port.number,
            case.backend.route()
        ),
        help: "give the Service a TCP port, or reference the one that it has".to_owned(),
    };
    let mut finding = case.finding(ID, "service.port", action, words);
    finding.effect = effect;
    finding.claim = Some(case.claim());
    Some(finding)
}
