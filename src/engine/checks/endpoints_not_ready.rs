//! Endpoints or matching workloads exist, but no endpoint is ready.

use super::{Applies, Check, Docs, LABELS_SHOWN, Rule};
use crate::engine::controllers::{Draining, EndpointRules, ReadyBy};
use crate::engine::model::{Action, Cause, CheckId, Effect, EndpointCounts, FindingText, Found, Part};
use crate::engine::resolve::{Readiness, Resolution, UnreadyCause};

const ID: CheckId = CheckId("endpoints-not-ready");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "Pods exist, but none is ready",
    action: Action::Warn,
    when: "warn if the Pods have a fault, audit while they are starting",
    docs: Docs {
        what: "The Service selects Pods, or a workload that will create Pods, and no Pod is ready. If Backstop can read \
               Pods, the finding names the most common cause.",
        why: "Requests fail until a Pod is ready. By default the check never denies the Ingress: unready Pods are the \
              normal state of a first installation, and the same apply may contain the fix.",
        example: "# kubectl get pods\nweb-7d4b9c-x2x   0/1   CrashLoopBackOff",
        fix: "Examine the Pods: `kubectl describe pod` shows why a Pod does not start, and `kubectl logs --previous` \
              shows why a container ended. Pods that wait for a readiness gate of a load balancer become ready after \
              the Ingress is stored.",
        options: "`checks.endpoints-not-ready.grace` sets the age up to which an unready Pod counts as starting: two \
                  minutes by default. The present of a snapshot is the newest time in it. Manifests have no present, so \
                  an unready Pod of a manifest never counts as starting.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let Some(Readiness::NotReady(counts, unready)) = &resolution.readiness else { return None };
    // The controller sends requests to unready endpoints, but not to terminating ones (rulebook 4.10).
    let unusable = matches!(unready, UnreadyCause::Terminating | UnreadyCause::Overlooked(_));
    let used = resolution.rules.unready && counts.total > 0 && !unusable;
    let draining = *unready == UnreadyCause::Terminating && counts.terminating == counts.total && counts.serving > 0;
    let draining = if draining { resolution.rules.draining } else { Draining::Unused };
    let action = action(resolution.rules, unready).min(match draining {
        Draining::Unused => Action::Deny,
        Draining::Used | Draining::ByRelease => Action::Audit,
    });
    let text = move || text(resolution, *counts, unready, consequence(resolution, used, draining));
    let mut finding = resolution.finding(ID, Part::Whole, action, text);
    finding.effect = match draining {
        Draining::Used => Effect::Works,
        Draining::Unused if !used => finding.effect,
        Draining::Unused | Draining::ByRelease => Effect::Unsure,
    };
    Some(finding)
}

