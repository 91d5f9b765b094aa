//! Endpoints exist, but none has the port: no Pod declares the named targetPort (rulebook 3.5).

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{NumberlessPort, PortNames};
use crate::engine::model::{Action, CheckId, Effect, FindingText, Found, Part, ServiceFacts, ServicePort, TargetPort};
use crate::engine::resolve::{PortLack, Readiness, Resolution};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("target-port-unresolved");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Pods exist, but none has the container port that targetPort names",
    action: Action::Warn,
    when: "warn; audit while the EndpointSlices have not caught up with a change of the Service",
    docs: Docs {
        what: "The `targetPort` of the Service is a name, and no selected Pod declares a container port with that name \
               and protocol. Kubernetes then omits the port from the EndpointSlices and creates no event. Or the \
               Service has no selector, and its EndpointSlices do not have the port: they have another name or \
               protocol, or no number. F5's controller reads the number from one of the Pods, so that each selected Pod \
               must declare the name.",
        why: "No request can reach the Pods although they are ready, because the EndpointSlices contain no port.",
        example: "kind: Service\nspec:\n  ports: [{port: 80, targetPort: htpp}]   # the container's port is called http",
        fix: "Use the name of a port that the containers declare, or the number of the port.",
        options: "",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let Some(Readiness::PortUnresolved { port, lack }) = resolution.readiness else { return None };
    let Lookup::Found(service) = &resolution.service else { return None };
    let action = match &port.target {
        TargetPort::Name(_) => Action::Warn,
        TargetPort::Number(_) => action_for_number(resolution, service),
    };
    let text = move || match lack {
        PortLack::Endpoints => text(resolution, port),
        PortLack::Number => without_number(resolution, port),
        PortLack::SomePods => undeclared_by_some(resolution, port),
    };
    let finding = resolution.finding(ID, Part::Whole, action, text);
    Some(if lack == PortLack::SomePods { Found { effect: Effect::Unsure, ..finding } } else { finding })
}

fn undeclared_by_some(resolution: &Resolution<'_>, port: &ServicePort) -> FindingText {
    let target = &port.target;
    FindingText {
        reason: format!("some Pods of Service \"{}\" do not declare targetPort \"{target}\"", resolution.name()),
        context: format!("; {} reads the number of the port from one of the Pods", resolution.profile().title),
        consequence: format!("{} if it reads such a Pod", resolution.without_endpoints()).into(),
        help: "declare the port in every Pod that the selector selects, or set targetPort to its number".to_owned(),
        ..FindingText::default()
    }
}

fn without_number(resolution: &Resolution<'_>, port: &ServicePort) -> FindingText {
    let consequence = match resolution.rules.numberless {
        NumberlessPort::Skipped => resolution.without_endpoints(),
        NumberlessPort::Fatal => "the controller stops with an error, and updates no Ingress any more",
    };
    FindingText {
        reason: format!("port {port} of Service \"{}\" has no number in its EndpointSlice", resolution.name()),
        consequence: consequence.into(),
        help: "publish EndpointSlices whose port has a number".to_owned(),
        ..FindingText::default()
    }
}

fn text(resolution: &Resolution<'_>, port: &ServicePort) -> FindingText {
    let name = resolution.name();
    let consequence = resolution.without_endpoints().into();
    match &port.target {
        TargetPort::Name(target) => FindingText {
            reason: format!("no Pod of Service \"{name}\" declares targetPort \"{target}\""),
            context: format!("; no endpoint has port {port}"),
            consequence,
            help: format!(
                "declare a {} container port called \"{target}\", or set targetPort to its number",
                port.protocol
            ),
            ..FindingText::default()
        },
        TargetPort::Number(number) => FindingText {
            reason: format!("no endpoint of Service \"{name}\" has port {port}"),
            consequence,
            help: match resolution.rules.port_names {
                PortNames::ByTargetNumber => {
                    format!("publish EndpointSlices whose port has the number {number}, the targetPort of the Service")
                }
                _ => "publish EndpointSlices whose port has the name and protocol of the Service port, and a number"
                    .to_owned(),
            },
            ..FindingText::default()
        },
    }
}

/// The action for a targetPort that is a number. The slices of selected Pods lack the port only until they catch up
/// with the Service. Slices that were created by hand have a port with a wrong name (rulebook 3.7.3).
fn action_for_number(resolution: &Resolution<'_>, service: &ServiceFacts) -> Action {
    if service.selector.is_empty() { resolution.rules.misnamed } else { Action::Audit }
}
