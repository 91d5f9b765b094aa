//! The Service exists, but none of its ports matches the reference under the profile of the controller.

use std::borrow::Cow;

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{TargetNumber, UndeclaredPort};
use crate::engine::model::{
    Action, CheckId, Effect, FindingText, Found, Part, PortRef, Protocol, ServiceFacts, ServicePort, TargetPort,
};
use crate::engine::resolve::{PortMatch, Resolution, Undeclared};
use crate::engine::view::Lookup;
use crate::text::near;

const ID: CheckId = CheckId("port-not-found");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service exists, but has no such port",
    action: Action::Deny,
    when: "deny if the identified controller is certain not to serve the port, otherwise warn",
    docs: Docs {
        what: "A backend names a port that its Service does not have. `port.number` and `port.name` refer to \
               `spec.ports[].port` and `spec.ports[].name` of the Service, not to the port of the container. A few \
               controllers, including ingress-nginx, also accept a targetPort, unless an annotation makes them connect \
               to the ClusterIP of the Service. Application Gateway sends the requests of an Ingress without rules to \
               port 80 of the Pods, whatever the targetPort is.",
        why: "The controller finds no backend for the path. ingress-nginx answers 503. Traefik and Contour \
              drop the route: requests get 404, or another route of the host answers them. On AWS a wrong port \
              stops updates of the whole IngressGroup.",
        example: "backend:\n  service:\n    name: web\n    port: {number: 8080}   # the Service has port 80, targetPort 8080",
        fix: "Use a port of the Service. The finding lists them, and so does `kubectl get service NAME`.",
        options: "`controllers[].profile` states which controller serves a class. The controller decides which ports \
                  match, and whether a wrong port is denied. If Traefik serves a class of ingress-nginx, set `profile: \
                  traefik-nginx`.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

/// The maximum number of ports of a Service that a long text lists. A Service may have thousands.
const LISTED: usize = 16;
/// The maximum number of ports of a Service that a short line lists.
const LISTED_BRIEFLY: usize = 3;
/// The maximum number of ports whose names are compared with the name in the reference.
const COMPARED: usize = 100;

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let (Lookup::Found(service), Some(port)) = (&resolution.service, resolution.port) else { return None };
    let target_of = match port {
        PortMatch::Port(port) => return lone_default_backend(resolution, port),
        PortMatch::TargetOnly(port) => Some(port),
        PortMatch::Nothing => None,
    };
    let profile = resolution.profile();
    let (part, action) = match (&resolution.target.port, resolution.undeclared) {
        // The controller takes the number as it is.
        (PortRef::Number(_), Undeclared::Works) => return None,
        (PortRef::Number(_), _) => (Part::PortNumber, profile.wrong_port.number),
        (PortRef::Name(_), _) => (Part::PortName, profile.wrong_port.name),
        (PortRef::Unset, _) => (Part::Port, Action::Warn),
    };
    let action = action.min(match resolution.undeclared {
        Undeclared::Fails => Action::Deny,
        Undeclared::Unsure { .. } => Action::Warn,
        Undeclared::Works => Action::Audit,
    });
    // Without the annotation for the ClusterIP the controller would accept the targetPort, so the finding is only a
    // warning.
    let unchecked = resolution.connects_unchecked();
    let softened = target_of.is_some() && unchecked && profile.ports.target_number != TargetNumber::Never;
    let action = if softened { action.min(Action::Warn) } else { action };
    let mut finding = resolution.finding(ID, part, action, move || text(resolution, service, target_of));
    // If the finding is only a warning, the behaviour of the controller is not certain.
    let certain = action == Action::Deny || unchecked;
    finding.effect = match resolution.undeclared {
        Undeclared::Works => Effect::Works,
        _ if certain => Effect::Fails,
        _ => Effect::Unsure,
    };
    finding.claim = Some(resolution.claim());
    Some(finding)
}

/// The finding if the controller sends the requests of an Ingress without rules to another port of the Pods than the
/// targetPort of `port` (rulebook 2.5.3). The number of a named targetPort is not compared.
fn lone_default_backend<'r>(resolution: &'r Resolution<'_>, port: &ServicePort) -> Option<Found<'r>> {
    let used = resolution.profile().lone_default_backend_port?;
    let TargetPort::Number(target) = port.target else { return None };
    if target == used || resolution.context.subject.has_rules() {
        return None;
    }
    let part = if matches!(resolution.target.port, PortRef::Name(_)) { Part::PortName } else { Part::PortNumber };
    let text = move || FindingText {
        reason: format!("without rules, requests go to port {used} of the Pods, not to {target}"),
        context: format!(
            ", the targetPort of Service \"{}\": {} uses the targetPort in rules only",
            resolution.name(),
            resolution.profile().title
        ),
        consequence: resolution.profile().without_endpoints.into(),
        help: format!("add a rule for the Service, or let the Pods listen on port {used}"),
        ..FindingText::default()
    };
    let finding = resolution.finding(ID, part, Action::Warn, text);
    Some(Found { claim: Some(resolution.claim()), ..finding })
}

