//! Situations from the source code and the unit tests of Kong's ingress controller
//! (Kong/kubernetes-ingress-controller v3.5.13).

mod backends;
mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS, backends::SITUATIONS];

/// The Service of [`WEB`] with a targetPort that is a name.
const NAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: app}]}}";
const UNREADY_SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, \
     labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], \
     endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: false, terminating: false}}]}";
const READY_POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, \
     status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}";
const CRASHING_POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: web}}, \
     status: {phase: Running, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady}], \
     containerStatuses: [{name: app, ready: false, state: {waiting: {reason: CrashLoopBackOff}}}]}}";
