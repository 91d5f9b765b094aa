//! Any body: no panic; and where the narrow decoder and Kubernetes' own types both read an Ingress, they see the
//! same backends.

#![no_main]

use backstop::engine::manifest::read_review;
use backstop::engine::model::{PortRef, Target};
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize as _;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    let Ok(envelope) = read_review(body) else { return };
    assert!(!envelope.uid.is_empty());
    let Ok(request) = envelope.request else { return };
    let Ok(whole) = serde_json::from_slice::<Value>(body) else { return };
    for (reviewed, field) in [(request.object, "object"), (request.old_object, "oldObject")] {
        let object = &whole["request"][field];
        let Some(Ok(subject)) = reviewed.map(|reviewed| reviewed.into_ingress("ns")) else { continue };
        let Ok(typed) = Ingress::deserialize(object) else { continue };
        let seen: Vec<Target> = subject.backends.into_iter().map(|backend| backend.target).collect();
        assert_eq!(seen, backends(&typed), "{object}");
    }
});

/// The backends as Kubernetes' own types have them, the default one first.
fn backends(ingress: &Ingress) -> Vec<Target> {
    let Some(spec) = &ingress.spec else { return Vec::new() };
    let rules = spec.rules.iter().flatten().filter_map(|rule| rule.http.as_ref());
    let paths = rules.flat_map(|http| &http.paths).map(|path| &path.backend);
    spec.default_backend.iter().chain(paths).map(target).collect()
}

fn target(backend: &IngressBackend) -> Target {
    if let Some(service) = backend.service.as_ref().filter(|service| !service.name.is_empty()) {
        let port = service.port.as_ref();
        let name = port.and_then(|port| port.name.clone()).filter(|name| !name.is_empty());
        let number = port.and_then(|port| port.number).filter(|number| *number != 0);
        let port = name.map(PortRef::Name).or(number.map(PortRef::Number)).unwrap_or(PortRef::Unset);
        return Target::Service { name: service.name.clone(), port };
    }
    match &backend.resource {
        Some(resource) => Target::Resource { kind: resource.kind.clone(), name: resource.name.clone() },
        None => Target::Nothing,
    }
}
