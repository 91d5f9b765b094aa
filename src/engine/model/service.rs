//! Facts of a Service.

use std::fmt;
use std::sync::Arc;

use super::{Labels, PortRef};

/// Transport protocol of a Service or slice port; the API defaults it to TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP, the only one HTTP controllers use.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// One that this version does not know.
    Other,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Other => "an unknown protocol",
        })
    }
}

/// `spec.type` of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ServiceKind {
    /// A virtual IP, or none when headless; also the default.
    #[default]
    ClusterIp,
    /// A port on every node.
    NodePort,
    /// A load balancer's address.
    LoadBalancer,
    /// A DNS alias; never has slices (rulebook 3.8.3).
    ExternalName(Box<str>),
}

/// `targetPort`: a number, or the name of a container port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TargetPort {
    /// A port number; the container need not declare it (rulebook 3.5.4).
    Number(u16),
    /// The name of a container port, resolved for each Pod (rulebook 3.5.1).
    Name(Box<str>),
}

impl fmt::Display for TargetPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "\"{name}\""),
        }
    }
}

/// One of `spec.ports`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServicePort {
    /// The name; empty where the port is unnamed, as in slices.
    pub name: Box<str>,
    /// The Service's port number.
    pub number: u16,
    /// What it is translated to on the Pods.
    pub target: TargetPort,
    /// The transport.
    pub protocol: Protocol,
}

impl ServicePort {
    /// Whether `wanted` is its number or its name, as the API means it (rulebook 2.7).
    pub fn is(&self, wanted: &PortRef) -> bool {
        match wanted {
            PortRef::Number(number) => i32::from(self.number) == *number,
            PortRef::Name(name) => *self.name == **name,
            PortRef::Unset => false,
        }
    }
}

/// `80 (http)` or `80`, and the protocol where it is not TCP.
impl fmt::Display for ServicePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        match (&*self.name, self.protocol) {
            ("", Protocol::Tcp) => Ok(()),
            ("", protocol) => write!(f, " ({protocol})"),
            (name, Protocol::Tcp) => write!(f, " ({name})"),
            (name, protocol) => write!(f, " ({name}, {protocol})"),
        }
    }
}

/// What a decision needs of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    /// `spec.type`.
    pub kind: ServiceKind,
    /// `clusterIP: None`.
    pub headless: bool,
    /// `spec.selector`; empty means that somebody else publishes the endpoints (rulebook 3.7.1).
    pub selector: Labels,
    /// The annotations that change what a controller does with it (rulebook 11.3); the others are left out.
    pub annotations: Labels,
    /// `spec.ports` in their order; the order matters to controllers that take the first match. Most Services of a
    /// cluster share a few lists, so the index keeps each once.
    pub ports: Arc<[ServicePort]>,
}
