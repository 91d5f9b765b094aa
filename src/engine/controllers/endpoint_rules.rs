//! Which endpoints a controller uses, and what it deserves where there are none to use.

use crate::engine::model::Action;

/// See the module's page. Each [`Action`] is what the finding deserves, by row of the decision table (rulebook 11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointRules {
    /// Which endpoints it sends requests to.
    pub by: ReadyBy,
    /// Whether the slice's port must have the Service port's name.
    pub port_names: PortNames,
    /// It does not look at the protocol of a slice's port.
    pub any_protocol: bool,
    /// It asks a Pod for the number of a named targetPort, so that a Service without Pods cannot have one
    /// (rulebook 3.5.5).
    pub names_from_pods: bool,
    /// It sends requests to endpoints that are not ready, too, and leaves the rest to its own probes (rulebook 4.10).
    pub unready: bool,
    /// No selector and no slice (row 14).
    pub unmanaged: Action,
    /// No selector, and the slices' port has another name than the Service's (row 15).
    pub misnamed: Action,
    /// The selector matches nothing (row 18).
    pub nothing: Action,
    /// Pods are on their way (row 19).
    pub starting: Action,
    /// Something keeps the Pods from becoming ready (row 20).
    pub failing: Action,
    /// All endpoints are terminating (row 21).
    pub terminating: Action,
}

/// Whether a slice's port must have the name of the Service's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortNames {
    /// It must (rulebook 3.4.4).
    Exact,
    /// Any name will do where the Service's port has none (measured with Contour).
    AnyForUnnamed,
    /// Any name will do where the Service's port has none, or its targetPort is a number (rulebook 3.6).
    AnyUnlessNeeded,
    /// It need not: the slice's port must have the number of the targetPort, whatever its protocol; where that is a name,
    /// a Pod tells the number, which is then that of the port with the Service port's name (rulebook 3.5.5).
    ByTargetNumber,
}

/// Which endpoints a controller sends requests to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyBy {
    /// Those with `ready`, where absent means yes (rulebook 3.6).
    Ready,
    /// Those whose `ready` is set and true (rulebook 3.2.4).
    Declared,
    /// Those with `serving`, so that `publishNotReadyAddresses` does not help (rulebook 3.2.3); terminating ones, too.
    Serving,
    /// Those with `serving` that are not terminating (measured with Traefik 3.6.12).
    Staying,
    /// Those with `ready` that are Pods (rulebook 3.7.4).
    Pods,
}

impl EndpointRules {
    /// Ready endpoints of slices whose port has the Service port's name.
    pub(super) const STRICT: Self = Self {
        by: ReadyBy::Ready,
        port_names: PortNames::Exact,
        any_protocol: false,
        names_from_pods: false,
        unready: false,
        unmanaged: Action::Warn,
        misnamed: Action::Warn,
        nothing: Action::Warn,
        starting: Action::Audit,
        failing: Action::Warn,
        terminating: Action::Warn,
    };
}
