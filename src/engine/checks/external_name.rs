//! The Service is of type ExternalName, and the controller does not serve it.

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{ExternalPort, OtherProtocol, Support};
use crate::engine::model::{
    Action, CheckId, Effect, FindingText, Found, Part, PortRef, Protocol, ServiceFacts, ServiceKind, ServicePort,
    TargetPort,
};
use crate::engine::resolve::{PortMatch, Resolution, is_refused, match_port, serves_external_names};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("external-name");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service is an ExternalName that the controller does not serve",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "A Service of type ExternalName has a DNS name instead of endpoints. Traefik and Contour serve such Services \
               only if an option allows it, F5's controller only with NGINX Plus, and cloud load balancers, Cilium, \
               OpenShift, Azure's controller and Tailscale never. Istio serves the name of another Service in the cluster, \
               and of other names only those that a ServiceEntry names. Some controllers require that the Service declares \
               the port, or that the backend names the port by its number. ingress-nginx and Contour refuse `localhost`.",
        why: "The controller drops the route, or requests get 502 or 503, although the Service exists.",
        example: "kind: Service\nspec:\n  type: ExternalName\n  externalName: shop.example.com",
        fix: "Enable ExternalName Services in the controller, and set `options.allowExternalName: true` in the \
              configuration of Backstop. Or use a Service without a selector, and publish an EndpointSlice for it.",
        options: "`controllers[].options.allowExternalName` states whether the controller is configured to serve \
                  ExternalName Services.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

const REPLACE: &str = "use a Service without selector, and publish an EndpointSlice for it";
const ENABLE_OR_REPLACE: &str = "enable ExternalName in the controller, and set allowExternalName in the configuration of Backstop; or use a Service \
     without selector, and publish an EndpointSlice for it";

const DECLARE: &str = "declare the port in the Service, and reference it by its number";

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let Lookup::Found(service) = resolution.service else { return None };
    let ServiceKind::ExternalName(host) = &service.kind else { return None };
    let profile = resolution.profile();
    let (rules, title, name) = (profile.external_name, profile.title, resolution.name());
    let allowed = resolution.context.controller.options.allow_external_name;
    if rules.support == Support::Alias && allowed.is_none() {
        let text = alias(resolution, host, service)?;
        let finding = resolution.finding(ID, Part::ServiceName, Action::Warn, || text);
        return Some(Found { effect: Effect::Unsure, ..finding });
    }
    let served = serves_external_names(resolution.context)?;
    let text = |reason: String, help: &str| FindingText {
        reason,
        consequence: profile.without_backend.into(),
        help: help.to_owned(),
        ..FindingText::default()
    };
    let text = if !served {
        let never = rules.support == Support::Never;
        let (unless, help) = if never { ("", REPLACE) } else { (" unless enabled", ENABLE_OR_REPLACE) };
        text(format!("{title} ignores ExternalName \"{name}\"{unless}"), help)
    } else if is_refused(host, rules.refused) {
        text(
            format!("{title} refuses ExternalName \"{host}\" of Service \"{name}\""),
            "name a host outside the cluster",
        )
    } else {
        missing_port(resolution, rules.port, service)?
    };
    let mut finding = resolution.finding(ID, Part::ServiceName, Action::Warn, || text);
    // Without the option in Backstop's configuration, it is not known whether the controller is configured to serve
    // them.
    finding.effect = if !served && allowed.is_none() { Effect::Unsure } else { Effect::Fails };
    Some(finding)
}

