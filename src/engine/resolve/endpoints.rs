//! Which endpoints of a Service a controller would use (rulebook 3.3 to 3.6).

use crate::engine::controllers::{EndpointRules, PortNames, ReadyBy};
use crate::engine::model::{EndpointCounts, ServicePort, SliceFacts, TargetPort};

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
    PortUnresolved,
    /// All endpoints that have the port are terminating.
    Terminating(EndpointCounts),
    /// Endpoints have the port, but the controller would use none of them.
    NotReady(EndpointCounts),
}

/// What a controller looks for in slices.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The Service's port.
    pub port: &'a ServicePort,
    /// Which endpoints the controller uses.
    pub ready_by: ReadyBy,
    /// Whether the slice's port must have the Service port's name.
    pub port_names: PortNames,
    /// The controller ignores the protocol of a slice's port.
    pub any_protocol: bool,
}

impl<'a> Wanted<'a> {
    /// What a controller with these `rules` looks for when it serves `port`.
    pub fn by(rules: EndpointRules, port: &'a ServicePort) -> Self {
        let EndpointRules { ready_by, port_names, any_protocol, .. } = rules;
        Self { port, ready_by, port_names, any_protocol }
    }
}

/// Returns what the `slices` of a Service offer to a controller.
pub fn endpoints(slices: &[SliceFacts], wanted: Wanted<'_>) -> Endpoints {
    let serving = slices.iter().filter(|slice| has_port(slice, wanted));
    let with_port: EndpointCounts = serving.map(|slice| slice.counts).sum();
    let usable = match wanted.ready_by {
        ReadyBy::Ready => with_port.ready,
        ReadyBy::Declared => with_port.declared,
        ReadyBy::Pods => with_port.pods,
        ReadyBy::Serving => with_port.serving,
        ReadyBy::Staying => with_port.staying,
    };
    if slices.is_empty() {
        Endpoints::NoSlice
    } else if usable > 0 {
        Endpoints::Ready
    } else if with_port.total == 0 {
        let none = slices.iter().all(|slice| slice.counts.total == 0);
        if none { Endpoints::Empty } else { Endpoints::PortUnresolved }
    } else if with_port.terminating == with_port.total {
        Endpoints::Terminating(with_port)
    } else {
        Endpoints::NotReady(with_port)
    }
}

/// Whether requests for the wanted port can go to the endpoints of `slice`. A slice port without a number leaves the
/// number to the consumer, and counts (rulebook 3.4.3).
fn has_port(slice: &SliceFacts, Wanted { port, port_names, any_protocol, .. }: Wanted<'_>) -> bool {
    if let (PortNames::ByTargetNumber, TargetPort::Number(target)) = (port_names, &port.target) {
        return slice.ports.iter().any(|it| it.number.is_none_or(|number| number == *target));
    }
    let exact = slice.ports.iter().any(|it| it.name == port.name && (any_protocol || it.protocol == port.protocol));
    let numeric = matches!(port.target, TargetPort::Number(_));
    let overlooks_name = match port_names {
        PortNames::Exact | PortNames::ByTargetNumber => false,
        PortNames::AnyForUnnamed => port.name.is_empty(),
        PortNames::AnyUnlessNeeded => port.name.is_empty() || numeric,
    };
    let any_name = || {
        let same_protocol = slice.ports.iter().any(|it| it.protocol == port.protocol);
        // The slice has no port at all: the number of the targetPort is enough.
        same_protocol || (slice.ports.is_empty() && numeric && port_names == PortNames::AnyUnlessNeeded)
    };
    exact || (overlooks_name && any_name())
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

    fn judge(port: &str, slices: &str, profile: &str) -> String {
        let service =
            service_facts(&BTreeMap::new(), serde_json::from_str(&format!(r#"{{"ports":[{port}]}}"#)).unwrap());
        let slices: Vec<serde_json::Value> = serde_json::from_str(slices).unwrap();
        let slices: Vec<SliceFacts> = slices
            .into_iter()
            .map(|mut slice| {
                slice["addressType"] = "IPv4".into();
                slice_facts(serde_json::from_value(slice).unwrap()).unwrap()
            })
            .collect();
        let wanted = Wanted::by(by_id(profile).unwrap().endpoints, &service.ports[0]);
        let seen = format!("{:?}", endpoints(&slices, wanted));
        seen.split('(').next().unwrap().to_owned()
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
    #[case::terminating_and_serving_on_traefik_nginx(HTTP, r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":false,"serving":true,"terminating":true}}],"ports":[{"name":"http","port":8080}]}]"#, "traefik-nginx", "Ready")]
    #[case::other_protocol_on_traefik(
        HTTP,
        r#"[{"endpoints":[{"addresses":["a"]}],"ports":[{"name":"http","port":8080,"protocol":"UDP"}]}]"#,
        "traefik",
        "Ready"
    )]
    #[case::terminating(HTTP, r#"[{"endpoints":[{"addresses":["a"],"conditions":{"ready":false,"serving":false,"terminating":true}}],"ports":[{"name":"http","port":8080}]}]"#, "unknown", "Terminating")]
    fn what_slices_say(#[case] port: &str, #[case] slices: &str, #[case] profile: &str, #[case] expected: &str) {
        assert_eq!(judge(port, slices, profile), expected);
    }
}
