//! What the endpoints say about a reference that matches no TCP port of its Service (rulebook 4.4.6, 4.4.7).

use super::Context;
use crate::engine::controllers::{EndpointRules, UndeclaredPort};
use crate::engine::model::{
    PodSpecFacts, PortRef, Protocol, ServiceFacts, ServiceTarget, SliceFacts, SlicePort, TargetPort,
};
use crate::engine::view::{Lookup, Unknown};

/// Whether requests work although the reference matches no TCP port of the Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undeclared {
    /// Requests fail. The Service alone shows it.
    Fails,
    /// Requests work: the endpoints have the port that the controller looks for, or will have it.
    Works,
    /// No known endpoint has the port. Endpoints change without a change of the Service, so that proves nothing.
    Unsure {
        /// The Pods and workloads could have the port, and they were not read.
        pods_unread: bool,
    },
}

impl Undeclared {
    /// What is known about `target`, which matches no TCP port of `service`, under this rule of the controller.
    pub(super) fn of(
        rule: UndeclaredPort,
        context: &Context<'_>,
        (target, service): (&ServiceTarget, &ServiceFacts),
        endpoints: EndpointRules,
    ) -> Self {
        match (rule, &target.port) {
            (UndeclaredPort::NoBackend, _) | (_, PortRef::Unset) | (UndeclaredPort::SliceName, PortRef::Number(_)) => {
                Self::Fails
            }
            (UndeclaredPort::SliceName, PortRef::Name(name)) => by_name(context, (target, service), name, endpoints),
            (UndeclaredPort::EndpointNumber { of_name }, PortRef::Name(_)) => {
                by_number(context, (target, service), of_name, endpoints)
            }
            (UndeclaredPort::EndpointNumber { .. }, PortRef::Number(number)) => match u16::try_from(*number) {
                Ok(number) => by_number(context, (target, service), number, endpoints),
                Err(_) => Self::Fails,
            },
        }
    }
}

/// Whether a slice of `service` has a TCP port called `name`. Slices of selected Pods have the names of the Service only.
fn by_name(
    context: &Context<'_>,
    (target, service): (&ServiceTarget, &ServiceFacts),
    name: &str,
    rules: EndpointRules,
) -> Undeclared {
    let unsure = Undeclared::Unsure { pods_unread: false };
    let Ok(mut slices) = slices(context, (target, service), rules) else { return unsure };
    let is_it = |port: &SlicePort| *port.name == *name && port.protocol == Protocol::Tcp && port.number.is_some();
    if slices.any(|slice| slice.ports.iter().any(is_it)) {
        Undeclared::Works
    } else if rules.are_elsewhere(&service.annotations) || service.selector.is_empty() {
        unsure
    } else {
        Undeclared::Fails
    }
}

/// The slices that the controller sees and that have an endpoint that stays; none if they are not known.
///
/// # Errors
/// The work would exceed the budget.
fn slices<'a>(
    context: &Context<'a>,
    (target, service): (&ServiceTarget, &ServiceFacts),
    rules: EndpointRules,
) -> Result<impl Iterator<Item = &'a SliceFacts>, Unknown> {
    let slices = context.view.slices(&target.namespace, &target.name).found().unwrap_or_default();
    context.meter.spend(slices.iter().map(|slice| slice.ports.len() + 1).sum())?;
    let stays = |slice: &SliceFacts| slice.counts.total > slice.counts.terminating;
    Ok(slices.iter().filter(move |slice| stays(slice) && rules.sees(service, slice)))
}

/// Whether an endpoint has, or will have, the TCP port `number`.
fn by_number(
    context: &Context<'_>,
    (target, service): (&ServiceTarget, &ServiceFacts),
    number: u16,
    rules: EndpointRules,
) -> Undeclared {
    let Ok(mut slices) = slices(context, (target, service), rules) else {
        return Undeclared::Unsure { pods_unread: false };
    };
    let is_it = |port: &SlicePort| port.protocol == Protocol::Tcp && port.number == Some(number);
    let selects = !service.selector.is_empty();
    let mut targets = service.ports.iter().filter(|port| port.protocol == Protocol::Tcp).map(|port| &port.target);
    if slices.any(|slice| slice.ports.iter().any(is_it))
        || (selects && targets.clone().any(|target| *target == TargetPort::Number(number)))
    {
        return Undeclared::Works;
    }
    if !selects {
        return Undeclared::Unsure { pods_unread: false };
    }
    // Endpoints of selected Pods have the ports of the Service only.
    if targets.all(|target| matches!(target, TargetPort::Number(_))) {
        return Undeclared::Fails;
    }
    among_pods(context, target, service, number)
}

/// Whether a named targetPort is `number` in a selected Pod, or in a Pod that a workload will create.
fn among_pods(context: &Context<'_>, target: &ServiceTarget, service: &ServiceFacts, number: u16) -> Undeclared {
    let pods = context.view.pods(&target.namespace, &service.selector);
    let workloads = context.view.workloads(&target.namespace, &service.selector);
    let unsure = Undeclared::Unsure { pods_unread: matches!(pods, Lookup::Unknown(Unknown::NotRead)) };
    let (pods, workloads) = (pods.found().unwrap_or_default(), workloads.found().unwrap_or_default());
    let specs = || pods.iter().map(|pod| &pod.spec).chain(workloads.iter().map(|workload| &workload.template_spec));
    let of_one: usize = specs().map(|spec| 1 + spec.size()).sum();
    if context.meter.spend(of_one.saturating_mul(service.ports.len())).is_err() {
        return unsure;
    }
    let has = |spec: &PodSpecFacts| {
        let mut tcp = service.ports.iter().filter(|port| port.protocol == Protocol::Tcp);
        tcp.any(|port| spec.port_number(&port.target, port.protocol) == Some(number))
    };
    if specs().any(has) { Undeclared::Works } else { unsure }
}
