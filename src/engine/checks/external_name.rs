//! The Service is an alias for a name outside the cluster, and the controller does not serve it.

use std::net::IpAddr;

use super::scene::Words;
use super::{Case, Check, Docs, Rule};
use crate::engine::controllers::{ExternalPort, Support};
use crate::engine::model::{Action, CheckId, Effect, Finding, PortRef, ServiceFacts, ServiceKind};
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
    rule: Rule::Service(run),
};

const NEVER: &str = "use a Service without selector, and publish an EndpointSlice for it";
const ENABLE: &str = "enable ExternalName in the controller, and say so in Backstop's configuration (allowExternalName); or use a \
                      Service without selector, and publish an EndpointSlice for it";

fn run(case: &Case<'_>) -> Option<Finding> {
    let Lookup::Found(service) = case.service else { return None };
    let ServiceKind::ExternalName(target) = &service.kind else { return None };
    let rules = case.profile().external_name;
    let allowed = case.scene.controller.options.allow_external_name;
    let title = case.profile().title;
    let served = match (rules.support, allowed) {
        (Support::Unknown, _) => return None,
        (Support::Never, _) => false,
        (Support::On, allowed) => allowed.unwrap_or(true),
        (Support::Off, allowed) => allowed.unwrap_or(false),
    };
    let name = case.name;
    let (action, reason, help) = if !served {
        let (unless, help) = if rules.support == Support::Never { ("", NEVER) } else { (" unless enabled", ENABLE) };
        (Action::Warn, format!("{title} ignores ExternalName Service \"{name}\"{unless}"), help)
    } else if is_local(target) && rules.local > Action::Off {
        (
            rules.local,
            format!("{title} refuses ExternalName \"{target}\" of Service \"{name}\""),
            "name a host outside the cluster",
        )
    } else if let Some(lacks) = lacks_port(case, rules.port, service) {
        (Action::Warn, lacks, "declare the port in the Service, and ask for it by number")
    } else {
        return None;
    };
    // Measured: ingress-nginx connects to port 0 of a host whose port has no number.
    let portless = served && rules.port == ExternalPort::AnyNumber && !matches!(case.wanted, PortRef::Number(_));
    let consequence = if portless { "requests get 502" } else { case.profile().without_backend };
    let words = Words {
        detail: format!("{reason} ({}: {consequence})", case.backend.route()),
        note: consequence.to_owned(),
        reason,
        help: help.to_owned(),
    };
    let mut finding = case.finding(ID, "service.name", action, words);
    // What is off by default may have been switched on.
    finding.effect = if !served && allowed.is_none() { Effect::Unsure } else { Effect::Fails };
    Some(finding)
}

/// `localhost`, or the machine's own address. Other addresses work where ExternalName is served (measured).
fn is_local(target: &str) -> bool {
    let name = target.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What is wrong with the port that is asked for (rulebook 4.4.3).
fn lacks_port(case: &Case<'_>, rule: ExternalPort, service: &ServiceFacts) -> Option<String> {
    let (name, wanted, title) = (case.name, case.wanted, case.profile().title);
    let declared = service.ports.iter().any(|port| port.is(wanted));
    let is_number = matches!(wanted, PortRef::Number(_));
    let works = match rule {
        ExternalPort::Number => is_number,
        ExternalPort::AnyNumber => is_number || declared,
        ExternalPort::Declared => declared,
        ExternalPort::DeclaredOrNone => declared || (is_number && service.ports.is_empty()),
    };
    let fault = match rule {
        ExternalPort::Number => format!("{title} takes no port name of ExternalName \"{name}\""),
        _ => format!("ExternalName Service \"{name}\" declares no port {wanted}"),
    };
    (!works).then_some(fault)
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn local_names() {
        for name in ["localhost", "LOCALHOST.", "127.0.0.1", "::1"] {
            assert!(is_local(name), "{name}");
        }
        for name in ["", "shop.example", "localhost.example", "127.0.0.1.nip.io", "10.0.0.1"] {
            assert!(!is_local(name), "{name}");
        }
    }
}
