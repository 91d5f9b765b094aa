//! The annotation `default-backend` names a Service that does not exist or has no ports.

use super::{Applies, Check, Docs, Rule, SubjectFindings};
use crate::engine::model::{Action, CheckId, Effect, FindingText, Found, annotation_field};
use crate::engine::resolve::{Context, DEFAULT_BACKEND};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("default-backend-annotation");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the annotation default-backend names a Service that does not exist or has no ports",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "`nginx.ingress.kubernetes.io/default-backend` names a Service in the namespace of the Ingress. The Service \
               does not exist or has no port. The backends of the rules may work.",
        why: "ingress-nginx sends requests to this Service if the Service of a rule is missing or has no endpoints. \
              During such an outage, requests then get an error instead of the intended page.",
        example: "metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/default-backend: sorry",
        fix: "Create the Service, give it a port, correct its name, or remove the annotation.",
        options: "`controllers[].options.annotationsPrefix` sets the prefix of annotations if ingress-nginx does not use \
                  the default `nginx.ingress.kubernetes.io`.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::Subject(run),
    elaborate: None,
};

fn run<'r>(context: &'r Context<'_>) -> SubjectFindings<'r> {
    let action = context.profile().annotations.default_backend;
    let Some(name) = context.controller.annotation(context.subject, DEFAULT_BACKEND) else {
        return Box::new(std::iter::empty());
    };
    let (fault, help) = match context.view.service(context.namespace(), name) {
        Lookup::Absent => ("does not exist", "create it, correct the name, or remove the annotation"),
        Lookup::Found(service) if service.ports.is_empty() => {
            ("has no port", "give it a port, correct the name, or remove the annotation")
        }
        Lookup::Found(_) | Lookup::Unknown(_) => return Box::new(std::iter::empty()),
    };
    let text = move || FindingText {
        reason: format!("Service \"{name}\" {fault}"),
        context: "; it answers if a backend has no endpoints".to_owned(),
        help: help.to_owned(),
        ..FindingText::default()
    };
    let field = annotation_field(&context.controller.annotation_key(DEFAULT_BACKEND));
    let finding = Found::about_subject(ID, field, action, text);
    Box::new(std::iter::once(Found { effect: Effect::Works, ..finding }))
}
