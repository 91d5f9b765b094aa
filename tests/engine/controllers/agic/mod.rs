//! Situations from the source code and the unit tests of Azure's Application Gateway Ingress Controller
//! (Azure/application-gateway-kubernetes-ingress 1.9.8).

mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS];

/// The Service `web` whose targetPort is a name.
const NAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: web}]}}";
/// The Service `web` whose Pods listen on port 80.
const EIGHTY: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 80}]}}";
/// A slice of `web` that Kubernetes wrote for ready Pods: port `http`, 8080.
const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: \
     endpointslice-controller.k8s.io}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.1.0.1], conditions: {ready: true, serving: true, terminating: false}}]}";
/// The same slice for Pods that listen on port 80.
const SLICE_EIGHTY: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: \
     endpointslice-controller.k8s.io}}, addressType: IPv4, ports: [{name: http, port: 80, protocol: TCP}], \
     endpoints: [{addresses: [10.1.0.1], conditions: {ready: true, serving: true, terminating: false}}]}";
