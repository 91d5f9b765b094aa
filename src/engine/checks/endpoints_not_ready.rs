//! Endpoints or matching workloads exist, and none is ready.

use super::case::Words;
use super::{Case, Check, Docs, Readiness, Why};
use crate::engine::model::{Action, CheckId, EndpointCounts, Finding};

const ID: CheckId = CheckId("endpoints-not-ready");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "Pods exist, but none is ready",
    action: Action::Warn,
    when: "warn when something is wrong with the Pods, audit while they start",
    docs: Docs {
        what: "The Service selects Pods, or a workload that will make some, and none of them is ready. Where \
               Pods may be read, the finding names the commonest cause.",
        why: "Requests fail until one is ready. It is never a reason to refuse the Ingress: on a first install \
              it is the normal state, and the fix may come with the same apply.",
        example: "# kubectl get pods\nweb-7d4b9c-x2x   0/1   CrashLoopBackOff",
        fix: "Look at the Pods: kubectl describe pod, kubectl logs --previous.",
    },
    run,
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Some(Readiness::NotReady(counts, why)) = &case.readiness else { return None };
    let (name, total) = (case.name, counts.total);
    let (action, because, help) = explain(case, why);
    let state = if *counts == EndpointCounts::default() {
        "has no endpoints yet".to_owned()
    } else {
        format!("has 0/{total} ready endpoints")
    };
    let words = Words {
        reason: format!("Service \"{name}\" {state}{because}"),
        detail: format!(
            "Service \"{name}\" {state}{because} ({}: {})",
            case.backend.route(),
            case.profile.without_endpoints
        ),
        help,
    };
    Some(case.finding(ID, "", action, words))
}

/// What a cause deserves, the cause for people, and what to do.
fn explain(case: &Case<'_>, why: &Why<'_>) -> (Action, String, String) {
    let namespace = &case.subject.name.namespace;
    let look = format!("kubectl -n {namespace} describe pod; kubectl -n {namespace} logs --previous");
    match why {
        Why::Unexplained { .. } => (Action::Warn, String::new(), look),
        Why::Starting => (Action::Audit, ": the Pods are starting".to_owned(), "wait until a Pod is ready".to_owned()),
        Why::Slow => (Action::Warn, ": the Pods are not starting".to_owned(), look),
        Why::Failing(cause, _) => {
            let about = if cause.about.is_empty() { String::new() } else { format!(", {}", cause.about) };
            (Action::Warn, format!(": {}{about}", cause.reason), look)
        }
        Why::Terminating => {
            (case.profile.terminating, ": all are terminating".to_owned(), "wait for their successors".to_owned())
        }
        Why::ScaledToZero(workload) => (
            Action::Warn,
            format!(": {} \"{}\" is scaled to zero", workload.kind, workload.name),
            format!("kubectl -n {namespace} scale {}/{} --replicas=1", workload.kind.to_lowercase(), workload.name),
        ),
    }
}
