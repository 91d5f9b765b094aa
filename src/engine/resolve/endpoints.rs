//! Which endpoints of a Service a controller would use (rulebook 3.3 to 3.6).

use crate::engine::controllers::{EndpointRules, PortNames, ReadyBy};
use crate::engine::model::{EndpointCounts, ServiceFacts, ServicePort, SliceFacts, SlicePort, TargetPort};

/// What the slices of a Service say about one port of the Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// The controller can use an endpoint.
    Ready,
    /// There is no slice: the Service was not processed yet, or nothing publishes endpoints for it.
    NoSlice,
    /// There are slices, without an endpoint.
    Empty,
    /// There are endpoints, but no slice with endpoints has the port (rulebook 3.5.2).
    PortUnresolved {
        /// A slice has a port of that name and protocol without a number (rulebook 3.4.3).
        numberless: bool,
    },
    /// All endpoints that have the port are terminating.
    Terminating(EndpointCounts),
    /// Endpoints have the port, but the controller would use none of them.
    NotReady(EndpointCounts),
}

/// What a controller looks for in slices.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The rules of the controller.
    pub rules: EndpointRules,
    /// The Service.
    pub service: &'a ServiceFacts,
    /// The Service's port.
    pub port: &'a ServicePort,
}

/// Returns what the `slices` of a Service offer to a controller.
pub fn endpoints(slices: &[SliceFacts], wanted: Wanted<'_>) -> Endpoints {
    let seen = || slices.iter().filter(|slice| wanted.rules.sees(wanted.service, slice));
    let with_port: EndpointCounts = seen().filter(|slice| has_port(slice, wanted)).map(|slice| slice.counts).sum();
    let usable = match wanted.rules.ready_by {
        ReadyBy::Ready => with_port.ready,
        ReadyBy::Declared => with_port.declared,
        ReadyBy::Pods => with_port.pods,
        ReadyBy::Staying => with_port.staying,
    };
    if seen().next().is_none() {
        Endpoints::NoSlice
    } else if usable > 0 {
        Endpoints::Ready
    } else if with_port.total == 0 {
        let none = seen().all(|slice| slice.counts.total == 0);
        let numberless = || seen().any(|slice| lacks_number(slice, wanted));
        if none { Endpoints::Empty } else { Endpoints::PortUnresolved { numberless: numberless() } }
    } else if with_port.terminating == with_port.total {
        Endpoints::Terminating(with_port)
    } else {
        Endpoints::NotReady(with_port)
    }
}

/// Whether requests for the wanted port can go to the endpoints of `slice`. A slice port without a number is no port
/// (rulebook 3.4.3).
fn has_port(slice: &SliceFacts, wanted: Wanted<'_>) -> bool {
    let (port, EndpointRules { port_names, any_protocol, .. }) = (wanted.port, wanted.rules);
    let mut ports = slice.ports.iter().filter(|it| any_protocol || it.protocol == port.protocol);
    let has_name = |it: &&SlicePort| it.name == port.name;
    match (port_names, &port.target) {
        (PortNames::ByTargetNumber, TargetPort::Number(target)) => ports.any(|it| it.number == Some(*target)),
        (PortNames::Exact | PortNames::ByTargetNumber, _) => ports.filter(has_name).any(is_numbered),
        (PortNames::AnyForUnnamed, _) => ports.filter(|it| port.name.is_empty() || has_name(it)).any(is_numbered),
        (PortNames::AnyUnlessNeeded, _) => has_port_unless_needed(slice, port),
    }
}

/// Whether `slice` has the wanted port, but without a number.
fn lacks_number(slice: &SliceFacts, Wanted { rules, port, .. }: Wanted<'_>) -> bool {
    let is_it = |it: &SlicePort| it.name == port.name && (rules.any_protocol || it.protocol == port.protocol);
    slice.ports.iter().any(|it| is_it(it) && !is_numbered(it))
}

fn is_numbered(port: &SlicePort) -> bool {
    port.number.is_some()
}

