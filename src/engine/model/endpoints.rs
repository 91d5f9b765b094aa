//! Facts of an EndpointSlice.

use std::sync::Arc;

use super::Protocol;

/// One of a slice's ports (rulebook 3.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlicePort {
    /// The *Service* port's name, empty where unnamed.
    pub name: Box<str>,
    /// The transport.
    pub protocol: Protocol,
    /// The Pods' port number; `None` means that the slice leaves it to its consumer (rulebook 3.4.3).
    pub number: Option<u16>,
}

/// The ports of a slice. Most slices of a cluster share a few sets, so the index keeps each set once.
pub type SlicePorts = Arc<[SlicePort]>;

/// How many endpoints of a slice are in which condition; only endpoints with an address count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointCounts {
    /// All of them; the API allows 1000.
    pub total: u16,
    /// `ready`, where absent means yes (rulebook 3.2.1).
    pub ready: u16,
    /// `ready` and said so: some controllers pass over those that say nothing (rulebook 3.2.4).
    pub declared: u16,
    /// `ready` and a Pod by its `targetRef`: AWS target groups take no others (rulebook 3.7.4).
    pub pods: u16,
    /// `serving`, where absent means yes.
    pub serving: u16,
    /// `serving` and not `terminating`.
    pub staying: u16,
    /// `terminating`, where absent means no.
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

/// What a decision needs of an EndpointSlice: the ports it publishes, and how its endpoints are.
///
/// A slice that is being deleted, or whose addresses are not IPs, is never kept (rulebook 3.1.4, 3.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceFacts {
    /// The ports; empty on the placeholder slice, and where no named targetPort was found (rulebook 3.3.1, 3.5.2).
    pub ports: SlicePorts,
    /// The endpoints.
    pub counts: EndpointCounts,
}
