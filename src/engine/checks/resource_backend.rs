//! A backend that is not a Service, on a controller that ignores or rejects such backends.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Claim, Finding, FindingText, Part, Target};
use crate::engine::resolve::Context;

const ID: CheckId = CheckId("resource-backend");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the controller ignores or rejects backends that are no Services",
    action: Action::Warn,
    when: "warn where the identified controller is known not to serve resource backends",
    docs: Docs {
        what: "A backend names a `resource` instead of a `service`. Whether that works is the controller's business, \
               and most do not serve any kind of resource. The object itself is not looked up.",
        why: "ingress-nginx, Traefik and Contour skip the path, so that requests get 404; AWS, GKE and F5's controller \
              reject the whole Ingress.",
        example: "backend:\n  resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static}",
        fix: "Reference a Service, or have the Ingress served by a controller that knows this kind of \
                  resource.",
        options: "`controllers[].profile` says which controller serves a class, where no IngressClass tells.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Target(run),
    elaborate: None,
};

fn run(context: &Context<'_>, target: &Target) -> Option<Finding> {
    let Target::Resource { kind, name } = target else { return None };
    let title = context.profile().title;
    let text = FindingText {
        reason: format!("{title} does not serve resource backends ({kind} \"{name}\")"),
        help: "reference a Service instead".to_owned(),
        ..FindingText::default()
    };
    let action = context.profile().resource;
    let finding = Finding::about_target(ID, Part::Resource, target.clone(), action, text);
    Some(Finding { claim: Some(Claim::View), ..finding })
}
