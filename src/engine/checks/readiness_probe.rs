//! Ready Pods whose container behind the port has no readiness probe.

use super::scene::Words;
use super::{Case, Check, Docs, Readiness, Rule};
use crate::engine::controllers::PortMatch;
use crate::engine::model::{Action, CheckId, Effect, Finding, PodSpecFacts, PodState};
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
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let (Lookup::Found(service), Some(PortMatch::Port(port))) = (&case.service, &case.port) else { return None };
    if !matches!(case.readiness, Some(Readiness::Fine { .. })) || service.selector.is_empty() {
        return None;
    }
    let pods = case.scene.view.pods(case.scene.namespace(), &service.selector).found().unwrap_or_default();
    let workloads = case.scene.view.workloads(case.scene.namespace(), &service.selector).found().unwrap_or_default();
    let bare = |spec: &PodSpecFacts| {
        let container = spec.behind(&port.target, port.protocol).filter(|it| !it.probed && !spec.gated)?;
        Some(container.name.to_string())
    };
    // A workload says it for all its Pods, and has the manifest to mend.
    let of_workloads = workloads.iter().find_map(|workload| {
        let container = bare(&workload.template_spec)?;
        Some((container, format!("{} \"{}\"", workload.kind, workload.name)))
    });
    let of_pods = || {
        let ready = pods.iter().filter(|pod| pod.state == PodState::Ready);
        ready.min_by_key(|pod| &pod.name).and_then(|pod| Some((bare(&pod.spec)?, format!("Pod \"{}\"", pod.name))))
    };
    let (container, owner) = of_workloads.or_else(of_pods)?;
    let name = case.name;
    let words = Words {
        reason: format!("container \"{container}\" of {owner} has no readiness probe"),
        detail: format!(
            "container \"{container}\" of {owner}, behind port {port} of Service \"{name}\", has no readiness probe: \
             some requests to {} fail during every rollout",
            case.backend.route()
        ),
        note: "some requests fail during every rollout".to_owned(),
        help: format!("give container \"{container}\" a readinessProbe"),
    };
    let mut finding = case.finding(ID, "", Action::Audit, words);
    finding.effect = Effect::Works;
    Some(finding)
}
