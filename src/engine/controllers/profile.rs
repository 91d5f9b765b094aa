//! The behaviour of one ingress controller, as data.

use super::rejection::Rejection;
use super::routing::{DefaultBackendUse, RuleUse};
use super::shape::{Redirect, RedirectValue};
use super::{Booleans, ClassUse, EndpointRules, Names, ServiceType, Versions};
use crate::engine::model::Action;
use crate::engine::subject::Subject;

/// The behaviour of an ingress controller, as far as a judgement depends on it.
///
/// The row numbers are those of the decision table (rulebook 11.1). Each [`Action`] is the action of a finding in that
/// row: `Deny` for D, `Warn` for W, `Audit` for I, and `Off` for F and U, which are not reported.
#[derive(Debug)]
pub struct Profile {
    /// The identifier in reports, configuration and `--controller`.
    pub id: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The versions of the controller that the profile describes.
    pub versions: Versions,
    /// The names by which an Ingress selects the controller (rulebook 4.1).
    pub names: Names,
    /// A missing Service (row 1).
    pub missing_service: Action,
    /// What a port reference may match besides the number or name of a Service port (rulebook 4.4).
    pub ports: PortMatching,
    /// A port that matches nothing (rows 4 to 7).
    pub wrong_port: WrongPort,
    /// A port that exists for UDP or SCTP only (row 8).
    pub other_protocol: OtherProtocol,
    /// A backend that names an action annotation (rows 9, 10 and 37).
    pub actions: Actions,
    /// A resource backend (row 11).
    pub resource: Action,
    /// The API groups and kinds of resources that an option of the controller makes it serve.
    pub resources: &'static [(&'static str, &'static str)],
    /// ExternalName Services (rows 12 and 13).
    pub external_name: ExternalName,
    /// Which types of Service work (rows 16, 25 and 30).
    pub service_type: ServiceType,
    /// Which endpoints the controller uses, and the action if there is none (rows 14 to 24).
    pub endpoints: EndpointRules,
    /// The effect of ingress-nginx's annotations (rows 26 to 29).
    pub annotations: Annotations,
    /// When the controller uses `spec.defaultBackend` (rulebook 2.5).
    pub default_backend: DefaultBackendUse,
    /// The number of the port of the Pods to which the controller sends the requests of an Ingress without rules,
    /// whatever the targetPort of the Service is; `None` if it uses the targetPort (rulebook 2.5.3).
    pub lone_default_backend_port: Option<u16>,
    /// Which rules and paths the controller reads (rulebook 2.5.2).
    pub rules: RuleUse,
    /// The Ingresses that the controller rejects as a whole (rulebook 2.5.4).
    pub rejects: &'static [Rejection],
    /// The keys of annotations that name the namespace of all Services of an Ingress (rulebook 4.5.6).
    pub service_namespace: &'static [&'static str],
    /// How the controller uses IngressClasses (row 31).
    pub class: ClassUse,
    /// Requests come from the Pods of the controller, and a NetworkPolicy may block them (row 33).
    pub network_policy: Action,
    /// What happens to requests when the Service or port is missing, as the end of a sentence.
    pub without_backend: &'static str,
    /// What happens to requests when no endpoint is ready, as the end of a sentence.
    pub without_endpoints: &'static str,
}

/// What a port reference may match besides the number or name of a Service port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortMatching {
    /// Whether a number may match the number of a targetPort.
    pub target_number: TargetNumber,
    /// A name may match the name of a targetPort.
    pub target_name: bool,
    /// Whether a number may match the name of a port.
    pub number_as_name: NumberAsName,
    /// Which of several ports with the same number is used.
    pub same_number: SameNumber,
    /// A name stands for the number of its port, and the number is matched again (rulebook 3.8.4).
    pub names_by_number: bool,
    /// What the controller does with a reference that matches no port of the Service.
    pub undeclared: UndeclaredPort,
}

