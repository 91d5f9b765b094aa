//! The Service has no endpoints, and waiting will not create any.

use super::near_labels::near_miss;
use super::{Applies, Check, Docs, LABELS_SHOWN, Rule};
use crate::engine::controllers::EndpointSource;
use crate::engine::model::{Action, Cause, CheckId, Finding, FindingText, Found, Labels, Part, Target};
use crate::engine::resolve::{Background, Readiness, Resolution};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("no-endpoints");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service has no endpoints: its selector matches nothing, or it has no selector",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "The selector of the Service matches no Pod and no Pod template of a workload. Or the Service has no \
               selector, and no EndpointSlice has been published for it. In files, a core Endpoints object counts as \
               the EndpointSlices that Kubernetes makes of it. If Backstop can read Pods, the finding names \
               Pods that match the selector except for one label.",
        why: "No Pod can answer requests. Waiting does not help, because no Pod is starting. Most \
              controllers answer 503. Traefik drops the route by default.",
        example: "kind: Service\nspec:\n  selector: {app: wbe}   # the Pods are labelled app: web",
        fix: "Make the selector match the labels of the Pods, deploy the workload, or publish EndpointSlices.",
        options: "",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: Some(elaborate),
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let Lookup::Found(service) = &resolution.service else { return None };
    match resolution.readiness {
        Some(Readiness::NothingSelected { pods_known, ended }) => {
            let text = move || nothing_selected(resolution, &service.selector, pods_known, ended);
            Some(resolution.finding(ID, Part::Whole, resolution.rules.no_pods, text))
        }
        Some(Readiness::NothingPublished) => {
            let text = move || nothing_published(resolution);
            Some(resolution.finding(ID, Part::Whole, resolution.rules.unmanaged, text))
        }
        _ => None,
    }
}

fn nothing_published(resolution: &Resolution<'_>) -> FindingText {
    let object = match resolution.rules.source {
        EndpointSource::IpSlices | EndpointSource::AllSlices => "EndpointSlice",
        EndpointSource::CoreEndpoints => "Endpoints object",
    };
    FindingText {
        reason: format!("Service \"{}\" has no selector and no endpoints", resolution.name()),
        context: format!(": no {object} publishes an endpoint for it"),
        consequence: resolution.without_endpoints().into(),
        help: format!("give the Service a selector, or publish an {object} for it"),
        ..FindingText::default()
    }
}

fn nothing_selected(
    resolution: &Resolution<'_>,
    selector: &Labels,
    pods_known: bool,
    ended: Option<(&Cause, usize)>,
) -> FindingText {
    let selected = if pods_known { "no Pod and no workload" } else { "no running Pod" };
    let ended = match ended {
        Some((cause, 1)) => format!("; 1 Pod has ended: {}", cause.reason),
        Some((cause, count)) => format!("; {count} Pods have ended: {}", cause.reason),
        None => String::new(),
    };
    // The short word keeps the line short if the ended Pods are mentioned.
    let selected = if pods_known && !ended.is_empty() { "nothing" } else { selected };
    FindingText {
        reason: reason(resolution.name(), selected, selector),
        brief: ended.clone(),
        context: ended,
        consequence: resolution.without_endpoints().into(),
        help: "make the selector match the labels of the Pods, or deploy the workload".to_owned(),
        ..FindingText::default()
    }
}

fn reason(service: &str, selected: &str, selector: &Labels) -> String {
    let rest = if selector.iter().nth(LABELS_SHOWN).is_some() { ",…" } else { "" };
    format!("Service \"{service}\" selects {selected} ({}{rest})", selector.first(LABELS_SHOWN))
}

/// Adds the Pods or workload that the selector almost matches. This function compares the selector with all Pods of the
/// namespace.
fn elaborate(background: &Background<'_>, finding: &mut Finding) {
    let Some(target) = finding.target.as_ref().and_then(Target::service) else { return };
    let Lookup::Found(service) = background.view.service(&target.namespace, &target.name) else { return };
    let nothing_ended = finding.text.context.is_empty();
    if service.selector.is_empty() || !nothing_ended {
        return;
    }
    let all = Labels::default();
    let pods = background.view.pods(&target.namespace, &all).found().unwrap_or_default();
    let workloads = background.view.workloads(&target.namespace, &all).found().unwrap_or_default();
    let labels = pods.iter().map(|pod| &pod.labels).chain(workloads.iter().map(|workload| &workload.template_labels));
    if background.meter.spend(labels.map(|labels| 1 + service.selector.len().min(labels.len())).sum()).is_err() {
        return;
    }
    if let Some(miss) = near_miss(&service.selector, &pods, &workloads) {
        finding.text.reason = reason(&target.name, "nothing", &service.selector);
        finding.text.brief = format!("; {}", miss.brief());
        finding.text.context = format!("; {}", miss.observation());
        finding.text.help = miss.help();
    }
}
