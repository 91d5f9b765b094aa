//! Traefik's Ingress provider with its default options (rulebook 4.1 to 4.4). Measured with 3.6.12.

use super::profile::{Names, PortDenials, PortMatching, Profile, ReadyBy};
use crate::engine::model::Action;

/// It drops the route of a broken backend: requests get 404, or fall through to whatever else matches the host.
pub(super) const TRAEFIK: Profile = Profile {
    id: "traefik",
    names: Names { controllers: &["traefik.io/ingress-controller"], annotation: &["traefik"] },
    ports: PortMatching { target_number: false, target_name: false },
    port_denials: PortDenials { number: true, name: true },
    missing_service: Action::Deny,
    ready_by: ReadyBy::Serving,
    terminating: Action::Audit,
    unmanaged: Action::Warn,
    without_backend: "the route is dropped: 404, or another backend answers",
    without_endpoints: "the route is dropped: 404, or another backend answers",
};
