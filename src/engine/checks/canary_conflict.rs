//! A canary of ingress-nginx and a plain Ingress have the same Service and port.

use super::{Applies, Check, Docs, Rule, SubjectFindings};
use crate::engine::controllers::{class_of, default_class};
use crate::engine::model::{
    Action, CheckId, Effect, FindingText, Found, FoundReferences, Part, ServiceTarget, TargetId,
};
use crate::engine::resolve::Context;
use crate::engine::subject::{Hosts, Neighbour, Reference, hosts_of_targets, is_true, service_targets, shared_targets};
use crate::engine::view::Among;

const ID: CheckId = CheckId("canary-conflict");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "a canary shares Service and port with a plain Ingress, whose hosts may answer 404",
    action: Action::Warn,
    when: "warn, on ingress-nginx only",
    docs: Docs {
        what: "An Ingress has the canary annotation, and one of its backends names the same Service and port as a plain \
               Ingress in the namespace. The check reports the conflict for both Ingresses.",
        why: "ingress-nginx keeps one upstream for each Service and port. If it creates the upstream for the canary, the \
              upstream serves no host, and the hosts of the plain Ingress answer 404 although every Pod is ready. If it \
              creates the upstream for the plain Ingress, the canary has no effect.",
        example: "# a plain Ingress also routes to Service web, port 80\nmetadata:\n  annotations:\n    \
                  nginx.ingress.kubernetes.io/canary: \"true\"\nspec: # …\n  backend:\n    service: {name: web, port: {number: 80}}",
        fix: "Give the canary a Service of its own that selects the Pods of the new version, or remove the canary annotation.",
        options: "`controllers[].options.annotationsPrefix` sets the prefix of annotations if ingress-nginx does not use \
                  the default `nginx.ingress.kubernetes.io`.",
    },
    applies: Applies::TO_INGRESSES,
    rule: Rule::Subject(run),
    elaborate: None,
};

const BECAUSE: &str = "ingress-nginx keeps one upstream for each Service and port";

/// The annotation of ingress-nginx that marks a canary, without the prefix.
const CANARY: &str = "canary";

fn run<'r>(context: &'r Context<'_>) -> SubjectFindings<'r> {
    if context.profile().annotations.canary_conflict == Action::Off {
        return Box::new(std::iter::empty());
    }
    let is_canary = context.controller.annotation(context.subject, CANARY).is_some_and(is_true);
    let mut conflicts = conflicts(context, is_canary);
    // Each target is reported once, at its first reference: an Ingress may route thousands of paths to one Service.
    let findings = (0..).zip(&context.subject.references).filter_map(move |(index, reference)| {
        let target = usize::try_from(reference.target).ok().and_then(|target| conflicts.get_mut(target))?;
        let conflict = target.take()?;
        finding(context, (index, reference), conflict, is_canary)
    });
    Box::new(findings)
}

/// Another Ingress with a target of the subject: one of the two is a canary, the other one is plain.
struct Conflict<'a> {
    other: &'a Neighbour,
    /// The hosts that the plain one of the two routes to the target; `None` if they are not known.
    hosts: Option<Hosts>,
}

/// For each target of the subject, the first Ingress in alphabetical order that conflicts with the subject. Empty if there
/// is no conflict at all.
fn conflicts<'a>(context: &'a Context<'_>, is_canary: bool) -> Vec<Option<Conflict<'a>>> {
    let targets = service_targets(context.subject);
    let ids: Vec<TargetId> = targets.iter().map(|(id, _)| *id).collect();
    let others = others(context, &ids, is_canary);
    if others.is_empty() {
        return Vec::new();
    }
    let own_hosts = if is_canary { Vec::new() } else { hosts_of_targets(context.subject, &targets) };
    let mut conflicts: Vec<Option<Conflict<'_>>> = context.subject.targets.iter().map(|_| None).collect();
    for other in others {
        for (own, of_other) in shared_targets(&ids, other.targets()) {
            let index = targets.get(own).and_then(|(_, index)| usize::try_from(*index).ok());
            let Some(conflict) = index.and_then(|index| conflicts.get_mut(index)) else { continue };
            if conflict.as_ref().is_none_or(|known| other.name < known.other.name) {
                let hosts = if is_canary { other.hosts(of_other) } else { own_hosts.get(own) };
                *conflict = Some(Conflict { other, hosts: hosts.cloned() });
            }
        }
    }
    conflicts
}

