//! Ready Pods whose container behind the port has no readiness probe.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Effect, Finding, FindingText, Part, PodSpecFacts, PodState};
use crate::engine::resolve::{Context, PortMatch, Readiness, Resolution};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("readiness-probe");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the container behind the port has no readiness probe",
    action: Action::Audit,
    when: "audit, where Pods or Pod templates are known anyway",
    docs: Docs {
        what: "The container that answers on the backend's port has no readiness probe, and its Pod has no readiness \
               gate either. It is looked at where the manifests hold it or a live read was made for another reason.",
        why: "Such a Pod counts as ready as soon as its process runs, before it listens: some requests fail with 502 \
              during every rollout and after every restart.",
        example: "kind: Deployment\nspec: # …\n  containers:\n    - name: app\n      ports: [{containerPort: 8080}]\n      # \
                  readinessProbe is missing",
        fix: "Give the container a readinessProbe that asks for what requests need: httpGet, tcpSocket or grpc.",
        options: "`warn` tells users what is otherwise only recorded.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run(resolution: &Resolution<'_>) -> Option<Finding> {
    let (Lookup::Found(service), Some(PortMatch::Port(port))) = (&resolution.service, &resolution.port) else {
        return None;
    };
    if !matches!(resolution.readiness, Some(Readiness::Fine { .. })) || service.selector.is_empty() {
        return None;
    }
    let Context { view, meter, .. } = resolution.context;
    let pods = view.pods(resolution.namespace(), &service.selector).found().unwrap_or_default();
    let workloads = view.workloads(resolution.namespace(), &service.selector).found().unwrap_or_default();
    meter.spend(pods.len() + workloads.len()).ok()?;
    let unprobed = |spec: &PodSpecFacts| {
        let container = spec.behind(&port.target, port.protocol).filter(|it| !it.probed && !spec.gated)?;
        Some(container.name.to_string())
    };
    // A workload stands for all its Pods, and its manifest is the one to correct.
    let of_workloads = workloads.iter().find_map(|workload| {
        let container = unprobed(&workload.template_spec)?;
        Some((container, format!("{} \"{}\"", workload.kind, workload.name)))
    });
    let of_pods = || {
        let ready = pods.iter().filter(|pod| pod.state == PodState::Ready);
        ready.min_by_key(|pod| &pod.name).and_then(|pod| Some((unprobed(&pod.spec)?, format!("Pod \"{}\"", pod.name))))
    };
    let (container, owner) = of_workloads.or_else(of_pods)?;
    let text = FindingText {
        reason: format!("container \"{container}\" of {owner} has no readiness probe"),
        context: format!("; it serves port {port} of Service \"{}\"", resolution.name()),
        consequence: "some requests fail during every rollout".into(),
        help: format!("give container \"{container}\" a readinessProbe"),
        ..FindingText::default()
    };
    let mut finding = resolution.finding(ID, Part::Whole, Action::Audit, text);
    finding.effect = Effect::Works;
    Some(finding)
}
