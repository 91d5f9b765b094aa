//! What one ingress controller does, as data.

use crate::engine::model::Action;

/// An ingress controller's behaviour, as far as a judgement depends on it.
#[derive(Debug)]
pub struct Profile {
    /// The name in reports, configuration and `--controller`.
    pub id: &'static str,
    /// How its Ingresses are recognised (rulebook 4.1).
    pub names: Names,
    /// What else than the API's own meaning a port reference may match (rulebook 4.4).
    pub ports: PortMatching,
    /// Which port mistakes are certain to break the route (rulebook 11.1, rows 4 to 7).
    pub port_denials: PortDenials,
    /// What the route of a missing Service deserves (row 1, as the design amends it).
    pub missing_service: Action,
    /// Which endpoints it sends requests to.
    pub ready_by: ReadyBy,
    /// What endpoints that are all terminating deserve (row 21).
    pub terminating: Action,
    /// What a selector-less Service without a usable slice deserves (rows 14 and 15).
    pub unmanaged: Action,
    /// What happens to requests when the Service or port is missing, as the end of a sentence.
    pub without_backend: &'static str,
    /// What happens to requests when no endpoint is ready, as the end of a sentence.
    pub without_endpoints: &'static str,
}

/// How a controller's Ingresses are recognised.
#[derive(Debug)]
pub struct Names {
    /// Values of `IngressClass.spec.controller`.
    pub controllers: &'static [&'static str],
    /// Values of the annotation `kubernetes.io/ingress.class` that mean it where no IngressClass of that name exists.
    pub annotation: &'static [&'static str],
}

/// What a port reference may match beside a Service port's number or name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortMatching {
    /// A number may be a targetPort number.
    pub target_number: bool,
    /// A name may be a targetPort name.
    pub target_name: bool,
}

/// Which port mistakes are certain to break the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortDenials {
    /// A number that matches nothing (row 4), or a targetPort only where that does not count (row 5).
    pub number: bool,
    /// The same for names (rows 6 and 7).
    pub name: bool,
}

/// Which endpoints a controller sends requests to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyBy {
    /// Those with `ready` (rulebook 3.6).
    Ready,
    /// Those with `ready`; and it overlooks the slice's port name where the Service's port is unnamed or its
    /// targetPort is a number (rulebook 3.6, ingress-nginx).
    ReadyAnyPortName,
    /// Those with `serving`, so that `publishNotReadyAddresses` does not help (rulebook 3.2.3).
    Serving,
}
