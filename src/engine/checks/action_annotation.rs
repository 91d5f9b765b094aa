//! Annotations in JSON that belong to backends (AWS): an action is missing or refused, or forwards to a Service that does
//! not work; conditions, transforms or the validation of tokens are refused.

use super::{Applies, Check, Docs, Rule, SubjectFindings, port_not_found, service_not_found, service_type};
use crate::engine::controllers::Actions;
use crate::engine::model::{
    Action, CheckId, Claim, FindingField, FindingText, Found, Part, Target, USE_ANNOTATION, annotation_field,
};
use crate::engine::resolve::{Context, Resolution};
use crate::engine::subject::{ACTION_PREFIX, ALB_PREFIX, ActionSpec, RefusedAnnotation, TargetGroup};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("action-annotation");

/// The check. The rules of other checks examine the Services that an action forwards to.
pub const CHECK: Check = Check {
    id: ID,
    summary: "an action annotation is missing, is invalid, or forwards to a Service that does not work",
    action: Action::Deny,
    when: "deny if the action forwards to a Service that does not exist, otherwise warn",
    docs: Docs {
        what: "With the port name `use-annotation`, the AWS Load Balancer Controller reads the Service name of a backend \
               as the name of an action. The annotation `alb.ingress.kubernetes.io/actions.<name>` defines the action \
               as JSON. The finding means that the annotation is missing, is refused by the controller, or forwards to \
               a Service that does not work. The controller also reads `conditions.<name>`, `transforms.<name>` and \
               `jwt-validation` for a backend; the finding also means that it refuses one of them. On other controllers \
               the port name has no special meaning, and the backend does not work.",
        why: "Without the action the load balancer answers 503. An annotation that the controller refuses, or an action \
              that forwards to a Service or port that does not exist, stops updates of the whole IngressGroup.",
        example: "metadata:\n  annotations:\n    alb.ingress.kubernetes.io/actions.blue: >-\n      {\"type\":\"forward\",\n      \"forwardConfig\":{\"targetGroups\":[{\"serviceName\":\"bleu\",\"servicePort\":80}]}}",
        fix: "Add the annotation, correct its JSON, or correct the Service that it forwards to. Argo Rollouts \
              adds the annotation by itself shortly after the Ingress is created.",
        options: "`controllers[].profile: aws-alb` states that the AWS Load Balancer Controller serves a class, \
                  if no IngressClass identifies the controller.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::TargetAndSubject(run, refused),
    elaborate: None,
};

fn run<'r>(context: &'r Context<'_>, target: &'r Target) -> Option<Found<'r>> {
    let Target::Action(name) = target else { return None };
    let found = match (context.profile().actions, context.subject.action(name)) {
        // The evaluation judges the Services that the action forwards to: see `forwards`.
        (Actions::Unknown, _) | (Actions::Served, Some(ActionSpec::Answer | ActionSpec::Forward(_))) => return None,
        (Actions::Ignored, _) => Found::about_target(ID, Part::PortName, Action::Warn, move || ignored(context)),
        (Actions::Served, Some(ActionSpec::Refused(why))) => {
            let field = FindingField::At(annotation_field(&annotation_key(name)));
            Found {
                field,
                ..Found::about_target(ID, Part::Whole, Action::Warn, move || {
                    invalid(&format!("action \"{name}\""), why)
                })
            }
        }
        (Actions::Served, None) => Found::about_target(ID, Part::ServiceName, Action::Warn, move || missing(name)),
    };
    Some(Found { claim: Some(Claim::View), ..found })
}

fn annotation_key(name: &str) -> String {
    format!("{ACTION_PREFIX}{name}")
}

fn ignored(context: &Context<'_>) -> FindingText {
    let title = context.profile().title;
    FindingText {
        reason: format!("only AWS knows \"{USE_ANNOTATION}\"; {title} does not"),
        context: ": the port name refers to an action of the AWS Load Balancer Controller".to_owned(),
        consequence: context.profile().without_backend.into(),
        help: "reference a port of a Service".to_owned(),
        ..FindingText::default()
    }
}

fn missing(name: &str) -> FindingText {
    let key = annotation_key(name);
    FindingText {
        reason: format!("action \"{name}\" has no annotation"),
        brief: "; requests get 503".to_owned(),
        context: format!(" {key}"),
        consequence: "requests get 503".into(),
        help: format!("add the annotation {key}"),
        ..FindingText::default()
    }
}

/// The findings about other annotations of backends.
fn refused<'r>(context: &'r Context<'_>) -> SubjectFindings<'r> {
    let served = context.profile().actions == Actions::Served;
    let refused = if served { context.subject.refused_annotations() } else { &[] };
    Box::new(refused.iter().map(|RefusedAnnotation { key, why }| {
        let name = key.strip_prefix(ALB_PREFIX).unwrap_or(key);
        let text = move || invalid(&format!("\"{name}\""), why);
        Found::about_subject(ID, annotation_field(key), Action::Warn, text)
    }))
}

fn invalid(what: &str, why: &str) -> FindingText {
    FindingText {
        reason: format!("{what} is invalid: {why}"),
        consequence: "the load balancer's whole group is not updated any more".into(),
        help: "correct the JSON of the annotation".to_owned(),
        ..FindingText::default()
    }
}

/// The checks that find what stops updates of a load balancer, even if the Service gets no requests.
const FATAL_WITHOUT_REQUESTS: [CheckId; 3] =
    [service_not_found::CHECK.id, port_not_found::CHECK.id, service_type::CHECK.id];

/// A Service that an action forwards to.
#[derive(Clone, Copy, Debug)]
pub struct Forward<'a> {
    /// The name of the action.
    pub action: &'a str,
    /// The Service and port, as an index of the targets of the subject.
    pub group: TargetGroup,
}

/// The Services that the action `name` forwards to; none if the controller does not support actions.
pub fn forwards<'a>(context: &Context<'a>, name: &'a str) -> impl Iterator<Item = Forward<'a>> {
    let groups = match context.subject.action(name) {
        Some(ActionSpec::Forward(groups)) if context.profile().actions == Actions::Served => groups.as_slice(),
        _ => &[],
    };
    groups.iter().map(move |group| Forward { action: name, group: *group })
}

impl<'a> Forward<'a> {
    /// Returns the most severe of the findings that other checks made about the Service, as a finding about the action.
    ///
    /// A Service that gets no requests need not be ready. But the controller reads it like the others: if the Service
    /// or its port is missing, the load balancer is no longer updated.
    pub fn finding<'r>(self, resolution: &Resolution<'_>, found: impl Iterator<Item = Found<'r>>) -> Option<Found<'r>>
    where
        'a: 'r,
    {
        let matters = |finding: &Found<'_>| !self.group.idle || FATAL_WITHOUT_REQUESTS.contains(&finding.check);
        let mut finding = found.filter(matters).max_by_key(|finding| finding.action)?;
        finding.check = ID;
        finding.field = FindingField::At(annotation_field(&annotation_key(self.action)));
        finding.action_name = Some(self.action);
        // Row 37: only a missing Service that gets requests is certain to fail.
        if self.group.idle || !matches!(resolution.service, Lookup::Absent) {
            finding.action = finding.action.min(Action::Warn);
        }
        Some(finding)
    }
}
