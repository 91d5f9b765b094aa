//! The Pods and workloads that a Service selects, and why none of the Pods is ready.

use std::collections::BTreeMap;

use super::Context;
use super::readiness::{PortLack, Readiness, UnreadyCause};
use crate::engine::model::{
    Cause, EndpointCounts, Labels, PodFacts, PodSpecFacts, PodState, ServicePort, TargetPort, WorkloadFacts,
    has_placeholder,
};
use crate::engine::view::{Lookup, Unknown};

/// The Pods and workloads that a Service selects.
pub(super) struct SelectedPods<'c, 'a> {
    context: &'c Context<'a>,
    /// The namespace and the selector of the Service.
    selected_by: (&'c str, &'c Labels),
    pods: Lookup<Vec<&'a PodFacts>>,
    workloads: Lookup<Vec<&'a WorkloadFacts>>,
}

/// The age of a Pod, compared with the time that Pods may take to start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    /// The view has no current time, or the Pod has no creation time.
    Unknown,
    /// The Pod may still be starting.
    Young,
    /// The Pod has had enough time to start.
    Old,
}

impl<'c, 'a> SelectedPods<'c, 'a> {
    pub(super) fn of(context: &'c Context<'a>, namespace: &'c str, selector: &'c Labels) -> Self {
        let selected_by = (namespace, selector);
        let pods = context.view.pods(namespace, selector);
        match context.view.workloads(namespace, selector) {
            // The Pods alone would look as if nothing created them.
            Lookup::Unknown(why @ Unknown::TooLarge) => {
                Self { context, selected_by, pods: Lookup::Unknown(why), workloads: Lookup::Unknown(why) }
            }
            workloads => Self { context, selected_by, pods, workloads },
        }
    }

    /// The Pods were not read, so a live read could change the result.
    fn unread(&self) -> bool {
        matches!(self.pods, Lookup::Unknown(Unknown::NotRead))
    }

    /// Both Pods and workloads are known.
    fn known(&self) -> bool {
        matches!((&self.pods, &self.workloads), (Lookup::Found(_), Lookup::Found(_)))
    }

