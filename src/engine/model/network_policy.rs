//! Facts of NetworkPolicies, and whether policies admit traffic to a Pod (rulebook 5).

use std::collections::BTreeMap;

use super::{KnownLabels, LabelSelector, PodSpecFacts, Protocol, Truth};

/// The facts of a NetworkPolicy that isolates Pods for incoming traffic. Other NetworkPolicies have no facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPolicyFacts {
    /// The Pods that the policy isolates, in the namespace of the policy.
    pub pods: LabelSelector,
    /// The traffic that the policy admits. Empty: none.
    pub rules: Box<[PolicyRule]>,
}

/// The NetworkPolicies of one namespace that isolate Pods for incoming traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkPolicies {
    by_name: BTreeMap<Box<str>, NetworkPolicyFacts>,
    /// The sum of the sizes of all policies, kept because many evaluations ask for it.
    size: PolicySize,
}

/// What an evaluation of policies examines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PolicySize {
    /// The policies, rules, sources, ports, labels and requirements.
    parts: usize,
    /// The ports that are names. Each of them is compared with all ports of a Pod.
    named_ports: usize,
}

static NO_POLICIES: NetworkPolicies =
    NetworkPolicies { by_name: BTreeMap::new(), size: PolicySize { parts: 0, named_ports: 0 } };

impl Default for &NetworkPolicies {
    fn default() -> Self {
        &NO_POLICIES
    }
}

impl NetworkPolicies {
    /// The policy called `name`.
    pub fn get(&self, name: &str) -> Option<&NetworkPolicyFacts> {
        self.by_name.get(name)
    }

    /// Adds the policy called `name`, in place of an earlier one.
    pub fn insert(&mut self, name: &str, policy: NetworkPolicyFacts) {
        self.size.add(policy.size());
        let old = self.by_name.insert(name.into(), policy);
        self.size.remove(old.map(|old| old.size()).unwrap_or_default());
    }

    /// Removes the policy called `name`.
    pub fn remove(&mut self, name: &str) {
        self.size.remove(self.by_name.remove(name).map(|old| old.size()).unwrap_or_default());
    }

    /// The number of policies.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are no policies.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The policies with their names, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &NetworkPolicyFacts)> {
        self.by_name.iter().map(|(name, policy)| (&**name, policy))
    }

    /// The number of parts that an evaluation of all policies examines for a Pod with so many container ports.
    pub fn evaluation_cost(&self, container_ports: usize) -> usize {
        let PolicySize { parts, named_ports } = self.size;
        parts.saturating_add(named_ports.saturating_mul(container_ports))
    }
}

impl PolicySize {
    fn add(&mut self, more: Self) {
        self.parts += more.parts;
        self.named_ports += more.named_ports;
    }

    fn remove(&mut self, less: Self) {
        self.parts -= less.parts;
        self.named_ports -= less.named_ports;
    }
}

/// One of `spec.ingress`. Traffic must match a source and a port (rulebook 5.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRule {
    /// The sources. Empty: all sources.
    pub from: Box<[Peer]>,
    /// The ports. Empty: all ports.
    pub ports: Box<[AdmittedPort]>,
}

/// One of `from` (rulebook 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The Pods that `pods` selects, in the namespaces that `namespaces` selects.
    Pods {
        /// `None`: the namespace of the policy.
        namespaces: Option<LabelSelector>,
        /// `None`: all Pods.
        pods: Option<LabelSelector>,
    },
    /// Every IPv4 address.
    AllIpv4,
    /// Every IPv6 address.
    AllIpv6,
    /// Some IP addresses, or a form that Backstop does not know. Whether a Pod is among them is unknown (rulebook 5.9).
    SomeAddresses,
}

/// One of `ports`: a port of the *Pod*, not of the Service (rulebook 5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmittedPort {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The numbers of the ports.
    pub which: PortRange,
}

/// A set of ports of one transport protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRange {
    /// All ports.
    All,
    /// The ports from the first number to the last number, inclusive.
    Numbers(u16, u16),
    /// The container port with this name on the Pod that receives the traffic.
    Name(Box<str>),
    /// A form that Backstop does not know.
    Other,
}

/// The Pods that send the traffic.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The namespace of the Pods.
    pub namespace: &'a str,
    /// The labels of the namespace.
    pub namespace_labels: KnownLabels<'a>,
    /// The labels of the Pods.
    pub labels: KnownLabels<'a>,
    /// The Pods use the network of the node, so selectors may not match them (rulebook 5.8).
    pub host_network: bool,
}

/// The Pod that receives the traffic, and its port.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'a> {
    /// The namespace of the Pod.
    pub namespace: &'a str,
    /// The labels of the Pod.
    pub labels: KnownLabels<'a>,
    /// The port number on the Pod.
    pub port: u16,
    /// The transport protocol of the port.
    pub protocol: Protocol,
    /// The facts of the Pod, whose containers declare ports; `None` if they are not known.
    pub spec: Option<&'a PodSpecFacts>,
}

