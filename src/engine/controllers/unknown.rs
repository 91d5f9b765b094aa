//! A controller that could not be identified.

use super::profile::{Names, PortDenials, PortMatching, Profile, ReadyBy};
use crate::engine::model::Action;

/// Ports are read as the API means them, and only warned about: some controllers accept more (rulebook 4.4).
pub const UNKNOWN: Profile = Profile {
    id: "unknown",
    names: Names { controllers: &[], annotation: &[] },
    ports: PortMatching { target_number: false, target_name: false },
    port_denials: PortDenials { number: false, name: false },
    missing_service: Action::Deny,
    ready_by: ReadyBy::Ready,
    terminating: Action::Warn,
    unmanaged: Action::Audit,
    without_backend: "the controller will have no backend for this path",
    without_endpoints: "requests fail until endpoints are ready",
};
