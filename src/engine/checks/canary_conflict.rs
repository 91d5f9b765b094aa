//! An ingress-nginx canary that shares Service and port with a plain Ingress.

use std::collections::{BTreeMap, BTreeSet};

use super::scene::Words;
use super::{Check, Docs, Rule, Scene};
use crate::engine::controllers::class_of;
use crate::engine::model::{Action, Backend, CheckId, Claim, Effect, Finding, ObjectName, Subject, Target, is_true};

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

/// The most Ingresses that are examined for one subject. Beyond them the check is silent: so many Ingresses with one backend
/// are no canary and its primary.
const MOST_PEERS: usize = 10_000;
/// The most backends of other Ingresses that are read for the hosts of one subject's findings.
const MOST_BACKENDS: usize = 100_000;

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    if scene.profile().annotations.canary_conflict == Action::Off {
        return Vec::new();
    }
    let mut search = Search::new(scene);
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    // Each target once, where it stands first: an Ingress may lead thousands of paths to one Service.
    for backend in scene.subject.backends.iter().filter(|backend| seen.insert(&backend.target)) {
        let Some(peer) = search.peer(&backend.target) else { continue };
        let plain = if search.is_canary { peer } else { scene.subject };
        let Some(hosts) = search.hosts(plain, &backend.target) else { continue };
        findings.extend(conflict(scene, backend, (peer, &hosts), search.is_canary));
    }
    findings
}

/// The search for Ingresses that share a target with the subject, within bounds.
struct Search<'a> {
    scene: &'a Scene<'a>,
    /// The subject is a canary, so that plain Ingresses are looked for; else the other way around.
    is_canary: bool,
    class: Option<&'a str>,
    /// How many more Ingresses and backends may be examined.
    peers_left: usize,
    backends_left: usize,
    /// The hosts that plain Ingresses serve by each of their targets, as far as they were asked for.
    hosts: BTreeMap<&'a ObjectName, BTreeMap<&'a Target, BTreeSet<&'a str>>>,
}

impl<'a> Search<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        Self {
            scene,
            is_canary: is_canary(scene, scene.subject),
            class: class_of(scene.subject, scene.view),
            peers_left: MOST_PEERS,
            backends_left: MOST_BACKENDS,
            hosts: BTreeMap::new(),
        }
    }

    /// The first Ingress of the same class and the other sort that refers to `target`. Service and port count as they are
    /// written: a number and a name are two upstreams, even of one port.
    fn peer(&mut self, target: &Target) -> Option<&'a Subject> {
        let scene = self.scene;
        let users = scene.view.ingresses_with_target(scene.namespace(), target).found().unwrap_or_default();
        let examined = users.get(..self.peers_left).unwrap_or(users);
        let fits = |peer: &Subject| {
            is_canary(scene, peer) != self.is_canary
                && peer.name != scene.subject.name
                && !peer.deleting
                && class_of(peer, scene.view) == self.class
        };
        let found = examined.iter().position(|peer| fits(peer));
        self.peers_left -= found.map_or(examined.len(), |at| at + 1);
        found.and_then(|at| examined.get(at)).map(|peer| &**peer)
    }

    /// The hosts that `plain` serves by `target`; `None` where that would take too long to tell.
    fn hosts(&mut self, plain: &'a Subject, target: &Target) -> Option<BTreeSet<&'a str>> {
        if !self.hosts.contains_key(&plain.name) {
            self.backends_left = self.backends_left.checked_sub(plain.backends.len())?;
            let mut hosts: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
            for backend in &plain.backends {
                hosts.entry(&backend.target).or_default().insert(backend.host.as_deref().unwrap_or("every host"));
            }
            self.hosts.insert(&plain.name, hosts);
        }
        self.hosts.get(&plain.name)?.get(target).cloned()
    }
}

fn is_canary(scene: &Scene<'_>, subject: &Subject) -> bool {
    scene.controller.annotation(subject, CANARY).is_some_and(is_true)
}

/// The conflict of `own`, a backend of the subject, with another Ingress of the same target; and the hosts of the plain
/// one of them.
fn conflict(
    scene: &Scene<'_>,
    own: &Backend,
    (other, hosts_of_plain): (&Subject, &BTreeSet<&str>),
    is_canary: bool,
) -> Option<Finding> {
    let Target::Service { name, port } = &own.target else { return None };
    let (canary, plain) = if is_canary { (scene.subject, other) } else { (other, scene.subject) };
    let hosts = hosts(hosts_of_plain);
    let (canary, plain, other) = (&canary.name.name, &plain.name.name, &other.name.name);
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
        field: own.location.field("service.name"),
        // What a canary's own backends deserve is little, but this is about another Ingress.
        backend: (!is_canary).then(|| own.clone()),
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
