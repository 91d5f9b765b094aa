//! Situations from the source code and the unit tests of OpenShift: the controller that makes Routes from Ingresses
//! (openshift/route-controller-manager 1916ceb059f5, which is release-4.23 and release-5.0), and the router
//! (openshift/router 4b401a86dccc).

mod backends;
mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS, backends::SITUATIONS];

/// A Service without a selector, whose targetPort is a name.
const BARE_NAMED_TARGET: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, \
     port: 80, targetPort: app}]}}";
/// A slice with a ready endpoint at port `http` 8080.
const READY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true}}]}";
