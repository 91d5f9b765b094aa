//! A backend that names an action (AWS), and the action is missing or forwards to what does not work.

use super::scene::{Scene, Words};
use super::{Case, Check, Docs, Rule, port_not_found, service_not_found, service_type};
use crate::engine::controllers::Actions;
use crate::engine::manifest::ACTION_PREFIX;
use crate::engine::model::{
    Action, ActionSpec, Backend, CheckId, Effect, FieldPath, Finding, Location, PortRef, Target, TargetGroup,
    USE_ANNOTATION,
};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("action-annotation");

/// The check itself: what it says of a Service that an action forwards to is found by others.
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
    rule: Rule::Backend(run),
};

fn run(scene: &Scene<'_>, backend: &Backend) -> Vec<Finding> {
    let Target::Service { name, port: PortRef::Name(word) } = &backend.target else { return Vec::new() };
    if word != USE_ANNOTATION {
        return Vec::new();
    }
    match scene.profile().actions {
        Actions::Unknown => Vec::new(),
        Actions::Ignored => vec![ignored(scene, backend)],
        Actions::Served => match scene.subject.actions.get(name) {
            // What it forwards to is judged like a backend: see `forwards`.
            Some(ActionSpec::Answer | ActionSpec::Forward(_)) => Vec::new(),
            Some(ActionSpec::Unreadable(why)) => vec![unreadable(scene, backend, name, why)],
            None => vec![missing(scene, backend, name)],
        },
    }
}

fn key(name: &str) -> String {
    format!("{ACTION_PREFIX}{name}")
}

fn warning(scene: &Scene<'_>, backend: &Backend, field: FieldPath, words: Words) -> Finding {
    let mut finding = scene.finding(ID, field.0, Action::Warn, words);
    finding.backend = Some(backend.clone());
    finding.effect = Effect::Fails;
    finding
}

fn ignored(scene: &Scene<'_>, backend: &Backend) -> Finding {
    let title = scene.profile().title;
    let words = Words {
        reason: format!("only AWS knows \"{USE_ANNOTATION}\"; {title} does not"),
        detail: format!(
            "the port name \"{USE_ANNOTATION}\" refers to an action of the AWS Load Balancer Controller, and {title} \
             knows none ({}: {})",
            backend.route(),
            scene.profile().without_backend
        ),
        note: scene.profile().without_backend.to_owned(),
        help: "reference a port of a Service".to_owned(),
    };
    warning(scene, backend, backend.location.field("service.port.name"), words)
}

fn missing(scene: &Scene<'_>, backend: &Backend, name: &str) -> Finding {
    let key = key(name);
    let words = Words {
        reason: format!("action \"{name}\" has no annotation; requests get 503"),
        detail: format!("action \"{name}\" has no annotation {key} ({}: requests get 503)", backend.route()),
        note: String::new(),
        help: format!("add the annotation {key}"),
    };
    warning(scene, backend, backend.location.field("service.name"), words)
}

fn unreadable(scene: &Scene<'_>, backend: &Backend, name: &str, why: &str) -> Finding {
    let words = Words {
        reason: format!("action \"{name}\" cannot be read: {why}"),
        detail: format!("the annotation {} is no action: {why} ({})", key(name), backend.route()),
        note: String::new(),
        help: "correct the JSON of the annotation".to_owned(),
    };
    warning(scene, backend, Location::Annotation(key(name)).field(""), words)
}

/// The checks of what keeps a load balancer from being updated, whether requests go there or not.
const BESIDES_REQUESTS: [CheckId; 3] = [service_not_found::CHECK.id, port_not_found::CHECK.id, service_type::CHECK.id];

/// A Service that the action of a backend forwards to.
#[derive(Debug)]
pub struct Forward<'a> {
    /// The name of the action.
    action: &'a str,
    /// The Service and its port, as a backend whose place is the annotation.
    pub backend: Backend,
    /// It gets no requests.
    pub idle: bool,
}

/// What the action that `backend` names forwards to, if it names one.
pub fn forwards<'a>(scene: Scene<'a>, backend: &'a Backend) -> Option<impl Iterator<Item = Forward<'a>>> {
    let Target::Service { name, port: PortRef::Name(word) } = &backend.target else { return None };
    if word != USE_ANNOTATION || scene.profile().actions != Actions::Served {
        return None;
    }
    let Some(ActionSpec::Forward(groups)) = scene.subject.actions.get(name) else { return None };
    let forward = |TargetGroup { target, idle }: &TargetGroup| Forward {
        action: name,
        idle: *idle,
        backend: Backend {
            location: Location::Annotation(key(name)),
            target: target.clone(),
            host: backend.host.clone(),
            path: backend.path.clone(),
        },
    };
    Some(groups.iter().map(forward))
}

impl Forward<'_> {
    /// The worst of what other checks have found of the Service, told as of the action.
    ///
    /// A Service that gets no requests need not be ready, but is loaded like the others: where it or its port is missing,
    /// the load balancer is not updated any more.
    pub fn told(&self, case: &Case<'_>, found: impl Iterator<Item = Finding>) -> Option<Finding> {
        let matters = |finding: &Finding| !self.idle || BESIDES_REQUESTS.contains(&finding.check);
        let mut finding = found.filter(matters).max_by_key(|finding| finding.action)?;
        let action = self.action;
        finding.check = ID;
        finding.reason = format!("action \"{action}\": {}", finding.reason);
        finding.detail = format!("action \"{action}\": {}", finding.detail);
        // Row 37: only that is certain.
        if self.idle || !matches!(case.service, Lookup::Absent) {
            finding.action = finding.action.min(Action::Warn);
        }
        Some(finding)
    }
}
