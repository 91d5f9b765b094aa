//! `spec` of a Pod or of a Pod template: its containers, their ports and probes.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::service::protocol;
use super::wire::{Metadata, nullable, port_number};
use crate::engine::model::{ContainerFacts, ContainerPort, PodSpecFacts};

/// The needed fields of `spec` of a Pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodSpec {
    #[serde(deserialize_with = "nullable")]
    containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    init_containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    host_network: bool,
    #[serde(deserialize_with = "nullable")]
    readiness_gates: Vec<Gate>,
    #[serde(deserialize_with = "nullable")]
    pub(super) node_name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Gate {
    #[serde(deserialize_with = "nullable")]
    condition_type: String,
}

impl PodSpec {
    /// The condition types of the readiness gates.
    pub(super) fn gates(&self) -> Vec<String> {
        self.readiness_gates.iter().map(|gate| gate.condition_type.clone()).collect()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    image: String,
    #[serde(deserialize_with = "nullable")]
    restart_policy: String,
    readiness_probe: Option<IgnoredAny>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Port {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(rename = "containerPort", deserialize_with = "nullable")]
    number: i64,
    protocol: Option<String>,
}

/// Whether a decision reads the label or annotation `key`, because it may ask for the injection of a container: Istio,
/// Linkerd, Vault, Consul, Kuma and OpenTelemetry have `inject` in their keys.
pub(super) fn is_about_injection(key: &str) -> bool {
    key.contains("inject") || ["dapr.io/enabled", "istio.io/rev"].contains(&key)
}

/// Whether a label or an annotation of a Pod asks for the injection of a container.
pub(super) fn asks_for_injection(metadata: &Metadata) -> bool {
    let mut all = metadata.labels.iter().chain(&metadata.annotations);
    all.any(|(key, value)| is_about_injection(key) && !["false", "disabled", "no", ""].contains(&value.as_str()))
}

pub(super) fn pod_spec_facts(spec: PodSpec) -> PodSpecFacts {
    let sidecars = spec.init_containers.into_iter().filter(|container| container.restart_policy == "Always");
    PodSpecFacts {
        containers: spec.containers.into_iter().chain(sidecars).map(container).collect(),
        host_network: spec.host_network,
        gated: !spec.readiness_gates.is_empty(),
        injected: false,
    }
}

fn container(container: Container) -> ContainerFacts {
    ContainerFacts {
        name: container.name.into(),
        image: container.image.split('@').next().unwrap_or_default().into(),
        probed: container.readiness_probe.is_some(),
        ports: container.ports.into_iter().filter_map(port).collect(),
    }
}

/// Decodes a port; `None` if its number is invalid, because no request can reach it.
fn port(port: Port) -> Option<ContainerPort> {
    let number = port_number(port.number)?;
    Some(ContainerPort { name: port.name.into(), number, protocol: protocol(port.protocol.as_deref()) })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::engine::model::{Protocol, TargetPort};

    const POD: &str = r#"{"containers":[
        {"name":"app","ports":[{"containerPort":8080,"name":"http","protocol":"TCP"},{"containerPort":53,"name":"dns","protocol":"UDP"}],
         "readinessProbe":{"httpGet":{"port":"http"}}},
        {"name":"metrics","ports":[{"containerPort":9090,"name":null}],"readinessProbe":null}],
      "initContainers":[
        {"name":"migrate","ports":[{"containerPort":1111,"name":"once"}]},
        {"name":"proxy","restartPolicy":"Always","ports":[{"containerPort":2222,"name":"mesh"},{"containerPort":0}]}]}"#;

    fn spec(json: &str) -> PodSpecFacts {
        pod_spec_facts(serde_json::from_str(json).unwrap())
    }

    #[rstest]
    #[case::by_name(TargetPort::Name("http".into()), Protocol::Tcp, Some("app"))]
    #[case::by_number(TargetPort::Number(9090), Protocol::Tcp, Some("metrics"))]
    #[case::of_a_sidecar(TargetPort::Name("mesh".into()), Protocol::Tcp, Some("proxy"))]
    #[case::of_an_ordinary_init_container(TargetPort::Name("once".into()), Protocol::Tcp, None)]
    #[case::of_another_protocol(TargetPort::Name("dns".into()), Protocol::Tcp, None)]
    #[case::undeclared_in_one_of_several(TargetPort::Number(7777), Protocol::Tcp, None)]
    fn the_container_of_a_port(#[case] target: TargetPort, #[case] protocol: Protocol, #[case] expected: Option<&str>) {
        let pod = spec(POD);
        assert_eq!(pod.container_of_port(&target, protocol).map(|container| &*container.name), expected);
    }

    #[test]
    fn an_undeclared_number_belongs_to_the_only_container() {
        let pod = spec(r#"{"containers":[{"name":"app"}]}"#);
        assert_eq!(
            pod.container_of_port(&TargetPort::Number(80), Protocol::Tcp).map(|container| &*container.name),
            Some("app")
        );
        assert_eq!(pod.container_of_port(&TargetPort::Name("http".into()), Protocol::Tcp), None);
    }

    #[test]
    fn host_network_readiness_gates_and_probes_are_decoded() {
        let pod = spec(r#"{"hostNetwork":true,"readinessGates":[{"conditionType":"x"}],"containers":null}"#);
        assert!(pod.host_network && pod.gated && pod.containers.is_empty());
        let pod = spec(POD);
        assert_eq!(pod.containers.iter().map(|container| container.probed).collect::<Vec<_>>(), [true, false, false]);
        assert!(!pod.host_network && !pod.gated);
        assert_eq!(pod.ports().count(), 4);
    }
}
