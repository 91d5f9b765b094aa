//! Endpoints or matching workloads exist, and none is ready.

use super::{Applies, Check, Docs, LABELS_SHOWN, Rule};
use crate::engine::controllers::ReadyBy;
use crate::engine::model::{Action, Cause, CheckId, Effect, EndpointCounts, Finding, FindingText, Part};
use crate::engine::resolve::{Readiness, Resolution, UnreadyCause};

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
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run(resolution: &Resolution<'_>) -> Option<Finding> {
    let Some(Readiness::NotReady(counts, unready)) = &resolution.readiness else { return None };
    let (name, total) = (resolution.name(), counts.total);
    let Explanation { action, cause, brief_cause, help } = explain(resolution, unready);
    let reason = if *counts == EndpointCounts::default() {
        format!("Service \"{name}\" has no endpoints yet")
    } else if matches!(unready, UnreadyCause::Overlooked(_)) {
        format!("Service \"{name}\" has 0/{total} usable endpoints")
    } else {
        format!("Service \"{name}\" has 0/{total} ready endpoints")
    };
    // The controller sends requests to unready endpoints, but not to terminating ones (rulebook 4.10).
    let used = resolution.rules.unready && counts.total > 0 && *unready != UnreadyCause::Terminating;
    let consequence = if used { "the controller uses unready endpoints, too" } else { resolution.without_endpoints() };
    let text = FindingText {
        reason,
        brief: brief_cause,
        context: cause,
        consequence: match unready {
            UnreadyCause::Overlooked(by) => format!("{}; {consequence}", overlooked_because(*by)).into(),
            _ => consequence.into(),
        },
        help,
        ..FindingText::default()
    };
    let mut finding = resolution.finding(ID, Part::Whole, action, text);
    if used {
        finding.effect = Effect::Unsure;
    }
    Some(finding)
}

/// How severe a cause is, the cause for people, and the next step.
struct Explanation {
    action: Action,
    /// With the punctuation before it.
    cause: String,
    /// The same for a short line.
    brief_cause: String,
    help: String,
}

impl Explanation {
    fn new(action: Action, cause: impl Into<String>, help: impl Into<String>) -> Self {
        let cause = cause.into();
        Self { action, brief_cause: cause.clone(), cause, help: help.into() }
    }
}

fn explain(resolution: &Resolution<'_>, unready: &UnreadyCause<'_>) -> Explanation {
    let namespace = resolution.namespace();
    let rules = resolution.rules;
    match unready {
        UnreadyCause::Unexplained { .. } => Explanation::new(rules.failing, "", command(resolution, unready)),
        UnreadyCause::Overlooked(by) => {
            let cause = match by {
                ReadyBy::Serving | ReadyBy::Staying => ": none is serving",
                ReadyBy::Declared => ": none says that it is ready",
                ReadyBy::Pods => ": none is a Pod",
                ReadyBy::Ready => "",
            };
            Explanation::new(Action::Warn, cause, "publish endpoints that it uses, or let the Pods become ready")
        }
        UnreadyCause::Starting(cause) => {
            let wait = cause.map(|cause| format!(" ({})", named(cause))).unwrap_or_default();
            let cause = format!(": the Pods are starting{wait}");
            Explanation::new(rules.starting, cause, "wait until a Pod is ready")
        }
        UnreadyCause::Slow(cause) => Explanation {
            action: rules.failing,
            cause: format!(": the Pods are not starting ({})", named(cause)),
            brief_cause: format!(": not starting ({})", brief_name(cause)),
            help: command(resolution, unready),
        },
        UnreadyCause::Gated(cause) => {
            let gate = if cause.about.is_empty() { "a readiness gate" } else { &cause.about };
            let help = "wait for the controller that sets the condition, often that of the load balancer";
            Explanation::new(rules.starting, format!(": the Pods wait for {gate}"), help)
        }
        UnreadyCause::Failing(cause) => Explanation {
            action: rules.failing,
            cause: format!(": {}", named(cause)),
            brief_cause: format!(": {}", brief_name(cause)),
            help: command(resolution, unready),
        },
        UnreadyCause::Terminating => {
            Explanation::new(rules.terminating, ": all are terminating", "wait for the Pods that replace them")
        }
        UnreadyCause::ScaledToZero(workload) => {
            let cause = format!(": {} \"{}\" is scaled to zero", workload.kind, workload.name);
            let kind = workload.kind.to_lowercase();
            let help = format!("kubectl -n {namespace} scale {kind}/{} --replicas=1", workload.name);
            Explanation::new(rules.nothing, cause, help)
        }
    }
}

/// The command that shows more.
fn command(resolution: &Resolution<'_>, unready: &UnreadyCause<'_>) -> String {
    let namespace = resolution.namespace();
    let selector = resolution.service.as_ref().found().map(|service| service.selector.first(LABELS_SHOWN).to_string());
    let selector = selector.unwrap_or_default();
    if selector.is_empty() {
        return format!("kubectl -n {namespace} get endpointslices, and ask the owner of the EndpointSlices");
    }
    let describe = format!("kubectl -n {namespace} describe pod -l {selector}");
    match unready {
        UnreadyCause::Failing(cause) if cause.about.contains("container") => {
            format!("{describe}; kubectl -n {namespace} logs -l {selector} --all-containers --previous")
        }
        _ => describe,
    }
}

/// Why a controller ignores endpoints that others use.
fn overlooked_because(by: ReadyBy) -> &'static str {
    match by {
        ReadyBy::Serving | ReadyBy::Staying => "the controller ignores publishNotReadyAddresses",
        ReadyBy::Declared => "the controller ignores endpoints whose slice does not say that they are ready",
        ReadyBy::Pods => "the load balancer takes Pods only",
        ReadyBy::Ready => "the controller ignores them",
    }
}

/// A cause, for people: `CrashLoopBackOff, container "app"`.
fn named(cause: &Cause) -> String {
    if cause.about.is_empty() { cause.reason.clone() } else { format!("{}, {}", cause.reason, cause.about) }
}

/// The same for a short line.
fn brief_name(cause: &Cause) -> String {
    named(cause).replacen("init container", "init", 1)
}
