//! Situations from the source code and the unit tests of Traefik's Ingress provider (traefik/traefik v3.7.13). If an
//! older release differs, the situation says so.

mod backends;
mod services;
mod slices;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, slices::SITUATIONS, backends::SITUATIONS];

/// A Service without a selector: its slices are written by hand.
const MANUAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// A slice with a ready endpoint.
const READY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}}]}";
/// A slice whose endpoint is published although the Pod is not ready.
const PUBLISHED: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: false, terminating: false}}]}";