/// Whether a number may match the name of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberAsName {
    /// A number matches no name.
    Never,
    /// Any number matches an unnamed port (rulebook 4.4.4).
    Unnamed,
    /// A number matches a port whose name is the number (rulebook 4.4.5).
    AsText,
}

/// What a controller does with a reference that matches no port of the Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndeclaredPort {
    /// The reference has no backend.
    NoBackend,
    /// The controller connects to endpoints that have a TCP port with this number: the number of the reference, or
    /// `of_name` if the reference is a name (rulebook 4.4.6).
    EndpointNumber {
        /// The port number that stands for every name.
        of_name: u16,
    },
    /// A name has the endpoints whose slice has a port of that name. A number has no backend (rulebook 4.4.7).
    SliceName,
}

/// Whether a number may match the number of a targetPort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetNumber {
    /// A number matches ports only.
    Never,
    /// A number matches the first Service port that has the number as `port` or as `targetPort`.
    AsWell,
    /// A number is compared with all targetPorts first, then with all ports.
    First,
}

/// Which of several ports with the same number is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameNumber {
    /// The TCP port (rulebook 3.8.4).
    Tcp,
    /// The first port in the order of the Service, whatever its protocol (measured).
    First,
    /// The first port in the order of the Service. The route does not work if that port is not TCP (measured with
    /// Contour).
    FirstIfTcp,
}

/// How a controller treats a port that is UDP or SCTP only (rulebook 3.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherProtocol {
    /// It ignores the protocol, and sends HTTP over TCP to the port (measured with Traefik).
    Ignored,
    /// The reference has no backend, as if the Service did not have the port.
    NoBackend,
    /// It keeps the route, and finds no endpoint.
    NoEndpoints,
    /// The behaviour is not known.
    Unknown,
}

/// The action for a port reference that matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongPort {
    /// A number that is no port (row 4), or is only a targetPort that the controller does not match (row 5).
    pub number: Action,
    /// A name that is no port (row 6), or is only a targetPort that the controller does not match (row 7).
    pub name: Action,
}

/// How a controller handles the port name `use-annotation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actions {
    /// The controller performs the action of the annotation, and reads other annotations of backends (rulebook 4.5.5).
    Served,
    /// The port name has no special meaning: the backend does not work.
    Ignored,
    /// The behaviour is not known.
    Unknown,
}

/// How a controller handles ExternalName Services (rulebook 4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternalName {
    /// Whether the controller serves them.
    pub support: Support,
    /// Which ports a reference may name.
    pub port: ExternalPort,
    /// The external names that the controller refuses (row 13).
    pub refused: RefusedHosts,
}

/// The external names that a controller refuses, because requests would come back to the machine of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedHosts {
    /// Exactly these names.
    pub names: &'static [&'static str],
    /// Loopback addresses.
    pub loopback: bool,
}

impl RefusedHosts {
    /// The controller accepts every name.
    pub const NOTHING: Self = Self { names: &[], loopback: false };
}

/// Whether a controller serves something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Yes by default. An option can disable it.
    On,
    /// No by default. An option can enable it.
    Off,
    /// No. No option can enable it.
    Never,
    /// The Service is an alias: the controller serves it if it knows the external name, such as the name of another
    /// Service in the cluster. An option states that it knows all of them.
    Alias,
    /// The behaviour is not known.
    Unknown,
}

/// Which ports of an ExternalName Service a reference may name (rulebook 4.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalPort {
    /// Any number, or the name of a port of the Service. For a number, the controller connects to the targetPort.
    AnyNumber,
    /// Any number, or the name of a port of the Service. For both, the controller connects to the targetPort of a declared
    /// port.
    TargetNumber,
    /// Any number, or the name of a port of the Service. The controller connects to the number.
    NumberOrName,
    /// Any number, but no name.
    Number,
    /// A port of the Service.
    Declared,
    /// A port of the Service, or any number if the Service has no ports.
    DeclaredOrNone,
}

