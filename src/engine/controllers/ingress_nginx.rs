//! ingress-nginx (rulebook 4.1 to 4.5). Measured with the controller of July 2024.

use super::profile::{Names, PortDenials, PortMatching, Profile, ReadyBy};
use crate::engine::model::Action;

/// It keeps the location of a broken backend and answers 503. The same class is served by Traefik's compatibility
/// provider, which agrees on every denial below.
pub(super) const INGRESS_NGINX: Profile = Profile {
    id: "ingress-nginx",
    names: Names { controllers: &["k8s.io/ingress-nginx"], annotation: &["nginx"] },
    ports: PortMatching { target_number: true, target_name: true },
    port_denials: PortDenials { number: true, name: true },
    missing_service: Action::Deny,
    ready_by: ReadyBy::ReadyAnyPortName,
    terminating: Action::Warn,
    unmanaged: Action::Warn,
    without_backend: "requests get 503",
    without_endpoints: "requests get 503",
};
