//! The Service is an alias for a name outside the cluster, and the controller does not serve it.

use std::net::IpAddr;

use super::scene::Words;
use super::{Case, Check, Docs, Rule};
use crate::engine::controllers::{ExternalPort, Refused, Support};
use crate::engine::model::{
    Action, CheckId, Effect, Finding, PortRef, ServiceFacts, ServiceKind, ServicePort, TargetPort,
};
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

/// Whether the controller, as it is run, serves such Services; `None` where nobody knows.
fn is_served(case: &Case<'_>) -> Option<bool> {
    let allowed = case.scene.controller.options.allow_external_name;
    match case.profile().external_name.support {
        Support::Unknown => None,
        Support::Never => Some(false),
        Support::On => Some(allowed.unwrap_or(true)),
        Support::Off => Some(allowed.unwrap_or(false)),
    }
}

/// Whether the controller connects to the host that the Service names, on whatever port.
pub(super) fn is_dialled(case: &Case<'_>) -> bool {
    let Lookup::Found(ServiceFacts { kind: ServiceKind::ExternalName(target), .. }) = case.service else {
        return false;
    };
    is_served(case) == Some(true) && !is_refused(target, case.profile().external_name.refused)
}

fn run(case: &Case<'_>) -> Option<Finding> {
    let Lookup::Found(service) = case.service else { return None };
    let ServiceKind::ExternalName(target) = &service.kind else { return None };
    let rules = case.profile().external_name;
    let allowed = case.scene.controller.options.allow_external_name;
    let title = case.profile().title;
    let served = is_served(case)?;
    let name = case.name;
    let dropped = case.profile().without_backend;
    let fault = if !served {
        let (unless, help) = if rules.support == Support::Never { ("", NEVER) } else { (" unless enabled", ENABLE) };
        Fault { reason: format!("{title} ignores ExternalName \"{name}\"{unless}"), help, consequence: dropped }
    } else if is_refused(target, rules.refused) {
        Fault {
            reason: format!("{title} refuses ExternalName \"{target}\" of Service \"{name}\""),
            help: "name a host outside the cluster",
            consequence: dropped,
        }
    } else {
        lacks_port(case, rules.port, service)?
    };
    let Fault { reason, help, consequence } = fault;
    let words = Words {
        detail: format!("{reason} ({}: {consequence})", case.backend.route()),
        note: consequence.to_owned(),
        reason,
        help: help.to_owned(),
    };
    let mut finding = case.finding(ID, "service.name", Action::Warn, words);
    // What is off by default may have been switched on.
    finding.effect = if !served && allowed.is_none() { Effect::Unsure } else { Effect::Fails };
    Some(finding)
}

/// What is wrong, the next step, and what becomes of requests.
struct Fault {
    reason: String,
    help: &'static str,
    consequence: &'static str,
}

/// Whether the controller does not connect to a host of this name. Addresses work where ExternalName is served, but for
/// those that it refuses (measured).
fn is_refused(target: &str, refused: Refused) -> bool {
    let loopback = || target.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    refused.names.contains(&target) || (refused.loopback && loopback())
}

/// What is wrong with the port that is asked for (rulebook 4.4.3).
fn lacks_port(case: &Case<'_>, rule: ExternalPort, service: &ServiceFacts) -> Option<Fault> {
    const DECLARE: &str = "declare the port in the Service, and ask for it by number";
    let (name, wanted, title) = (case.name, case.wanted, case.profile().title);
    let declared = service.ports.iter().find(|port| port.is(wanted));
    let is_number = matches!(wanted, PortRef::Number(_));
    let undeclared = format!("ExternalName Service \"{name}\" declares no port {wanted}");
    let fault = |reason, help, consequence| Some(Fault { reason, help, consequence });
    match (rule, declared) {
        (ExternalPort::Number, _) if !is_number => {
            let reason = format!("{title} takes no port name of ExternalName \"{name}\"");
            fault(reason, DECLARE, case.profile().without_backend)
        }
        // It connects to port 0 of a host whose port has no number (measured). By its name it would take the port's own.
        (ExternalPort::AnyNumber, Some(ServicePort { target: TargetPort::Name(target), .. })) if is_number => fault(
            format!("targetPort \"{target}\" of ExternalName Service \"{name}\" is no number"),
            "set targetPort to a number, or ask for the port by its name",
            "requests get 502",
        ),
        (ExternalPort::AnyNumber, None) if !is_number => fault(undeclared, DECLARE, "requests get 502"),
        (ExternalPort::DeclaredOrNone, None) if is_number && service.ports.is_empty() => None,
        (ExternalPort::Declared | ExternalPort::DeclaredOrNone, None) => {
            fault(undeclared, DECLARE, case.profile().without_backend)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::is_refused;
    use crate::engine::controllers::by_id;

    /// By reading, and measured for `localhost`.
    #[rstest]
    #[case("localhost", "ingress-nginx contour")]
    #[case("127.0.0.1", "ingress-nginx")]
    #[case("::1", "ingress-nginx")]
    #[case("localhost.localdomain", "contour")]
    #[case("local.projectcontour.io", "contour")]
    #[case("localhost.", "")]
    #[case("", "")]
    #[case("shop.example", "")]
    #[case("localhost.example", "")]
    #[case("10.0.0.1", "")]
    fn who_refuses_a_name(#[case] name: &str, #[case] expected: &str) {
        let refuses = |id: &&str| is_refused(name, by_id(id).unwrap().external_name.refused);
        let refusing: Vec<&str> =
            ["ingress-nginx", "traefik", "traefik-nginx", "contour"].into_iter().filter(refuses).collect();
        assert_eq!(refusing.join(" "), expected);
    }
}
