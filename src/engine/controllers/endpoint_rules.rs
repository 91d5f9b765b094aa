//! Which endpoints a controller uses, and the action of the finding if there is none.

use crate::engine::model::{Action, Labels, ServiceFacts, SliceFacts};

/// Which endpoints a controller uses, and the action of the finding if there is none. Each [`Action`] is a row of the
/// decision table (rulebook 11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointRules {
    /// Where the controller reads endpoints.
    pub source: EndpointSource,
    /// Which endpoints get requests.
    pub ready_by: ReadyBy,
    /// Whether a slice's port must have the name of the Service's port.
    pub port_names: PortNames,
    /// The controller ignores the protocol of a slice's port.
    pub any_protocol: bool,
    /// The controller reads the number of a named targetPort from a Pod, so a Service without Pods cannot use a named
    /// targetPort (rulebook 3.5.5).
    pub names_from_pods: bool,
    /// What happens if a slice's port has no number (rulebook 3.4.3).
    pub numberless: NumberlessPort,
    /// The controller also sends requests to endpoints that are not ready, and has probes of its own (rulebook 4.10).
    pub unready: bool,
    /// Annotations of the Service by which endpoints of other clusters get its requests: a Service without an endpoint
    /// here proves nothing then (rulebook 3.11).
    pub elsewhere: &'static [&'static str],
    /// The annotation of a Service whose first request starts its workload (rulebook 3.12).
    pub wakes: Option<&'static str>,
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
    /// Whether terminating endpoints that still serve get requests if no other is left (rulebook 3.2.6).
    pub draining: Draining,
}

/// What a controller does if a slice's port has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberlessPort {
    /// It does not use the port.
    Skipped,
    /// It stops with an error, and updates no Ingress any more.
    Fatal,
}

/// Whether terminating endpoints that still serve get requests if no other is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draining {
    /// They get none.
    Unused,
    /// They get the requests.
    Used,
    /// The releases of the controller differ.
    ByRelease,
}

/// Where a controller reads endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointSource {
    /// In EndpointSlices of IP addresses.
    IpSlices,
    /// In EndpointSlices, also in those of host names (rulebook 3.1.2).
    AllSlices,
    /// In core Endpoints, which Kubernetes writes for selected Pods, and mirrors to slices for a Service without a
    /// selector (rulebook 3.7.5).
    CoreEndpoints,
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
    /// The name does not matter: the slice's port must have the number of the targetPort. The number of a named
    /// targetPort comes from a Pod or from the slices, and is the number of the slice's port with the Service port's
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
    /// Endpoints that are `serving` and not terminating (measured with Traefik). `publishNotReadyAddresses` has no
    /// effect (rulebook 3.2.3).
    Staying,
    /// Endpoints that are `ready` and belong to a Pod (rulebook 3.7.4).
    Pods,
}

impl EndpointRules {
    /// The controller uses ready endpoints of slices whose port has the name of the Service's port.
    pub(super) const STRICT: Self = Self {
        source: EndpointSource::IpSlices,
        ready_by: ReadyBy::Ready,
        port_names: PortNames::Exact,
        any_protocol: false,
        names_from_pods: false,
        numberless: NumberlessPort::Skipped,
        unready: false,
        elsewhere: &[],
        wakes: None,
        unmanaged: Action::Warn,
        misnamed: Action::Warn,
        no_pods: Action::Warn,
        starting: Action::Audit,
        failing: Action::Warn,
        terminating: Action::Warn,
        draining: Draining::Unused,
    };

    /// Whether the controller sees the endpoints of `slice`; `service` is the Service of the slice.
    pub fn sees(&self, service: &ServiceFacts, slice: &SliceFacts) -> bool {
        match self.source {
            EndpointSource::AllSlices => true,
            EndpointSource::IpSlices => !slice.host_names,
            EndpointSource::CoreEndpoints => !slice.host_names && (slice.mirrored || !service.selector.is_empty()),
        }
    }

    /// Whether endpoints of other clusters get requests for a Service with these annotations (rulebook 3.11).
    pub fn are_elsewhere(&self, annotations: &Labels) -> bool {
        self.elsewhere.iter().any(|key| annotations.get(key).is_some())
    }

    /// The rules for `service`, whose annotations may make missing endpoints harmless.
    #[must_use]
    pub fn of_service(self, service: &ServiceFacts) -> Self {
        if self.are_elsewhere(&service.annotations) {
            let off = Action::Off;
            return Self {
                unmanaged: off,
                misnamed: off,
                no_pods: off,
                failing: off,
                terminating: off,
                draining: Draining::Unused,
                ..self
            };
        }
        // The request goes to the ClusterIP.
        if !service.headless && self.wakes.is_some_and(|key| service.annotations.get(key).is_some()) {
            let least = |action: Action| action.min(Action::Audit);
            return Self {
                unmanaged: least(self.unmanaged),
                no_pods: least(self.no_pods),
                failing: least(self.failing),
                terminating: least(self.terminating),
                ..self
            };
        }
        self
    }
}