    fn pods(&self) -> impl Iterator<Item = &'a PodFacts> {
        let pods = if let Lookup::Found(pods) = &self.pods { pods.as_slice() } else { &[] };
        pods.iter().copied()
    }

    /// The Pods that have not ended.
    fn alive(&self) -> impl Iterator<Item = &'a PodFacts> {
        self.pods().filter(|pod| !matches!(pod.state, PodState::Finished(_)))
    }

    /// There is neither a Pod nor a workload that creates Pods.
    fn is_empty(&self) -> bool {
        let workloads = matches!(&self.workloads, Lookup::Found(found) if !found.is_empty());
        self.alive().next().is_none() && !workloads
    }

    /// Pods may exist that no Pod and no template shows.
    fn hidden(&self) -> bool {
        let (namespace, selector) = self.selected_by;
        self.context.view.may_hide_pods(namespace, selector)
    }

    /// The readiness of `port` of a Service without a slice: the Service is new, or exists only in a manifest. That is a
    /// fault only if the Service can never get an endpoint (rulebook 3.3, `Pending`).
    pub(super) fn without_slice(&self, port: &'a ServicePort) -> Readiness<'a> {
        if self.known() && self.is_empty() {
            return if self.hidden() { Readiness::Fine { pods_unread: false } } else { self.nothing_selected() };
        }
        if self.lacks(port) {
            return Readiness::PortUnresolved { port, lack: PortLack::Endpoints };
        }
        if let Some(workload) = self.scaled_to_zero() {
            return Readiness::NotReady(EndpointCounts::default(), UnreadyCause::ScaledToZero(workload));
        }
        match self.cause() {
            cause @ (UnreadyCause::Failing(_) | UnreadyCause::Slow(_)) => {
                Readiness::NotReady(EndpointCounts::default(), cause)
            }
            _ => Readiness::Fine { pods_unread: self.unread() },
        }
    }

    /// The targetPort of `port` is a name that no Pod and no template has. A template whose containers are not known may
    /// have it, and so may Pods that were not read (rulebook 3.5.1).
    fn lacks(&self, port: &ServicePort) -> bool {
        let TargetPort::Name(name) = &port.target else { return false };
        if !self.known() || has_placeholder(name) {
            return false;
        }
        let workloads = if let Lookup::Found(workloads) = &self.workloads { workloads.as_slice() } else { &[] };
        let of_workloads = workloads.iter().map(|workload| &workload.template_spec);
        let specs = || self.alive().map(|pod| &pod.spec).chain(of_workloads.clone());
        if self.context.meter.spend(specs().map(|spec| 1 + spec.size()).sum()).is_err() {
            return false;
        }
        let may_have = |spec: &PodSpecFacts| {
            let unknown = spec.injected || spec.containers.is_empty();
            unknown || spec.port_number(&port.target, port.protocol).is_some()
        };
        !specs().any(may_have) && !self.hidden()
    }

    /// Whether a known Pod does not declare the name of the targetPort of `port`. Pods that have ended count, because the
    /// controller may read their ports, too.
    pub(super) fn some_lack(&self, port: &ServicePort) -> bool {
        let specs = || self.pods().map(|pod| &pod.spec);
        if self.context.meter.spend(specs().map(|spec| 1 + spec.size()).sum()).is_err() {
            return false;
        }
        let lacks = |spec: &PodSpecFacts| {
            let known = !spec.injected && !spec.containers.is_empty();
            known && spec.port_number(&port.target, port.protocol).is_none()
        };
        specs().any(lacks)
    }

    /// The readiness of a Service with the placeholder slice: it selects no Pod that has an IP address (rulebook
    /// 3.3.1).
    pub(super) fn without_endpoints(&self) -> Readiness<'a> {
        if !self.known() || self.is_empty() {
            return self.nothing_selected();
        }
        let zero = self.scaled_to_zero().map(UnreadyCause::ScaledToZero);
        Readiness::NotReady(EndpointCounts::default(), zero.unwrap_or_else(|| self.cause()))
    }

    fn nothing_selected(&self) -> Readiness<'a> {
        Readiness::NothingSelected { pods_known: self.known(), ended: self.ended() }
    }

    /// The most common reason why Pods have ended, and the number of ended Pods.
    fn ended(&self) -> Option<(&'a Cause, usize)> {
        let causes = || self.pods().filter_map(end);
        Some((most_common(causes())?, causes().count()))
    }

    /// The first workload, if there are no Pods and every workload has zero replicas.
    fn scaled_to_zero(&self) -> Option<&'a WorkloadFacts> {
        let Lookup::Found(workloads) = &self.workloads else { return None };
        let zero = self.alive().next().is_none() && workloads.iter().all(|workload| workload.replicas == Some(0));
        workloads.first().copied().filter(|_| zero)
    }

    /// The age of a Pod. The result of the evaluation expires when a young Pod grows old.
    fn age(&self, pod: &PodFacts) -> Age {
        let (Some(created), Some(clock)) = (pod.created, self.context.clock) else { return Age::Unknown };
        let Ok(grown) = created.checked_add(clock.grace) else { return Age::Young };
        if grown < clock.now {
            return Age::Old;
        }
        self.context.meter.note_expiry(grown);
        Age::Young
    }

    /// The fault of a Pod; `None` if it has none.
    fn fault(&self, pod: &'a PodFacts) -> Option<&'a Cause> {
        match &pod.state {
            PodState::Failing(cause) => Some(cause),
            PodState::Unready(cause) if self.age(pod) != Age::Young => Some(cause),
            _ => None,
        }
    }

    /// The step that a starting Pod waits for.
    fn waiting_for(&self, pod: &'a PodFacts) -> Option<&'a Cause> {
        match &pod.state {
            PodState::Starting(cause) => Some(cause),
            PodState::Unready(cause) if self.age(pod) == Age::Young => Some(cause),
            _ => None,
        }
    }

    /// Every starting Pod has had enough time.
    fn is_slow(&self) -> bool {
        self.alive().filter(|pod| self.waiting_for(pod).is_some()).all(|pod| self.age(pod) == Age::Old)
    }

    /// The most common fault of the Pods, or else why they are not ready yet.
    pub(super) fn cause(&self) -> UnreadyCause<'a> {
        if !matches!(self.pods, Lookup::Found(_)) {
            return UnreadyCause::Unexplained { pods_unread: self.unread() };
        }
        if let Some(fault) = most_common(self.alive().filter_map(|pod| self.fault(pod))) {
            return UnreadyCause::Failing(fault);
        }
        if self.pods().next().is_none() && !self.known() || self.is_empty() {
            return UnreadyCause::Unexplained { pods_unread: false };
        }
        if let Some(step) = most_common(self.alive().filter_map(|pod| self.waiting_for(pod))) {
            return if self.is_slow() { UnreadyCause::Slow(step) } else { UnreadyCause::Starting(Some(step)) };
        }
        if let Some(gate) = most_common(self.alive().filter_map(gate)) {
            return UnreadyCause::Gated(gate);
        }
        match (self.alive().next(), self.ended()) {
            (None, Some((end, _))) => UnreadyCause::Failing(end),
            (Some(_), _) if self.alive().all(|pod| pod.state == PodState::Terminating) => UnreadyCause::Terminating,
            // There is no Pod yet, or the slices have not caught up with the Pods.
            _ => UnreadyCause::Starting(None),
        }
    }
}

/// The most common cause. If several are equally common, the first one in order, so that the result is deterministic.
fn most_common<'a>(all: impl Iterator<Item = &'a Cause>) -> Option<&'a Cause> {
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
