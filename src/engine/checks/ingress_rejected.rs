//! The controller rejects the whole Ingress, so that none of its backends gets requests.

use std::borrow::Cow;

use super::{Applies, Check, Docs, Rule, SubjectFindings};
use crate::engine::controllers::{Rejected, RejectedPlace, RejectedShape};
use crate::engine::model::{Action, CheckId, Effect, FieldPath, FindingText, Found, Place, annotation_field};
use crate::engine::resolve::Context;
use crate::engine::subject::Subject;

const ID: CheckId = CheckId("ingress-rejected");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the controller rejects the whole Ingress",
    action: Action::Warn,
    when: "warn; audit if an option that many users of such Ingresses set decides, or the version of the controller",
    docs: Docs {
        what: "The API server stores the Ingress, but the controller does not accept it: for example F5's controller \
               rejects an Ingress without rules, a rule without a host, a host that two rules name, and mergeable \
               Ingresses that do not have the form of a master or a minion. GKE and AWS reject a path of type Exact or \
               Prefix with a wildcard. Traefik's provider for ingress-nginx rejects snippets and regular expressions in \
               such paths, and ingress-nginx rejects snippets, unless an option allows them.",
        why: "The controller serves no path of the Ingress, even if all Services are healthy. GKE and AWS stop updates of \
              the load balancer. On AWS, all Ingresses of the IngressGroup share the load balancer. Other findings about \
              the Ingress are warnings at most, because requests fail for another reason.",
        example: "# F5's NGINX Ingress Controller\nspec:\n  rules:\n    - http:                # the rule has no host\n        paths: [ … ]",
        fix: "Change what the finding names. The events of the Ingress (`kubectl describe ingress NAME`) or the log of \
              the controller have the message of the controller.",
        options: "`controllers[].profile` states which controller serves a class, if no IngressClass identifies it.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::Subject(run),
    elaborate: None,
};

fn run<'r>(context: &'r Context<'_>) -> SubjectFindings<'r> {
    let (subject, profile) = (context.subject, context.profile());
    Box::new(profile.rejections(subject).map(move |rejected| {
        let text = move || text(subject, profile.title, rejected);
        let finding = Found::about_subject(ID, field(subject, rejected.place), rejected.action, text);
        let certain = rejected.action >= Action::Warn;
        Found { effect: if certain { Effect::Fails } else { Effect::Unsure }, ..finding }
    }))
}

fn field(subject: &Subject, place: RejectedPlace) -> FieldPath {
    FieldPath(match place {
        RejectedPlace::Annotation(key) => return annotation_field(key),
        RejectedPlace::Rules => "spec.rules".to_owned(),
        RejectedPlace::Tls => "spec.tls".to_owned(),
        RejectedPlace::Rule(rule) => format!("spec.rules[{rule}]"),
        RejectedPlace::Host(rule) => format!("spec.rules[{rule}].host"),
        RejectedPlace::Path(reference) => match subject.reference(reference).map(|reference| &reference.place) {
            Some(Place::Field(_, [rule, path])) => format!("spec.rules[{rule}].http.paths[{path}].path"),
            _ => "spec.rules".to_owned(),
        },
    })
}

/// The number of characters of a path that a message shows.
const SHOWN: usize = 40;

fn text(subject: &Subject, title: &str, rejected: Rejected) -> FindingText {
    let (fault, help) = fault_of_rules(subject, rejected);
    let certain = rejected.action >= Action::Warn;
    let (rejects, then) = if certain { ("rejects", "") } else { ("may reject", " then") };
    FindingText {
        reason: format!("{title} {rejects} the Ingress: {fault}"),
        short_reason: format!("{}: {fault}", if certain { "rejected" } else { "perhaps rejected" }),
        consequence: format!("no path of the Ingress is served{then}").into(),
        help: help.to_owned(),
        ..FindingText::default()
    }
}

/// What is wrong, and the next step.
type FaultAndHelp = (Cow<'static, str>, &'static str);

fn fault_of_rules(subject: &Subject, Rejected { shape, place, .. }: Rejected) -> FaultAndHelp {
    let path = || match place {
        RejectedPlace::Path(reference) => {
            let path = subject.reference(reference).and_then(|reference| reference.path.as_deref()).unwrap_or_default();
            format!("path \"{}\"", path.chars().take(SHOWN).collect::<String>())
        }
        _ => "the path".to_owned(),
    };
    match shape {
        RejectedShape::NoRules => ("the Ingress has no rules".into(), "add a rule with a host"),
        RejectedShape::NoPaths => ("no rule has a path".into(), "add a path to a rule"),
        RejectedShape::PathlessRule => ("the rule has no paths".into(), "add a path to the rule, or remove the rule"),
        RejectedShape::HostlessRule => ("the rule has no host".into(), "give the rule a host"),
        RejectedShape::RepeatedHost => {
            ("another rule has the same host".into(), "put all paths of a host into one rule")
        }
        RejectedShape::PathCharacter(_) => (
            format!("{} has a character that its type does not allow", path()).into(),
            "use the type ImplementationSpecific, or another path",
        ),
        RejectedShape::PathPattern => (format!("{} is no regular expression", path()).into(), "correct the path"),
        RejectedShape::Mergeable(_) => match place {
            RejectedPlace::Annotation(_) => ("the value is neither master nor minion".into(), "write master or minion"),
            RejectedPlace::Tls => ("a minion has no TLS".into(), "move spec.tls to the master"),
            _ => (
                "a master has one rule without paths, a minion one with paths".into(),
                "give the Ingress one rule; paths belong to minions",
            ),
        },
        RejectedShape::TlsHosts(_) => ("only one host is allowed".into(), "keep one host in spec.tls"),
        RejectedShape::Annotation(_)
        | RejectedShape::AnnotationCharacter(..)
        | RejectedShape::WithoutTls { .. }
        | RejectedShape::NotBoolean(_)
        | RejectedShape::NotNumber(_)
        | RejectedShape::UnknownService(_) => fault_of_annotation(shape),
    }
}

fn fault_of_annotation(shape: RejectedShape) -> FaultAndHelp {
    match shape {
        RejectedShape::AnnotationCharacter(_, characters) => {
            let listed: Vec<String> = characters.iter().map(char::to_string).collect();
            (format!("the value contains {}", listed.join(" or ")).into(), "write the value without the character")
        }
        RejectedShape::WithoutTls { .. } => {
            ("the annotation needs TLS".into(), "add spec.tls, or remove the annotation")
        }
        RejectedShape::NotBoolean(_) => ("the value is neither true nor false".into(), "write \"true\" or \"false\""),
        RejectedShape::NotNumber(_) => ("the value is no number".into(), "write a number"),
        RejectedShape::UnknownService(_) => {
            ("it lists a Service that no backend names".into(), "list Services of the backends only")
        }
        _ => ("an option must allow the annotation".into(), "remove the annotation, or set the option"),
    }
}
