//! `v1` Service.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::neg::asks_for_neg;
use super::string_map::string_map;
use super::wire::{nullable, port, target_port};
use crate::engine::model::{Protocol, ServiceFacts, ServiceKind, ServicePort, TargetPort};
use crate::engine::subject::is_true;

/// The needed fields of `spec` of a Service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Option<String>,
    external_name: Option<String>,
    allocate_load_balancer_node_ports: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    ip_families: Vec<String>,
    #[serde(deserialize_with = "string_map")]
    selector: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortSpec>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PortSpec {
    #[serde(default, deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "port")]
    port: u16,
    #[serde(default, deserialize_with = "target_port")]
    target_port: Option<TargetPort>,
    #[serde(default, deserialize_with = "nullable")]
    node_port: i64,
    protocol: Option<String>,
}

/// Decodes `protocol`. The default is TCP (rulebook 3.4.2).
pub(super) fn protocol(value: Option<&str>) -> Protocol {
    match value {
        None | Some("TCP" | "") => Protocol::Tcp,
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        Some(_) => Protocol::Other,
    }
}

const AWS_TARGET_TYPE: &str = "alb.ingress.kubernetes.io/target-type";
const GKE_NEG: &str = "cloud.google.com/neg";
const OPENSHIFT_IDLED: &str = "idling.alpha.openshift.io/idled-at";
const CILIUM_GLOBAL: &str = "service.cilium.io/global";
const CILIUM_GLOBAL_ALIAS: &str = "io.cilium/global-service";

/// Traefik reads the part of its keys after the prefix in any case.
const TRAEFIK_PREFIX: &str = "traefik.ingress.kubernetes.io/";

/// Annotations that change what a controller does with a Service (rulebook 11.3).
const RELEVANT_ANNOTATIONS: [&str; 9] = [
    AWS_TARGET_TYPE,
    GKE_NEG,
    "haproxy-ingress.github.io/service-upstream",
    "ingress.kubernetes.io/service-upstream",
    "traefik.ingress.kubernetes.io/service.nativelb",
    "traefik.ingress.kubernetes.io/service.nodeportlb",
    OPENSHIFT_IDLED,
    CILIUM_GLOBAL,
    CILIUM_GLOBAL_ALIAS,
];

/// The relevant annotation that `key` is; `None` if a decision does not read the annotation.
pub(super) fn relevant_annotation(key: &str) -> Option<&'static str> {
    let same = |known: &&str| match (known.strip_prefix(TRAEFIK_PREFIX), key.strip_prefix(TRAEFIK_PREFIX)) {
        (Some(known), Some(name)) => known.eq_ignore_ascii_case(name),
        _ => *known == key,
    };
    RELEVANT_ANNOTATIONS.into_iter().find(same)
}

/// The part of the value of a relevant annotation that decides; `None` if the annotation has no effect. A value may
/// have 256 KiB, and thousands of references may ask for it, so it is read once.
fn deciding_value(key: &str, value: &str) -> Option<&'static str> {
    match key {
        // The controller refuses other values. The annotation of a Service may also deny what the Ingress demands.
        AWS_TARGET_TYPE => Some(["ip", "instance"].into_iter().find(|known| *known == value).unwrap_or_default()),
        GKE_NEG => asks_for_neg(value).map(|asks| if asks { "true" } else { "false" }),
        // A time.
        OPENSHIFT_IDLED => (!value.is_empty()).then_some("true"),
        CILIUM_GLOBAL | CILIUM_GLOBAL_ALIAS => value.eq_ignore_ascii_case("true").then_some("true"),
        _ => Some(match value {
            "true" => "true",
            value if is_true(value) => "True",
            _ => "false",
        }),
    }
}

/// The facts of a Service.
pub fn service_facts(annotations: &BTreeMap<String, String>, spec: ServiceSpec) -> ServiceFacts {
    let relevant = annotations.iter().filter_map(|(key, value)| Some((relevant_annotation(key)?, value)));
    let deciding = relevant.filter_map(|(key, value)| Some((key, deciding_value(key, value)?)));
    let kind = match spec.kind.as_deref() {
        Some("ExternalName") => ServiceKind::ExternalName(spec.external_name.unwrap_or_default().into()),
        Some("NodePort") => ServiceKind::NodePort,
        Some("LoadBalancer") => ServiceKind::LoadBalancer,
        _ => ServiceKind::ClusterIp,
    };
    let allocated = spec.allocate_load_balancer_node_ports.unwrap_or(true);
    let node_ports = match kind {
        ServiceKind::NodePort => true,
        ServiceKind::LoadBalancer => allocated || spec.ports.iter().any(|port| port.node_port != 0),
        ServiceKind::ClusterIp | ServiceKind::ExternalName(_) => false,
    };
    ServiceFacts {
        kind,
        node_ports,
        ipv6: spec.ip_families.iter().any(|family| family == "IPv6"),
        headless: spec.cluster_ip.as_deref() == Some("None"),
        selector: spec.selector.into_iter().collect(),
        annotations: deciding.collect(),
        ports: spec.ports.into_iter().map(service_port).collect(),
    }
}

