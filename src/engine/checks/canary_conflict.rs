//! A canary of ingress-nginx and a plain Ingress have the same Service and port.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ahash::HashMap;

use super::{Applies, Check, Docs, Rule, SubjectFindings};
use crate::engine::controllers::class_of;
use crate::engine::model::{Action, CheckId, Effect, FindingText, Found, ObjectName, Part, ServiceTarget, Target};
use crate::engine::resolve::Context;
use crate::engine::subject::{Reference, Subject, is_true};

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

/// The maximum number of Ingresses that are examined for one subject. The check reports nothing beyond it: so many
/// Ingresses with one backend are not a canary and its primary.
const MOST_PEERS: usize = 10_000;
/// The maximum number of references of other Ingresses that are read to list the hosts in the findings of one subject.
const MOST_REFERENCES: usize = 100_000;

fn run<'r>(context: &'r Context<'_>) -> SubjectFindings<'r> {
    if context.profile().annotations.canary_conflict == Action::Off {
        return Box::new(std::iter::empty());
    }
    let mut search = Search::new(context);
    let mut seen = vec![false; context.subject.targets.len()];
    // Each target is examined once, at its first reference: an Ingress may route thousands of paths to one Service.
    let findings = (0..).zip(&context.subject.references).filter_map(move |(index, reference)| {
        let seen = usize::try_from(reference.target).ok().and_then(|target| seen.get_mut(target))?;
        if std::mem::replace(seen, true) {
            return None;
        }
        let target = context.subject.target(reference)?;
        let peer = search.peer(target)?;
        let plain = if search.is_canary { peer } else { context.subject };
        let hosts = search.hosts(plain, target)?;
        conflict(context, (index, reference), (peer, hosts), search.is_canary)
    });
    Box::new(findings)
}

/// The hosts that an Ingress routes to one target.
#[derive(Clone, Copy)]
struct Hosts<'a> {
    /// The first one in alphabetical order.
    first: &'a str,
    /// The number of distinct hosts.
    count: usize,
}

/// A search for Ingresses that share a target with the subject, with an upper bound on its cost.
struct Search<'a> {
    context: &'a Context<'a>,
    /// The subject is a canary, and the search is for plain Ingresses. If false, the search is for canaries.
    is_canary: bool,
    class: Option<&'a str>,
    /// The number of Ingresses that may still be examined.
    peers_left: usize,
    /// The number of references that may still be read.
    references_left: usize,
    /// The hosts of each target of the plain Ingresses that were read so far.
    hosts: BTreeMap<&'a ObjectName, HashMap<&'a Target, Hosts<'a>>>,
}

impl<'a> Search<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            is_canary: is_canary(context, context.subject),
            class: class_of(context.subject, context.view),
            peers_left: MOST_PEERS,
            references_left: MOST_REFERENCES,
            hosts: BTreeMap::new(),
        }
    }

    /// The first Ingress that refers to `target`, has the same class, and is a canary if the subject is not one, or is
    /// not one if the subject is. Targets are compared as they are written: the number and the name of one port are two
    /// upstreams.
    fn peer(&mut self, target: &Target) -> Option<&'a Subject> {
        let context = self.context;
        let users = context.view.ingresses_with_target(context.namespace(), target).found().unwrap_or_default();
        let examined = users.get(..self.peers_left).unwrap_or(users);
        let fits = |peer: &Subject| {
            is_canary(context, peer) != self.is_canary
                && peer.name != context.subject.name
                && !peer.deleting
                && class_of(peer, context.view) == self.class
        };
        let found = examined.iter().position(|peer| fits(peer));
        self.peers_left -= found.map_or(examined.len(), |at| at + 1);
        found.and_then(|at| examined.get(at)).map(|peer| &**peer)
    }

    /// The hosts of `plain` that route to `target`; `None` if reading them would exceed the bound.
    fn hosts(&mut self, plain: &'a Subject, target: &Target) -> Option<Hosts<'a>> {
        if !self.hosts.contains_key(&plain.name) {
            self.references_left = self.references_left.checked_sub(plain.references.len())?;
            self.hosts.insert(&plain.name, hosts_by_target(plain));
        }
        self.hosts.get(&plain.name)?.get(target).copied()
    }
}

fn hosts_by_target(plain: &Subject) -> HashMap<&Target, Hosts<'_>> {
    let hosts = plain.references.iter().map(|it| (it.target, it.host.as_deref().unwrap_or("every host")));
    let mut hosts: Vec<(u32, &str)> = hosts.collect();
    hosts.sort_unstable();
    hosts.dedup();
    let of_targets = hosts.chunk_by(|(a, _), (b, _)| a == b).filter_map(|hosts| {
        let (index, first) = hosts.first()?;
        let target = plain.targets.get(usize::try_from(*index).ok()?)?;
        Some((target, Hosts { first, count: hosts.len() }))
    });
    of_targets.collect()
}

fn is_canary(context: &Context<'_>, subject: &Subject) -> bool {
    context.controller.annotation(subject, CANARY).is_some_and(is_true)
}

/// The finding about a reference of the subject and another Ingress with the same target. `hosts_of_plain` are the
/// hosts of the plain one of the two.
fn conflict<'r>(
    context: &'r Context<'_>,
    (index, reference): (u32, &Reference),
    (other, hosts_of_plain): (&'r Subject, Hosts<'r>),
    is_canary: bool,
) -> Option<Found<'r>> {
    let target = context.subject.target(reference)?;
    let service = target.service()?;
    let text = move || {
        let (canary, plain) = if is_canary { (context.subject, other) } else { (other, context.subject) };
        text(context, service, (canary, plain), (is_canary, hosts_of_plain))
    };
    let field = reference.place.field(Part::ServiceName);
    let mut finding = Found::about_subject(ID, field, context.profile().annotations.canary_conflict, text);
    // Policy softens findings about the backends of a canary. This finding has no target, because it is about the hosts
    // of another Ingress.
    if !is_canary {
        finding.target = Some(target);
        finding.target_index = Some(reference.target);
        finding.references = Cow::Owned(vec![index]);
    }
    finding.effect = if is_canary { Effect::Works } else { Effect::Fails };
    Some(finding)
}

fn text(
    context: &Context<'_>,
    ServiceTarget { name, port, .. }: &ServiceTarget,
    (canary, plain): (&Subject, &Subject),
    (is_canary, hosts): (bool, Hosts<'_>),
) -> FindingText {
    let Hosts { first, count } = hosts;
    let hosts = if count > 1 { format!("{first} and {} more", count - 1) } else { first.to_owned() };
    let (canary, plain) = (&canary.name.name, &plain.name.name);
    let other = if is_canary { plain } else { canary };
    let key = context.controller.annotation_key(CANARY);
    let evidence = vec![format!("Ingress \"{other}\" refers to Service \"{name}\" port {port}")];
    if is_canary {
        return FindingText {
            reason: format!("canary shares Service \"{name}\" with Ingress \"{plain}\", which may answer 404"),
            context: format!(" for {hosts} although the Pods are ready: {BECAUSE}"),
            help: format!("give the canary a Service of its own, or remove the annotation {key}"),
            evidence,
            ..FindingText::default()
        };
    }
    FindingText {
        reason: format!("canary \"{canary}\" shares Service \"{name}\": {hosts} may answer 404"),
        context: format!(" although the Pods are ready: {BECAUSE}"),
        help: format!("give the canary \"{canary}\" a Service of its own, or remove its annotation {key}"),
        evidence,
        ..FindingText::default()
    }
}
