//! The Pods are isolated, and no NetworkPolicy admits the controller (rulebook 5).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::ControllerPods;
use crate::engine::manifest::namespace_facts;
use crate::engine::model::{
    Action, Carried, CheckId, ContainerPort, Effect, Finding, FindingText, Labels, NamespaceFacts, NetworkPolicyFacts,
    Part, PodSpecFacts, PodState, Receiver, Sender, ServiceFacts, ServicePort, TargetPort, Truth, admits,
};
use crate::engine::resolve::{Context, PortMatch, Readiness, Resolution};
use crate::engine::view::{Lookup, Unknown};

const ID: CheckId = CheckId("network-policy");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Pods are isolated, and no NetworkPolicy admits the controller",
    action: Action::Warn,
    when: "warn, where the configuration says in which Pods the controller runs",
    docs: Docs {
        what: "Every ready Pod behind the backend is selected by a NetworkPolicy for incoming traffic, and none of the \
               policies admits the Pods of the ingress controller to the Pods' port. It speaks only where that is \
               certain: the configuration says where the controller runs (controllers[].pods), it does not use the \
               node's network, no policy goes by addresses, and the cluster has no policies of other kinds.",
        why: "The network drops the controller's connections, and requests end with 504 after a long wait, although \
              every Pod is ready. Only from the Pods' own nodes they come through. On a network without enforcement \
              nothing happens, until it gets one.",
        example: "kind: NetworkPolicy\nspec:\n  podSelector: {}\n  ingress:\n    - from: [{podSelector: {}}]   # this \
                  namespace only",
        fix: "Add a NetworkPolicy that admits the controller's namespace to the Pods' port. Policies add up, so none \
              has to be changed. Mind that ports are those of the Pods, not of the Service.",
        options: "`controllers[].pods` says where the Pods of a class's controller run: `namespace`, `selector`, \
                  `hostNetwork`. Without it the check is silent.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run(resolution: &Resolution<'_>) -> Option<Finding> {
    let question = Question::of(resolution)?;
    let receivers = question.receivers()?;
    if receivers.is_empty() || receivers.iter().any(|receiver| question.admits(receiver) != Truth::No) {
        return None;
    }
    let ports: BTreeSet<String> = receivers.iter().map(|receiver| receiver.port.to_string()).collect();
    let ports = ports.into_iter().collect::<Vec<_>>().join(", ");
    let policies = question.isolating(&receivers);
    let shown: Vec<String> = policies.iter().take(SHOWN).map(|policy| format!("\"{policy}\"")).collect();
    let more = policies.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let ControllerPods { namespace, selector, .. } = question.controller;
    let text = FindingText {
        reason: format!("no NetworkPolicy admits namespace \"{namespace}\" to Pod port {ports}"),
        context: format!(
            "; the Pods of Service \"{}\" are isolated by NetworkPolicy {}{more}, and none admits the Pods of the \
             controller ({selector})",
            resolution.name(),
            shown.join(", "),
        ),
        consequence: "requests time out".into(),
        help: format!("add a NetworkPolicy that admits namespace \"{namespace}\" to port {ports} of the Pods"),
        evidence: policies
            .iter()
            .take(SHOWN)
            .map(|policy| format!("NetworkPolicy \"{policy}\" isolates the Pods"))
            .collect(),
        ..FindingText::default()
    };
    let mut finding = resolution.finding(ID, Part::Whole, resolution.profile().network_policy, text);
    // The network may not enforce policies at all (rulebook 5.10).
    finding.effect = Effect::Unsure;
    Some(finding)
}

/// How many policies a message names.
const SHOWN: usize = 16;

/// Whether only the Pods themselves can tell, and they were not read.
pub fn wants_pods(resolution: &Resolution<'_>) -> bool {
    Question::of(resolution).is_some_and(|question| {
        let pods = resolution.context.view.pods(resolution.namespace(), &question.service.selector);
        matches!(pods, Lookup::Unknown(Unknown::NotRead)) && !question.admits_all_selected()
    })
}

/// Whether the Pods of the controller are kept out, where that can be told at all (rulebook 5.12).
struct Question<'r, 'a> {
    resolution: &'r Resolution<'a>,
    controller: &'a ControllerPods,
    /// What is known of the namespace of the controller, and whether that is all.
    home: (Cow<'a, NamespaceFacts>, bool),
    policies: Vec<(&'a str, &'a NetworkPolicyFacts)>,
    /// How many rules, sources and ports the policies have.
    size: usize,
    service: &'a ServiceFacts,
    port: &'a ServicePort,
}

/// What is known of a Pod that receives requests.
struct KnownReceiver<'a> {
    labels: Carried<'a>,
    port: u16,
    container_ports: Option<Vec<ContainerPort>>,
}

