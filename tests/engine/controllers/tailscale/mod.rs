//! Situations from the source code and the unit tests of Tailscale's Kubernetes operator (tailscale/tailscale
//! v1.102.3).

mod endpoints;
mod services;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[services::SITUATIONS, endpoints::SITUATIONS];