/// Whether `policies` admit traffic from `sender` to `receiver`. `policies` must be all of the receiver's namespace.
///
/// A Pod that no policy selects admits all traffic. For other Pods one policy that selects the Pod and admits the
/// traffic is enough (rulebook 5.1). The function considers neither whether the network enforces NetworkPolicies, nor
/// other policies, nor egress rules of the sender.
pub fn admits<'a>(
    policies: impl IntoIterator<Item = &'a NetworkPolicyFacts>,
    sender: Sender<'_>,
    receiver: Receiver<'_>,
) -> Truth {
    let (mut isolated, mut admitted) = (Truth::No, Truth::No);
    // Whether all policies admit the traffic that may select the Pod. If so, it does not matter which of them do.
    let mut all_possible_admit = Truth::Yes;
    for policy in policies {
        let selects = policy.pods.selects(receiver.labels);
        let admits = Truth::any(policy.rules.iter().map(|rule| rule.admits(sender, receiver)));
        isolated = isolated.max(selects);
        admitted = admitted.max(selects.min(admits));
        if selects == Truth::Unknown {
            all_possible_admit = all_possible_admit.min(admits);
        }
    }
    match (isolated, admitted) {
        (Truth::No, _) | (_, Truth::Yes) => Truth::Yes,
        (Truth::Yes, admitted) => admitted,
        (Truth::Unknown, _) if all_possible_admit == Truth::Yes => Truth::Yes,
        (Truth::Unknown, _) => Truth::Unknown,
    }
}

impl NetworkPolicyFacts {
    /// What one evaluation of the policy examines.
    fn size(&self) -> PolicySize {
        let mut size = PolicySize { parts: 1 + self.pods.size(), named_ports: 0 };
        for rule in &self.rules {
            size.parts += 1 + rule.ports.len() + rule.from.iter().map(Peer::size).sum::<usize>();
            size.named_ports += rule.ports.iter().filter(|port| matches!(port.which, PortRange::Name(_))).count();
        }
        size
    }
}

impl PolicyRule {
    fn admits(&self, sender: Sender<'_>, receiver: Receiver<'_>) -> Truth {
        let ports = self.ports.iter().map(|port| port.admits(receiver));
        let ports = if self.ports.is_empty() { Truth::Yes } else { Truth::any(ports) };
        Truth::all([ports, self.admits_source(sender, receiver.namespace)])
    }

    fn admits_source(&self, sender: Sender<'_>, policy_namespace: &str) -> Truth {
        let both = self.from.contains(&Peer::AllIpv4) && self.from.contains(&Peer::AllIpv6);
        if self.from.is_empty() || both {
            return Truth::Yes;
        }
        Truth::any(self.from.iter().map(|peer| peer.matches(sender, policy_namespace)))
    }
}

impl Peer {
    fn size(&self) -> usize {
        let Self::Pods { namespaces, pods } = self else { return 1 };
        1 + [namespaces, pods].into_iter().flatten().map(LabelSelector::size).sum::<usize>()
    }

    fn matches(&self, sender: Sender<'_>, policy_namespace: &str) -> Truth {
        // All addresses of one IP family are not all addresses, and the family of the sender is unknown.
        let Self::Pods { namespaces, pods } = self else { return Truth::Unknown };
        if sender.host_network {
            return Truth::Unknown;
        }
        let in_namespace = match namespaces {
            Some(selector) => selector.selects(sender.namespace_labels),
            None => (sender.namespace == policy_namespace).into(),
        };
        let selected = pods.as_ref().map_or(Truth::Yes, |selector| selector.selects(sender.labels));
        Truth::all([in_namespace, selected])
    }
}

impl AdmittedPort {
    fn admits(&self, receiver: Receiver<'_>) -> Truth {
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
                let Some(spec) = receiver.spec else { return Truth::Unknown };
                let named = spec.ports().filter(|port| port.name == *name && port.protocol == self.protocol);
                Truth::any(named.map(|port| (port.number == receiver.port).into()))
            }
            PortRange::Other => Truth::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(sources: usize) -> NetworkPolicyFacts {
        let rule = PolicyRule { from: vec![Peer::AllIpv4; sources].into(), ports: Box::default() };
        NetworkPolicyFacts { pods: LabelSelector::default(), rules: [rule].into() }
    }

    /// The size decides whether an evaluation can be paid for, so it must follow every change.
    #[test]
    fn the_size_is_the_sum_of_all_policies() {
        let mut policies = NetworkPolicies::default();
        let changes: [fn(&mut NetworkPolicies); 5] = [
            |all| all.insert("a", policy(7)),
            |all| all.insert("b", policy(1)),
            |all| all.insert("a", policy(3)),
            |all| all.remove("b"),
            |all| all.remove("missing"),
        ];
        for change in changes {
            change(&mut policies);
            let parts = policies.iter().map(|(_, policy)| policy.size().parts).sum::<usize>();
            assert_eq!(policies.evaluation_cost(1000), parts);
        }
        assert_eq!((policies.len(), policies.evaluation_cost(0)), (1, 5));
    }

    /// Every part of a policy that an evaluation examines counts: an object may have a hundred thousand of each.
    #[test]
    fn the_size_counts_every_part() {
        let selector = |labels: usize| LabelSelector {
            labels: (0..labels).map(|at| (format!("l{at}"), "v")).collect(),
            requirements: Box::default(),
        };
        let port = |which| AdmittedPort { protocol: Protocol::Tcp, which };
        let rule = PolicyRule {
            from: [Peer::Pods { namespaces: Some(selector(10)), pods: Some(selector(20)) }, Peer::AllIpv4].into(),
            ports: [port(PortRange::All), port(PortRange::Name("http".into()))].into(),
        };
        let mut policies = NetworkPolicies::default();
        policies.insert("a", NetworkPolicyFacts { pods: selector(40), rules: [rule].into() });
        // The policy and its labels; the rule; the two sources and their labels; the two ports.
        assert_eq!(policies.evaluation_cost(0), (1 + 40) + 1 + (1 + 10 + 20) + 1 + 2);
        assert_eq!(policies.evaluation_cost(5) - policies.evaluation_cost(0), 5);
    }
}