impl<'r, 'a> Question<'r, 'a> {
    fn of(resolution: &'r Resolution<'a>) -> Option<Self> {
        let controller = resolution.context.controller.pods.filter(|pods| !pods.host_network)?;
        let (Lookup::Found(service), Some(PortMatch::Port(port))) = (&resolution.service, resolution.port) else {
            return None;
        };
        let ready = matches!(resolution.readiness, Some(Readiness::Fine { .. })) && !service.selector.is_empty();
        if resolution.profile().network_policy == Action::Off || !ready {
            return None;
        }
        let view = resolution.context.view;
        let policies = view.network_policies(resolution.namespace()).found().filter(|policies| !policies.is_empty())?;
        let size = policies.iter().map(|(_, policy)| policy.size()).sum();
        resolution.context.meter.spend(size).ok()?;
        let home = match view.namespace(&controller.namespace) {
            Lookup::Found(facts) => (Cow::Borrowed(facts), true),
            Lookup::Absent | Lookup::Unknown(_) => {
                (Cow::Owned(namespace_facts(&controller.namespace, BTreeMap::new())), false)
            }
        };
        Some(Self { resolution, controller, home, policies, size, service, port })
    }

    /// The Pods that requests go to; those that the workloads will make where there are no Pods yet. `None` where they are
    /// not known or too many, or where one of them uses the network of the node, which policies do not see
    /// (rulebook 5.8).
    fn receivers(&self) -> Option<Vec<KnownReceiver<'a>>> {
        let Context { view, meter, .. } = self.resolution.context;
        let namespace = self.resolution.namespace();
        let pods = view.pods(namespace, &self.service.selector).found()?;
        let known: Vec<(&Labels, &PodSpecFacts)> = if pods.is_empty() {
            let workloads = view.workloads(namespace, &self.service.selector).found()?;
            workloads.iter().map(|workload| (&workload.template_labels, &workload.template_spec)).collect()
        } else {
            let ready = pods.iter().filter(|pod| pod.state == PodState::Ready);
            ready.map(|pod| (&pod.labels, &pod.spec)).collect()
        };
        meter.spend(known.len().saturating_mul(self.size)).ok()?;
        if known.iter().any(|(_, spec)| spec.host_network) {
            return None;
        }
        // A Pod without the named port receives nothing (rulebook 3.5.2).
        let known = known.into_iter().filter_map(|(labels, spec)| {
            let port = spec.number(&self.port.target, self.port.protocol)?;
            let container_ports = Some(spec.ports().cloned().collect());
            Some(KnownReceiver { labels: Carried::Exactly(labels), port, container_ports })
        });
        Some(known.collect())
    }

    /// Whether the selector alone shows that every Pod may be reached, so that no Pod has to be read.
    fn admits_all_selected(&self) -> bool {
        let labels = Carried::AtLeast(&self.service.selector);
        let reached = |port| self.admits(&KnownReceiver { labels, port, container_ports: None }) == Truth::Yes;
        match &self.port.target {
            TargetPort::Number(port) => reached(*port),
            TargetPort::Name(_) => {
                let view = self.resolution.context.view;
                let slices =
                    view.slices(self.resolution.namespace(), self.resolution.name()).found().unwrap_or_default();
                let ports = slices.iter().flat_map(|slice| slice.ports.iter());
                let ours = ports.filter(|it| it.name == self.port.name && it.protocol == self.port.protocol);
                // Slices share few port numbers, and each is asked for once.
                let numbers: BTreeSet<Option<u16>> = ours.map(|port| port.number).take(COMPARED).collect();
                numbers.into_iter().all(|number| number.is_some_and(reached))
            }
        }
    }

    fn admits(&self, known: &KnownReceiver<'_>) -> Truth {
        let (home, complete) = &self.home;
        let sender = Sender {
            namespace: &self.controller.namespace,
            namespace_labels: if *complete { Carried::Exactly(&home.labels) } else { Carried::AtLeast(&home.labels) },
            labels: Carried::AtLeast(&self.controller.selector),
            host_network: self.controller.host_network,
        };
        let receiver = Receiver {
            namespace: self.resolution.namespace(),
            labels: known.labels,
            port: known.port,
            protocol: self.port.protocol,
            container_ports: known.container_ports.as_deref(),
        };
        admits(self.policies.iter().map(|(_, policy)| *policy), sender, receiver)
    }

    /// The names of the policies that select one of the receivers.
    fn isolating(&self, receivers: &[KnownReceiver<'_>]) -> Vec<&'a str> {
        let selects = |policy: &NetworkPolicyFacts| {
            receivers.iter().any(|receiver| policy.pods.selects(receiver.labels) == Truth::Yes)
        };
        self.policies.iter().filter(|(_, policy)| selects(policy)).map(|(name, _)| *name).collect()
    }
}

/// How many ports of slices are looked at.
const COMPARED: usize = 10_000;
