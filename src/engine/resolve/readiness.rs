//! Whether requests for a port of a Service would reach a Pod, and if not, why.

use super::pods::SelectedPods;
use super::{Context, Endpoints, Wanted, endpoints};
use crate::engine::controllers::{EndpointRules, ReadyBy};
use crate::engine::model::{
    Cause, EndpointCounts, ServiceFacts, ServicePort, ServiceTarget, TargetPort, WorkloadFacts,
};
use crate::engine::view::{Lookup, Unknown};

/// The state of a port of a Service (rulebook 3.3), as far as a check distinguishes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness<'a> {
    /// Requests reach a Pod, or no known fact contradicts that.
    Fine {
        /// The Pods and workloads could show a fault, and they were not read.
        pods_unread: bool,
    },
    /// The slices could not be looked up, or they are too many.
    Unknown(Unknown),
    /// Endpoints exist, but none has the port, or the controller may not find it.
    PortUnresolved {
        /// The port of the Service.
        port: &'a ServicePort,
        /// What lacks the port.
        lack: PortLack,
    },
    /// The selector matches no Pod and no Pod template of a workload.
    NothingSelected {
        /// Pods and workloads are known. If false, the result follows from the slices only.
        pods_known: bool,
        /// The most common reason why selected Pods have ended, and the number of ended Pods.
        ended: Option<(&'a Cause, usize)>,
    },
    /// The Service has no selector, and no slice holds an endpoint.
    NothingPublished,
    /// Endpoints or matching workloads exist, but no endpoint is ready.
    NotReady(EndpointCounts, UnreadyCause<'a>),
}

/// What lacks a port of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortLack {
    /// Every endpoint.
    Endpoints,
    /// A slice has the port without a number (rulebook 3.4.3).
    Number,
    /// Some Pods do not declare the name of the targetPort. The controller reads its number from one Pod (rulebook 3.5.5).
    SomePods,
}

/// Why no endpoint is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnreadyCause<'a> {
    /// The Pods do not show the cause.
    Unexplained {
        /// The Pods were not read.
        pods_unread: bool,
    },
    /// The Pods are starting. The cause is the most common step that they wait for; `None` if there are no Pods yet.
    Starting(Option<&'a Cause>),
    /// The Pods have been starting for too long, for example because a volume does not mount.
    Slow(&'a Cause),
    /// The Pods are ready except for a readiness gate (rulebook 6.1).
    Gated(&'a Cause),
    /// The most common fault of the Pods.
    Failing(&'a Cause),
    /// Endpoints are ready, but the controller ignores them by this rule.
    Overlooked(ReadyBy),
    /// All endpoints are terminating.
    Terminating,
    /// Every matching workload has zero replicas.
    ScaledToZero(&'a WorkloadFacts),
}

impl Readiness<'_> {
    /// Whether reading Pods and workloads could change the result.
    pub fn wants_pods(&self) -> bool {
        matches!(
            self,
            Readiness::Fine { pods_unread: true }
                | Readiness::NothingSelected { pods_known: false, .. }
                | Readiness::NotReady(_, UnreadyCause::Unexplained { pods_unread: true })
        )
    }
}

/// Returns the readiness of `port` of a Service for a controller with these `rules`.
pub(super) fn readiness<'a>(
    context: &Context<'a>,
    rules: EndpointRules,
    (target, service): (&ServiceTarget, &'a ServiceFacts),
    port: &'a ServicePort,
) -> Readiness<'a> {
    let slices = match context.view.slices(&target.namespace, &target.name) {
        Lookup::Found(slices) => slices,
        Lookup::Absent => &[],
        // Manifests never hold the EndpointSlices of a Service with a selector, and not every snapshot has EndpointSlices. The
        // Pods and workloads show what the Service selects.
        Lookup::Unknown(why) if !service.selector.is_empty() && (why.is_incomplete() || why == Unknown::NotSaved) => {
            &[]
        }
        Lookup::Unknown(why) => return Readiness::Unknown(why),
    };
    if let Err(why) = context.meter.spend(slices.iter().map(|slice| slice.ports.len() + 1).sum()) {
        return Readiness::Unknown(why);
    }
    let selected = || SelectedPods::of(context, &target.namespace, &service.selector);
    match endpoints(slices, Wanted { rules, service, port }) {
        // The controller reads the number of the port from a Pod, and the Service selects none.
        Endpoints::Ready if rules.names_from_pods && service.selector.is_empty() && is_name(&port.target) => {
            Readiness::PortUnresolved { port, lack: PortLack::Endpoints }
        }
        Endpoints::Ready if rules.names_from_pods && is_name(&port.target) && selected().some_lack(port) => {
            Readiness::PortUnresolved { port, lack: PortLack::SomePods }
        }
        Endpoints::Ready => Readiness::Fine { pods_unread: false },
        Endpoints::NoSlice | Endpoints::Empty if service.selector.is_empty() => Readiness::NothingPublished,
        Endpoints::NoSlice => selected().without_slice(port),
        Endpoints::Empty => selected().without_endpoints(),
        Endpoints::PortUnresolved { numberless } => {
            let lack = if numberless { PortLack::Number } else { PortLack::Endpoints };
            Readiness::PortUnresolved { port, lack }
        }
        Endpoints::Terminating(counts) => Readiness::NotReady(counts, UnreadyCause::Terminating),
        Endpoints::NotReady(counts) if counts.ready > 0 => {
            Readiness::NotReady(counts, UnreadyCause::Overlooked(rules.ready_by))
        }
        Endpoints::NotReady(counts) if service.selector.is_empty() => {
            Readiness::NotReady(counts, UnreadyCause::Unexplained { pods_unread: false })
        }
        Endpoints::NotReady(counts) => Readiness::NotReady(counts, selected().cause()),
    }
}

fn is_name(target: &TargetPort) -> bool {
    matches!(target, TargetPort::Name(_))
}
