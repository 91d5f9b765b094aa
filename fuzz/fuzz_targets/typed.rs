//! The targets of an Ingress, decoded with the types of Kubernetes: the oracle of the narrow decoder.

use backstop::engine::model::{PortRef, ServiceTarget, Target, USE_ANNOTATION};
use backstop::engine::subject::Subject;
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};

/// The targets of the backends from the types of Kubernetes, the default backend first.
pub fn targets(ingress: &Ingress, namespace: &str) -> Vec<Target> {
    let Some(spec) = &ingress.spec else { return Vec::new() };
    let rules = spec.rules.iter().flatten().filter_map(|rule| rule.http.as_ref());
    let paths = rules.flat_map(|http| &http.paths).map(|path| &path.backend);
    spec.default_backend.iter().chain(paths).map(|backend| target(backend, namespace)).collect()
}

/// The targets of the references from the decoder of Backstop.
pub fn read_targets(subject: &Subject) -> Vec<Target> {
    let target = |reference| subject.target(reference).cloned().expect("every reference has a target");
    subject.references.iter().map(target).collect()
}

fn target(backend: &IngressBackend, namespace: &str) -> Target {
    if let Some(service) = backend.service.as_ref().filter(|service| !service.name.is_empty()) {
        let port = service.port.as_ref();
        let port_name = port.and_then(|port| port.name.clone()).filter(|name| !name.is_empty());
        let number = port.and_then(|port| port.number).filter(|number| *number != 0);
        let name = service.name.as_str().into();
        if port_name.as_deref() == Some(USE_ANNOTATION) {
            return Target::Action(name);
        }
        let port = port_name.map(|name| PortRef::Name(name.into())).or(number.map(PortRef::Number));
        let port = port.unwrap_or(PortRef::Unset);
        return Target::Service(ServiceTarget { namespace: namespace.into(), name, port });
    }
    match &backend.resource {
        Some(resource) => Target::Resource {
            group: resource.api_group.as_deref().unwrap_or_default().into(),
            kind: resource.kind.as_str().into(),
            name: resource.name.as_str().into(),
        },
        None => Target::Nothing,
    }
}
