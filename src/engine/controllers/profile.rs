//! What one ingress controller does, as data.

use super::EndpointRules;
use crate::engine::model::Action;

/// An ingress controller's behaviour, as far as a judgement depends on it.
///
/// The numbers are the rows of the decision table (rulebook 11.1). An [`Action`] is what a finding deserves there:
/// `Deny` for D, `Warn` for W, `Audit` for I, and `Off` for F and U, where nothing is to be said.
#[derive(Debug)]
pub struct Profile {
    /// The name in reports, configuration and `--controller`.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// How its Ingresses are recognised (rulebook 4.1).
    pub names: Names,
    /// A missing Service (row 1).
    pub missing_service: Action,
    /// What else than the API's own meaning a port reference may match (rulebook 4.4).
    pub ports: PortMatching,
    /// A port that matches nothing (rows 4 to 7).
    pub wrong_port: WrongPort,
    /// A port that is there for UDP or SCTP only (row 8).
    pub other_protocol: Action,
    /// A backend that names an action annotation (rows 9, 10 and 37).
    pub actions: Actions,
    /// A resource backend (row 11).
    pub resource: Action,
    /// ExternalName Services (rows 12 and 13).
    pub external_name: ExternalName,
    /// What Services must be (rows 16, 25 and 30).
    pub service_type: ServiceType,
    /// Which endpoints it uses, and what it deserves where there are none to use (rows 14 to 24).
    pub endpoints: EndpointRules,
    /// What ingress-nginx's annotations mean to it (rows 26 to 29).
    pub annotations: Annotations,
    /// It uses `spec.defaultBackend` of Ingresses without rules only (rulebook 2.5).
    pub default_backend_alone: bool,
    /// What an IngressClass is to it (row 31).
    pub class: ClassUse,
    /// Its Pods are the source of requests, so that a NetworkPolicy may keep them out (row 33).
    pub network_policy: Action,
    /// What happens to requests when the Service or port is missing, as the end of a sentence.
    pub without_backend: &'static str,
    /// What happens to requests when no endpoint is ready, as the end of a sentence.
    pub without_endpoints: &'static str,
}

/// What an IngressClass is to a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassUse {
    /// It must exist.
    Object,
    /// A name that it goes by; whether there is an object of that name does not matter.
    Name,
    /// Nothing.
    Unused,
}

/// How a controller's Ingresses are recognised.
#[derive(Debug)]
pub struct Names {
    /// Values of `IngressClass.spec.controller`; one that ends with `/` stands for all that begin so.
    pub controllers: &'static [&'static str],
    /// Names of classes that mean it whatever their object says, or without one.
    pub classes: &'static [&'static str],
    /// Values of the annotation `kubernetes.io/ingress.class` that mean it where no IngressClass of that name exists.
    pub annotation: &'static [&'static str],
}

/// What a port reference may match beside a Service port's number or name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortMatching {
    /// Whether a number may be a targetPort number.
    pub target_number: TargetNumber,
    /// A name may be a targetPort name.
    pub target_name: bool,
    /// Any number means an unnamed port (rulebook 4.4.4).
    pub any_number: bool,
    /// Which of several ports with the same number counts.
    pub same_number: SameNumber,
}

/// Whether a number may be a targetPort number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetNumber {
    /// It may not.
    Never,
    /// It may: the first port counts that has the number as its own or as its targetPort.
    AsWell,
    /// It is looked for among the targetPorts before the ports.
    First,
}

/// Which of several ports with the same number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameNumber {
    /// The TCP one (rulebook 3.8.4).
    Tcp,
    /// The first in the Service's order, whose targetPort is used whatever its protocol (measured).
    First,
    /// The first in the Service's order, and the route is dropped if that is not TCP (measured).
    FirstIfTcp,
}

/// What a port that matches nothing deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongPort {
    /// A number (row 4), or one that is a targetPort only where that does not count (row 5).
    pub number: Action,
    /// The same for names (rows 6 and 7).
    pub name: Action,
}

/// What the port name `use-annotation` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actions {
    /// The action of the annotation is what answers.
    Served,
    /// Nothing: the backend does not work.
    Ignored,
    /// Nobody knows.
    Unknown,
}

/// What becomes of ExternalName Services (rulebook 4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternalName {
    /// Whether they are served.
    pub support: Support,
    /// Which ports can be asked for.
    pub port: ExternalPort,
    /// Names that it does not serve, where it serves others (row 13).
    pub refused: Refused,
}

/// What ExternalName Services must not name, lest requests come back to the controller's own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Exactly these names.
    pub names: &'static [&'static str],
    /// Addresses of the machine itself.
    pub loopback: bool,
}

impl Refused {
    /// It does not look at names.
    pub const NOTHING: Self = Self { names: &[], loopback: false };
}

/// Whether a controller serves something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Yes, unless an option says otherwise.
    On,
    /// No, unless an option says otherwise.
    Off,
    /// Never.
    Never,
    /// Nobody knows.
    Unknown,
}

