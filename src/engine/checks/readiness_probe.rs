//! Ready Pods whose container has no readiness probe.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Effect, FindingText, Found, Part, PodSpecFacts, PodState};
use crate::engine::resolve::{Context, PortMatch, Readiness, Resolution};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("readiness-probe");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the container behind the port has no readiness probe",
    action: Action::Audit,
    when: "audit, if Pods or Pod templates are known for another reason",
    docs: Docs {
        what: "The container that serves the port of the backend has no readiness probe, and its Pod has no readiness \
               gate. The check examines Pods that the manifests contain, or that Backstop has read for another finding.",
        why: "Such a Pod counts as ready as soon as its process runs, even if the process does not listen yet. Some \
              requests get 502 during every rollout and after every restart.",
        example: "kind: Deployment\nspec: # …\n  containers:\n    - name: app\n      ports: [{containerPort: 8080}]\n      # \
                  readinessProbe is missing",
        fix: "Add a `readinessProbe` to the container that tests what requests need: `httpGet`, `tcpSocket` or `grpc`.",
        options: "With the action `warn`, users see the finding. By default it is only recorded.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let (Lookup::Found(service), Some(PortMatch::Port(port))) = (&resolution.service, &resolution.port) else {
        return None;
    };
    if !matches!(resolution.readiness, Some(Readiness::Fine { .. })) || service.selector.is_empty() {
        return None;
    }
    let Context { view, meter, .. } = *resolution.context;
    let pods = view.pods(resolution.namespace(), &service.selector).found().unwrap_or_default();
    let workloads = view.workloads(resolution.namespace(), &service.selector).found().unwrap_or_default();
    let specs = pods.iter().map(|pod| &pod.spec).chain(workloads.iter().map(|workload| &workload.template_spec));
    meter.spend(specs.map(|spec| 1 + spec.size()).sum()).ok()?;
    let unprobed = |spec: &PodSpecFacts| {
        let container = spec.container_of_port(&port.target, port.protocol).filter(|it| !it.probed && !spec.gated)?;
        Some(container.name.to_string())
    };
    // Workloads come first: a template represents all Pods of its workload, and the fix belongs into its manifest.
    // The Pods of a Job serve no requests for long.
    let of_workloads = workloads.iter().filter(|workload| workload.kind != "Job").find_map(|workload| {
        let container = unprobed(&workload.template_spec)?;
        Some((container, format!("{} \"{}\"", workload.kind, workload.name)))
    });
    let of_pods = || {
        let ready = pods.iter().filter(|pod| pod.state == PodState::Ready);
        ready.min_by_key(|pod| &pod.name).and_then(|pod| Some((unprobed(&pod.spec)?, format!("Pod \"{}\"", pod.name))))
    };
    let (container, owner) = of_workloads.or_else(of_pods)?;
    let text = move || FindingText {
        reason: format!("container \"{container}\" of {owner} has no readiness probe"),
        context: format!("; it serves port {port} of Service \"{}\"", resolution.name()),
        consequence: "some requests fail during every rollout".into(),
        help: format!("add a readinessProbe to container \"{container}\""),
        ..FindingText::default()
    };
    let mut finding = resolution.finding(ID, Part::Whole, Action::Audit, text);
    finding.effect = Effect::Works;
    Some(finding)
}