/// The Ingresses with the class of the subject and at least one of its targets that are canaries if the subject is not
/// one, or are not canaries if the subject is one. Empty if they cannot be looked up.
fn others<'a>(context: &'a Context<'_>, targets: &[TargetId], is_canary: bool) -> Vec<&'a Neighbour> {
    let among = if is_canary { Among::All } else { Among::Canaries };
    let found = context.view.ingresses_with_targets(context.namespace(), targets, among).found().unwrap_or_default();
    if found.is_empty() {
        return found;
    }
    let prefix = context.controller.annotations_prefix();
    let (class, default) = (class_of(context.subject, context.view), default_class(context.view));
    let fits = |other: &&Neighbour| {
        other.is_canary(prefix) != is_canary
            && *other.name != *context.subject.name.name
            && !other.deleting
            && other.class.is(class, default)
    };
    found.into_iter().filter(fits).collect()
}

/// The finding about a reference of the subject, whose target has a conflict.
fn finding<'r>(
    context: &'r Context<'_>,
    (index, reference): (u32, &Reference),
    Conflict { other, hosts }: Conflict<'r>,
    is_canary: bool,
) -> Option<Found<'r>> {
    let target = context.subject.target(reference)?;
    let service = target.service()?;
    let text = move || text(context, service, (other, hosts.as_ref()), is_canary);
    let field = reference.place.field(Part::ServiceName);
    let mut finding = Found::about_subject(ID, field, context.profile().annotations.canary_conflict, text);
    // Policy softens findings about the backends of a canary. This finding has no target, because it is about the hosts
    // of another Ingress.
    if !is_canary {
        finding.target = Some(target);
        finding.target_index = Some(reference.target);
        finding.references = FoundReferences::One([index]);
    }
    finding.effect = if is_canary { Effect::Works } else { Effect::Fails };
    Some(finding)
}

fn text(
    context: &Context<'_>,
    ServiceTarget { name, port, .. }: &ServiceTarget,
    (other, hosts): (&Neighbour, Option<&Hosts>),
    is_canary: bool,
) -> FindingText {
    let hosts = hosts.map_or_else(
        || "its hosts".to_owned(),
        |Hosts { first, count }| {
            let first = first.as_deref().unwrap_or("every host");
            if *count > 1 { format!("{first} and {} more", count - 1) } else { first.to_owned() }
        },
    );
    let other = &other.name;
    let key = context.controller.annotation_key(CANARY);
    let evidence = vec![format!("Ingress \"{other}\" refers to Service \"{name}\" port {port}")];
    if is_canary {
        return FindingText {
            reason: format!("canary shares Service \"{name}\" with Ingress \"{other}\""),
            brief: ", which may answer 404".to_owned(),
            context: format!(", which may answer 404 for {hosts} although the Pods are ready: {BECAUSE}"),
            help: format!("give the canary a Service of its own, or remove the annotation {key}"),
            evidence,
            ..FindingText::default()
        };
    }
    FindingText {
        reason: format!("canary \"{other}\" shares Service \"{name}\""),
        brief: format!(": {hosts} may answer 404"),
        context: format!(": {hosts} may answer 404 although the Pods are ready: {BECAUSE}"),
        help: format!("give the canary \"{other}\" a Service of its own, or remove its annotation {key}"),
        evidence,
        ..FindingText::default()
    }
}
