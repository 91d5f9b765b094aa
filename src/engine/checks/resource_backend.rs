//! A backend that is not a Service, and the controller does not support such backends.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Claim, FindingText, Found, Part, Target};
use crate::engine::resolve::Context;

const ID: CheckId = CheckId("resource-backend");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the controller ignores or rejects backends that are not Services",
    action: Action::Warn,
    when: "warn if the identified controller is known not to support resource backends",
    docs: Docs {
        what: "A backend names a `resource` instead of a `service`. The controller decides whether that works, and most \
               controllers support no kind of resource. Backstop does not look up the object.",
        why: "ingress-nginx, Traefik, Contour, Kong, OpenShift and both controllers for HAProxy skip the path, and requests \
              get 404. The controllers of AWS, GKE and F5 reject the whole Ingress. Azure's controller stops.",
        example: "backend:\n  resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}",
        fix: "Reference a Service, or use a controller that supports this kind of resource.",
        options: "`controllers[].profile` states which controller serves a class, if no IngressClass identifies it.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Target(run),
    elaborate: None,
};

fn run<'r>(context: &'r Context<'_>, target: &'r Target) -> Option<Found<'r>> {
    let Target::Resource { group, kind, name } = target else { return None };
    if context.profile().resources.contains(&(&**group, &**kind)) {
        return None;
    }
    let title = context.profile().title;
    let text = move || FindingText {
        reason: format!("{title} serves no resource backends"),
        brief: format!(" ({kind} \"{name}\")"),
        context: format!(" ({kind} \"{name}\")"),
        help: "reference a Service instead".to_owned(),
        ..FindingText::default()
    };
    let action = context.profile().resource;
    let finding = Found::about_target(ID, Part::Resource, action, text);
    Some(Found { claim: Some(Claim::View), ..finding })
}