fn text(resolution: &Resolution<'_>, service: &ServiceFacts, target_of: Option<&ServicePort>) -> FindingText {
    let (name, wanted) = (resolution.name(), &resolution.target.port);
    let meant = target_of.or_else(|| likeliest(service, wanted));
    let suggestion = meant.map(|port| match wanted {
        PortRef::Name(_) if !port.name.is_empty() => format!("\"{}\"", port.name),
        _ => port.number.to_string(),
    });
    let help = match &suggestion {
        Some(port) => format!("use port {port}, or add the missing port to the Service"),
        None => "add the missing port to the Service".to_owned(),
    };
    let hint = suggestion.as_ref().map(|port| format!("did you mean {port}?")).unwrap_or_default();
    let text = FindingText {
        consequence: consequence(resolution, resolution.without_port()),
        hint,
        help,
        evidence: service.ports.iter().take(LISTED).map(|port| format!("Service port {port}")).collect(),
        ..FindingText::default()
    };
    if target_of.is_some() {
        return FindingText {
            reason: format!("{wanted} is a targetPort of Service \"{name}\""),
            brief: format!("; use port {}", suggestion.unwrap_or_default()),
            context: format!(", not one of its ports ({})", listed(service, LISTED)),
            brief_without_hint: true,
            ..text
        };
    }
    FindingText {
        reason: match wanted {
            PortRef::Unset => format!("the backend names no port of Service \"{name}\""),
            _ => format!("Service \"{name}\" has no port {wanted}"),
        },
        brief: format!("; it has {}", briefly(service)),
        context: format!("; it has {}", listed(service, LISTED)),
        // The line already lists the only port.
        brief_without_hint: service.ports.len() == 1,
        ..text
    }
}

/// What happens to requests: `fails` if the Service alone shows that they fail.
pub(super) fn consequence(resolution: &Resolution<'_>, fails: &'static str) -> Cow<'static, str> {
    match (resolution.undeclared, resolution.profile().ports.undeclared, &resolution.target.port) {
        (Undeclared::Works, UndeclaredPort::EndpointNumber { of_name }, _) => {
            format!("the controller falls back to port {of_name} of the endpoints").into()
        }
        (Undeclared::Works, ..) => "an EndpointSlice has a port of that name, and requests reach it".into(),
        (Undeclared::Unsure { .. }, UndeclaredPort::EndpointNumber { .. }, PortRef::Number(number)) => {
            format!("{fails}, unless an endpoint has port {number}").into()
        }
        (Undeclared::Unsure { .. }, UndeclaredPort::EndpointNumber { of_name }, _) => {
            format!("{fails}, unless an endpoint has port {of_name}").into()
        }
        (Undeclared::Unsure { .. }, ..) => format!("{fails}, unless an endpoint has a port of that name").into(),
        (Undeclared::Fails, ..) => fails.into(),
    }
}

/// The first ports of a Service, and the number of the others.
fn listed(service: &ServiceFacts, most: usize) -> String {
    list(service, &service.ports.iter().take(most).map(ToString::to_string).collect::<Vec<_>>())
}

/// The first ports of a Service for a short line. Three or more ports are listed by their numbers only.
fn briefly(service: &ServiceFacts) -> String {
    if service.ports.len() < 3 {
        return listed(service, LISTED_BRIEFLY);
    }
    let number = |port: &ServicePort| match port.protocol {
        Protocol::Tcp => port.number.to_string(),
        other => format!("{} ({other})", port.number),
    };
    list(service, &service.ports.iter().take(LISTED_BRIEFLY).map(number).collect::<Vec<_>>())
}

/// The ports that are `shown`, and the number of the others.
fn list(service: &ServiceFacts, shown: &[String]) -> String {
    match service.ports.len().saturating_sub(shown.len()) {
        _ if shown.is_empty() => "none".to_owned(),
        0 => shown.join(", "),
        others => format!("{} and {others} more", shown.join(", ")),
    }
}

/// The port that was probably meant: the only port, or a port with a similar name.
fn likeliest<'a>(service: &'a ServiceFacts, wanted: &PortRef) -> Option<&'a ServicePort> {
    if let [only] = &*service.ports {
        return Some(only);
    }
    let PortRef::Name(name) = wanted else { return None };
    let meant = near(name, service.ports.iter().take(COMPARED).map(|port| &*port.name))?;
    service.ports.iter().find(|port| *port.name == *meant)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(&[], "none", "none")]
    #[case::one(&[80], "80 (p80)", "80 (p80)")]
    #[case::two(&[80, 81], "80 (p80), 81 (p81)", "80 (p80), 81 (p81)")]
    #[case::three(&[80, 81, 82], "80 (p80), 81 (p81), 82 (p82)", "80, 81, 82")]
    #[case::five(&[80, 81, 82, 83, 84], "80 (p80), 81 (p81), 82 (p82), 83 (p83) and 1 more", "80, 81, 82 and 2 more")]
    #[case::udp(&[80, 81, 53], "80 (p80), 81 (p81), 53 (p53, UDP)", "80, 81, 53 (UDP)")]
    fn the_first_ports_are_listed(#[case] numbers: &[u16], #[case] at_most_four: &str, #[case] in_brief: &str) {
        let port = |number: &u16| ServicePort {
            name: format!("p{number}").into(),
            number: *number,
            target: TargetPort::Number(*number),
            protocol: if *number == 53 { Protocol::Udp } else { Protocol::Tcp },
        };
        let service = ServiceFacts { ports: numbers.iter().map(port).collect(), ..ServiceFacts::default() };
        assert_eq!(listed(&service, 4), at_most_four);
        assert_eq!(briefly(&service), in_brief);
    }
}
