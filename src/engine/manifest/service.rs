//! `v1` Service.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::wire::{IntOrString, nullable, port_number};
use crate::engine::model::{Protocol, ServiceFacts, ServiceKind, ServicePort, TargetPort};

/// The needed fields of `spec` of a Service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Option<String>,
    external_name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    selector: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortSpec>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PortSpec {
    #[serde(default, deserialize_with = "nullable")]
    name: String,
    port: i64,
    target_port: Option<IntOrString>,
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

/// Annotations that change what a controller does with a Service (rulebook 11.3).
pub(super) const RELEVANT_ANNOTATIONS: [&str; 4] = [
    "alb.ingress.kubernetes.io/target-type",
    "cloud.google.com/neg",
    "ingress.kubernetes.io/service-upstream",
    "traefik.ingress.kubernetes.io/service.nativelb",
];

/// The facts of a Service. A port with an invalid number is left out, because no request can reach it.
pub fn service_facts(annotations: &BTreeMap<String, String>, spec: ServiceSpec) -> ServiceFacts {
    let relevant = annotations.iter().filter(|(key, _)| RELEVANT_ANNOTATIONS.contains(&key.as_str()));
    let kind = match spec.kind.as_deref() {
        Some("ExternalName") => ServiceKind::ExternalName(spec.external_name.unwrap_or_default().into()),
        Some("NodePort") => ServiceKind::NodePort,
        Some("LoadBalancer") => ServiceKind::LoadBalancer,
        _ => ServiceKind::ClusterIp,
    };
    ServiceFacts {
        kind,
        headless: spec.cluster_ip.as_deref() == Some("None"),
        selector: spec.selector.into_iter().collect(),
        annotations: relevant.map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        ports: spec.ports.into_iter().filter_map(service_port).collect(),
    }
}

fn service_port(port: PortSpec) -> Option<ServicePort> {
    let number = port_number(port.port)?;
    let target = match port.target_port {
        // The API server sets an absent targetPort to `port`. In a manifest, 0 and "" mean absent.
        None | Some(IntOrString::Int(0)) => TargetPort::Number(number),
        Some(IntOrString::Int(target)) => TargetPort::Number(port_number(target)?),
        Some(IntOrString::String(name)) if name.is_empty() => TargetPort::Number(number),
        Some(IntOrString::String(name)) => TargetPort::Name(name.into()),
    };
    Some(ServicePort { name: port.name.into(), number, target, protocol: protocol(port.protocol.as_deref()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(json: &str) -> ServiceFacts {
        service_facts(&BTreeMap::new(), serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_port_without_target_port_targets_itself() {
        let service = facts(r#"{"ports":[{"port":80}],"selector":null}"#);
        assert_eq!(service.ports[0].target, TargetPort::Number(80));
        assert!(service.selector.is_empty());
    }

    #[test]
    fn types_and_ports_are_decoded() {
        assert!(facts(r#"{"clusterIP":"None"}"#).headless);
        assert_eq!(
            facts(r#"{"type":"ExternalName","externalName":"db.example"}"#).kind,
            ServiceKind::ExternalName("db.example".into())
        );
        let named = facts(r#"{"ports":[{"port":53,"protocol":"UDP","targetPort":"dns","name":"d"},{"port":0}]}"#);
        assert_eq!(named.ports.len(), 1);
        assert_eq!(named.ports[0].protocol, Protocol::Udp);
        assert_eq!(named.ports[0].target, TargetPort::Name("dns".into()));
    }
}
