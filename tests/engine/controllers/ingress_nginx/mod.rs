//! Situations from the source code and the unit tests of ingress-nginx (kubernetes/ingress-nginx
//! controller-v1.15.1).

mod backends;
mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS, backends::SITUATIONS];

/// The targetPort is a name.
const NAMED_TARGET: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: app}]}}";
/// The slice of a Service whose selector matches nothing.
const EMPTY_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [], endpoints: []}";