/// What happens to requests.
fn consequence(resolution: &Resolution<'_>, used: bool, draining: Draining) -> &'static str {
    match draining {
        Draining::Used => "they get requests until they end",
        Draining::ByRelease => "only older releases of the controller send them requests",
        Draining::Unused if used => "the controller also uses unready endpoints",
        Draining::Unused => resolution.without_endpoints(),
    }
}

fn action(rules: EndpointRules, unready: &UnreadyCause<'_>) -> Action {
    match unready {
        UnreadyCause::Unexplained { .. } | UnreadyCause::Slow(_) | UnreadyCause::Failing(_) => rules.failing,
        UnreadyCause::Overlooked(_) => Action::Warn,
        UnreadyCause::Starting(_) | UnreadyCause::Gated(_) => rules.starting,
        UnreadyCause::Terminating => rules.terminating,
        UnreadyCause::ScaledToZero(_) => rules.no_pods,
    }
}

fn text(
    resolution: &Resolution<'_>,
    counts: EndpointCounts,
    unready: &UnreadyCause<'_>,
    consequence: &'static str,
) -> FindingText {
    let (name, total) = (resolution.name(), counts.total);
    let Explanation { cause, brief: (brief, brief_detail), help } = explain(resolution, unready);
    let reason = if counts == EndpointCounts::default() {
        format!("Service \"{name}\" has no endpoints yet")
    } else if matches!(unready, UnreadyCause::Overlooked(_)) {
        format!("Service \"{name}\" has 0/{total} usable endpoints")
    } else {
        format!("Service \"{name}\" has 0/{total} ready endpoints")
    };
    FindingText {
        reason,
        brief,
        brief_detail,
        context: cause,
        consequence: match unready {
            UnreadyCause::Overlooked(by) => format!("{}; {consequence}", overlooked_because(*by)).into(),
            _ => consequence.into(),
        },
        help,
        ..FindingText::default()
    }
}

/// A cause for people, with the next step.
struct Explanation {
    /// The cause with the punctuation before it.
    cause: String,
    /// The cause for a short line, and the end that the line may omit.
    brief: (String, String),
    help: String,
}

impl Explanation {
    fn new(cause: impl Into<String>, help: impl Into<String>) -> Self {
        let cause = cause.into();
        Self { brief: (cause.clone(), String::new()), cause, help: help.into() }
    }
}

fn explain(resolution: &Resolution<'_>, unready: &UnreadyCause<'_>) -> Explanation {
    let namespace = resolution.namespace();
    match unready {
        UnreadyCause::Unexplained { .. } => Explanation::new("", command(resolution, unready)),
        UnreadyCause::Overlooked(by) => {
            let cause = match by {
                ReadyBy::Staying => ": none is serving",
                ReadyBy::Declared => ": none is declared ready",
                ReadyBy::Pods => ": none is a Pod",
                ReadyBy::Ready => "",
            };
            Explanation::new(cause, "publish endpoints that the controller uses, or let the Pods become ready")
        }
        UnreadyCause::Starting(cause) => {
            let wait = cause.map(|cause| format!(" ({})", named(cause))).unwrap_or_default();
            Explanation::new(format!(": the Pods are starting{wait}"), "wait until a Pod is ready")
        }
        UnreadyCause::Slow(cause) => Explanation {
            cause: format!(": the Pods are not starting ({})", named(cause)),
            brief: (format!(": not starting ({})", cause.reason), brief_about(cause)),
            help: command(resolution, unready),
        },
        UnreadyCause::Gated(cause) => {
            let gate = if cause.about.is_empty() { "a readiness gate" } else { &cause.about };
            let help = "wait for the controller that sets the condition, often the controller of the load balancer";
            Explanation::new(format!(": the Pods wait for {gate}"), help)
        }
        UnreadyCause::Failing(cause) => Explanation {
            cause: format!(": {}", named(cause)),
            brief: (format!(": {}", cause.reason), brief_about(cause)),
            help: command(resolution, unready),
        },
        UnreadyCause::Terminating => Explanation::new(": all are terminating", "wait for the Pods that replace them"),
        UnreadyCause::ScaledToZero(workload) => {
            let cause = format!(": {} \"{}\" is scaled to zero", workload.kind, workload.name);
            let kind = workload.kind.to_lowercase();
            let help = format!("kubectl -n {namespace} scale {kind}/{} --replicas=1", workload.name);
            Explanation::new(cause, help)
        }
    }
}

/// The command that shows the state of the Pods or of the EndpointSlices.
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
        ReadyBy::Staying => "the controller ignores publishNotReadyAddresses",
        ReadyBy::Declared => "the controller ignores endpoints whose slice does not declare them ready",
        ReadyBy::Pods => "the load balancer uses endpoints of Pods only",
        ReadyBy::Ready => "the controller ignores them",
    }
}

/// A cause for people: `CrashLoopBackOff, container "app"`.
fn named(cause: &Cause) -> String {
    if cause.about.is_empty() { cause.reason.clone() } else { format!("{}, {}", cause.reason, cause.about) }
}

/// What a cause is about, for a short line: `, init "migrate"`.
fn brief_about(cause: &Cause) -> String {
    let about = cause.about.replacen("init container", "init", 1);
    let about = about.rsplit_once(", exit code ").map_or(about.as_str(), |(about, _)| about);
    if about.is_empty() { String::new() } else { format!(", {about}") }
}
