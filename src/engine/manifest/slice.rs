//! `discovery.k8s.io/v1` EndpointSlice.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::service::protocol;
use super::wire::{Manifest, Metadata, nullable, port_number};
use crate::engine::model::{EndpointCounts, SliceFacts, SlicePort, SlicePorts};

/// The label with the name of the slice's Service (rulebook 3.1.1).
const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The label with the program that writes the slice.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// The controller that mirrors core Endpoints (rulebook 3.7.5).
const MIRRORING: &str = "endpointslicemirroring-controller.k8s.io";

/// An EndpointSlice, as far as it matters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointSlice {
    #[serde(deserialize_with = "nullable")]
    metadata: Metadata,
    #[serde(deserialize_with = "nullable")]
    address_type: String,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortSpec>,
    #[serde(deserialize_with = "nullable")]
    endpoints: Vec<Endpoint>,
}

/// A port of a slice or of core Endpoints.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PortSpec {
    #[serde(default, deserialize_with = "nullable")]
    name: String,
    port: Option<i64>,
    protocol: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Endpoint {
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<IgnoredAny>,
    #[serde(deserialize_with = "nullable")]
    conditions: Conditions,
    target_ref: Option<TargetRef>,
}

/// The object behind an endpoint.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TargetRef {
    #[serde(deserialize_with = "nullable")]
    kind: String,
}

impl TargetRef {
    /// Whether the object is a Pod.
    pub(super) fn is_pod(&self) -> bool {
        self.kind == "Pod"
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Conditions {
    ready: Option<bool>,
    serving: Option<bool>,
    terminating: Option<bool>,
}

impl Manifest for EndpointSlice {
    fn metadata(&mut self) -> &mut Metadata {
        &mut self.metadata
    }
}

impl EndpointSlice {
    /// The Service whose endpoints it holds; `None` if it belongs to none, or is being deleted (rulebook 3.1.4).
    pub fn service(&self) -> Option<&str> {
        let Metadata { labels, deletion_timestamp, .. } = &self.metadata;
        let name = labels.get(SERVICE_NAME).filter(|name| !name.is_empty() && deletion_timestamp.is_none());
        name.map(String::as_str)
    }
}

/// The facts of a slice; `None` if its type of addresses is not known (rulebook 3.1.2).
pub fn slice_facts(slice: EndpointSlice) -> Option<SliceFacts> {
    let host_names = match slice.address_type.as_str() {
        "IPv4" | "IPv6" | "" => false,
        "FQDN" => true,
        _ => return None,
    };
    let mirrored = slice.metadata.labels.get(MANAGED_BY).is_some_and(|name| name == MIRRORING);
    let counts = slice.endpoints.iter().filter(|endpoint| !endpoint.addresses.is_empty()).map(count);
    Some(SliceFacts { counts: counts.sum(), ports: slice_ports(slice.ports), host_names, mirrored })
}

/// The facts of ports.
pub(super) fn slice_ports(ports: Vec<PortSpec>) -> SlicePorts {
    let facts = |port: PortSpec| SlicePort {
        name: port.name.into(),
        protocol: protocol(port.protocol.as_deref()),
        number: port.port.and_then(port_number),
    };
    ports.into_iter().map(facts).collect()
}

/// The counts of one endpoint. A condition that is not set means ready, serving or not terminating (rulebook 3.2.1).
fn count(endpoint: &Endpoint) -> EndpointCounts {
    let conditions = endpoint.conditions;
    let ready = conditions.ready.unwrap_or(true);
    let (serving, terminating) = (conditions.serving.unwrap_or(true), conditions.terminating.unwrap_or(false));
    let pod = endpoint.target_ref.as_ref().is_some_and(TargetRef::is_pod);
    EndpointCounts {
        total: 1,
        ready: ready.into(),
        declared: conditions.ready.unwrap_or(false).into(),
        pods: (ready && pod).into(),
        serving: serving.into(),
        staying: (serving && !terminating).into(),
        terminating: terminating.into(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn facts(json: &str) -> SliceFacts {
        slice_facts(serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn conditions_that_are_not_set_mean_ready_serving_and_not_terminating() {
        let slice = facts(
            r#"{"addressType":"IPv4","ports":[{"port":8080}],"endpoints":[
                {"addresses":["10.0.0.1"]},
                {"addresses":["10.0.0.2"],"conditions":null},
                {"addresses":["10.0.0.3"],"conditions":{"ready":null,"serving":null,"terminating":null}},
                {"addresses":["10.0.0.4"],"conditions":{"ready":false,"serving":true,"terminating":true}},
                {"addresses":[]}]}"#,
        );
        assert_eq!(
            slice.counts,
            EndpointCounts { total: 4, ready: 3, declared: 0, pods: 0, serving: 4, staying: 3, terminating: 1 }
        );
    }

    #[test]
    fn a_placeholder_has_neither_ports_nor_endpoints() {
        let slice = facts(r#"{"addressType":"IPv4","ports":null,"endpoints":null}"#);
        assert!(slice.ports.is_empty());
        assert_eq!(slice.counts.total, 0);
    }

    #[rstest]
    #[case::labelled(r#"{"labels":{"kubernetes.io/service-name":"web"}}"#, Some("web"))]
    #[case::no_label("{}", None)]
    #[case::empty_label(r#"{"labels":{"kubernetes.io/service-name":""}}"#, None)]
    #[case::deleting(
        r#"{"labels":{"kubernetes.io/service-name":"web"},"deletionTimestamp":"2026-01-01T00:00:00Z"}"#,
        None
    )]
    fn the_service_of_a_slice(#[case] metadata: &str, #[case] expected: Option<&str>) {
        let slice: EndpointSlice = serde_json::from_str(&format!(r#"{{"metadata":{metadata}}}"#)).unwrap();
        assert_eq!(slice.service(), expected);
    }

    #[rstest]
    #[case("IPv6", Some(false))]
    #[case("FQDN", Some(true))]
    #[case("Future", None)]
    fn the_type_of_addresses(#[case] kind: &str, #[case] host_names: Option<bool>) {
        let slice = serde_json::from_str(&format!(r#"{{"addressType":"{kind}"}}"#)).unwrap();
        assert_eq!(slice_facts(slice).map(|facts| facts.host_names), host_names);
    }

    #[rstest]
    #[case("endpointslicemirroring-controller.k8s.io", true)]
    #[case("endpointslice-controller.k8s.io", false)]
    fn slices_of_core_endpoints_are_marked(#[case] by: &str, #[case] mirrored: bool) {
        let labels = format!(r#"{{"endpointslice.kubernetes.io/managed-by":"{by}"}}"#);
        assert_eq!(facts(&format!(r#"{{"metadata":{{"labels":{labels}}},"addressType":"IPv4"}}"#)).mirrored, mirrored);
    }
}
