//! NetworkPolicies isolate the Pods, and none admits the controller (rulebook 5).

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::ControllerPods;
use crate::engine::manifest::namespace_facts;
use crate::engine::model::{
    Action, CheckId, Effect, FindingText, Found, KnownLabels, Labels, NamespaceFacts, NetworkPolicies,
    NetworkPolicyFacts, Part, PodFacts, PodSpecFacts, PodState, Receiver, Sender, ServiceFacts, ServicePort,
    TargetPort, Truth, admits,
};
use crate::engine::resolve::{Context, PortMatch, Readiness, Resolution};
use crate::engine::view::{Lookup, NeedRef, Unknown};

const ID: CheckId = CheckId("network-policy");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "NetworkPolicies isolate the Pods, and none admits the controller",
    action: Action::Warn,
    when: "warn, if the configuration states in which Pods the controller runs",
    docs: Docs {
        what: "NetworkPolicies select every ready Pod of the backend for incoming traffic, and none of them admits the \
               Pods of the ingress controller to the port of the Pods. The check reports this only if it is certain: the \
               configuration states where the controller runs (`controllers[].pods`), the controller does not use the \
               network of the node, no policy selects IP addresses, and the cluster has no policies of other kinds.",
        why: "The network drops the connections of the controller, and requests get 504 after a long wait, although every \
              Pod is ready. Only connections from the node of a Pod reach it. If the network plugin does not enforce \
              NetworkPolicies, requests succeed until a plugin that does is installed.",
        example: "kind: NetworkPolicy\nspec:\n  podSelector: {}\n  ingress:\n    - from: [{podSelector: {}}]   # this \
                  namespace only",
        fix: "Add a NetworkPolicy that admits the namespace of the controller to the port of the Pods. One policy that \
              admits the traffic is enough, so you do not have to change the others. Ports in a policy are ports of the Pods, not of the Service.",
        options: "`controllers[].pods` states where the Pods of the controller of a class run: `namespace`, `selector`, \
                  `hostNetwork`. Without it the check reports nothing. If a policy asks for labels that `selector` does \
                  not have, the labels of these Pods decide, so that Backstop must be able to list them.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let evaluation = PolicyEvaluation::of(resolution)?;
    let receivers = evaluation.receivers()?;
    if receivers.is_empty() || receivers.iter().any(|receiver| evaluation.admits(receiver) != Some(Truth::No)) {
        return None;
    }
    // Selectors may not match Pods on the network of the node, whatever the configuration says (rulebook 5.8).
    if evaluation.controller_pods().is_some_and(|pods| pods.iter().any(|pod| pod.spec.host_network)) {
        return None;
    }
    let text = move || text(resolution, &evaluation, &receivers);
    let mut finding = resolution.finding(ID, Part::Whole, resolution.profile().network_policy, text);
    // The network may not enforce policies at all (rulebook 5.10).
    finding.effect = Effect::Unsure;
    Some(finding)
}

fn text(
    resolution: &Resolution<'_>,
    evaluation: &PolicyEvaluation<'_, '_>,
    receivers: &[KnownReceiver<'_>],
) -> FindingText {
    let ports: BTreeSet<String> = receivers.iter().map(|receiver| receiver.port.to_string()).collect();
    let ports = ports.into_iter().collect::<Vec<_>>().join(", ");
    let policies = evaluation.isolating(receivers);
    let shown: Vec<String> = policies.iter().take(SHOWN).map(|policy| format!("\"{policy}\"")).collect();
    let more = policies.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let ControllerPods { namespace, selector, .. } = evaluation.controller;
    FindingText {
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
    }
}

/// The maximum number of policies that a message names.
const SHOWN: usize = 16;

/// The reads of Pods that the check needs: of the Pods of the Service, and of the Pods of the controller.
pub fn wanted_pods<'a>(resolution: &Resolution<'a>) -> [Option<NeedRef<'a>>; 2] {
    let Some(evaluation) = PolicyEvaluation::of(resolution) else { return [None, None] };
    let unread = |(namespace, selector): (&'a str, &'a Labels)| {
        let pods = resolution.context.view.pods(namespace, selector);
        matches!(pods, Lookup::Unknown(Unknown::NotRead)).then_some(NeedRef::Pods(namespace, selector))
    };
    let ControllerPods { namespace, selector, .. } = evaluation.controller;
    let wanted = [(resolution.namespace(), &evaluation.service.selector), (namespace.as_str(), selector)].map(unread);
    let is_open = wanted.iter().all(Option::is_none) || evaluation.admits_all_selected() != Some(false);
    if is_open { [None, None] } else { wanted }
}

