//! What an operator says about the controllers of a cluster: the profile of a class, and options that change it.

use super::Profile;
use crate::engine::model::Labels;

/// What the configuration file says about controllers, in its order; the first match counts.
#[derive(Clone, Debug, Default)]
pub struct Assignments(pub Vec<Assignment>);

/// One entry: Ingresses of this class are served by this controller, run this way.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The name of the class, in `spec.ingressClassName` or in the annotation `kubernetes.io/ingress.class`.
    pub class: String,
    /// The controller that serves them; `None` leaves that to the identification by the cluster.
    pub profile: Option<&'static Profile>,
    /// How it is run.
    pub options: Options,
    /// Where it runs, which tells whether a NetworkPolicy admits it.
    pub pods: Option<ControllerPods>,
}

/// How a controller is run, where that changes what it does. `None` means: as the profile says, by its own defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// It serves ExternalName Services (rulebook 4.7).
    pub allow_external_name: Option<bool>,
    /// It keeps the route of a Service without ready endpoints and answers 503, instead of dropping it (Traefik).
    pub allow_empty_services: Option<bool>,
    /// What stands before the `/` of its annotations (rulebook 11.3, ingress-nginx).
    pub annotations_prefix: Option<String>,
    /// Where its load balancer sends requests, where neither Ingress nor Service says (AWS, rulebook 4.8; for GKE,
    /// `ip` means container-native load balancing, rulebook 4.9).
    pub target_type: Option<TargetType>,
}

/// Where a cloud load balancer sends requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetType {
    /// To a port of the nodes: the Service must have one.
    Instance,
    /// To the Pods themselves.
    Ip,
}

/// The Pods of a controller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControllerPods {
    /// Their namespace.
    pub namespace: String,
    /// Labels that they carry.
    pub selector: Labels,
    /// They use the node's network: NetworkPolicies cannot select them (rulebook 5.8).
    pub host_network: bool,
}

impl Assignments {
    /// The entry for the class `name`.
    pub fn of_class(&self, name: &str) -> Option<&Assignment> {
        self.0.iter().find(|assignment| assignment.class == name)
    }

    /// Whether NetworkPolicies matter: only where it is known where a controller runs, and that not in the node's
    /// network (rulebook 5.12).
    pub fn use_network_policies(&self) -> bool {
        self.0.iter().any(|assignment| assignment.pods.as_ref().is_some_and(|pods| !pods.host_network))
    }

    /// The namespaces in which controllers are said to run: a judgement looks at their labels.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|assignment| Some(assignment.pods.as_ref()?.namespace.as_str()))
    }
}
