//! The Service exists, and no port matches under the controller's profile.

use super::scene::Words;
use super::{Case, Check, Docs, Rule};
use crate::engine::controllers::{PortMatch, TargetNumber};
use crate::engine::model::{Action, CheckId, Effect, Finding, PortRef, Protocol, ServiceFacts, ServicePort};
use crate::engine::view::Lookup;
use crate::text::near;

const ID: CheckId = CheckId("port-not-found");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service exists, but has no such port",
    action: Action::Deny,
    when: "deny where the identified controller is certain not to serve it, else warn",
    docs: Docs {
        what: "A backend asks for a port that its Service does not have. `port.number` and `port.name` mean \
               `spec.ports[].port` and `spec.ports[].name` of the Service, not the container's port; a few \
               controllers, ingress-nginx among them, also take a targetPort, but not where an annotation has them \
               connect to the Service's ClusterIP.",
        why: "The controller finds no backend for the path. ingress-nginx answers 503. Traefik and Contour \
                  drop the route: requests get 404, or reach whatever else matches the host. On AWS a wrong port \
                  keeps the whole IngressGroup from being updated.",
        example: "backend:\n  service:\n    name: web\n    port: {number: 8080}   # the Service has port 80, targetPort 8080",
        fix: "Use one of the Service's ports: the finding lists them, and `kubectl get service NAME` does.",
        options: "`controllers[].profile` says which controller serves a class: that decides which ports match, \
                  and whether a wrong one is refused. Classes of ingress-nginx that Traefik serves need `profile: \
                  traefik-nginx`.",
    },
    rule: Rule::Service(run),
};

/// How many ports of a Service are told. It may have thousands, and thousands of paths may ask it for another.
const TOLD: usize = 16;
/// The same in a short line.
const TOLD_BRIEFLY: usize = 3;
/// Among how many the one that was meant is looked for.
const COMPARED: usize = 100;

fn run(case: &Case<'_>) -> Option<Finding> {
    let (Lookup::Found(service), Some(port)) = (&case.service, case.port) else { return None };
    let target_of = match port {
        PortMatch::Port(_) => return None,
        PortMatch::TargetOnly(port) => Some(port),
        PortMatch::Nothing => None,
    };
    let (below, action) = match case.wanted {
        PortRef::Number(_) => ("service.port.number", case.profile().wrong_port.number),
        PortRef::Name(_) => ("service.port.name", case.profile().wrong_port.name),
        PortRef::Unset => ("service.port", Action::Warn),
    };
    // Without the annotation the controller would take the targetPort: that is a slip to tell of, and no more.
    let slip = target_of.is_some() && case.asks_blindly() && case.profile().ports.target_number != TargetNumber::Never;
    let action = if slip { action.min(Action::Warn) } else { action };
    let mut finding = case.finding(ID, below, action, words(case, service, target_of));
    // Where it is not certain, that is because nobody knows what the controller would do.
    let certain = action == Action::Deny || case.asks_blindly();
    finding.effect = if certain { Effect::Fails } else { Effect::Unsure };
    finding.claim = Some(case.claim());
    finding.evidence = service.ports.iter().take(TOLD).map(|port| format!("Service port {port}")).collect();
    Some(finding)
}

fn words(case: &Case<'_>, service: &ServiceFacts, target_of: Option<&ServicePort>) -> Words {
    let (name, wanted) = (case.name, case.wanted);
    let ports = listed(service, TOLD);
    let route = case.backend.route();
    let consequence = case.without_port();
    let meant = target_of.or_else(|| likeliest(service, wanted));
    let suggestion = meant.map(|port| match wanted {
        PortRef::Name(_) if !port.name.is_empty() => format!("\"{}\"", port.name),
        _ => port.number.to_string(),
    });
    let help = match &suggestion {
        Some(port) => format!("use port {port}, or give the Service the port that is asked for"),
        None => "give the Service the port that is asked for".to_owned(),
    };
    if target_of.is_some() {
        let port = suggestion.unwrap_or_default();
        return Words {
            reason: format!("{wanted} is Service \"{name}\"'s targetPort; use port {port}"),
            detail: format!(
                "{wanted} is a targetPort of Service \"{name}\", not one of its ports ({ports}) \
                 ({route}: {consequence}); did you mean {port}?"
            ),
            note: format!("its ports are {ports}; {consequence}"),
            help,
        };
    }
    let lacks = match wanted {
        PortRef::Unset => format!("no port of Service \"{name}\" is asked for"),
        _ => format!("Service \"{name}\" has no port {wanted}"),
    };
    let hint = suggestion.map(|port| format!("; did you mean {port}?")).unwrap_or_default();
    // With one port there is nothing to choose.
    let brief_hint = if service.ports.len() == 1 { "" } else { &hint };
    Words {
        reason: format!("{lacks}; it has {}{brief_hint}", briefly(service)),
        detail: format!("{lacks}; it has {ports} ({route}: {consequence}){hint}"),
        note: consequence.to_owned(),
        help,
    }
}

/// The first ports of a Service, and how many there are beside.
fn listed(service: &ServiceFacts, most: usize) -> String {
    let shown: Vec<String> = service.ports.iter().take(most).map(ToString::to_string).collect();
    match (shown.len(), service.ports.len()) {
        (0, _) => "none".to_owned(),
        (told, all) if told < all => format!("{} and {} more", shown.join(", "), all - told),
        _ => shown.join(", "),
    }
}

/// The same for a short line: of several ports the numbers only.
fn briefly(service: &ServiceFacts) -> String {
    if service.ports.len() < 3 {
        return listed(service, TOLD_BRIEFLY);
    }
    let number = |port: &ServicePort| match port.protocol {
        Protocol::Tcp => port.number.to_string(),
        other => format!("{} ({other})", port.number),
    };
    let shown: Vec<String> = service.ports.iter().take(TOLD_BRIEFLY).map(number).collect();
    let beyond = service.ports.len() - shown.len();
    let more = if beyond == 0 { String::new() } else { format!(" and {beyond} more") };
    shown.join(", ") + &more
}

/// The port that was probably meant: the only one, or one whose name the one asked for is a slip of.
fn likeliest<'a>(service: &'a ServiceFacts, wanted: &PortRef) -> Option<&'a ServicePort> {
    if let [only] = &*service.ports {
        return Some(only);
    }
    let PortRef::Name(name) = wanted else { return None };
    let meant = near(name, service.ports.iter().take(COMPARED).map(|port| &*port.name))?;
    service.ports.iter().find(|port| *port.name == *meant)
}
