//! Situations from the source code and the tests of HAProxy Technologies' controller (haproxytech/kubernetes-ingress
//! v3.2.11).

mod backends;
mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS, backends::SITUATIONS];

/// A Service without a selector and with a named port.
const BARE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// A Service without a selector, whose targetPort is a name.
const BARE_NAMED_TARGET: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, \
     port: 80, targetPort: app}]}}";
/// A slice with a ready endpoint at port `http` 8080.
const READY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true}}]}";
