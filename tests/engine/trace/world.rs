//! A cluster that changes, and its judgements.

use std::collections::{BTreeMap, BTreeSet};

use backstop::engine::controllers::{IdentifiedBy, Profile};
use backstop::engine::evaluate::{Gap, Settings};
use backstop::engine::kinds::{Kind, Object};
use backstop::engine::model::{Action, CheckId, ObjectName};
use backstop::engine::policy::{Change, Circumstances, Configuration, Judged, Judgement, Occasion, Verdict, judge};
use backstop::engine::subject::Subject;
use backstop::engine::view::{Changes, Index, Key, LiveFacts, Lookup, Needs, Overlay, Trace};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::steps::{Live, Step};
use crate::legal::read;
use crate::world::CONTROLLERS;

/// The time at which the worlds begin.
pub(super) fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// An index, and the results of live reads of the same cluster.
pub(super) struct World {
    index: Index,
    live: LiveFacts,
    pub(super) now: Timestamp,
    /// The time until which the last judgement is valid, if time can change it.
    valid_until: Option<Timestamp>,
}

/// All fields of a judgement, and the live reads that it needs.
type Parts = (
    (&'static str, IdentifiedBy),
    Verdict,
    Vec<Judged>,
    BTreeMap<(CheckId, Action), usize>,
    bool,
    Vec<Gap>,
    Option<Timestamp>,
    bool,
    Needs,
);

/// The outcome of one judgement. `parts` is `None` if the subject is exempt from judgement.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    parts: Option<Parts>,
    pub(super) keys: BTreeSet<Key>,
}

impl Outcome {
    pub(super) fn valid_until(&self) -> Option<Timestamp> {
        self.parts.as_ref()?.6
    }

    pub(super) fn findings(&self) -> Option<&[Judged]> {
        Some(&self.parts.as_ref()?.2)
    }
}

/// Destructures the judgement without `..`, so that a new field must be added to the comparison.
fn parts((judgement, needs): (Judgement, Needs)) -> Parts {
    let Judgement { controller, verdict, findings, counts, would_deny, gaps, valid_until, complete } = judgement;
    ((controller.profile.id, controller.by), verdict, findings, counts, would_deny, gaps, valid_until, complete, needs)
}

impl World {
    pub(super) fn new() -> Self {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_available(kind, Ok(()));
        }
        Self { index, live: LiveFacts::default(), now: start(), valid_until: None }
    }

    /// Makes a change. Returns the keys whose facts changed.
    pub(super) fn change(&mut self, step: Step) -> Changes {
        match step {
            Step::Apply(object) => self.index.apply(read(&object)),
            Step::Delete(kind, name) => self.index.delete(kind, "shop", name),
            Step::SetAvailable(kind, available) => self.index.set_available(kind, available),
            Step::SetOtherPolicies(exist) => self.index.set_other_policies(exist),
            Step::Read(what, found) => self.read(what, found).into_iter().collect(),
            Step::Wait(seconds) => {
                self.now += SignedDuration::from_secs(seconds.into());
                Changes::default()
            }
            Step::WaitForExpiry { past } => {
                let moment = if past { SignedDuration::from_nanos(1) } else { SignedDuration::ZERO };
                self.now = self.valid_until.map_or(self.now, |until| until + moment);
                Changes::default()
            }
        }
    }

    fn read(&mut self, what: Live, found: Option<Lookup<Vec<Value>>>) -> Option<Key> {
        let objects = found.map(|found| found.map(|found| found.iter().map(read).collect::<Vec<Object>>()));
        let live = &mut self.live;
        let (space, named) = (|| "shop".to_owned(), |name: &str| ObjectName::new("shop", name));
        match what {
            Live::Service(name) => replace(&mut live.services, named(name), objects, |objects| {
                objects
                    .into_iter()
                    .find_map(|it| if let Object::Service(_, facts) = it { Some(facts) } else { None })
                    .unwrap()
            })
            .then(|| Key::Service("shop".into(), name.into())),
            Live::Slices(name) => replace(&mut live.slices, named(name), objects, |objects| {
                collected(objects, |it| if let Object::Slice(_, _, facts) = it { Some(facts) } else { None })
            })
            .then(|| Key::Slices("shop".into(), name.into())),
            Live::Namespace(name) => replace(&mut live.namespaces, name.to_owned(), objects, |objects| {
                objects
                    .into_iter()
                    .find_map(|it| if let Object::Namespace(_, facts) = it { Some(facts) } else { None })
                    .unwrap()
            })
            .then(|| Key::Namespace(name.into())),
            Live::Makers => replace(&mut live.makers, space(), objects, |objects| {
                let mut makers = backstop::engine::model::Makers::default();
                let canaries = backstop::engine::programs::maker("flagger.app", "Canary").unwrap();
                for object in objects {
                    match object {
                        Object::Maker(_, facts, _) => makers.add(facts),
                        Object::Workload(_, facts) => makers.add_workload(canaries, facts.kind, facts.name),
                        other => panic!("{other:?}"),
                    }
                }
                makers
            })
            .then(|| Key::Makers("shop".into())),
            Live::Pods(labels) => replace(&mut live.pods, (space(), labels.clone()), objects, |objects| {
                collected(objects, |it| if let Object::Pod(_, facts) = it { Some(facts) } else { None })
            })
            .then(|| Key::Pods("shop".into(), labels)),
            Live::Workloads(labels) => replace(&mut live.workloads, (space(), labels.clone()), objects, |objects| {
                collected(objects, |it| if let Object::Workload(_, facts) = it { Some(facts) } else { None })
            })
            .then(|| Key::Workloads("shop".into(), labels)),
        }
    }

    /// Judges `subject`, and records the keys of its lookups.
    pub(super) fn judge(&mut self, subject: &Subject, fallback: &'static Profile) -> Outcome {
        let picture = self.index.picture(["shop", "ingress-nginx"]);
        let overlay = Overlay::new(&picture, &self.live);
        let trace = Trace::new(&overlay);
        let configuration = Configuration::default();
        let change = Change::creation(subject);
        let parts = {
            let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), &trace);
            let settings = configuration.settings(Some(fallback.into()), Some(self.now));
            let settings = Settings { controllers: &CONTROLLERS, ..settings };
            judge(&circumstances, settings).map(parts)
        };
        let outcome = Outcome { parts, keys: trace.into_keys() };
        self.valid_until = outcome.valid_until();
        outcome
    }
}

/// Replaces the result of a live read. Returns whether the result changed.
fn replace<K: Ord, V: PartialEq>(
    facts: &mut BTreeMap<K, Lookup<V>>,
    key: K,
    found: Option<Lookup<Vec<Object>>>,
    of: impl FnOnce(Vec<Object>) -> V,
) -> bool {
    let new = found.map(|found| found.map(of));
    let changed = facts.get(&key) != new.as_ref();
    match new {
        Some(new) => drop(facts.insert(key, new)),
        None => drop(facts.remove(&key)),
    }
    changed
}

/// The facts of the objects that have them.
fn collected<F, V: FromIterator<F>>(objects: Vec<Object>, facts: impl FnMut(Object) -> Option<F>) -> V {
    objects.into_iter().filter_map(facts).collect()
}