/// Which ports of an ExternalName Service can be asked for (rulebook 4.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalPort {
    /// Any number, or a declared name.
    AnyNumber,
    /// Numbers only, but any.
    Number,
    /// Declared ones.
    Declared,
    /// Declared ones, or any number if none is declared.
    DeclaredOrNone,
}

/// What Services must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceType {
    /// A headless Service (row 16).
    pub headless: Action,
    /// The load balancer sends requests to nodes, unless it is told to send them to Pods (row 25).
    pub nodes: Option<NodeTargets>,
    /// Values of the annotation `kubernetes.io/ingress.class` with which it sends them to Pods only (rulebook 4.9).
    pub pods_only: &'static [&'static str],
    /// When it uses the ClusterIP instead of endpoints (rulebook 3.10).
    pub cluster_ip: Option<ClusterIp>,
}

/// How a load balancer is told to send requests to Pods instead of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeTargets {
    /// `alb.ingress.kubernetes.io/target-type: ip` on Ingress or Service (rulebook 4.8).
    Aws,
    /// `cloud.google.com/neg` on the Service (rulebook 4.9).
    Gke,
}

/// How a controller comes to connect to a Service's ClusterIP, so that kube-proxy takes the endpoint (rulebook 3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterIp {
    /// What makes it do so.
    pub switch: ClusterIpSwitch,
    /// A headless Service, which has none (row 30); off where it uses the endpoints then.
    pub headless: Action,
    /// It connects to the number that is asked for, whatever the Service's ports are.
    pub unchecked: bool,
}

impl ClusterIp {
    /// What port references mean to a controller that otherwise goes by `own`: kube-proxy knows ports by their own
    /// numbers, for HTTP those of TCP.
    pub fn ports(self, own: PortMatching) -> PortMatching {
        let own = PortMatching { same_number: SameNumber::Tcp, ..own };
        if self.unchecked { PortMatching { target_number: TargetNumber::Never, any_number: false, ..own } } else { own }
    }

    /// Which endpoints get the requests of a controller that otherwise goes by `own`: kube-proxy's, by the name of the
    /// port, and terminating ones where no other is left (rulebook 3.2.6).
    pub fn endpoints(self, own: EndpointRules) -> EndpointRules {
        let EndpointRules { by, port_names, any_protocol, names_from_pods, .. } = EndpointRules::STRICT;
        let terminating = own.terminating.min(Action::Audit);
        EndpointRules { by, port_names, any_protocol, names_from_pods, terminating, ..own }
    }
}

/// What makes a controller use the ClusterIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterIpSwitch {
    /// Nothing: it always does.
    Always,
    /// Of the Ingress, by its name behind the `/`.
    Ingress(&'static str),
    /// Of the Service, by its whole key.
    Service(&'static str),
}

/// What ingress-nginx's annotations mean to a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annotations {
    /// The most that may come of a broken canary (row 26).
    pub canary: Action,
    /// The most that may come of the backend of an Ingress that only redirects (row 27).
    pub redirect: Action,
    /// A `default-backend` that does not exist (row 28).
    pub default_backend: Action,
    /// A canary that shares Service and port with a plain Ingress (measured: the plain one's hosts answer 404).
    pub canary_conflict: Action,
    /// Whether a `default-backend` that is ready answers where the rule's own Service cannot (row 29).
    pub stands_in: StandsIn,
    /// Names behind the `/` of annotations, of whatever prefix, by which it may answer without a backend (rulebook 4.5.2).
    pub answers: &'static [&'static str],
}

/// Whether a Service that an annotation names answers in the place of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandsIn {
    /// It does.
    Yes,
    /// It may: that depends on the controller.
    Maybe,
    /// It does not.
    No,
}

impl Profile {
    /// A controller that reads the API strictly, routes to the endpoints of slices and drops what is broken. The
    /// profiles say how they differ.
    pub(super) const STRICT: Self = Self {
        id: "",
        title: "",
        names: Names { controllers: &[], classes: &[], annotation: &[] },
        missing_service: Action::Deny,
        ports: PortMatching {
            target_number: TargetNumber::Never,
            target_name: false,
            any_number: false,
            same_number: SameNumber::Tcp,
        },
        wrong_port: WrongPort { number: Action::Deny, name: Action::Deny },
        other_protocol: Action::Warn,
        actions: Actions::Ignored,
        resource: Action::Warn,
        external_name: ExternalName {
            support: Support::Unknown,
            port: ExternalPort::Declared,
            refused: Refused::NOTHING,
        },
        service_type: ServiceType { headless: Action::Off, nodes: None, pods_only: &[], cluster_ip: None },
        endpoints: EndpointRules::STRICT,
        annotations: Annotations {
            canary: Action::Warn,
            redirect: Action::Warn,
            default_backend: Action::Off,
            canary_conflict: Action::Off,
            stands_in: StandsIn::No,
            answers: &[],
        },
        default_backend_alone: false,
        class: ClassUse::Object,
        network_policy: Action::Off,
        without_backend: "requests fail",
        without_endpoints: "requests get 503",
    };
}
