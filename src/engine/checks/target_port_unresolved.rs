//! Endpoints exist, and none carries the port: a named targetPort that is on no Pod (rulebook 3.5).

use super::scene::Words;
use super::{Case, Check, Docs, Readiness, Rule};
use crate::engine::controllers::PortNames;
use crate::engine::model::{Action, CheckId, Finding, ServiceFacts, TargetPort};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("target-port-unresolved");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Pods exist, but none has the container port that targetPort names",
    action: Action::Warn,
    when: "warn; audit while the slices only lag behind a change of the Service",
    docs: Docs {
        what: "The Service's `targetPort` is a name, and no selected Pod declares a container port of that name \
               and protocol. Kubernetes then leaves the port out of the EndpointSlices without any event.",
        why: "The Pods look ready, and still no request can reach them: the slices hold no port to send it to.",
        example: "kind: Service\nspec:\n  ports: [{port: 80, targetPort: htpp}]   # the container's port is called http",
        fix: "Name a port that the containers declare, or use its number.",
        options: "",
    },
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Some(Readiness::PortUnresolved(port)) = case.readiness else { return None };
    let Lookup::Found(service) = &case.service else { return None };
    let name = case.name;
    let (action, words) = match &port.target {
        TargetPort::Name(target) => (
            Action::Warn,
            Words {
                reason: format!("targetPort \"{target}\" of Service \"{name}\" is on none of its Pods"),
                detail: format!(
                    "port {port} of Service \"{name}\" targets the container port \"{target}\", which none of its \
                 endpoints has ({}: {})",
                    case.backend.route(),
                    case.without_endpoints(),
                ),
                note: format!("none of its endpoints has port {port}; {}", case.without_endpoints()),
                help: format!(
                    "declare a {} container port called \"{target}\", or set targetPort to its number",
                    port.protocol
                ),
            },
        ),
        TargetPort::Number(_) => (
            numeric(case, service),
            Words {
                reason: format!("no endpoint of Service \"{name}\" carries port {port}"),
                detail: format!("Service \"{name}\" has endpoints, and none carries its port {port}"),
                note: String::new(),
                help: match (case.rules.port_names, &port.target) {
                    (PortNames::ByTargetNumber, TargetPort::Number(number)) => {
                        format!("publish EndpointSlices whose port has the number {number}, the Service's targetPort")
                    }
                    _ => "publish EndpointSlices whose port has the name of the Service's port".to_owned(),
                },
            },
        ),
    };
    Some(case.finding(ID, "", action, words))
}

/// A number always resolves, so slices of selected Pods lack it only until they catch up with the Service;
/// hand-made ones have a wrong name (rulebook 3.7.3).
fn numeric(case: &Case<'_>, service: &ServiceFacts) -> Action {
    if service.selector.is_empty() { case.rules.misnamed } else { Action::Audit }
}
