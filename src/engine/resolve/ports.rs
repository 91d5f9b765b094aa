//! Which port of a Service matches a reference, under a profile (rulebook 4.4).

use crate::engine::controllers::{NumberAsName, PortMatching, SameNumber, TargetNumber};
use crate::engine::model::{PortRef, Protocol, ServiceFacts, ServicePort, TargetPort};

/// The port that matches a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortMatch<'a> {
    /// This port.
    Port(&'a ServicePort),
    /// No port. The reference is the targetPort of this port, which the controller does not match.
    TargetOnly(&'a ServicePort),
    /// Neither a port nor a targetPort.
    Nothing,
}

/// Finds the port of `service` that matches `wanted` under `rules`.
///
/// The first match in the order of the Service is used. By [`SameNumber::Tcp`], TCP ports come before others
/// (rulebook 3.8.4).
pub fn match_port<'a>(service: &'a ServiceFacts, wanted: &PortRef, rules: PortMatching) -> PortMatch<'a> {
    let matches_target = match wanted {
        PortRef::Number(_) => rules.target_number != TargetNumber::Never,
        PortRef::Name(_) => rules.target_name,
        PortRef::Unset => return PortMatch::Nothing,
    };
    let matches = |port: &ServicePort| {
        port.matches(wanted)
            || (matches_target && is_target(port, wanted))
            || is_called(port, wanted, rules.number_as_name)
    };
    let target = |rule| first(service, rule, |port| is_target(port, wanted));
    let target_first = rules.target_number == TargetNumber::First && matches!(wanted, PortRef::Number(_));
    let found = if target_first { target(rules.same_number) } else { None };
    match found.or_else(|| first(service, rules.same_number, matches)) {
        Some(port) => PortMatch::Port(by_number(service, wanted, port, rules)),
        None => target(SameNumber::Tcp).map_or(PortMatch::Nothing, PortMatch::TargetOnly),
    }
}

/// The port that the controller uses instead of `found`, if it looks up the number of a named port.
fn by_number<'a>(
    service: &'a ServiceFacts,
    wanted: &PortRef,
    found: &'a ServicePort,
    rules: PortMatching,
) -> &'a ServicePort {
    let refused = rules.same_number == SameNumber::FirstIfTcp && found.protocol != Protocol::Tcp;
    if !rules.names_by_number || refused || !matches!(wanted, PortRef::Name(_)) {
        return found;
    }
    let number = PortRef::Number(found.number.into());
    let is_it = |port: &ServicePort| port.matches(&number) || is_called(port, &number, rules.number_as_name);
    first(service, rules.same_number, is_it).unwrap_or(found)
}

fn first(service: &ServiceFacts, rule: SameNumber, matches: impl Fn(&ServicePort) -> bool) -> Option<&ServicePort> {
    let first = service.ports.iter().find(|port| matches(port))?;
    let tcp = service.ports.iter().find(|port| port.protocol == Protocol::Tcp && matches(port));
    match rule {
        SameNumber::Tcp => tcp.or(Some(first)),
        // If both have the same targetPort, as with HTTP/3, the TCP port gives the same result.
        SameNumber::First => tcp.filter(|tcp| tcp.target == first.target).or(Some(first)),
        SameNumber::FirstIfTcp => Some(first),
    }
}

fn is_target(port: &ServicePort, wanted: &PortRef) -> bool {
    match (&port.target, wanted) {
        (TargetPort::Number(target), PortRef::Number(number)) => i32::from(*target) == *number,
        (TargetPort::Name(target), PortRef::Name(name)) => target == name,
        _ => false,
    }
}

