//! Situations from the source code and the unit tests of the AWS Load Balancer Controller
//! (kubernetes-sigs/aws-load-balancer-controller v3.5.0).

mod actions;
mod classes;
mod conditions;
mod endpoints;
mod services;

use super::Situation;

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] =
    &[services::SITUATIONS, endpoints::SITUATIONS, actions::SITUATIONS, conditions::SITUATIONS, classes::SITUATIONS];

/// The type of the targets is not stated, and there is no node port.
const CLUSTER_IP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: 8080}]}}";
const NODE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, \
     selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}";
/// Requests go to the Pods.
const IP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {alb.ingress.kubernetes.io/target-type: ip}}, spec: {selector: {app: web}, ports: [{name: http, \
     port: 80, targetPort: 8080}]}}";
const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, \
     targetRef: {kind: Pod, name: web-0}}]}";
const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, status: {phase: Running, \
     conditions: [{type: Ready, status: 'True'}]}}";
