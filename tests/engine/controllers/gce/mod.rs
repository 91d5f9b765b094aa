//! Situations from the source code and the unit tests of GKE's ingress controller (kubernetes/ingress-gce v1.41.1).
//! Each fault of a Service or port stops the synchronisation of the whole Ingress.

mod endpoints;
mod load_balancers;
mod services;

use super::Situation;

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] =
    &[services::SITUATIONS, load_balancers::SITUATIONS, endpoints::SITUATIONS];

const CLUSTER_IP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
const NODE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// The load balancer sends requests to Pods, through a network endpoint group.
const NEG: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {selector: {app: web}, ports: [{name: http,
     port: 80, targetPort: 8080}]}}"#;
const NEG_NAMED: &str = r#"{apiVersion: v1, kind: Service, metadata: {name: web,
     annotations: {cloud.google.com/neg: '{"ingress": true}'}}, spec: {selector: {app: web}, ports: [{name: http,
     port: 80, targetPort: app}]}}"#;
const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, \
     nodeName: node-1, targetRef: {kind: Pod, namespace: shop, name: web-0}}]}";
const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, status: {phase: Running, \
     conditions: [{type: Ready, status: 'True'}]}}";
