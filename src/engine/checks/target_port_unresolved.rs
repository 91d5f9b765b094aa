//! Endpoints exist, and none carries the port: a named targetPort that is on no Pod (rulebook 3.5).

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::PortNames;
use crate::engine::model::{Action, CheckId, Finding, FindingText, Part, ServiceFacts, TargetPort};
use crate::engine::resolve::{Readiness, Resolution};
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
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run(resolution: &Resolution<'_>) -> Option<Finding> {
    let Some(Readiness::PortUnresolved(port)) = resolution.readiness else { return None };
    let Lookup::Found(service) = &resolution.service else { return None };
    let name = resolution.name();
    let (action, text) = match &port.target {
        TargetPort::Name(target) => (
            Action::Warn,
            FindingText {
                reason: format!("targetPort \"{target}\" of Service \"{name}\" is on none of its Pods"),
                context: format!("; no endpoint has port {port}"),
                consequence: resolution.without_endpoints().into(),
                help: format!(
                    "declare a {} container port called \"{target}\", or set targetPort to its number",
                    port.protocol
                ),
                ..FindingText::default()
            },
        ),
        TargetPort::Number(_) => (
            numeric(resolution, service),
            FindingText {
                reason: format!("no endpoint of Service \"{name}\" has port {port}"),
                consequence: resolution.without_endpoints().into(),
                help: match (resolution.rules.port_names, &port.target) {
                    (PortNames::ByTargetNumber, TargetPort::Number(number)) => {
                        format!(
                            "publish EndpointSlices whose port has the number {number}, the targetPort of the Service"
                        )
                    }
                    _ => "publish EndpointSlices whose port has the name of the Service port".to_owned(),
                },
                ..FindingText::default()
            },
        ),
    };
    Some(resolution.finding(ID, Part::Whole, action, text))
}

/// A number always resolves. The slices of selected Pods lack the port only until they catch up with the Service; slices made
/// by hand have a wrong name (rulebook 3.7.3).
fn numeric(resolution: &Resolution<'_>, service: &ServiceFacts) -> Action {
    if service.selector.is_empty() { resolution.rules.misnamed } else { Action::Audit }
}
