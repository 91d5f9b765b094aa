//! Nothing stands behind the Service, and nothing will by itself.

use super::near_labels::{NearMiss, near_miss};
use super::scene::{LABELS_TOLD, Words};
use super::{Case, Check, Docs, Readiness, Rule};
use crate::engine::model::{Action, Cause, CheckId, Finding, Labels};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("no-endpoints");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "nothing stands behind the Service: its selector matches nothing, or it has no selector and no endpoints",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "The Service's selector matches no Pod and no workload's Pod template, or the Service has no \
               selector and nobody has published an EndpointSlice for it. Where Pods may be read, the finding says \
               which of them all but one label match.",
        why: "There is nobody to answer, and waiting does not help, unlike with Pods that are still starting. \
                  Most controllers answer 503; Traefik drops the route by default.",
        example: "kind: Service\nspec:\n  selector: {app: wbe}   # the Pods are labelled app: web",
        fix: "Make the selector match the Pods' labels, deploy the workload, or publish the EndpointSlices.",
        options: "",
    },
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Lookup::Found(service) = &case.service else { return None };
    let (name, route) = (case.name, case.backend.route());
    let consequence = case.without_endpoints();
    let (action, words) = match case.readiness {
        Some(Readiness::NothingSelected { looked, ended }) => {
            (case.rules.nothing, nothing_selected(case, &service.selector, looked, ended))
        }
        Some(Readiness::NothingPublished) => (
            case.rules.unmanaged,
            Words {
                reason: format!("Service \"{name}\" has no selector and no endpoints"),
                detail: format!(
                    "Service \"{name}\" has no selector, and no EndpointSlice publishes an endpoint for it ({route}: {consequence})"
                ),
                note: consequence.to_owned(),
                help: "give the Service a selector, or publish an EndpointSlice for it".to_owned(),
            },
        ),
        _ => return None,
    };
    Some(case.finding(ID, "", action, words))
}

fn nothing_selected(case: &Case<'_>, selector: &Labels, looked: bool, ended: Option<(&Cause, usize)>) -> Words {
    let (name, namespace) = (case.name, case.scene.namespace());
    let seen = if looked { "no Pod and no workload" } else { "no running Pod" };
    let near = if looked && ended.is_none() { almost(case, selector) } else { None };
    let more = match (&near, ended) {
        (Some(near), _) => format!("; {}", near.seen()),
        (None, Some((cause, 1))) => format!("; 1 Pod has ended: {}", cause.reason),
        (None, Some((cause, count))) => format!("; {count} Pods have ended: {}", cause.reason),
        (None, None) => String::new(),
    };
    let briefly = near.as_ref().map_or_else(|| more.clone(), |near| format!("; {}", near.brief()));
    let help = near.map_or_else(
        || "make the selector match the labels of the Pods, or deploy the workload".to_owned(),
        |near| near.help(),
    );
    let what = if looked && !more.is_empty() { "nothing" } else { seen };
    let consequence = case.without_endpoints();
    let rest = if selector.iter().nth(LABELS_TOLD).is_some() { ",…" } else { "" };
    let selector = format!("{}{rest}", selector.first(LABELS_TOLD));
    Words {
        reason: format!("Service \"{name}\" selects {what} ({selector}){briefly}"),
        detail: format!(
            "the selector {selector} of Service \"{name}\" matches {seen} in namespace \"{namespace}\"{more} ({}: {consequence})",
            case.backend.route(),
        ),
        note: consequence.to_owned(),
        help,
    }
}

/// What `selector` was probably meant to match. Only asked where it matches nothing.
fn almost(case: &Case<'_>, selector: &Labels) -> Option<NearMiss> {
    let (view, all) = (case.scene.view, Labels::default());
    let pods = view.pods(case.scene.namespace(), &all).found().unwrap_or_default();
    let workloads = view.workloads(case.scene.namespace(), &all).found().unwrap_or_default();
    near_miss(selector, &pods, &workloads)
}
