//! Situations from the source code and the unit tests of Istio (istio/istio 1.30.3).

mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS];

/// The targetPort is a name.
const NAMED_TARGET: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, \
     ports: [{name: http, port: 80, targetPort: app}]}}";
