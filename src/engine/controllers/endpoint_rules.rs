//! Which endpoints a controller uses, and the action of the finding if there is none.

use crate::engine::model::Action;

/// Which endpoints a controller uses, and the action of the finding if there is none. Each [`Action`] is a row of the
/// decision table (rulebook 11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointRules {
    /// Which endpoints get requests.
    pub ready_by: ReadyBy,
    /// Whether a slice's port must have the name of the Service's port.
    pub port_names: PortNames,
    /// The controller ignores the protocol of a slice's port.
    pub any_protocol: bool,
    /// The controller reads the number of a named targetPort from a Pod, so a Service without Pods cannot use a named
    /// targetPort (rulebook 3.5.5).
    pub names_from_pods: bool,
    /// The controller also sends requests to endpoints that are not ready, and has probes of its own (rulebook 4.10).
    pub unready: bool,
    /// The Service has no selector and no slice (row 14).
    pub unmanaged: Action,
    /// The Service has no selector, and no slice has a port with the name of the Service's port (row 15).
    pub misnamed: Action,
    /// The selector matches no Pod (row 18).
    pub no_pods: Action,
    /// The Pods are starting (row 19).
    pub starting: Action,
    /// The Pods cannot become ready (row 20).
    pub failing: Action,
    /// All endpoints are terminating (row 21).
    pub terminating: Action,
}

/// Whether a slice's port must have the name of the Service's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortNames {
    /// The names must be equal (rulebook 3.4.4).
    Exact,
    /// Any name matches if the Service's port has no name (measured with Contour).
    AnyForUnnamed,
    /// Any name matches if the Service's port has no name, or if its targetPort is a number (rulebook 3.6).
    AnyUnlessNeeded,
    /// The name does not matter: the slice's port must have the number of the targetPort, whatever its protocol. The
    /// number of a named targetPort comes from a Pod, and is the number of the slice's port with the Service port's
    /// name (rulebook 3.5.5).
    ByTargetNumber,
}

/// Which endpoints a controller sends requests to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyBy {
    /// Endpoints whose `ready` is true or not set (rulebook 3.6).
    Ready,
    /// Endpoints whose `ready` is set to true (rulebook 3.2.4).
    Declared,
    /// Endpoints that are `serving`, terminating or not. `publishNotReadyAddresses` has no effect (rulebook 3.2.3).
    Serving,
    /// Endpoints that are `serving` and not terminating (measured with Traefik 3.6.12).
    Staying,
    /// Endpoints that are `ready` and belong to a Pod (rulebook 3.7.4).
    Pods,
}

impl EndpointRules {
    /// The controller uses ready endpoints of slices whose port has the name of the Service's port.
    pub(super) const STRICT: Self = Self {
        ready_by: ReadyBy::Ready,
        port_names: PortNames::Exact,
        any_protocol: false,
        names_from_pods: false,
        unready: false,
        unmanaged: Action::Warn,
        misnamed: Action::Warn,
        no_pods: Action::Warn,
        starting: Action::Audit,
        failing: Action::Warn,
        terminating: Action::Warn,
    };
}
