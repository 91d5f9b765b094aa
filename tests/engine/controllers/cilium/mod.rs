//! Situations from the source code and the unit tests of Cilium's ingress controller (cilium/cilium v1.20.2).

mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS];

/// The same Service, whose endpoints may be in other clusters of the mesh.
const GLOBAL: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, \
     annotations: {service.cilium.io/global: 'true'}}, spec: {selector: {app: web}, ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// The Service `web` whose targetPort is a name.
const NAMED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: web}]}}";
/// The Service `web` without a selector.
const UNSELECTED: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: http, \
     port: 80, targetPort: 8080}]}}";
