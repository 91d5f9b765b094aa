//! A backend that is no Service, on a controller that ignores or rejects such.

use super::scene::{Scene, Words};
use super::{Check, Docs, Rule};
use crate::engine::model::{Action, Backend, CheckId, Effect, Finding, Target};

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
    rule: Rule::Backend(run),
};

fn run(scene: &Scene<'_>, backend: &Backend) -> Vec<Finding> {
    let Target::Resource { kind, name } = &backend.target else { return Vec::new() };
    let title = scene.profile().title;
    let words = Words {
        reason: format!("{title} does not serve resource backends ({kind} \"{name}\")"),
        detail: format!("{title} does not serve resource backends such as {kind} \"{name}\" ({})", backend.route()),
        note: String::new(),
        help: "reference a Service instead".to_owned(),
    };
    let mut finding = scene.finding(ID, backend.location.field("resource").0, scene.profile().resource, words);
    finding.backend = Some(backend.clone());
    finding.effect = Effect::Fails;
    vec![finding]
}
