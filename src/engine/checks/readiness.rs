//! Whether requests would reach a Pod, and if not, why: what the slices say, explained by Pods and workloads.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Scene;
use super::service_type::target_type;
use crate::engine::controllers::{EndpointRules, Endpoints, NodeTargets, ReadyBy, TargetType, Wanted, endpoints};
use crate::engine::model::{
    Cause, EndpointCounts, Labels, PodFacts, PodState, ServiceFacts, ServicePort, TargetPort, WorkloadFacts,
};
use crate::engine::view::{Lookup, Unknown};

/// The state of a Service's port (rulebook 3.3), as far as it is a reason to say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness<'a> {
    /// Requests reach a Pod; or nothing is known to the contrary.
    Fine {
        /// Pods and workloads might tell otherwise, and nobody has looked.
        unseen: bool,
    },
    /// The slices could not be looked up.
    Unknown(Unknown),
    /// Endpoints exist, none carries the port.
    PortUnresolved(&'a ServicePort),
    /// The selector matches no Pod and no workload's template.
    NothingSelected {
        /// Pods and workloads were looked at; otherwise only the slices say so.
        looked: bool,
        /// How many selected Pods ran to their end or were evicted, and the commonest reason.
        ended: Option<(&'a Cause, usize)>,
    },
    /// The Service has no selector, and no slice holds an endpoint.
    NothingPublished,
    /// Endpoints or matching workloads exist, none is ready.
    NotReady(EndpointCounts, Why<'a>),
}

/// Why no endpoint is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why<'a> {
    /// Nobody has looked at the Pods, or may.
    Unexplained {
        /// Nobody has looked.
        unseen: bool,
    },
    /// The Pods are on their way; what most of them wait for, if there are any yet.
    Starting(Option<&'a Cause>),
    /// They have been for longer than that takes: a volume that does not mount looks like this.
    Slow(&'a Cause),
    /// The Pods are ready but for a readiness gate (rulebook 6.1).
    Gated(&'a Cause),
    /// The commonest fault among the Pods.
    Failing(&'a Cause),
    /// Endpoints are ready, and the controller, which goes by this, passes them over.
    Overlooked(ReadyBy),
    /// All endpoints are terminating.
    Terminating,
    /// The only workload that matches wants no Pods.
    ScaledToZero(&'a WorkloadFacts),
}

impl Readiness<'_> {
    /// Whether reading Pods and workloads would tell more.
    pub fn wants_pods(&self) -> bool {
        matches!(
            self,
            Readiness::Fine { unseen: true }
                | Readiness::NothingSelected { looked: false, .. }
                | Readiness::NotReady(_, Why::Unexplained { unseen: true })
        )
    }
}

/// Judges the port `port` of a Service for a controller that goes by `rules`.
pub(super) fn readiness<'a>(
    scene: Scene<'a>,
    rules: EndpointRules,
    (name, service): (&str, &'a ServiceFacts),
    port: &'a ServicePort,
) -> Readiness<'a> {
    let slices = match scene.view.slices(&scene.subject.name.namespace, name) {
        Lookup::Found(slices) => slices,
        Lookup::Absent => &[],
        Lookup::Unknown(why) => return Readiness::Unknown(why),
    };
    let selected = || Selected::of(scene, &service.selector);
    let by = used(scene, service).unwrap_or(rules.by);
    match endpoints(slices, Wanted { by, ..Wanted::by(rules, port) }) {
        // It has no Pod to ask for the number.
        Endpoints::Ready if rules.names_from_pods && service.selector.is_empty() && is_name(&port.target) => {
            Readiness::PortUnresolved(port)
        }
        Endpoints::Ready => Readiness::Fine { unseen: false },
        Endpoints::NoSlice | Endpoints::Empty if service.selector.is_empty() => Readiness::NothingPublished,
        Endpoints::NoSlice => selected().without_slice(),
        Endpoints::Empty => selected().without_endpoints(),
        Endpoints::PortUnresolved => Readiness::PortUnresolved(port),
        Endpoints::Terminating(counts) => Readiness::NotReady(counts, Why::Terminating),
        Endpoints::NotReady(counts) if counts.ready > 0 => Readiness::NotReady(counts, Why::Overlooked(by)),
        Endpoints::NotReady(counts) if service.selector.is_empty() => {
            Readiness::NotReady(counts, Why::Unexplained { unseen: false })
        }
        Endpoints::NotReady(counts) => Readiness::NotReady(counts, selected().why()),
    }
}

/// Which endpoints count where the Service or the Ingress decides it: AWS registers Pods only where it sends requests
/// to Pods (rulebook 3.7.4).
fn used(scene: Scene<'_>, service: &ServiceFacts) -> Option<ReadyBy> {
    let aws = scene.profile().service_type.nodes == Some(NodeTargets::Aws);
    (aws && target_type(scene, service) == Some(TargetType::Ip)).then_some(ReadyBy::Pods)
}

fn is_name(target: &TargetPort) -> bool {
    matches!(target, TargetPort::Name(_))
}

/// What a Service selects.
struct Selected<'a> {
    started_by: Option<Timestamp>,
    pods: Lookup<Vec<&'a PodFacts>>,
    workloads: Lookup<Vec<&'a WorkloadFacts>>,
}

impl<'a> Selected<'a> {
    fn of(scene: Scene<'a>, selector: &Labels) -> Self {
        let namespace = &scene.subject.name.namespace;
        Self {
            started_by: scene.started_by,
            pods: scene.view.pods(namespace, selector),
            workloads: scene.view.workloads(namespace, selector),
        }
    }

    /// Nobody has looked at the Pods; somebody who may can.
    fn unseen(&self) -> bool {
        matches!(self.pods, Lookup::Unknown(Unknown::NotRead))
    }

    fn pods(&self) -> impl Iterator<Item = &'a PodFacts> {
        let pods = if let Lookup::Found(pods) = &self.pods { pods.as_slice() } else { &[] };
        pods.iter().copied()
    }

    fn alive(&self) -> impl Iterator<Item = &'a PodFacts> {
        self.pods().filter(|pod| !matches!(pod.state, PodState::Finished(_)))
    }

    /// Whether both Pods and workloads are known.
    fn looked(&self) -> bool {
        matches!((&self.pods, &self.workloads), (Lookup::Found(_), Lookup::Found(_)))
    }

    fn nothing(&self) -> bool {
        let workloads = matches!(&self.workloads, Lookup::Found(found) if !found.is_empty());
        self.alive().next().is_none() && !workloads
    }

    /// No slice yet: new, or only declared. A fault only if nothing can ever come of it (rulebook 3.3, `Pending`).
    fn without_slice(&self) -> Readiness<'a> {
        if self.looked() && self.nothing() {
            return self.nothing_selected();
        }
        if let Some(workload) = self.scaled_to_zero() {
            return Readiness::NotReady(EndpointCounts::default(), Why::ScaledToZero(workload));
        }
        match self.why() {
            why @ (Why::Failing(_) | Why::Slow(_)) => Readiness::NotReady(EndpointCounts::default(), why),
            _ => Readiness::Fine { unseen: self.unseen() },
        }
    }

    /// The placeholder slice: no Pod with an IP address is selected (rulebook 3.3.1).
    fn without_endpoints(&self) -> Readiness<'a> {
        if !self.looked() || self.nothing() {
            return self.nothing_selected();
        }
        let zero = self.scaled_to_zero().map(Why::ScaledToZero);
        Readiness::NotReady(EndpointCounts::default(), zero.unwrap_or_else(|| self.why()))
    }

    fn nothing_selected(&self) -> Readiness<'a> {
        Readiness::NothingSelected { looked: self.looked(), ended: self.ended() }
    }

    /// Why Pods have ended, the commonest reason.
    fn ended(&self) -> Option<(&'a Cause, usize)> {
        let cause = commonest(self.pods().filter_map(end))?;
        Some((cause, self.pods().count() - self.alive().count()))
    }

    /// The matching workload, if there are no Pods and each that matches wants none.
    fn scaled_to_zero(&self) -> Option<&'a WorkloadFacts> {
        let Lookup::Found(workloads) = &self.workloads else { return None };
        let zero = self.alive().next().is_none() && workloads.iter().all(|workload| workload.replicas == Some(0));
        workloads.first().copied().filter(|_| zero)
    }

    /// The Pod is known to have had time enough.
    fn late(&self, pod: &PodFacts) -> bool {
        pod.created.zip(self.started_by).is_some_and(|(created, by)| created < by)
    }

    /// The Pod is known to have had no time yet.
    fn young(&self, pod: &PodFacts) -> bool {
        pod.created.zip(self.started_by).is_some_and(|(created, by)| created >= by)
    }

    /// What is wrong with a Pod.
    fn fault(&self, pod: &'a PodFacts) -> Option<&'a Cause> {
        match &pod.state {
            PodState::Failing(cause) => Some(cause),
            PodState::Unready(cause) if !self.young(pod) => Some(cause),
            _ => None,
        }
    }

    /// What a Pod that is on its way waits for.
    fn wait(&self, pod: &'a PodFacts) -> Option<&'a Cause> {
        match &pod.state {
            PodState::Starting(cause) => Some(cause),
            PodState::Unready(cause) if self.young(pod) => Some(cause),
            _ => None,
        }
    }

    /// Every Pod that is on its way has had time enough.
    fn slow(&self) -> bool {
        self.alive().filter(|pod| self.wait(pod).is_some()).all(|pod| self.late(pod))
    }

    /// The commonest fault of the Pods; or that they are starting.
    fn why(&self) -> Why<'a> {
        if !matches!(self.pods, Lookup::Found(_)) {
            return Why::Unexplained { unseen: self.unseen() };
        }
        if let Some(fault) = commonest(self.alive().filter_map(|pod| self.fault(pod))) {
            return Why::Failing(fault);
        }
        if self.pods().next().is_none() && !self.looked() || self.nothing() {
            return Why::Unexplained { unseen: false };
        }
        if let Some(wait) = commonest(self.alive().filter_map(|pod| self.wait(pod))) {
            return if self.slow() { Why::Slow(wait) } else { Why::Starting(Some(wait)) };
        }
        if let Some(gate) = commonest(self.alive().filter_map(gate)) {
            return Why::Gated(gate);
        }
        match (self.alive().next(), self.ended()) {
            (None, Some((end, _))) => Why::Failing(end),
            (Some(_), _) if self.alive().all(|pod| pod.state == PodState::Terminating) => Why::Terminating,
            // None yet, or the slices have not caught up with them.
            _ => Why::Starting(None),
        }
    }
}

/// The commonest of these causes. Of equally common ones the first by name: the same answer each time.
fn commonest<'a>(all: impl Iterator<Item = &'a Cause>) -> Option<&'a Cause> {
    let mut causes: BTreeMap<&Cause, usize> = BTreeMap::new();
    for cause in all {
        *causes.entry(cause).or_default() += 1;
    }
    causes.into_iter().rev().max_by_key(|(_, count)| *count).map(|(cause, _)| cause)
}

fn gate(pod: &PodFacts) -> Option<&Cause> {
    if let PodState::Gated(cause) = &pod.state { Some(cause) } else { None }
}

fn end(pod: &PodFacts) -> Option<&Cause> {
    if let PodState::Finished(cause) = &pod.state { Some(cause) } else { None }
}
