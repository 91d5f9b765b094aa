//! How a controller reaches a Service: its endpoints, its ClusterIP, its DNS name, or a port of the nodes.

use super::{Draining, EndpointRules, NumberAsName, OtherProtocol, PortMatching, Profile, SameNumber, TargetNumber};
use crate::engine::model::Action;
use crate::engine::subject::is_true;

/// Which types of Service work with a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceType {
    /// A headless Service (row 16).
    pub headless: Action,
    /// The controller is a load balancer outside the cluster, whose targets are nodes or Pods (row 25).
    pub load_balancer: Option<LoadBalancer>,
    /// Values of the annotation `kubernetes.io/ingress.class` with which the load balancer sends requests to Pods only
    /// (rulebook 4.9).
    pub pods_only: &'static [&'static str],
    /// When the controller leaves the choice of the endpoint to kube-proxy (rulebook 3.10). The first rule that applies
    /// counts.
    pub kube_proxy: &'static [KubeProxy],
}

/// A load balancer outside the cluster. An annotation of the Ingress or the Service chooses its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// The annotation that selects Pods instead of nodes.
    pub selection: NodeTargets,
    /// Only a load balancer with addresses of both families serves a Service for IPv6 (rulebook 4.8).
    pub ipv6_needs_dual_stack: bool,
    /// The rules if the targets are nodes: kube-proxy chooses the endpoint.
    pub to_nodes: TargetRules,
    /// The rules if the targets are Pods.
    pub to_pods: TargetRules,
}

/// What a load balancer does with a Service, by the kind of its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetRules {
    /// What a port reference may match.
    pub ports: PortMatching,
    /// Which endpoints get requests.
    pub endpoints: EndpointRules,
    /// A port that exists for UDP or SCTP only (row 8).
    pub other_protocol: OtherProtocol,
}

impl TargetRules {
    /// The rules if the targets are nodes: kube-proxy sends requests to terminating endpoints if no other is left
    /// (rulebook 3.2.6).
    pub(super) const fn of_nodes(endpoints: EndpointRules) -> Self {
        Self {
            ports: Profile::STRICT.ports,
            endpoints: EndpointRules { draining: Draining::Used, ..endpoints },
            other_protocol: OtherProtocol::Unknown,
        }
    }
}

/// The annotation that makes a load balancer send requests to Pods instead of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeTargets {
    /// `alb.ingress.kubernetes.io/target-type: ip` on the Ingress or the Service (rulebook 4.8).
    Aws,
    /// `cloud.google.com/neg` on the Service (rulebook 4.9).
    Gke,
}

/// A controller that connects to an address of a Service, so that kube-proxy chooses the endpoint (rulebook 3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KubeProxy {
    /// When the controller does so.
    pub switch: Switch,
    /// Where it connects to.
    pub address: Address,
    /// The action for a headless Service, which has no ClusterIP (row 30). `Off`: the controller uses the endpoints
    /// then.
    pub headless: Action,
    /// The controller connects to the port number of the reference without comparing it with the ports of the Service.
    pub unchecked: bool,
}

/// An address of a Service at which kube-proxy answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// The ClusterIP.
    ClusterIp,
    /// The DNS name. The name of a headless Service leads to its Pods, at the port number of the Service.
    DnsName,
    /// The node port. Other types of Service than NodePort are reached as without the rule.
    Nodes,
}

/// When a controller connects to an address of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Always.
    Always,
    /// If the Ingress has a true annotation of this name: the part of the key after the `/`. The prefix does not matter.
    AnyPrefix(&'static str),
    /// If the first of these annotations that exists is true.
    Annotations {
        /// Keys of the Service, which come first.
        service: &'static [&'static str],
        /// Keys of the Ingress.
        ingress: &'static [&'static str],
        /// The values that count as true.
        values: Booleans,
    },
}

/// How a controller reads the value of an annotation that is true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booleans {
    /// As `strconv.ParseBool` of Go.
    Go,
    /// Only the word `true` is true.
    Word,
    /// Only the word `true` is true, in upper or lower case.
    WordInAnyCase,
}

impl Booleans {
    /// Whether the value is true.
    pub fn is_true(self, value: &str) -> bool {
        match self {
            Self::Go => is_true(value),
            Self::Word => value == "true",
            Self::WordInAnyCase => value.eq_ignore_ascii_case("true"),
        }
    }
}

impl Switch {
    /// An annotation that turns the rule on; `None` if it always applies.
    pub fn annotation(self) -> Option<&'static str> {
        match self {
            Self::Always => None,
            Self::AnyPrefix(name) => Some(name),
            Self::Annotations { service, ingress, .. } => service.first().or(ingress.first()).copied(),
        }
    }
}

impl KubeProxy {
    /// A controller that connects to the ClusterIP if `switch` says so, and cannot serve a headless Service then.
    pub(super) const fn cluster_ip(switch: Switch) -> Self {
        Self { switch, address: Address::ClusterIp, headless: Action::Warn, unchecked: false }
    }

    /// Returns how port references match; `own` are the controller's rules for endpoints. kube-proxy matches `port`, and
    /// for HTTP only TCP ports. The API server gives ports of one number the same node port.
    pub fn ports(self, own: PortMatching) -> PortMatching {
        let own = PortMatching { same_number: SameNumber::Tcp, ..own };
        if self.unchecked {
            PortMatching { target_number: TargetNumber::Never, number_as_name: NumberAsName::Never, ..own }
        } else {
            own
        }
    }

    /// Returns which endpoints get requests; `own` are the controller's rules for endpoints. kube-proxy chooses
    /// endpoints by the name of the port, and terminating ones that serve if no other is left (rulebook 3.2.6).
    pub fn endpoints(self, own: EndpointRules) -> EndpointRules {
        EndpointRules {
            unready: own.unready,
            elsewhere: own.elsewhere,
            wakes: own.wakes,
            unmanaged: own.unmanaged,
            misnamed: own.misnamed,
            no_pods: own.no_pods,
            starting: own.starting,
            failing: own.failing,
            draining: Draining::Used,
            ..EndpointRules::STRICT
        }
    }

    /// What happens to requests if nothing answers at the address.
    pub fn unanswered(self) -> &'static str {
        match self.address {
            Address::ClusterIp | Address::DnsName => "nothing answers at its ClusterIP: requests get 502 or 504",
            Address::Nodes => "nothing answers at its node port: requests get 502",
        }
    }
}