/// By [`PortNames::AnyUnlessNeeded`], a port of another name, or a slice without ports, stands for a targetPort that is a
/// number. A port that is looked up and has no number stops the controller (from the source code of ingress-nginx).
fn has_port_unless_needed(slice: &SliceFacts, port: &ServicePort) -> bool {
    let ports = || slice.ports.iter().filter(|it| it.protocol == port.protocol);
    let mut looked_up = ports().filter(|it| port.name.is_empty() || it.name == port.name).peekable();
    if looked_up.peek().is_some() {
        return looked_up.all(is_numbered);
    }
    matches!(port.target, TargetPort::Number(_)) && (ports().next().is_some() || slice.ports.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;

    use super::*;
    use crate::engine::controllers::by_id;
    use crate::engine::manifest::{service_facts, slice_facts};

    const HTTP: &str = r#"{"port":80,"name":"http","targetPort":8080}"#;
    const NAMED: &str = r#"{"port":80,"name":"http","targetPort":"web"}"#;

    /// The state of a port, with other fields of the spec of the Service.
    fn judge((spec, port): (&str, &str), slices: &str, profile: &str) -> String {
        let service =
            service_facts(&BTreeMap::new(), serde_json::from_str(&format!(r#"{{{spec}"ports":[{port}]}}"#)).unwrap());
        let slices: Vec<serde_json::Value> = serde_json::from_str(slices).unwrap();
        let slices: Vec<SliceFacts> = slices
            .into_iter()
            .map(|mut slice| {
                if slice["addressType"].is_null() {
                    slice["addressType"] = "IPv4".into();
                }
                slice_facts(serde_json::from_value(slice).unwrap()).unwrap()
            })
            .collect();
        let rules = by_id(profile).unwrap().endpoints;
        let wanted = Wanted { rules, service: &service, port: &service.ports[0] };
        let seen = format!("{:?}", endpoints(&slices, wanted));
        seen.split(['(', ' ']).next().unwrap().to_owned()
    }

    #[rstest]
    #[case::no_slice(HTTP, "[]", "unknown", "NoSlice")]
    #[case::placeholder(HTTP, r#"[{"endpoints":null,"ports":null}]"#, "unknown", "Empty")]
    #[case::nil_ready_is_ready(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http","port":8080}]}]"#,
        "unknown",
        "Ready"
    )]
    #[case::second_slice_is_ready(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":false}}],"ports":[{"name":"http","port":8080}]},
        {"endpoints":[{"addresses":["b"]}],"ports":[{"name":"http","port":8080}]}]"#,
        "unknown",
        "Ready"
    )]
    #[case::port_in_no_slice(
        NAMED,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[]}]"#,
        "ingress-nginx",
        "PortUnresolved"
    )]
    #[case::rolling_rename(
        NAMED,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[]},
        {"endpoints":[{"addresses":["b"]}],"ports":[{"name":"http","port":8080}]}]"#,
        "unknown",
        "Ready"
    )]
    #[case::other_name_on_nginx(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"x","port":8080}]}]"#,
        "ingress-nginx",
        "Ready"
    )]
    #[case::other_name_elsewhere(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"x","port":8080}]}]"#,
        "traefik",
        "PortUnresolved"
    )]
    #[case::named_slice_for_an_unnamed_port_on_contour(
        r#"{"port":80,"targetPort":8080}"#,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"x","port":8080}]}]"#,
        "contour",
        "Ready"
    )]
    #[case::other_name_on_contour(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"x","port":8080}]}]"#,
        "contour",
        "PortUnresolved"
    )]
    #[case::other_protocol(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http","port":8080,"protocol":"UDP"}]}]"#,
        "ingress-nginx",
        "PortUnresolved"
    )]
    #[case::published_unready(HTTP, r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":true,"serving":false}}],"ports":[{"name":"http","port":8080}]}]"#, "ingress-nginx", "Ready")]
    #[case::published_unready_on_traefik(HTTP, r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":true,"serving":false}}],"ports":[{"name":"http","port":8080}]}]"#, "traefik", "NotReady")]
    #[case::silent_ready_on_nic(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http","port":8080}]}]"#,
        "nginx-inc",
        "NotReady"
    )]
    #[case::other_name_on_nic(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":true}}],"ports":[{"name":"x","port":8080}]}]"#,
        "nginx-inc",
        "Ready"
    )]
    #[case::other_number_on_nic(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":true}}],"ports":[{"name":"http","port":9090}]}]"#,
        "nginx-inc",
        "PortUnresolved"
    )]
    #[case::named_target_on_nic(
        NAMED,
        r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":true}}],"ports":[{"name":"http","port":9090}]}]"#,
        "nginx-inc",
        "Ready"
    )]
    #[case::terminating_and_serving_on_traefik(HTTP, r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":false,"serving":true,"terminating":true}}],"ports":[{"name":"http","port":8080}]}]"#, "traefik", "Terminating")]
    #[case::number_is_not_set(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http"}]}]"#,
        "unknown",
        "PortUnresolved"
    )]
    #[case::number_is_not_set_on_nginx(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http"},{"name":"x","port":8080}]}]"#,
        "ingress-nginx",
        "PortUnresolved"
    )]
    #[case::number_of_another_name_is_not_set_on_nginx(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"x"}]}]"#,
        "ingress-nginx",
        "Ready"
    )]
    #[case::other_protocol_of_the_number_on_agic(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http","port":8080,"protocol":"UDP"}]}]"#,
        "agic",
        "PortUnresolved"
    )]
    #[case::terminating_and_serving_on_traefik_nginx(HTTP, r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":false,"serving":true,"terminating":true}}],"ports":[{"name":"http","port":8080}]}]"#, "traefik-nginx", "Terminating")]
    #[case::other_protocol_on_traefik(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http","port":8080,"protocol":"UDP"}]}]"#,
        "traefik",
        "Ready"
    )]
    #[case::terminating(HTTP, r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":false,"serving":false,"terminating":true}}],"ports":[{"name":"http","port":8080}]}]"#, "unknown", "Terminating")]
    fn what_slices_say(#[case] port: &str, #[case] slices: &str, #[case] profile: &str, #[case] expected: &str) {
        assert_eq!(judge((r#""selector":{"app":"web"},"#, port), slices, profile), expected);
    }

    #[rstest]
    #[case::host_names(r#""addressType":"FQDN","#, "traefik", "Ready")]
    #[case::host_names_elsewhere(r#""addressType":"FQDN","#, "contour", "NoSlice")]
    #[case::by_hand("", "contour", "Ready")]
    #[case::by_hand_on_agic("", "agic", "NoSlice")]
    #[case::mirrored_on_agic(
        r#""metadata":{"labels":{"endpointslice.kubernetes.io/managed-by":
            "endpointslicemirroring-controller.k8s.io"}},"#,
        "agic",
        "Ready"
    )]
    fn what_a_slice_of_a_service_without_a_selector_says(
        #[case] fields: &str,
        #[case] profile: &str,
        #[case] expected: &str,
    ) {
        let slice =
            format!(r#"[{{{fields}"endpoints":[{{"addresses":["a"]}}],"ports":[{{"name":"http","port":8080}}]}}]"#);
        assert_eq!(judge(("", HTTP), &slice, profile), expected);
    }
}
