//! NetworkPolicies, and whether they admit traffic to a Pod (rulebook 5).

use super::{Carried, ContainerPort, LabelSelector, Protocol, Truth};

/// What a decision needs of a NetworkPolicy that isolates Pods for incoming traffic; others are never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPolicyFacts {
    /// The Pods of its namespace that it isolates.
    pub pods: LabelSelector,
    /// What it admits to them; empty: nothing.
    pub rules: Box<[PolicyRule]>,
}

/// One of `spec.ingress`: sources and ports, both of which must fit (rulebook 5.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRule {
    /// The sources; empty: all.
    pub from: Box<[Peer]>,
    /// The ports; empty: all.
    pub ports: Box<[AdmittedPort]>,
}

/// One of `from` (rulebook 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Pods: those that `pods` selects, in the namespaces that `namespaces` selects.
    Pods {
        /// `None`: the policy's own namespace.
        namespaces: Option<LabelSelector>,
        /// `None`: all Pods.
        pods: Option<LabelSelector>,
    },
    /// Every IPv4 address.
    AllIpv4,
    /// Every IPv6 address.
    AllIpv6,
    /// Some addresses, or what this version does not know: whether a Pod is among them is not to be told
    /// (rulebook 5.9).
    Some,
}

/// One of `ports`: a port of the *Pod*, not of the Service (rulebook 5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmittedPort {
    /// The transport.
    pub protocol: Protocol,
    /// Which of that transport.
    pub which: PortRange,
}

/// Ports of one transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRange {
    /// All of them.
    All,
    /// From the first to the last, both included.
    Numbers(u16, u16),
    /// The container port with this name on the Pod that is asked for.
    Name(Box<str>),
    /// What this version does not know.
    Other,
}

/// The Pods that send.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// Their namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub namespace_labels: Carried<'a>,
    /// Their own labels.
    pub labels: Carried<'a>,
    /// They use the node's network, so that no selector is certain to mean them (rulebook 5.8).
    pub host_network: bool,
}

/// The Pod that is sent to, and its port.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub labels: Carried<'a>,
    /// The port's number on the Pod.
    pub port: u16,
    /// The port's transport.
    pub protocol: Protocol,
    /// The ports that its containers declare; `None` where that is not known.
    pub container_ports: Option<&'a [ContainerPort]>,
}

/// Whether `policies`, all of the receiver's namespace, let traffic of `sender` pass to `receiver`.
///
/// A Pod that none selects is open to all; otherwise one policy that selects it and admits the traffic is enough
/// (rulebook 5.1). Whether the network enforces policies at all, what else it enforces, and what the sender's own
/// side allows is not asked here.
pub fn admits<'a>(
    policies: impl IntoIterator<Item = &'a NetworkPolicyFacts>,
    sender: Sender<'_>,
    receiver: Receiver<'_>,
) -> Truth {
    let (mut isolated, mut lets_in) = (Truth::No, Truth::No);
    // Of those that only may select it: that all admit the traffic is enough if none is certain to isolate it.
    let mut all_let_in = Truth::Yes;
    for policy in policies {
        let selects = policy.pods.selects(receiver.labels);
        let admits = Truth::any(policy.rules.iter().map(|rule| rule.fits(sender, receiver)));
        isolated = isolated.max(selects);
        lets_in = lets_in.max(selects.min(admits));
        if selects == Truth::Unknown {
            all_let_in = all_let_in.min(admits);
        }
    }
    match (isolated, lets_in) {
        (Truth::No, _) | (_, Truth::Yes) => Truth::Yes,
        (Truth::Yes, lets_in) => lets_in,
        (Truth::Unknown, _) if all_let_in == Truth::Yes => Truth::Yes,
        (Truth::Unknown, _) => Truth::Unknown,
    }
}

impl NetworkPolicyFacts {
    /// How many rules, sources and ports it has: what it costs to ask it once.
    pub fn size(&self) -> usize {
        1 + self.rules.iter().map(|rule| 1 + rule.from.len() + rule.ports.len()).sum::<usize>()
    }
}

impl PolicyRule {
    fn fits(&self, sender: Sender<'_>, receiver: Receiver<'_>) -> Truth {
        let ports = self.ports.iter().map(|port| port.fits(receiver));
        let ports = if self.ports.is_empty() { Truth::Yes } else { Truth::any(ports) };
        Truth::all([ports, self.comes_from(sender, receiver.namespace)])
    }

    fn comes_from(&self, sender: Sender<'_>, own: &str) -> Truth {
        let both = self.from.contains(&Peer::AllIpv4) && self.from.contains(&Peer::AllIpv6);
        if self.from.is_empty() || both {
            return Truth::Yes;
        }
        Truth::any(self.from.iter().map(|peer| peer.is(sender, own)))
    }
}

impl Peer {
    fn is(&self, sender: Sender<'_>, own: &str) -> Truth {
        // One family of addresses is not all: nothing tells which the sender uses.
        let Self::Pods { namespaces, pods } = self else { return Truth::Unknown };
        if sender.host_network {
            return Truth::Unknown;
        }
        let in_namespace = match namespaces {
            Some(selector) => selector.selects(sender.namespace_labels),
            None => (sender.namespace == own).into(),
        };
        let selected = pods.as_ref().map_or(Truth::Yes, |selector| selector.selects(sender.labels));
        Truth::all([in_namespace, selected])
    }
}

impl AdmittedPort {
    fn fits(&self, receiver: Receiver<'_>) -> Truth {
        if Protocol::Other == self.protocol || Protocol::Other == receiver.protocol {
            return Truth::Unknown;
        }
        if self.protocol != receiver.protocol {
            return Truth::No;
        }
        match &self.which {
            PortRange::All => Truth::Yes,
            PortRange::Numbers(first, last) => (*first..=*last).contains(&receiver.port).into(),
            PortRange::Name(name) => {
                let Some(ports) = receiver.container_ports else { return Truth::Unknown };
                let named = ports.iter().filter(|port| port.name == *name && port.protocol == self.protocol);
                Truth::any(named.map(|port| (port.number == receiver.port).into()))
            }
            PortRange::Other => Truth::Unknown,
        }
    }
}
