//! Whether requests for a port of a Service would reach a Pod, and if not, why.

use super::pods::SelectedPods;
use super::service::target_type;
use super::{Context, Endpoints, Wanted, endpoints};
use crate::engine::controllers::{EndpointRules, NodeTargets, ReadyBy, TargetType};
use crate::engine::model::{
    Cause, EndpointCounts, ServiceFacts, ServicePort, ServiceTarget, TargetPort, WorkloadFacts,
};
use crate::engine::view::{Lookup, Unknown};

/// The state of a port of a Service (rulebook 3.3), as far as a check distinguishes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness<'a> {
    /// Requests reach a Pod; or nothing is known to the contrary.
    Fine {
        /// The Pods and workloads could show a fault, and they were not read.
        pods_unread: bool,
    },
    /// The slices could not be looked up, or they are too many.
    Unknown(Unknown),
    /// Endpoints exist, but none has the port.
    PortUnresolved(&'a ServicePort),
    /// The selector matches no Pod and no Pod template of a workload.
    NothingSelected {
        /// Pods and workloads are known; otherwise only the slices say so.
        pods_known: bool,
        /// The most common reason why selected Pods have ended, and how many have.
        ended: Option<(&'a Cause, usize)>,
    },
    /// The Service has no selector, and no slice holds an endpoint.
    NothingPublished,
    /// Endpoints or matching workloads exist, but no endpoint is ready.
    NotReady(EndpointCounts, UnreadyCause<'a>),
}

/// Why no endpoint is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnreadyCause<'a> {
    /// The Pods do not tell.
    Unexplained {
        /// They were not read.
        pods_unread: bool,
    },
    /// The Pods are starting; what most of them wait for, if there are any yet.
    Starting(Option<&'a Cause>),
    /// The Pods have been starting for too long, for example because a volume does not mount.
    Slow(&'a Cause),
    /// The Pods are ready except for a readiness gate (rulebook 6.1).
    Gated(&'a Cause),
    /// The most common fault of the Pods.
    Failing(&'a Cause),
    /// Endpoints are ready, but the controller, which uses endpoints by this rule, ignores them.
    Overlooked(ReadyBy),
    /// All endpoints are terminating.
    Terminating,
    /// The only matching workload wants no Pods.
    ScaledToZero(&'a WorkloadFacts),
}

impl Readiness<'_> {
    /// Whether reading Pods and workloads would tell more.
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
        Lookup::Unknown(why) => return Readiness::Unknown(why),
    };
    if let Err(why) = context.meter.spend(slices.iter().map(|slice| slice.ports.len() + 1).sum()) {
        return Readiness::Unknown(why);
    }
    let selected = || SelectedPods::of(context, &target.namespace, &service.selector);
    let ready_by = ready_by(context, service).unwrap_or(rules.ready_by);
    match endpoints(slices, Wanted { ready_by, ..Wanted::by(rules, port) }) {
        // The controller asks a Pod for the number of the port, and the Service selects none.
        Endpoints::Ready if rules.names_from_pods && service.selector.is_empty() && is_name(&port.target) => {
            Readiness::PortUnresolved(port)
        }
        Endpoints::Ready => Readiness::Fine { pods_unread: false },
        Endpoints::NoSlice | Endpoints::Empty if service.selector.is_empty() => Readiness::NothingPublished,
        Endpoints::NoSlice => selected().without_slice(),
        Endpoints::Empty => selected().without_endpoints(),
        Endpoints::PortUnresolved => Readiness::PortUnresolved(port),
        Endpoints::Terminating(counts) => Readiness::NotReady(counts, UnreadyCause::Terminating),
        Endpoints::NotReady(counts) if counts.ready > 0 => {
            Readiness::NotReady(counts, UnreadyCause::Overlooked(ready_by))
        }
        Endpoints::NotReady(counts) if service.selector.is_empty() => {
            Readiness::NotReady(counts, UnreadyCause::Unexplained { pods_unread: false })
        }
        Endpoints::NotReady(counts) => Readiness::NotReady(counts, selected().cause()),
    }
}

/// Which endpoints count where the Service or the Ingress decides it: AWS registers only Pods where it sends requests to
/// Pods (rulebook 3.7.4).
fn ready_by(context: &Context<'_>, service: &ServiceFacts) -> Option<ReadyBy> {
    let aws = context.profile().service_type.nodes == Some(NodeTargets::Aws);
    (aws && target_type(context, service) == Some(TargetType::Ip)).then_some(ReadyBy::Pods)
}

fn is_name(target: &TargetPort) -> bool {
    matches!(target, TargetPort::Name(_))
}
