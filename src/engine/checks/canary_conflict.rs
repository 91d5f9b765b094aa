//! An ingress-nginx canary that shares Service and port with a plain Ingress.

use std::collections::{BTreeMap, BTreeSet};

use super::scene::Words;
use super::{Check, Docs, Rule, Scene};
use crate::engine::controllers::class_of;
use crate::engine::model::{Action, Backend, CheckId, Claim, Effect, Finding, Subject, Target, is_true};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("canary-conflict");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "a canary shares Service and port with a plain Ingress, whose hosts may answer 404",
    action: Action::Warn,
    when: "warn, on ingress-nginx only",
    docs: Docs {
        what: "An Ingress is marked as a canary, and one of its backends names the same Service and port as a plain \
               Ingress of the namespace. Whichever of the two is under judgement is told of the other.",
        why: "ingress-nginx keeps one upstream for each Service and port. Made by the canary, it serves no host of its \
              own, so that the plain Ingress answers 404 although every Pod is ready. Made by the plain Ingress, it \
              leaves the canary without effect.",
        example: "# the plain Ingress routes to service web, port 80, too\nmetadata:\n  annotations:\n    \
                  nginx.ingress.kubernetes.io/canary: \"true\"\nspec: # …\n  backend:\n    service: {name: web, port: {number: 80}}",
        fix: "Give the canary a Service of its own, which selects the new version's Pods; or remove the canary annotation.",
        options: "`controllers[].options.annotationsPrefix` says so where ingress-nginx is run with another prefix \
                  than `nginx.ingress.kubernetes.io`.",
    },
    rule: Rule::Subject(run),
};

const NOTE: &str = "although the Pods are ready: ingress-nginx keeps one upstream for each Service and port";

/// The annotation of ingress-nginx that makes a canary, behind the prefix.
const CANARY: &str = "canary";

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    if scene.profile().annotations.canary_conflict == Action::Off {
        return Vec::new();
    }
    let subject = scene.subject;
    let is_canary = |it: &Subject| scene.controller.annotation(it, CANARY).is_some_and(is_true);
    let peers: Vec<&Subject> = if is_canary(subject) {
        // Rare, so that all Ingresses of the namespace may be looked at.
        let all = scene.view.ingresses(scene.namespace()).found().unwrap_or_default();
        all.into_iter().filter(|it| !is_canary(it)).collect()
    } else {
        match scene.view.canary_ingresses(scene.namespace()) {
            Lookup::Found(canaries) => canaries.iter().map(|canary| &**canary).filter(|it| is_canary(it)).collect(),
            Lookup::Absent | Lookup::Unknown(_) => return Vec::new(),
        }
    };
    if peers.is_empty() {
        return Vec::new();
    }
    let class = class_of(subject, scene.view);
    let peers: Vec<&Subject> = peers
        .into_iter()
        .filter(|peer| peer.name != subject.name && class_of(peer, scene.view) == class && !peer.deleting)
        .collect();
    let mut own = uses([subject], |_| true);
    let others = uses(peers, |target| own.contains_key(target));
    // Told once for each target, where it stands first: an Ingress may lead thousands of paths to one Service.
    let shared = subject.backends.iter().filter_map(|backend| own.remove(&backend.target));
    shared.filter_map(|own| conflict(scene, &own, others.get(&own.backend.target)?, is_canary(subject))).collect()
}

/// What an Ingress does with one target.
struct Use<'a> {
    subject: &'a Subject,
    /// The first backend that refers to the target.
    backend: &'a Backend,
    /// The hosts that are served by it.
    hosts: BTreeSet<&'a str>,
}

/// The first of `subjects` that refers to each of the targets that count. Service and port as they are written: a number
/// and a name are two upstreams, even of one port.
fn uses<'a>(
    subjects: impl IntoIterator<Item = &'a Subject>,
    counts: impl Fn(&Target) -> bool,
) -> BTreeMap<&'a Target, Use<'a>> {
    let mut uses = BTreeMap::new();
    for subject in subjects {
        for backend in subject.backends.iter().filter(|backend| counts(&backend.target)) {
            let first = uses.entry(&backend.target).or_insert(Use { subject, backend, hosts: BTreeSet::new() });
            if std::ptr::eq(first.subject, subject) {
                first.hosts.insert(backend.host.as_deref().unwrap_or("every host"));
            }
        }
    }
    uses
}

/// That `own` has the same target as `other`.
fn conflict(scene: &Scene<'_>, own: &Use<'_>, other: &Use<'_>, is_canary: bool) -> Option<Finding> {
    let Target::Service { name, port } = &own.backend.target else { return None };
    let (canary, plain) = if is_canary { (own, other) } else { (other, own) };
    let hosts = hosts(&plain.hosts);
    let (canary, plain, other) = (&canary.subject.name.name, &plain.subject.name.name, &other.subject.name.name);
    let key = scene.controller.annotation_key(CANARY);
    let words = if is_canary {
        Words {
            reason: format!("canary shares Service \"{name}\" with Ingress \"{plain}\", which may answer 404"),
            detail: format!(
                "this canary shares Service \"{name}\" port {port} with the plain Ingress \"{plain}\", for which {hosts} \
                 may answer 404 although the Pods are ready"
            ),
            note: NOTE.to_owned(),
            help: format!("give the canary a Service of its own, or remove the annotation {key}"),
        }
    } else {
        Words {
            reason: format!("canary \"{canary}\" shares Service \"{name}\": {hosts} may answer 404"),
            detail: format!(
                "the canary Ingress \"{canary}\" shares Service \"{name}\" port {port} with this one: {hosts} may answer \
                 404 although the Pods are ready"
            ),
            note: NOTE.to_owned(),
            help: format!("give the canary \"{canary}\" a Service of its own, or remove its annotation {key}"),
        }
    };
    Some(Finding {
        check: ID,
        field: own.backend.location.field("service.name"),
        // What a canary's own backends deserve is little, but this is about another Ingress.
        backend: (!is_canary).then(|| own.backend.clone()),
        effect: if is_canary { Effect::Works } else { Effect::Fails },
        action: scene.profile().annotations.canary_conflict,
        claim: Some(Claim::Picture),
        reason: words.reason,
        detail: words.detail,
        note: words.note,
        help: words.help,
        evidence: vec![format!("Ingress \"{other}\" refers to Service \"{name}\" port {port}")],
    })
}

/// The hosts that may answer 404, for people.
fn hosts(hosts: &BTreeSet<&str>) -> String {
    let first = hosts.first().copied().unwrap_or("its hosts");
    match hosts.len() {
        0 | 1 => first.to_owned(),
        all => format!("{first} and {} more", all - 1),
    }
}
