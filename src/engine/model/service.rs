//! Facts of a Service.

use std::fmt;
use std::sync::Arc;

use super::{Labels, PortRef};

/// The transport protocol of a port. The default of the API is TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP, the only protocol that HTTP controllers use.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// A protocol that Backstop does not know.
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
    /// A virtual IP address, or none if the Service is headless. The default.
    #[default]
    ClusterIp,
    /// A port on every node.
    NodePort,
    /// The address of a load balancer.
    LoadBalancer,
    /// A DNS alias. Such a Service has no slices (rulebook 3.8.3).
    ExternalName(Box<str>),
}

/// `targetPort`: a number, or the name of a container port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TargetPort {
    /// A port number. The container need not declare the port (rulebook 3.5.4).
    Number(u16),
    /// The name of a container port. Kubernetes resolves the name for each Pod (rulebook 3.5.1).
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
    /// The name; empty if the port has no name, as in slices.
    pub name: Box<str>,
    /// The port number of the Service: `port`.
    pub number: u16,
    /// The port of the Pods: `targetPort`.
    pub target: TargetPort,
    /// The transport protocol.
    pub protocol: Protocol,
}

impl ServicePort {
    /// Whether `wanted` is the number or the name of the port, as the API defines it (rulebook 2.7).
    pub fn matches(&self, wanted: &PortRef) -> bool {
        match wanted {
            PortRef::Number(number) => i32::from(self.number) == *number,
            PortRef::Name(name) => *self.name == **name,
            PortRef::Unset => false,
        }
    }
}

/// `80 (http)` or `80`, and the protocol if it is not TCP.
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

/// The facts of a Service that a decision needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    /// `spec.type`.
    pub kind: ServiceKind,
    /// `clusterIP: None`.
    pub headless: bool,
    /// The ports of the Service are also ports of the nodes, or will be.
    pub node_ports: bool,
    /// `spec.ipFamilies` has IPv6.
    pub ipv6: bool,
    /// `spec.selector`. Empty: Kubernetes publishes no endpoints, and something else must (rulebook 3.7.1).
    pub selector: Labels,
    /// The annotations that change the behaviour of a controller (rulebook 11.3), each with the part of its value that
    /// decides: `true`, `True` for another value that Go reads as true, `false`, or a target type, which is empty if the
    /// controller refuses it. Annotations without an effect are left out.
    pub annotations: Labels,
    /// `spec.ports` in the order of the object, which matters to controllers that take the first match. Many Services
    /// have equal lists, so the index keeps each list once.
    pub ports: Arc<[ServicePort]>,
}