fn service_port(spec: PortSpec) -> ServicePort {
    // The API server sets an absent targetPort to `port`.
    let target = spec.target_port.unwrap_or(TargetPort::Number(spec.port));
    ServicePort { name: spec.name.into(), number: spec.port, target, protocol: protocol(spec.protocol.as_deref()) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::engine::manifest::{Json, WithSpec};

    fn facts(json: &str) -> ServiceFacts {
        service_facts(&BTreeMap::new(), serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_port_without_target_port_targets_itself() {
        let service = facts(r#"{"ports":[{"port":80}],"selector":null}"#);
        assert_eq!(service.ports[0].target, TargetPort::Number(80));
        assert!(service.selector.is_empty());
    }

    /// Only the part that decides is kept, whatever the size of the value is.
    #[rstest]
    #[case::neg(GKE_NEG, r#"{"exposed_ports":{"80":{}},"ingress":true}"#, Some("true"))]
    #[case::neg_for_ports_only(GKE_NEG, r#"{"exposed_ports":{"80":{}}}"#, Some("false"))]
    #[case::neg_off(GKE_NEG, r#"{"ingress":false}"#, Some("false"))]
    #[case::neg_that_cannot_be_read(GKE_NEG, "{", None)]
    #[case::ip(AWS_TARGET_TYPE, "ip", Some("ip"))]
    #[case::instance(AWS_TARGET_TYPE, "instance", Some("instance"))]
    #[case::other_type(AWS_TARGET_TYPE, "IP", Some(""))]
    #[case::word(RELEVANT_ANNOTATIONS[2], "true", Some("true"))]
    #[case::on(RELEVANT_ANNOTATIONS[2], "1", Some("True"))]
    #[case::off(RELEVANT_ANNOTATIONS[3], "no", Some("false"))]
    #[case::idled(OPENSHIFT_IDLED, "2026-08-01T12:00:00Z", Some("true"))]
    #[case::not_idled(OPENSHIFT_IDLED, "", None)]
    #[case::global(CILIUM_GLOBAL, "TRUE", Some("true"))]
    #[case::not_global(CILIUM_GLOBAL_ALIAS, "1", None)]
    #[case::irrelevant("team", "true", None)]
    fn annotations_are_decoded_once(#[case] key: &str, #[case] value: &str, #[case] kept: Option<&str>) {
        let facts = service_facts(&BTreeMap::from([(key.to_owned(), value.to_owned())]), ServiceSpec::default());
        assert_eq!((facts.annotations.get(key), facts.annotations.len()), (kept, usize::from(kept.is_some())));
    }

    /// Only Traefik ignores the case of keys.
    #[rstest]
    #[case("traefik.ingress.kubernetes.io/service.NativeLB", Some(RELEVANT_ANNOTATIONS[4]))]
    #[case("Traefik.ingress.kubernetes.io/service.nativelb", None)]
    #[case("ingress.kubernetes.io/Service-Upstream", None)]
    #[case("haproxy-ingress.github.io/service-upstream", Some(RELEVANT_ANNOTATIONS[2]))]
    fn keys_that_are_relevant(#[case] key: &str, #[case] expected: Option<&str>) {
        assert_eq!(relevant_annotation(key), expected);
    }

    #[rstest]
    #[case::cluster_ip(r#"{"ports":[{"port":80}]}"#, false)]
    #[case::node_port(r#"{"type":"NodePort","ports":[{"port":80}]}"#, true)]
    #[case::load_balancer(r#"{"type":"LoadBalancer","ports":[{"port":80}]}"#, true)]
    #[case::not_allocated(
        r#"{"type":"LoadBalancer","allocateLoadBalancerNodePorts":false,"ports":[{"port":80}]}"#,
        false
    )]
    #[case::stated(
        r#"{"type":"LoadBalancer","allocateLoadBalancerNodePorts":false,"ports":[{"port":80,"nodePort":30080}]}"#,
        true
    )]
    fn services_with_node_ports(#[case] json: &str, #[case] expected: bool) {
        assert_eq!(facts(json).node_ports, expected);
    }

    #[test]
    fn types_and_ports_are_decoded() {
        assert!(facts(r#"{"clusterIP":"None"}"#).headless);
        assert_eq!(
            facts(r#"{"type":"ExternalName","externalName":"db.example"}"#).kind,
            ServiceKind::ExternalName("db.example".into())
        );
        let named = facts(r#"{"ports":[{"port":53,"protocol":"UDP","targetPort":"dns","name":"d"}]}"#);
        assert_eq!(named.ports.len(), 1);
        assert_eq!(named.ports[0].protocol, Protocol::Udp);
        assert_eq!(named.ports[0].target, TargetPort::Name("dns".into()));
    }

    /// A port that is left out would count as missing.
    #[rstest]
    #[case(r#"{"port":0}"#, "spec.ports[0].port: expected a port from 1 to 65535, found 0")]
    #[case(r#"{"port":70000}"#, "spec.ports[0].port: expected a port from 1 to 65535, found 70000")]
    #[case(
        r#"{"port":80,"targetPort":70000}"#,
        "spec.ports[0].targetPort: expected a port from 1 to 65535, found 70000"
    )]
    #[case(r#"{"port":80,"targetPort":-1}"#, "spec.ports[0].targetPort: expected a port from 1 to 65535, found -1")]
    fn a_port_that_is_out_of_range_is_an_error(#[case] port: &str, #[case] expected: &str) {
        let json = format!(r#"{{"metadata":{{"name":"web"}},"spec":{{"ports":[{port}]}}}}"#);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        for json in [Json::Text(&json), Json::Tree(&value)] {
            let error = json.read::<WithSpec<ServiceSpec>>("Service").unwrap_err();
            assert_eq!(error.message, expected);
        }
    }

    #[test]
    fn a_target_port_that_is_empty_is_that_of_the_port() {
        for target in ["0", r#""""#, "null"] {
            let service = facts(&format!(r#"{{"ports":[{{"port":80,"targetPort":{target}}}]}}"#));
            assert_eq!(service.ports[0].target, TargetPort::Number(80));
        }
    }

    #[test]
    fn null_in_the_selector_is_an_empty_value() {
        assert_eq!(facts(r#"{"selector":{"app":null}}"#).selector, [("app", "")].into_iter().collect());
    }
}
