//! The Service is an alias for a name outside the cluster, and the controller does not serve it.

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{ExternalPort, Support};
use crate::engine::model::{
    Action, CheckId, Effect, Finding, FindingText, Part, PortRef, ServiceFacts, ServiceKind, ServicePort, TargetPort,
};
use crate::engine::resolve::{Resolution, is_refused, serves_external_names};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("external-name");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service is an ExternalName that the controller does not serve",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "A Service of type ExternalName has no endpoints, only a name. Traefik and Contour serve it only \
                  where an option allows it, F5's controller with NGINX Plus, cloud load balancers and Tailscale \
                  never. Some controllers need the port to be declared or to be a number, and ingress-nginx and \
                  Contour refuse `localhost`.",
        why: "Although the Service exists, the route is dropped, or requests get 502 or 503.",
        example: "kind: Service\nspec:\n  type: ExternalName\n  externalName: shop.example.com",
        fix: "Allow ExternalName in the controller and say so in Backstop's configuration \
              (`options.allowExternalName: true`); or give the Service no selector and publish an EndpointSlice.",
        options: "`controllers[].options.allowExternalName` says whether the controller is run to serve them.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

const NEVER: &str = "use a Service without selector, and publish an EndpointSlice for it";
const ENABLE: &str = "enable ExternalName in the controller, and say so in Backstop's configuration (allowExternalName); or use a \
                      Service without selector, and publish an EndpointSlice for it";

fn run(resolution: &Resolution<'_>) -> Option<Finding> {
    let Lookup::Found(service) = resolution.service else { return None };
    let ServiceKind::ExternalName(host) = &service.kind else { return None };
    let profile = resolution.profile();
    let (rules, title, name) = (profile.external_name, profile.title, resolution.name());
    let allowed = resolution.context.controller.options.allow_external_name;
    let served = serves_external_names(&resolution.context)?;
    let text = |reason: String, help: &str| FindingText {
        reason,
        consequence: profile.without_backend.into(),
        help: help.to_owned(),
        ..FindingText::default()
    };
    let text = if !served {
        let (unless, help) = if rules.support == Support::Never { ("", NEVER) } else { (" unless enabled", ENABLE) };
        text(format!("{title} ignores ExternalName \"{name}\"{unless}"), help)
    } else if is_refused(host, rules.refused) {
        text(
            format!("{title} refuses ExternalName \"{host}\" of Service \"{name}\""),
            "name a host outside the cluster",
        )
    } else {
        missing_port(resolution, rules.port, service)?
    };
    let mut finding = resolution.finding(ID, Part::ServiceName, Action::Warn, text);
    // What is off by default may have been switched on.
    finding.effect = if !served && allowed.is_none() { Effect::Unsure } else { Effect::Fails };
    Some(finding)
}

/// What is wrong with the port that is asked for (rulebook 4.4.3).
fn missing_port(resolution: &Resolution<'_>, rule: ExternalPort, service: &ServiceFacts) -> Option<FindingText> {
    const DECLARE: &str = "declare the port in the Service, and ask for it by number";
    let (name, wanted, profile) = (resolution.name(), &resolution.target.port, resolution.profile());
    resolution.context.meter.spend(service.ports.len()).ok()?;
    let declared = service.ports.iter().find(|port| port.is(wanted));
    let is_number = matches!(wanted, PortRef::Number(_));
    let undeclared = format!("ExternalName Service \"{name}\" declares no port {wanted}");
    let text = |reason: String, help: &str, consequence: &'static str| {
        let (consequence, help) = (consequence.into(), help.to_owned());
        Some(FindingText { reason, consequence, help, ..FindingText::default() })
    };
    match (rule, declared) {
        (ExternalPort::Number, _) if !is_number => {
            let reason = format!("{} takes no port name of ExternalName \"{name}\"", profile.title);
            text(reason, DECLARE, profile.without_backend)
        }
        // It connects to port 0 of a host whose targetPort has no number (measured). For a name it takes the number of the
        // port itself.
        (ExternalPort::AnyNumber, Some(ServicePort { target: TargetPort::Name(target), .. })) if is_number => text(
            format!("targetPort \"{target}\" of ExternalName Service \"{name}\" is no number"),
            "set targetPort to a number, or ask for the port by its name",
            "requests get 502",
        ),
        (ExternalPort::AnyNumber, None) if !is_number => text(undeclared, DECLARE, "requests get 502"),
        (ExternalPort::DeclaredOrNone, None) if is_number && service.ports.is_empty() => None,
        (ExternalPort::Declared | ExternalPort::DeclaredOrNone, None) => {
            text(undeclared, DECLARE, profile.without_backend)
        }
        _ => None,
    }
}