/// Whether the name of the port matches the number `wanted`.
fn is_called(port: &ServicePort, wanted: &PortRef, rule: NumberAsName) -> bool {
    let PortRef::Number(number) = wanted else { return false };
    match rule {
        NumberAsName::Never => false,
        NumberAsName::Unnamed => port.name.is_empty(),
        NumberAsName::AsText => !port.name.starts_with(['0', '+']) && port.name.parse() == Ok(*number),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;

    use super::*;
    use crate::engine::controllers::by_id;
    use crate::engine::manifest::service_facts;

    /// A port for HTTP/3 and one for HTTPS, with the same number.
    const UDP_AND_TCP: &str = r#"[{"port":443,"name":"q","protocol":"UDP"},{"port":443,"name":"s"}]"#;
    /// As [`UDP_AND_TCP`], with different targetPorts.
    const UDP_AND_TCP_TO_OTHER_PORTS: &str =
        r#"[{"port":443,"name":"q","protocol":"UDP","targetPort":9443},{"port":443,"name":"s","targetPort":8443}]"#;
    /// The number 8080 is a targetPort, and a port that comes later.
    const PORT_AND_TARGET: &str =
        r#"[{"port":80,"name":"a","targetPort":8080},{"port":8080,"name":"b","targetPort":9090}]"#;

    /// Rows of rulebook 4.4 and of the measurements: the Service, the reference, the profile and the result.
    #[rstest]
    #[case::plain(r#"[{"port":80,"targetPort":8080}]"#, PortRef::Number(80), "traefik", "80")]
    #[case::target_number_on_nginx(r#"[{"port":80,"targetPort":8080}]"#, PortRef::Number(8080), "ingress-nginx", "80")]
    #[case::target_number_elsewhere(
        r#"[{"port":80,"targetPort":8080}]"#,
        PortRef::Number(8080),
        "traefik",
        "target of 80"
    )]
    #[case::target_name_on_nginx(r#"[{"port":80,"name":"a","targetPort":"http"}]"#, PortRef::Name("http".into()), "ingress-nginx", "80")]
    #[case::target_name_elsewhere(r#"[{"port":80,"name":"a","targetPort":"http"}]"#, PortRef::Name("http".into()), "traefik", "target of 80")]
    #[case::wrong(r#"[{"port":80}]"#, PortRef::Number(81), "ingress-nginx", "nothing")]
    #[case::first_wins_on_nginx(PORT_AND_TARGET, PortRef::Number(8080), "ingress-nginx", "80")]
    #[case::port_wins_elsewhere(PORT_AND_TARGET, PortRef::Number(8080), "traefik", "8080")]
    #[case::target_number_first_on_haproxy_ingress(
        r#"[{"port":8080,"name":"a","targetPort":9090},{"port":80,"name":"b","targetPort":8080}]"#,
        PortRef::Number(8080),
        "haproxy-ingress",
        "80"
    )]
    #[case::tcp_before_udp(UDP_AND_TCP, PortRef::Number(443), "unknown", "443 s")]
    #[case::first_on_traefik(UDP_AND_TCP_TO_OTHER_PORTS, PortRef::Number(443), "traefik", "443")]
    #[case::first_on_nginx(UDP_AND_TCP_TO_OTHER_PORTS, PortRef::Number(443), "ingress-nginx", "443")]
    #[case::same_target_on_nginx(UDP_AND_TCP, PortRef::Number(443), "ingress-nginx", "443 s")]
    #[case::first_on_contour(UDP_AND_TCP, PortRef::Number(443), "contour", "443")]
    #[case::first_by_name_on_contour(
        UDP_AND_TCP,
        PortRef::Name("s".into()),
        "contour",
        "443"
    )]
    #[case::tcp_by_the_name_of_udp_on_istio(
        UDP_AND_TCP,
        PortRef::Name("q".into()),
        "istio",
        "443 s"
    )]
    #[case::first_target_on_haproxy_ingress(
        r#"[{"port":53,"name":"q","protocol":"UDP","targetPort":8080},{"port":443,"name":"s","targetPort":8080}]"#,
        PortRef::Number(8080),
        "haproxy-ingress",
        "443 s"
    )]
    #[case::any_number_on_nic(r#"[{"port":80}]"#, PortRef::Number(81), "nginx-inc", "80")]
    #[case::named_ports_on_nic(r#"[{"port":80,"name":"http"}]"#, PortRef::Number(81), "nginx-inc", "nothing")]
    #[case::names_only_on_kong(r#"[{"port":80,"name":"a","targetPort":"http"}]"#, PortRef::Name("http".into()), "kong", "80")]
    #[case::no_target_number_on_kong(
        r#"[{"port":80,"targetPort":8080}]"#,
        PortRef::Number(8080),
        "kong",
        "target of 80"
    )]
    #[case::number_as_name_on_nginx(r#"[{"port":80,"name":"9000"}]"#, PortRef::Number(9000), "ingress-nginx", "80")]
    #[case::number_as_name_on_contour(r#"[{"port":80,"name":"9000"}]"#, PortRef::Number(9000), "contour", "80")]
    #[case::number_as_name_elsewhere(r#"[{"port":80,"name":"9000"}]"#, PortRef::Number(9000), "traefik", "nothing")]
    #[case::another_text_of_the_number(r#"[{"port":80,"name":"09000"}]"#, PortRef::Number(9000), "contour", "nothing")]
    #[case::empty_name_is_no_name(r#"[{"port":80}]"#, PortRef::Unset, "ingress-nginx", "nothing")]
    #[case::absurd(r#"[{"port":80}]"#, PortRef::Number(-1), "ingress-nginx", "nothing")]
    fn what_a_reference_means(
        #[case] ports: &str,
        #[case] wanted: PortRef,
        #[case] profile: &str,
        #[case] expected: &str,
    ) {
        let service =
            service_facts(&BTreeMap::new(), serde_json::from_str(&format!(r#"{{"ports":{ports}}}"#)).unwrap());
        let seen = match match_port(&service, &wanted, by_id(profile).unwrap().ports) {
            PortMatch::Port(port) if &*port.name == "s" => format!("{} s", port.number),
            PortMatch::Port(port) => port.number.to_string(),
            PortMatch::TargetOnly(port) => format!("target of {}", port.number),
            PortMatch::Nothing => "nothing".to_owned(),
        };
        assert_eq!(seen, expected);
    }
}
