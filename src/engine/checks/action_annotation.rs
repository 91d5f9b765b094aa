//! A backend that names an action (AWS), and the action is missing or forwards to what does not work.

use super::{Applies, Check, Docs, Rule, port_not_found, service_not_found, service_type};
use crate::engine::controllers::Actions;
use crate::engine::model::{
    Action, CheckId, Claim, Finding, FindingField, FindingText, Part, Target, USE_ANNOTATION, annotation_field,
};
use crate::engine::resolve::{Context, Resolution};
use crate::engine::subject::{ACTION_PREFIX, ActionSpec, TargetGroup};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("action-annotation");

/// The check itself. Other checks find what is wrong with a Service that an action forwards to.
pub const CHECK: Check = Check {
    id: ID,
    summary: "an action annotation is missing, cannot be read, or forwards to what does not work",
    action: Action::Deny,
    when: "deny where the action forwards to a Service that is absent, else warn",
    docs: Docs {
        what: "On the AWS Load Balancer Controller the port name `use-annotation` makes the backend's Service name the \
               name of an action, which stands as JSON in `alb.ingress.kubernetes.io/actions.<name>`. The annotation \
               is missing, is no such JSON, or forwards to a Service that is broken. On other controllers the word \
               means nothing.",
        why: "Without the action the load balancer answers 503. An action that forwards to a Service or port \
                  that does not exist may keep the whole IngressGroup from being updated.",
        example: "metadata:\n  annotations:\n    alb.ingress.kubernetes.io/actions.blue: >-\n      {\"type\":\"forward\",\n      \"forwardConfig\":{\"targetGroups\":[{\"serviceName\":\"bleu\",\"servicePort\":80}]}}",
        fix: "Add the annotation, correct its JSON, or correct the Service that it forwards to. Argo Rollouts \
                  adds the annotation a moment later by itself.",
        options: "`controllers[].profile: aws-alb` says that the AWS Load Balancer Controller serves a class, \
                  where no IngressClass tells.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::Target(run),
    elaborate: None,
};

fn run(context: &Context<'_>, target: &Target) -> Option<Finding> {
    let Target::Action(name) = target else { return None };
    let (field, text) = match (context.profile().actions, context.subject.action(name)) {
        // What the action forwards to is judged like a backend: see `forwards`.
        (Actions::Unknown, _) | (Actions::Served, Some(ActionSpec::Answer | ActionSpec::Forward(_))) => return None,
        (Actions::Ignored, _) => (FindingField::Reference(Part::PortName), ignored(context)),
        (Actions::Served, Some(ActionSpec::Unreadable(why))) => {
            (FindingField::At(annotation_field(&key(name))), unreadable(name, why))
        }
        (Actions::Served, None) => (FindingField::Reference(Part::ServiceName), missing(name)),
    };
    let finding = Finding::about_target(ID, Part::Whole, target.clone(), Action::Warn, text);
    Some(Finding { field, claim: Some(Claim::View), ..finding })
}

fn key(name: &str) -> String {
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
    let key = key(name);
    FindingText {
        reason: format!("action \"{name}\" has no annotation"),
        brief: "; requests get 503".to_owned(),
        context: format!(" {key}"),
        consequence: "requests get 503".into(),
        help: format!("add the annotation {key}"),
        ..FindingText::default()
    }
}

fn unreadable(name: &str, why: &str) -> FindingText {
    FindingText {
        reason: format!("action \"{name}\" cannot be read: {why}"),
        help: "correct the JSON of the annotation".to_owned(),
        ..FindingText::default()
    }
}

/// The checks of what keeps a load balancer from being updated, whether requests go there or not.
const BESIDES_REQUESTS: [CheckId; 3] = [service_not_found::CHECK.id, port_not_found::CHECK.id, service_type::CHECK.id];

/// A Service that an action forwards to.
#[derive(Clone, Copy, Debug)]
pub struct Forward<'a> {
    /// The name of the action.
    pub action: &'a str,
    /// The Service and port, by index.
    pub group: TargetGroup,
}

/// The Services that the action `name` forwards to; none where the controller does not serve actions.
pub fn forwards<'a>(context: &Context<'a>, name: &'a str) -> impl Iterator<Item = Forward<'a>> {
    let groups = match context.subject.action(name) {
        Some(ActionSpec::Forward(groups)) if context.profile().actions == Actions::Served => groups.as_slice(),
        _ => &[],
    };
    groups.iter().map(move |group| Forward { action: name, group: *group })
}

impl Forward<'_> {
    /// The worst of the findings that other checks made about the Service, as a finding about the action.
    ///
    /// A Service that gets no requests need not be ready, but the controller loads it like the others: where the Service or
    /// its port is missing, the load balancer is not updated any more.
    pub fn finding(&self, resolution: &Resolution<'_>, found: impl Iterator<Item = Finding>) -> Option<Finding> {
        let matters = |finding: &Finding| !self.group.idle || BESIDES_REQUESTS.contains(&finding.check);
        let mut finding = found.filter(matters).max_by_key(|finding| finding.action)?;
        finding.check = ID;
        finding.field = FindingField::At(annotation_field(&key(self.action)));
        finding.action_name = Some(self.action.into());
        // Row 37: only the absence of a Service that gets requests is certain.
        if self.group.idle || !matches!(resolution.service, Lookup::Absent) {
            finding.action = finding.action.min(Action::Warn);
        }
        Some(finding)
    }
}
