//! Endpoints or matching workloads exist, and none is ready.

use super::scene::{LABELS_TOLD, Words};
use super::{Case, Check, Docs, Readiness, Rule, Why};
use crate::engine::controllers::ReadyBy;
use crate::engine::model::{Action, Cause, CheckId, Effect, EndpointCounts, Finding};

const ID: CheckId = CheckId("endpoints-not-ready");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "Pods exist, but none is ready",
    action: Action::Warn,
    when: "warn when something is wrong with the Pods, audit while they start",
    docs: Docs {
        what: "The Service selects Pods, or a workload that will make some, and none of them is ready. Where \
               Pods may be read, the finding names the commonest cause.",
        why: "Requests fail until one is ready. By itself it is never a reason to refuse the Ingress: on a \
                  first install it is the normal state, and the fix may come with the same apply.",
        example: "# kubectl get pods\nweb-7d4b9c-x2x   0/1   CrashLoopBackOff",
        fix: "Look at the Pods: `kubectl describe pod` shows why one does not start, `kubectl logs --previous` \
                  why it ended. Pods that wait for a readiness gate of a load balancer become ready after the \
                  Ingress is stored.",
        options: "`checks.endpoints-not-ready.grace` says how old Pods may be and still count as starting: two \
                  minutes by default. It counts where a cluster is asked: manifests and snapshots have no present.",
    },
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Some(Readiness::NotReady(counts, why)) = &case.readiness else { return None };
    let (name, total) = (case.name, counts.total);
    let (action, because, help) = explain(case, why);
    let state = if *counts == EndpointCounts::default() {
        "has no endpoints yet".to_owned()
    } else if matches!(why, Why::Overlooked(_)) {
        format!("has 0/{total} usable endpoints")
    } else {
        format!("has 0/{total} ready endpoints")
    };
    // Rulebook 4.10: not those that are terminating.
    let used = case.rules.unready && counts.total > 0 && *why != Why::Terminating;
    let consequence = if used { "the controller uses unready endpoints, too" } else { case.without_endpoints() };
    let passed_over = if let Why::Overlooked(by) = why { passed_over(*by) } else { "" };
    let note = if passed_over.is_empty() { consequence.to_owned() } else { format!("{passed_over}; {consequence}") };
    let words = Words {
        reason: format!("Service \"{name}\" {state}{}", brief(&because)),
        detail: format!("Service \"{name}\" {state}{because} ({}: {note})", case.backend.route()),
        note,
        help,
    };
    let mut finding = case.finding(ID, "", action, words);
    if used {
        finding.effect = Effect::Unsure;
    }
    Some(finding)
}

/// A cause in a short line.
fn brief(because: &str) -> String {
    because.replacen("init container", "init", 1).replacen(": the Pods are not starting (", ": not starting (", 1)
}

/// What a cause deserves, the cause for people, and what to do.
fn explain(case: &Case<'_>, why: &Why<'_>) -> (Action, String, String) {
    let namespace = case.scene.namespace();
    let rules = case.rules;
    let look = look(case, why);
    match why {
        Why::Unexplained { .. } => (rules.failing, String::new(), look),
        Why::Overlooked(by) => (
            Action::Warn,
            match by {
                ReadyBy::Serving | ReadyBy::Staying => ": none is serving",
                ReadyBy::Declared => ": none says that it is ready",
                ReadyBy::Pods => ": none is a Pod",
                ReadyBy::Ready => "",
            }
            .to_owned(),
            "publish endpoints that it uses, or let the Pods become ready".to_owned(),
        ),
        Why::Starting(cause) => {
            let wait = cause.map(|cause| format!(" ({})", named(cause))).unwrap_or_default();
            (rules.starting, format!(": the Pods are starting{wait}"), "wait until a Pod is ready".to_owned())
        }
        Why::Slow(cause) => (rules.failing, format!(": the Pods are not starting ({})", named(cause)), look),
        Why::Gated(cause) => (
            rules.starting,
            format!(": the Pods wait for {}", if cause.about.is_empty() { "a readiness gate" } else { &cause.about }),
            "wait for whoever sets the condition, often the load balancer's controller".to_owned(),
        ),
        Why::Failing(cause) => (rules.failing, format!(": {}", named(cause)), look),
        Why::Terminating => {
            (rules.terminating, ": all are terminating".to_owned(), "wait for their successors".to_owned())
        }
        Why::ScaledToZero(workload) => (
            rules.nothing,
            format!(": {} \"{}\" is scaled to zero", workload.kind, workload.name),
            format!("kubectl -n {namespace} scale {}/{} --replicas=1", workload.kind.to_lowercase(), workload.name),
        ),
    }
}

/// The command that shows more.
fn look(case: &Case<'_>, why: &Why<'_>) -> String {
    let namespace = case.scene.namespace();
    let selector = case.service.as_ref().found().map(|service| service.selector.first(LABELS_TOLD).to_string());
    let selector = selector.unwrap_or_default();
    if selector.is_empty() {
        return format!("kubectl -n {namespace} get endpointslices, and ask whoever publishes them");
    }
    let describe = format!("kubectl -n {namespace} describe pod -l {selector}");
    match why {
        Why::Failing(cause) if cause.about.contains("container") => {
            format!("{describe}; kubectl -n {namespace} logs -l {selector} --all-containers --previous")
        }
        _ => describe,
    }
}

/// Why a controller passes over endpoints that others use.
fn passed_over(by: ReadyBy) -> &'static str {
    match by {
        ReadyBy::Serving | ReadyBy::Staying => "the controller ignores publishNotReadyAddresses",
        ReadyBy::Declared => "the controller passes over endpoints whose slice does not say that they are ready",
        ReadyBy::Pods => "the load balancer takes Pods only",
        ReadyBy::Ready => "",
    }
}

/// A cause, for people: `CrashLoopBackOff, container "app"`.
fn named(cause: &Cause) -> String {
    if cause.about.is_empty() { cause.reason.clone() } else { format!("{}, {}", cause.reason, cause.about) }
}
