//! What the configuration states about the controllers of a cluster: the profile of each class, and its options.

use super::{Profile, Version};
use crate::engine::model::Labels;

/// The entries of the configuration about controllers, in the order of the file. The first match counts.
#[derive(Clone, Debug, Default)]
pub struct Assignments(pub Vec<Assignment>);

/// One entry: the controller that serves the Ingresses of a class, and how it runs.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The name of the class, in `spec.ingressClassName` or in the annotation `kubernetes.io/ingress.class`.
    pub class: String,
    /// The controller that serves the Ingresses of the class. `None`: the IngressClass identifies the controller.
    pub profile: Option<&'static Profile>,
    /// The options that the controller runs with.
    pub options: Options,
    /// Where the controller runs, which decides whether a NetworkPolicy admits its requests.
    pub pods: Option<ControllerPods>,
}

/// The options of a controller that change its behaviour. `None` means the default of the controller, as the profile
/// describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The version of the controller. Some facts of profiles hold only for some versions.
    pub version: Option<Version>,
    /// The controller serves ExternalName Services (rulebook 4.7).
    pub allow_external_name: Option<bool>,
    /// The controller keeps the route of a Service without ready endpoints and answers 503; otherwise it drops the
    /// route (Traefik).
    pub allow_empty_services: Option<bool>,
    /// The prefix of the controller's annotations: the part before the `/` (rulebook 11.3, ingress-nginx).
    pub annotations_prefix: Option<String>,
    /// Where the load balancer sends requests if neither the Ingress nor the Service says so (AWS, rulebook 4.8). On
    /// GKE, `ip` means container-native load balancing (rulebook 4.9).
    pub target_type: Option<TargetType>,
    /// The controller leaves the choice of the endpoint to kube-proxy if no annotation of the Ingress or the Service says
    /// otherwise (rulebook 3.10).
    pub service_upstream: Option<bool>,
}

impl Options {
    /// The defaults of the controller.
    pub(super) const DEFAULT: Self = Self {
        version: None,
        allow_external_name: None,
        allow_empty_services: None,
        annotations_prefix: None,
        target_type: None,
        service_upstream: None,
    };
}

/// Where a cloud load balancer sends requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetType {
    /// To a port of the nodes: the Service must have a node port.
    Instance,
    /// To the Pods.
    Ip,
}

/// The Pods of a controller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControllerPods {
    /// The namespace of the Pods.
    pub namespace: String,
    /// The labels of the Pods.
    pub selector: Labels,
    /// The Pods use the network of the node: NetworkPolicies cannot select them (rulebook 5.8).
    pub host_network: bool,
}

impl Assignments {
    /// Returns the entry for the class `name`.
    pub fn of_class(&self, name: &str) -> Option<&Assignment> {
        self.0.iter().find(|assignment| assignment.class == name)
    }

    /// Whether NetworkPolicies are needed: some controller is known to run in Pods outside the network of the node
    /// (rulebook 5.12).
    pub fn use_network_policies(&self) -> bool {
        self.pods().any(|pods| !pods.host_network)
    }

    /// The Pods of controllers, by the configuration.
    pub fn pods(&self) -> impl Iterator<Item = &ControllerPods> {
        self.0.iter().filter_map(|assignment| assignment.pods.as_ref())
    }

    /// The namespaces in which controllers run, by the configuration. A judgement reads the labels of these namespaces.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.pods().map(|pods| pods.namespace.as_str())
    }
}
