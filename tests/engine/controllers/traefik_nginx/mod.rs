//! Situations from the source code and the unit tests of Traefik's provider for the classes and annotations of
//! ingress-nginx (traefik/traefik v3.7.13). If an older release differs, the situation says so.

mod backends;
mod services;
mod skipped;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, backends::SITUATIONS, skipped::SITUATIONS];

/// A Service that nothing publishes endpoints for.
const IDLE: &str = "{apiVersion: v1, kind: Service, metadata: {name: idle}, spec: {ports: [{name: http, port: 80, \
     targetPort: 8080}]}}";
/// An ExternalName Service that declares a port.
const EXTERNAL_HTTP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, \
     externalName: shop.example.com, ports: [{name: http, port: 80}]}}";
