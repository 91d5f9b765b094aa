//! Ingress controllers: what each does with a backend, and how a subject's controller is identified.
//!
//! A profile is data. Adding one touches its own file and one line of [`ALL`].

mod identify;
mod ingress_nginx;
mod options;
mod ports;
mod profile;
mod slices;
mod traefik;
mod unknown;

pub use identify::{Identified, IdentifiedBy, identify};
pub use options::{Assignment, Assignments, ControllerPods, Options, TargetType};
pub use ports::{PortMatch, match_port};
pub use profile::{Names, PortDenials, PortMatching, Profile, ReadyBy};
pub use slices::{Endpoints, endpoints};
pub use unknown::UNKNOWN;

/// Every profile, `unknown` last.
pub const ALL: &[&Profile] = &[&ingress_nginx::INGRESS_NGINX, &traefik::TRAEFIK, &UNKNOWN];

/// The profile called `id`.
pub fn by_id(id: &str) -> Option<&'static Profile> {
    ALL.iter().copied().find(|profile| profile.id == id)
}
