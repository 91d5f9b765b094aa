//! An annotation names a Service that is to answer for others, and that is absent or has no ports.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{Action, CheckId, Effect, Finding, FindingText, annotation_field};
use crate::engine::resolve::{Context, DEFAULT_BACKEND};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("default-backend-annotation");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the annotation default-backend names a Service that is absent or has no ports",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "`nginx.ingress.kubernetes.io/default-backend` names a Service of the same namespace, which does not \
               exist or has no port. The rules themselves may be healthy.",
        why: "ingress-nginx sends requests there when a rule's own Service is missing or has no endpoint, so \
                  that the page for bad times is missing when it is needed.",
        example: "metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/default-backend: sorry",
        fix: "Create the Service, give it a port, correct its name, or remove the annotation.",
        options: "`controllers[].options.annotationsPrefix` says so where ingress-nginx is run with another prefix \
                  than `nginx.ingress.kubernetes.io`.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::Subject(run),
    elaborate: None,
};

fn run(context: &Context<'_>) -> Vec<Finding> {
    let action = context.profile().annotations.default_backend;
    let Some(name) = context.controller.annotation(context.subject, DEFAULT_BACKEND) else { return Vec::new() };
    let (lacks, help) = match context.view.service(context.namespace(), name) {
        Lookup::Absent => ("does not exist", "create it, correct the name, or remove the annotation"),
        Lookup::Found(service) if service.ports.is_empty() => {
            ("has no port", "give it a port, correct the name, or remove the annotation")
        }
        Lookup::Found(_) | Lookup::Unknown(_) => return Vec::new(),
    };
    let text = FindingText {
        reason: format!("Service \"{name}\" {lacks}"),
        context: "; it is to answer where a backend has no endpoints".to_owned(),
        help: help.to_owned(),
        ..FindingText::default()
    };
    let field = annotation_field(&context.controller.annotation_key(DEFAULT_BACKEND));
    let finding = Finding::about_subject(ID, field, action, text);
    vec![Finding { effect: Effect::Works, ..finding }]
}