/// The facts that decide whether NetworkPolicies block the Pods of the controller (rulebook 5.12).
struct PolicyEvaluation<'r, 'a> {
    resolution: &'r Resolution<'a>,
    controller: &'a ControllerPods,
    /// The known facts of the namespace of the controller, and whether they are complete.
    home: (Cow<'a, NamespaceFacts>, bool),
    policies: &'a NetworkPolicies,
    service: &'a ServiceFacts,
    port: &'a ServicePort,
    /// The labels of the Pods of the controller, see [`Self::senders`].
    senders: OnceCell<Vec<KnownLabels<'a>>>,
}

/// The known facts of a Pod that receives requests.
struct KnownReceiver<'a> {
    labels: KnownLabels<'a>,
    port: u16,
    /// The facts of the Pod, whose containers declare ports; `None` if they are not known.
    spec: Option<&'a PodSpecFacts>,
}

impl<'r, 'a> PolicyEvaluation<'r, 'a> {
    /// Collects the facts. `None` if the check does not apply: the configuration does not state where the controller
    /// runs, the Service has no ready Pods, or there are no policies.
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
        let home = match view.namespace(&controller.namespace) {
            Lookup::Found(facts) => (Cow::Borrowed(facts), true),
            Lookup::Absent | Lookup::Unknown(_) => {
                (Cow::Owned(namespace_facts(&controller.namespace, BTreeMap::new())), false)
            }
        };
        Some(Self { resolution, controller, home, policies, service, port, senders: OnceCell::new() })
    }

    /// The Pods that receive requests, or the Pods that the workloads will create if there are no Pods yet. `None` if
    /// the Pods are not known or too many, or if a Pod uses the network of the node, where policies have no effect
    /// (rulebook 5.8).
    fn receivers(&self) -> Option<Vec<KnownReceiver<'a>>> {
        let Context { view, meter, .. } = *self.resolution.context;
        let namespace = self.resolution.namespace();
        let pods = view.pods(namespace, &self.service.selector).found()?;
        let known: Vec<(&Labels, &PodSpecFacts)> = if pods.is_empty() {
            let workloads = view.workloads(namespace, &self.service.selector).found()?;
            workloads.iter().map(|workload| (&workload.template_labels, &workload.template_spec)).collect()
        } else {
            let ready = pods.iter().filter(|pod| pod.state == PodState::Ready);
            ready.map(|pod| (&pod.labels, &pod.spec)).collect()
        };
        meter.spend(known.iter().map(|(_, spec)| 1 + spec.size()).sum()).ok()?;
        if known.iter().any(|(_, spec)| spec.host_network) {
            return None;
        }
        // A Pod without the named port gets no requests (rulebook 3.5.2).
        let known = known.into_iter().filter_map(|(labels, spec)| {
            let port = spec.port_number(&self.port.target, self.port.protocol)?;
            Some(KnownReceiver { labels: KnownLabels::Exactly(labels), port, spec: Some(spec) })
        });
        Some(known.collect())
    }

    /// Whether the selector alone proves that policies admit the controller to every Pod, so that no Pod has to be
    /// read. `None` if the evaluation would be too much work.
    fn admits_all_selected(&self) -> Option<bool> {
        let labels = KnownLabels::AtLeast(&self.service.selector);
        let admits = |port| self.admits(&KnownReceiver { labels, port, spec: None }).map(|admits| admits == Truth::Yes);
        match &self.port.target {
            TargetPort::Number(port) => admits(*port),
            TargetPort::Name(_) => {
                let view = self.resolution.context.view;
                let slices =
                    view.slices(self.resolution.namespace(), self.resolution.name()).found().unwrap_or_default();
                let ports = slices.iter().flat_map(|slice| slice.ports.iter());
                let ours = ports.filter(|it| it.name == self.port.name && it.protocol == self.port.protocol);
                // The slices of a Service have few different port numbers. Each is evaluated once.
                let numbers: BTreeSet<Option<u16>> = ours.map(|port| port.number).take(COMPARED).collect();
                for number in numbers {
                    match number.map(admits) {
                        Some(Some(true)) => {}
                        Some(None) => return None,
                        Some(Some(false)) | None => return Some(false),
                    }
                }
                Some(true)
            }
        }
    }

    /// Whether the policies admit the controller to the Pod; `None` if the evaluation would be too much work. One Pod of
    /// the controller that is admitted is enough.
    fn admits(&self, known: &KnownReceiver<'_>) -> Option<Truth> {
        let selected = self.admits_from(KnownLabels::AtLeast(&self.controller.selector), known)?;
        if selected != Truth::Unknown {
            return Some(selected);
        }
        let senders = self.senders.get_or_init(|| self.senders());
        let each = senders.iter().map(|labels| self.admits_from(*labels, known));
        let admits = each.collect::<Option<Vec<Truth>>>()?;
        Some(admits.into_iter().max().unwrap_or(selected))
    }

    /// The Pods of the controller that are not being deleted and have not ended; `None` if they are not known.
    fn controller_pods(&self) -> Option<Vec<&'a PodFacts>> {
        let ControllerPods { namespace, selector, .. } = self.controller;
        let mut pods = self.resolution.context.view.pods(namespace, selector).found()?;
        pods.retain(|pod| !matches!(pod.state, PodState::Terminating | PodState::Finished(_)));
        Some(pods)
    }

    /// The distinct labels of the Pods of the controller, or of their templates if there are no Pods yet. Empty if the
    /// Pods are not known or too different.
    fn senders(&self) -> Vec<KnownLabels<'a>> {
        let Context { view, meter, .. } = *self.resolution.context;
        let ControllerPods { namespace, selector, .. } = self.controller;
        let Some(pods) = self.controller_pods() else { return Vec::new() };
        let templates = || view.workloads(namespace, selector).found().unwrap_or_default();
        let (exact, labels): (bool, Vec<&Labels>) = if pods.is_empty() {
            (false, templates().into_iter().map(|workload| &workload.template_labels).collect())
        } else {
            (true, pods.into_iter().map(|pod| &pod.labels).collect())
        };
        let mut distinct: Vec<&Labels> = Vec::new();
        for labels in labels {
            let is_paid = meter.spend(labels.len().saturating_mul(1 + distinct.len())).is_ok();
            if !is_paid || distinct.len() > MOST_SENDERS {
                return Vec::new();
            }
            if !distinct.contains(&labels) {
                distinct.push(labels);
            }
        }
        let known = |labels| if exact { KnownLabels::Exactly(labels) } else { KnownLabels::AtLeast(labels) };
        distinct.into_iter().map(known).collect()
    }

    /// Whether the policies admit a Pod of the controller with these labels to the Pod; `None` if the evaluation would be
    /// too much work.
    fn admits_from(&self, labels: KnownLabels<'_>, known: &KnownReceiver<'_>) -> Option<Truth> {
        let container_ports = known.spec.map_or(0, PodSpecFacts::size);
        self.resolution.context.meter.spend(self.policies.evaluation_cost(container_ports)).ok()?;
        let (home, complete) = &self.home;
        let sender = Sender {
            namespace: &self.controller.namespace,
            namespace_labels: if *complete {
                KnownLabels::Exactly(&home.labels)
            } else {
                KnownLabels::AtLeast(&home.labels)
            },
            labels,
            host_network: self.controller.host_network,
        };
        let receiver = Receiver {
            namespace: self.resolution.namespace(),
            labels: known.labels,
            port: known.port,
            protocol: self.port.protocol,
            spec: known.spec,
        };
        Some(admits(self.policies.iter().map(|(_, policy)| policy), sender, receiver))
    }

    /// The names of the policies that select one of the receivers.
    fn isolating(&self, receivers: &[KnownReceiver<'_>]) -> Vec<&'a str> {
        let selects = |policy: &NetworkPolicyFacts| {
            receivers.iter().any(|receiver| policy.pods.selects(receiver.labels) == Truth::Yes)
        };
        self.policies.iter().filter(|(_, policy)| selects(policy)).map(|(name, _)| name).collect()
    }
}

/// The maximum number of different sets of labels that the Pods of a controller may have.
const MOST_SENDERS: usize = 8;

/// The maximum number of slice ports that are examined.
const COMPARED: usize = 10_000;