/// The effect of ingress-nginx's annotations on a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annotations {
    /// The most severe action for the backends of a canary (row 26).
    pub canary: Action,
    /// The values of the annotation `canary` that mark a canary.
    pub canary_values: Booleans,
    /// The annotations that redirect every path (row 27). The first one that is set counts.
    pub redirects: &'static [Redirect],
    /// The action for a `default-backend` that does not exist (row 28).
    pub default_backend: Action,
    /// The action for a canary that shares Service and port with a plain Ingress (measured: the hosts of the plain
    /// Ingress answer 404).
    pub canary_conflict: Action,
    /// Whether a ready `default-backend` answers if the Service of a rule cannot (row 29).
    pub default_backend_answers: DefaultBackendAnswers,
    /// Annotations by which the controller may answer without a backend: the part of each key after the `/`. The prefix
    /// does not matter (rulebook 4.5.2).
    pub answering: &'static [&'static str],
}

/// Whether the Service of the annotation `default-backend` answers if the Service of a rule cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultBackendAnswers {
    /// The Service answers.
    Yes,
    /// The Service answers if no endpoint of the rule's port is ready. It must have endpoints of its own: the host of an
    /// ExternalName does not count.
    NoEndpoints,
    /// The controller is not known, so the Service may answer.
    Maybe,
    /// The Service does not answer.
    No,
}

impl Profile {
    /// Whether the controller may look for the Services of `subject` in another namespace.
    pub fn looks_elsewhere(&self, subject: &Subject) -> bool {
        let mut named = self.service_namespace.iter().filter_map(|key| subject.ingress_annotation(key));
        named.any(|namespace| !namespace.is_empty() && namespace != subject.name.namespace)
    }

    /// The profiles of all versions of the controller.
    pub(super) fn of_versions(&'static self) -> impl Iterator<Item = &'static Self> {
        [self].into_iter().chain(self.versions.others.iter().copied())
    }

    /// The id, with a version if the controller has a profile for each of several versions: `traefik-nginx@3.7`.
    pub fn id_with_version(&self) -> String {
        self.versions.name.map_or_else(|| self.id.to_owned(), |version| format!("{}@{version}", self.id))
    }

    /// The base of the profiles: a controller that follows the API strictly, sends requests to the endpoints of slices,
    /// and drops broken routes. Each profile states its differences.
    pub(super) const STRICT: Self = Self {
        id: "",
        title: "",
        versions: Versions::ALL,
        names: Names::NONE,
        missing_service: Action::Deny,
        ports: PortMatching {
            target_number: TargetNumber::Never,
            target_name: false,
            number_as_name: NumberAsName::Never,
            same_number: SameNumber::Tcp,
            names_by_number: false,
            undeclared: UndeclaredPort::NoBackend,
        },
        wrong_port: WrongPort { number: Action::Deny, name: Action::Deny },
        other_protocol: OtherProtocol::Unknown,
        actions: Actions::Ignored,
        resource: Action::Warn,
        resources: &[],
        external_name: ExternalName {
            support: Support::Unknown,
            port: ExternalPort::Declared,
            refused: RefusedHosts::NOTHING,
        },
        service_type: ServiceType { headless: Action::Off, load_balancer: None, pods_only: &[], kube_proxy: &[] },
        endpoints: EndpointRules::STRICT,
        annotations: Annotations {
            canary: Action::Warn,
            canary_values: Booleans::Go,
            // Most controllers do not read the annotations of ingress-nginx. The class may be a mistake.
            redirects: &Redirect::of_ingress_nginx(Action::Warn, RedirectValue::Any),
            default_backend: Action::Off,
            canary_conflict: Action::Off,
            default_backend_answers: DefaultBackendAnswers::No,
            answering: &[],
        },
        service_namespace: &[],
        default_backend: DefaultBackendUse::Always,
        lone_default_backend_port: None,
        rules: RuleUse::ALL,
        rejects: &[],
        class: ClassUse::Object,
        network_policy: Action::Off,
        without_backend: "requests fail",
        without_endpoints: "requests get 503",
    };
}
