//! One change to a plan.

use super::super::{Beside, Class, Rule};
use super::plan::Plan;
use super::states::{Backend, Conditions, Fallback, Kind, Own, Owner, Pod, PodPorts, Port, Selector, Slice};

/// One change to a plan. Of two changes of one part, the later one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    NoService,
    Kind(Kind),
    /// Replaces the port of the plain route.
    FirstPort(Port),
    /// Adds a port at the end.
    MorePort(Port),
    /// Adds a port in front.
    PortInFront(Port),
    NoPorts,
    Selector(Selector),
    Published,
    ServiceAnnotation(&'static str, &'static str),
    /// Replaces the Pod of the plain route.
    FirstPod(Pod),
    MorePod(Pod),
    NoPods,
    Slice(Slice),
    OwnEndpoints(Own),
    Backend(Backend),
    Rule(Rule),
    Beside(Beside),
    Class(Class),
    Annotation(&'static str, &'static str),
    Fallback(Fallback),
}

impl Change {
    pub(super) fn apply(&self, plan: &mut Plan) {
        match self.clone() {
            Self::NoService => plan.service = false,
            Self::Kind(kind) => plan.kind = kind,
            Self::FirstPort(port) => plan.ports = vec![port],
            Self::MorePort(port) => plan.ports.push(port),
            Self::PortInFront(port) => plan.ports.insert(0, port),
            Self::NoPorts => plan.ports.clear(),
            Self::Selector(selector) => plan.selector = selector,
            Self::Published => plan.published = true,
            Self::ServiceAnnotation(key, value) => plan.service_annotations.push((key, value)),
            Self::FirstPod(pod) => plan.pods = vec![pod],
            Self::MorePod(pod) => plan.pods.push(pod),
            Self::NoPods => plan.pods.clear(),
            Self::Slice(slice) => plan.slices.push(slice),
            Self::OwnEndpoints(own) => plan.own_endpoints = Some(own),
            Self::Backend(backend) => plan.backend = backend,
            Self::Rule(rule) => plan.rule = rule,
            Self::Beside(beside) => plan.beside = beside,
            Self::Class(class) => plan.class = class,
            Self::Annotation(key, value) => plan.annotations.push((key, value)),
            Self::Fallback(fallback) => plan.fallback = Some(fallback),
        }
    }

    /// Simpler changes of the same part.
    pub(super) fn simpler(&self) -> Vec<Self> {
        match self {
            Self::FirstPort(port) => ports(*port).map(Self::FirstPort).collect(),
            Self::MorePort(port) => ports(*port).map(Self::MorePort).collect(),
            Self::PortInFront(port) => ports(*port).map(Self::PortInFront).collect(),
            Self::FirstPod(pod) => pods(*pod).map(Self::FirstPod).collect(),
            Self::MorePod(pod) => pods(*pod).map(Self::MorePod).collect(),
            Self::Slice(slice) => slices(slice).map(Self::Slice).collect(),
            _ => Vec::new(),
        }
    }
}

/// Ports that are more like the plain one than `port`.
fn ports(port: Port) -> impl Iterator<Item = Port> {
    let plain = Port::PLAIN;
    let simpler = [
        Port { name: plain.name, ..port },
        Port { number: plain.number, ..port },
        Port { target: plain.target, ..port },
        Port { protocol: plain.protocol, ..port },
    ];
    simpler.into_iter().filter(move |simpler| *simpler != port)
}

/// Pods that are more like the plain one than `pod`.
fn pods(pod: Pod) -> impl Iterator<Item = Pod> {
    let plain = Pod::READY;
    let simpler =
        [Pod { fate: plain.fate, ..pod }, Pod { ports: PodPorts::Usual, ..pod }, Pod { owner: Owner::None, ..pod }];
    simpler.into_iter().filter(move |simpler| *simpler != pod)
}

/// The slice with one endpoint, port or condition less.
fn slices(slice: &Slice) -> impl Iterator<Item = Slice> {
    let mut simpler = Vec::new();
    if slice.endpoints.len() > 1 {
        for at in 0..slice.endpoints.len() {
            let mut less = slice.clone();
            less.endpoints.remove(at);
            simpler.push(less);
        }
    }
    if let Some(ports) = slice.ports.as_ref().filter(|ports| ports.len() > 1) {
        for at in 0..ports.len() {
            let mut ports = ports.clone();
            ports.remove(at);
            simpler.push(Slice { ports: Some(ports), ..slice.clone() });
        }
    }
    for (at, conditions) in slice.endpoints.iter().enumerate() {
        let unset = [
            Conditions { ready: None, ..*conditions },
            Conditions { serving: None, ..*conditions },
            Conditions { terminating: None, ..*conditions },
        ];
        for less in unset.into_iter().filter(|less| less != conditions) {
            let mut slice = slice.clone();
            slice.endpoints[at] = less;
            simpler.push(slice);
        }
    }
    simpler.into_iter()
}
