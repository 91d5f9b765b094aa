//! What Kubernetes' own types say of an Ingress: the oracle of the targets.

use backstop::engine::model::{PortRef, Target};
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};

/// The backends as Kubernetes' own types have them, the default one first.
pub fn backends(ingress: &Ingress) -> Vec<Target> {
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
