//! `v1` Endpoints, as the EndpointSlices that Kubernetes makes of it (rulebook 3.7.5).

use std::net::IpAddr;

use serde::Deserialize;

use super::slice::{PortSpec, TargetRef, slice_ports};
use super::wire::{Manifest, Metadata, nullable};
use crate::engine::model::{EndpointCounts, SliceFacts};

/// The label by which Kubernetes does not mirror an Endpoints object.
const SKIP_MIRROR: &str = "endpointslice.kubernetes.io/skip-mirror";
/// The annotation of an Endpoints object that only holds a lock. Kubernetes does not mirror such an object.
pub(super) const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";

/// An Endpoints object, as far as it matters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Endpoints {
    #[serde(deserialize_with = "nullable")]
    metadata: Metadata,
    #[serde(deserialize_with = "nullable")]
    subsets: Vec<Subset>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Subset {
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<EndpointsAddress>,
    #[serde(deserialize_with = "nullable")]
    not_ready_addresses: Vec<EndpointsAddress>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortSpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct EndpointsAddress {
    #[serde(deserialize_with = "nullable")]
    ip: String,
    target_ref: Option<TargetRef>,
}

impl Manifest for Endpoints {
    fn metadata(&mut self) -> &mut Metadata {
        &mut self.metadata
    }
}

/// The facts of the slices that Kubernetes makes of the object, one for each subset with an address; `None` if Kubernetes
/// does not mirror it.
pub fn mirrored_slices(endpoints: Endpoints) -> Option<Vec<SliceFacts>> {
    let Metadata { labels, annotations, deletion_timestamp, .. } = &endpoints.metadata;
    let skipped = labels.get(SKIP_MIRROR).is_some_and(|value| value == "true");
    if skipped || annotations.contains_key(LEADER) || deletion_timestamp.is_some() {
        return None;
    }
    let slices = endpoints.subsets.into_iter().map(|Subset { addresses, not_ready_addresses, ports }| {
        let ready = addresses.iter().filter_map(|address| counts(address, true));
        let unready = not_ready_addresses.iter().filter_map(|address| counts(address, false));
        let counts = ready.chain(unready).sum();
        SliceFacts { ports: slice_ports(ports), counts, host_names: false, mirrored: true }
    });
    Some(slices.filter(|slice| slice.counts.total > 0).collect())
}

/// The counts of one address; `None` if it is no IP address. The slice states `ready` only.
fn counts(address: &EndpointsAddress, ready: bool) -> Option<EndpointCounts> {
    address.ip.parse::<IpAddr>().ok()?;
    let pod = address.target_ref.as_ref().is_some_and(TargetRef::is_pod);
    Some(EndpointCounts {
        total: 1,
        ready: ready.into(),
        declared: ready.into(),
        pods: (ready && pod).into(),
        serving: 1,
        staying: 1,
        terminating: 0,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn slices(json: &str) -> Option<Vec<SliceFacts>> {
        mirrored_slices(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn each_subset_becomes_a_slice() {
        let found = slices(
            r#"{"metadata":{"name":"web"},"subsets":[
                {"addresses":[{"ip":"10.0.0.1","targetRef":{"kind":"Pod"}},{"ip":"fd00::1"},{"ip":"host"}],
                 "notReadyAddresses":[{"ip":"10.0.0.2","targetRef":{"kind":"Pod"}}],
                 "ports":[{"name":"http","port":8080},{"port":53,"protocol":"UDP"}]},
                {"addresses":[{"ip":"10.0.0.3"}],"ports":null},
                {"addresses":null,"notReadyAddresses":null,"ports":[{"port":80}]}]}"#,
        );
        let found = found.unwrap();
        let [first, second] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            first.counts,
            EndpointCounts { total: 3, ready: 2, declared: 2, pods: 1, serving: 3, staying: 3, terminating: 0 }
        );
        assert_eq!((first.ports.len(), &*first.ports[0].name, first.ports[1].number), (2, "http", Some(53)));
        assert!(first.mirrored && second.ports.is_empty());
    }

    #[rstest]
    #[case::label(r#"{"labels":{"endpointslice.kubernetes.io/skip-mirror":"true"}}"#)]
    #[case::lock(r#"{"annotations":{"control-plane.alpha.kubernetes.io/leader":"{}"}}"#)]
    #[case::deleting(r#"{"deletionTimestamp":"2026-01-01T00:00:00Z"}"#)]
    fn kubernetes_does_not_mirror(#[case] metadata: &str) {
        assert_eq!(
            slices(&format!(r#"{{"metadata":{metadata},"subsets":[{{"addresses":[{{"ip":"10.0.0.1"}}]}}]}}"#)),
            None
        );
    }

    #[test]
    fn another_value_of_the_label_does_not_matter() {
        let metadata = r#"{"labels":{"endpointslice.kubernetes.io/skip-mirror":"false"}}"#;
        assert_eq!(slices(&format!(r#"{{"metadata":{metadata},"subsets":null}}"#)), Some(Vec::new()));
    }
}
