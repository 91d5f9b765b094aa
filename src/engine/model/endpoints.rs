//! Facts of an EndpointSlice.

use std::sync::Arc;

use super::Protocol;

/// A port of a slice (rulebook 3.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlicePort {
    /// The name of the *Service* port; empty if the port has no name.
    pub name: Box<str>,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The port number of the Pods. Requests reach no endpoint by a port without a number (rulebook 3.4.3).
    pub number: Option<u16>,
}

/// The ports of a slice. Most slices of a cluster share a few sets, so the index keeps each set once.
pub type SlicePorts = Arc<[SlicePort]>;

/// The number of endpoints in each condition. Endpoints without an address are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointCounts {
    /// All endpoints; the API allows 1000 in a slice.
    pub total: u16,
    /// Endpoints whose `ready` is true or not set (rulebook 3.2.1).
    pub ready: u16,
    /// Endpoints whose `ready` is set to true. Some controllers skip endpoints whose `ready` is not set (rulebook
    /// 3.2.4).
    pub declared: u16,
    /// Ready endpoints whose `targetRef` is a Pod. AWS target groups accept no others (rulebook 3.7.4).
    pub pods: u16,
    /// Endpoints whose `serving` is true or not set.
    pub serving: u16,
    /// Endpoints that are `serving` and not `terminating`.
    pub staying: u16,
    /// Endpoints whose `terminating` is true.
    pub terminating: u16,
}

impl std::iter::Sum for EndpointCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), std::ops::Add::add)
    }
}

impl std::ops::Add for EndpointCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            total: self.total.saturating_add(other.total),
            ready: self.ready.saturating_add(other.ready),
            declared: self.declared.saturating_add(other.declared),
            pods: self.pods.saturating_add(other.pods),
            serving: self.serving.saturating_add(other.serving),
            staying: self.staying.saturating_add(other.staying),
            terminating: self.terminating.saturating_add(other.terminating),
        }
    }
}

/// The facts of an EndpointSlice that a decision needs: its ports, and the conditions of its endpoints.
///
/// A slice that is being deleted has no facts, nor has one with an unknown type of addresses (rulebook 3.1.4, 3.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceFacts {
    /// The ports. Empty in the placeholder slice, and if no Pod declares the named targetPort (rulebook 3.3.1, 3.5.2).
    pub ports: SlicePorts,
    /// The number of endpoints in each condition.
    pub counts: EndpointCounts,
    /// The addresses are host names (type FQDN), which few controllers use (rulebook 3.1.2).
    pub host_names: bool,
    /// Kubernetes made the slice from core Endpoints (rulebook 3.7.5).
    pub mirrored: bool,
}
