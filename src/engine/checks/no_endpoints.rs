//! Nothing stands behind the Service, and nothing will by itself.

use super::scene::Words;
use super::{Case, Check, Docs, Readiness, Rule};
use crate::engine::model::{Action, CheckId, Finding};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("no-endpoints");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "nothing stands behind the Service: its selector matches nothing, or it has no selector and no endpoints",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "The Service's selector matches no Pod and no workload's Pod template, or the Service has no \
               selector and nobody has published an EndpointSlice for it.",
        why: "There is nobody to answer. Unlike Pods that are still starting, waiting does not help.",
        example: "kind: Service\nspec:\n  selector: {app: wbe}   # the Pods are labelled app: web",
        fix: "Make the selector match the Pods' labels, deploy the workload, or publish the EndpointSlices.",
    },
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Lookup::Found(service) = &case.service else { return None };
    let (name, route) = (case.name, case.backend.route());
    let consequence = case.scene.controller.without_endpoints();
    let selector = &service.selector;
    let (action, words) = match case.readiness {
        Some(Readiness::NothingSelected { looked, finished }) => {
            let seen = if looked { "no Pod and no workload" } else { "no running Pod" };
            let over = if finished > 0 { format!("; {finished} selected Pods have ended") } else { String::new() };
            (
                case.profile().endpoints.nothing,
                Words {
                    reason: format!("Service \"{name}\" selects {seen} ({selector}){over}"),
                    detail: format!(
                        "the selector {selector} of Service \"{name}\" matches {seen} in namespace \"{}\"{over} \
                     ({route}: {consequence})",
                        case.scene.namespace(),
                    ),
                    help: "make the selector match the labels of the Pods, or deploy the workload".to_owned(),
                },
            )
        }
        Some(Readiness::NothingPublished) => (
            case.profile().endpoints.unmanaged,
            Words {
                reason: format!("Service \"{name}\" has no selector and no endpoints"),
                detail: format!(
                    "Service \"{name}\" has no selector, and no EndpointSlice publishes an endpoint for it ({route}: {consequence})"
                ),
                help: "give the Service a selector, or publish an EndpointSlice for it".to_owned(),
            },
        ),
        _ => return None,
    };
    Some(case.finding(ID, "", action, words))
}
