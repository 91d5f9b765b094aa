//! The Pods are isolated, and no NetworkPolicy admits the controller (rulebook 5).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::scene::Words;
use super::{Case, Check, Docs, Readiness, Rule};
use crate::engine::controllers::{ControllerPods, PortMatch};
use crate::engine::manifest::namespace_facts;
use crate::engine::model::{
    Action, Carried, CheckId, ContainerPort, Effect, Finding, Labels, NamespaceFacts, NetworkPolicyFacts, PodSpecFacts,
    PodState, Receiver, Sender, ServiceFacts, ServicePort, TargetPort, Truth, admits,
};
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
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let question = Question::of(case)?;
    let receivers = question.pods(case)?;
    if receivers.is_empty() || receivers.iter().any(|receiver| question.lets_in(receiver) != Truth::No) {
        return None;
    }
    let ports: BTreeSet<String> = receivers.iter().map(|receiver| receiver.port.to_string()).collect();
    let ports = ports.into_iter().collect::<Vec<_>>().join(", ");
    let policies = question.isolating(&receivers);
    let quoted: Vec<String> = policies.iter().map(|policy| format!("\"{policy}\"")).collect();
    let (name, ControllerPods { namespace, selector, .. }) = (case.name, question.controller);
    let words = Words {
        reason: format!("no NetworkPolicy admits namespace \"{namespace}\" to Pod port {ports}"),
        detail: format!(
            "the Pods of Service \"{name}\" are isolated by NetworkPolicy {}, and none in \"{}\" admits the controller's \
             Pods (namespace \"{namespace}\", {selector}) to Pod port {ports}: requests to {} time out",
            quoted.join(", "),
            case.scene.namespace(),
            case.backend.route(),
        ),
        note: format!(
            "the Pods of Service \"{name}\" are isolated by NetworkPolicy {}, and none admits the controller's Pods \
             ({selector}): requests time out",
            quoted.join(", ")
        ),
        help: format!("add a NetworkPolicy that admits namespace \"{namespace}\" to port {ports} of the Pods"),
    };
    let mut finding = case.finding(ID, "", case.profile().network_policy, words);
    // The network may not enforce policies at all (rulebook 5.10).
    finding.effect = Effect::Unsure;
    finding.evidence = policies.iter().map(|policy| format!("NetworkPolicy \"{policy}\" isolates the Pods")).collect();
    Some(finding)
}

/// Whether only the Pods themselves can tell, and nobody has looked at them.
pub(super) fn wants_pods(case: &Case<'_>) -> bool {
    Question::of(case).is_some_and(|question| {
        let unseen = case.scene.view.pods(case.scene.namespace(), &question.service.selector);
        matches!(unseen, Lookup::Unknown(Unknown::NotRead)) && !question.lets_in_all_selected(case)
    })
}

/// Whether the controller's Pods are kept out, where that can be told at all (rulebook 5.12).
struct Question<'a> {
    controller: &'a ControllerPods,
    /// What is known of the controller's namespace, and whether that is all.
    home: (Cow<'a, NamespaceFacts>, bool),
    namespace: &'a str,
    policies: Vec<(&'a str, &'a NetworkPolicyFacts)>,
    service: &'a ServiceFacts,
    port: &'a ServicePort,
}

/// What is known of a Pod that receives.
struct Known<'a> {
    labels: Carried<'a>,
    port: u16,
    container_ports: Option<Vec<ContainerPort>>,
}

impl<'a> Question<'a> {
    fn of(case: &Case<'a>) -> Option<Self> {
        let controller = case.scene.controller.pods.filter(|pods| !pods.host_network)?;
        let (Lookup::Found(service), Some(PortMatch::Port(port))) = (&case.service, case.port) else { return None };
        let ready = matches!(case.readiness, Some(Readiness::Fine { .. })) && !service.selector.is_empty();
        let view = case.scene.view;
        let policies = view.network_policies(case.scene.namespace()).found()?;
        if case.profile().network_policy == Action::Off || !ready || policies.is_empty() {
            return None;
        }
        let home = match view.namespace(&controller.namespace) {
            Lookup::Found(facts) => (Cow::Borrowed(facts), true),
            Lookup::Absent | Lookup::Unknown(_) => {
                (Cow::Owned(namespace_facts(&controller.namespace, BTreeMap::new())), false)
            }
        };
        Some(Self { controller, home, namespace: case.scene.namespace(), policies, service, port })
    }

    /// The Pods that requests go to; those that the workloads will make where there are none yet. `None` where they
    /// are not known, or where one of them uses the node's network and so is nothing to policies (rulebook 5.8).
    fn pods(&self, case: &Case<'a>) -> Option<Vec<Known<'a>>> {
        let view = case.scene.view;
        let pods = view.pods(self.namespace, &self.service.selector).found()?;
        let known: Vec<(&Labels, &PodSpecFacts)> = if pods.is_empty() {
            let workloads = view.workloads(self.namespace, &self.service.selector).found()?;
            workloads.iter().map(|workload| (&workload.template_labels, &workload.template_spec)).collect()
        } else {
            let ready = pods.iter().filter(|pod| pod.state == PodState::Ready);
            ready.map(|pod| (&pod.labels, &pod.spec)).collect()
        };
        if known.iter().any(|(_, spec)| spec.host_network) {
            return None;
        }
        // A Pod without the named port receives nothing (rulebook 3.5.2).
        let known = known.into_iter().filter_map(|(labels, spec)| {
            let port = spec.number(&self.port.target, self.port.protocol)?;
            let container_ports = Some(spec.ports().cloned().collect());
            Some(Known { labels: Carried::Exactly(labels), port, container_ports })
        });
        Some(known.collect())
    }

    /// Whether the selector alone tells that every Pod may be reached, so that none has to be looked at.
    fn lets_in_all_selected(&self, case: &Case<'a>) -> bool {
        let labels = Carried::AtLeast(&self.service.selector);
        let reached = |port| self.lets_in(&Known { labels, port, container_ports: None }) == Truth::Yes;
        match &self.port.target {
            TargetPort::Number(port) => reached(*port),
            TargetPort::Name(_) => {
                let slices = case.scene.view.slices(self.namespace, case.name).found().unwrap_or_default();
                let ports = slices.iter().flat_map(|slice| slice.ports.iter());
                let ours = ports.filter(|it| it.name == self.port.name && it.protocol == self.port.protocol);
                ours.map(|port| port.number).all(|port| port.is_some_and(reached))
            }
        }
    }

    fn lets_in(&self, known: &Known<'_>) -> Truth {
        let (home, complete) = &self.home;
        let sender = Sender {
            namespace: &self.controller.namespace,
            namespace_labels: if *complete { Carried::Exactly(&home.labels) } else { Carried::AtLeast(&home.labels) },
            labels: Carried::AtLeast(&self.controller.selector),
            host_network: self.controller.host_network,
        };
        let receiver = Receiver {
            namespace: self.namespace,
            labels: known.labels,
            port: known.port,
            protocol: self.port.protocol,
            container_ports: known.container_ports.as_deref(),
        };
        admits(self.policies.iter().map(|(_, policy)| *policy), sender, receiver)
    }

    /// The names of the policies that select one of the receivers.
    fn isolating(&self, receivers: &[Known<'_>]) -> Vec<&'a str> {
        let selects = |policy: &NetworkPolicyFacts| {
            receivers.iter().any(|receiver| policy.pods.selects(receiver.labels) == Truth::Yes)
        };
        self.policies.iter().filter(|(_, policy)| selects(policy)).map(|(name, _)| *name).collect()
    }
}