/// The fault of the port that the reference names; `None` if the port works (rulebook 4.4.3).
fn missing_port(resolution: &Resolution<'_>, rule: ExternalPort, service: &ServiceFacts) -> Option<FindingText> {
    let (name, wanted, profile) = (resolution.name(), &resolution.target.port, resolution.profile());
    resolution.context.meter.spend(service.ports.len()).ok()?;
    let needs_tcp = profile.other_protocol == OtherProtocol::NoBackend;
    let declared = match rule {
        // The controller looks for the port as for any other Service.
        ExternalPort::Declared | ExternalPort::DeclaredOrNone => match match_port(service, wanted, profile.ports) {
            PortMatch::Port(port) if port.protocol != Protocol::Tcp && needs_tcp => {
                return Some(FindingText {
                    reason: format!("port {} of ExternalName Service \"{name}\" is {}", port.number, port.protocol),
                    consequence: profile.without_backend.into(),
                    help: "put the TCP port first, or reference a TCP port".to_owned(),
                    ..FindingText::default()
                });
            }
            PortMatch::Port(port) => Some(port),
            PortMatch::TargetOnly(_) | PortMatch::Nothing => None,
        },
        _ => service.ports.iter().find(|port| port.matches(wanted)),
    };
    let is_number = matches!(wanted, PortRef::Number(_));
    let undeclared = format!("ExternalName Service \"{name}\" declares no port {wanted}");
    let text = |reason: String, help: &str, consequence: &'static str| {
        let (consequence, help) = (consequence.into(), help.to_owned());
        Some(FindingText { reason, consequence, help, ..FindingText::default() })
    };
    match (rule, declared) {
        (ExternalPort::Number, _) if !is_number => {
            let reason = format!("{} needs the port number of ExternalName \"{name}\"", profile.title);
            text(reason, DECLARE, profile.without_backend)
        }
        // For a number, the controller connects to the targetPort: to port 0 if the targetPort is a name (measured).
        // For a name, it connects to `port`.
        (ExternalPort::AnyNumber, Some(ServicePort { target: TargetPort::Name(target), .. })) if is_number => text(
            not_a_number(name, target),
            "set targetPort to a number, or reference the port by its name",
            BAD_GATEWAY,
        ),
        // Traefik connects to the targetPort in both cases (from its source code).
        (ExternalPort::TargetNumber, Some(ServicePort { target: TargetPort::Name(target), .. })) => {
            text(not_a_number(name, target), "set targetPort to a number", BAD_GATEWAY)
        }
        (ExternalPort::AnyNumber | ExternalPort::TargetNumber, None) if !is_number => {
            text(undeclared, DECLARE, BAD_GATEWAY)
        }
        (ExternalPort::NumberOrName, None) if !is_number => text(undeclared, DECLARE, profile.without_backend),
        (ExternalPort::DeclaredOrNone, None) if is_number && service.ports.is_empty() => None,
        (ExternalPort::Declared | ExternalPort::DeclaredOrNone, None) => {
            text(undeclared, DECLARE, profile.without_backend)
        }
        _ => None,
    }
}

/// What happens to requests if the controller connects to a port on which nothing listens.
const BAD_GATEWAY: &str = "requests get 502";

fn not_a_number(service: &str, target: &str) -> String {
    format!("targetPort \"{target}\" of ExternalName Service \"{service}\" is not a number")
}

/// The domain of the names of Services. The administrator of a cluster can choose another one.
const CLUSTER_DOMAIN: &str = ".svc.cluster.local";

/// The fault of an ExternalName Service that a controller takes for an alias of a host that it knows. `None` if the
/// host may be known.
fn alias(resolution: &Resolution<'_>, host: &str, service: &ServiceFacts) -> Option<FindingText> {
    if let Some(text) = missing_port(resolution, resolution.profile().external_name.port, service) {
        return Some(text);
    }
    let (name, title) = (resolution.name(), resolution.profile().title);
    let text = |reason: String, help: &str| {
        let consequence = resolution.profile().without_backend.into();
        Some(FindingText { reason, consequence, help: help.to_owned(), ..FindingText::default() })
    };
    let Some(local) = host.trim_end_matches('.').strip_suffix(CLUSTER_DOMAIN) else {
        let reason = format!("{title} serves ExternalName \"{name}\" only if a ServiceEntry names {host}");
        return text(reason, "add a ServiceEntry, and set allowExternalName in the configuration of Backstop");
    };
    let (target, namespace) = local.split_once('.').filter(|(_, namespace)| !namespace.contains('.'))?;
    let number = match &resolution.target.port {
        PortRef::Number(number) => *number,
        wanted => service.ports.iter().find(|port| port.matches(wanted))?.number.into(),
    };
    match resolution.context.view.service(namespace, target) {
        Lookup::Absent => text(
            format!("Service \"{namespace}/{target}\" does not exist; ExternalName \"{name}\" names it"),
            "correct the external name, or create the Service",
        ),
        Lookup::Found(ServiceFacts { kind: ServiceKind::ExternalName(_), .. }) | Lookup::Unknown(_) => None,
        Lookup::Found(facts) => {
            resolution.context.meter.spend(facts.ports.len()).ok()?;
            if facts.ports.iter().any(|port| i32::from(port.number) == number) {
                return None;
            }
            text(
                format!("Service \"{namespace}/{target}\" has no port {number}; ExternalName \"{name}\" names it"),
                "reference a port that the other Service has",
            )
        }
    }
}
