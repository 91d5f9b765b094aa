//! What an evaluation looked up is what it depends on: while none of these keys changes, its result does not.
//!
//! Random worlds (an index, and live facts laid over it) change at random. `BACKSTOP_TRACE_CHANGES` sets how often, beside
//! the default of 20,000 changes.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use backstop::engine::controllers::Profile;
use backstop::engine::evaluate::Settings;
use backstop::engine::kinds::{Kind, Object};
use backstop::engine::model::{Labels, ObjectName};
use backstop::engine::policy::{Change, Circumstances, Configuration, Occasion, judge};
use backstop::engine::subject::Subject;
use backstop::engine::view::{Changes, Index, Key, LiveFacts, Lookup, Overlay, Trace, Unknown};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Value, json};

use crate::legal::{CLASSES, SERVICES, a_class, a_service, a_slice, an_ingress, profile, read, subject};
use crate::world::{CONTROLLERS, apply};

/// Changes of one world.
const CHANGES: usize = 50;
const SLICES: [&str; 4] = ["a", "b", "c", "d"];
const INGRESSES: [&str; 2] = ["other", "another"];
const POLICIES: [&str; 2] = ["one", "two"];
const REASONS: [Unknown; 3] = [Unknown::NotSynced, Unknown::Forbidden, Unknown::Timeout];

/// One change of a world.
#[derive(Clone, Debug)]
enum Step {
    /// An object of a watched kind is as it is here.
    Apply(Value),
    /// An object of a watched kind is deleted.
    Delete(Kind, &'static str),
    /// A kind becomes available, or not.
    SetAvailable(Kind, Result<(), Unknown>),
    SetOtherPolicies(bool),
    /// A live read of this says so; `None`: it was not read.
    Read(Live, Option<Lookup<Vec<Value>>>),
    /// Time passes.
    Wait(u32),
}

/// What live reads read.
#[derive(Clone, Debug)]
enum Live {
    Service(&'static str),
    Slices(&'static str),
    Namespace(&'static str),
    Makers,
    Pods(Labels),
    Workloads(Labels),
}

fn lookup(found: impl Strategy<Value = Vec<Value>>) -> impl Strategy<Value = Option<Lookup<Vec<Value>>>> {
    prop_oneof![
        1 => Just(None),
        4 => found.prop_map(|found| Some(Lookup::Found(found))),
        1 => Just(Some(Lookup::Absent)),
        1 => select(&REASONS).prop_map(|why| Some(Lookup::Unknown(why))),
    ]
}

/// A selector of the Services here, or that of none.
fn selector() -> impl Strategy<Value = Labels> {
    prop_oneof![
        6 => select(&SERVICES).prop_map(|app| [("app", app)].into_iter().collect()),
        1 => Just(Labels::default()),
    ]
}

fn a_pod() -> impl Strategy<Value = Value> {
    let container = json!({"name": "app", "ports": [{"name": "http", "containerPort": 8080}], "readinessProbe": {}});
    (select(&SERVICES), any::<bool>(), 0..300_i64).prop_map(move |(app, ready, age)| {
        let created = start() - SignedDuration::from_secs(age);
        let ready = if ready { "True" } else { "False" };
        json!({
            "apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]},
            "metadata": {"name": format!("{app}-{age}"), "namespace": "shop", "labels": {"app": app}, "creationTimestamp": created.to_string()},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready, "reason": "ContainersNotReady"}],
                       "containerStatuses": [{"name": "app", "ready": ready == "True", "started": true, "state": {"running": {}}}]},
        })
    })
}

fn a_workload() -> impl Strategy<Value = Value> {
    let container = json!({"name": "app", "ports": [{"name": "http", "containerPort": 8080}]});
    (select(&SERVICES), 0..2_u32).prop_map(move |(app, replicas)| {
        let template = json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [container]}});
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app, "namespace": "shop"},
            "spec": {"replicas": replicas, "template": template},
        })
    })
}

fn a_canary() -> impl Strategy<Value = Value> {
    select(&SERVICES).prop_map(|app| {
        json!({
            "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "metadata": {"name": app, "namespace": "shop"},
            "spec": {"targetRef": {"kind": "Deployment", "name": app}},
        })
    })
}

fn a_namespace(name: &'static str) -> impl Strategy<Value = Value> {
    select(&["enforce", "warn", "off", "nonsense"]).prop_map(move |mode| {
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"backstop.dev/mode": mode}}})
    })
}

fn a_policy(name: &'static str) -> impl Strategy<Value = Value> {
    (select(&SERVICES), any::<bool>()).prop_map(move |(app, admits)| {
        let rule = json!([{"from": [{"namespaceSelector": {"matchLabels": {"backstop.dev/mode": "warn"}}}]}]);
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"podSelector": {"matchLabels": {"app": app}}, "ingress": if admits { rule } else { Value::Null }},
        })
    })
}

fn an_object() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(&SERVICES).prop_flat_map(a_service),
        4 => select(&SLICES).prop_flat_map(a_slice),
        1 => select(&CLASSES).prop_flat_map(a_class),
        2 => select(&INGRESSES).prop_flat_map(an_ingress),
        1 => select(&["shop", "ingress-nginx"]).prop_flat_map(a_namespace),
        1 => select(&POLICIES).prop_flat_map(a_policy),
    ]
}

fn a_deletion() -> impl Strategy<Value = Step> {
    let of = |kind, names: &'static [&'static str]| select(names).prop_map(move |name| Step::Delete(kind, name));
    prop_oneof![
        of(Kind::Service, &SERVICES),
        of(Kind::EndpointSlice, &SLICES),
        of(Kind::IngressClass, &CLASSES),
        of(Kind::Ingress, &INGRESSES),
        of(Kind::Namespace, &["shop", "ingress-nginx"]),
        of(Kind::NetworkPolicy, &POLICIES),
    ]
}

fn a_read() -> impl Strategy<Value = Step> {
    let some = |object: BoxedStrategy<Value>| lookup(prop::collection::vec(object, 0..3));
    let one = |object: BoxedStrategy<Value>| lookup(prop::collection::vec(object, 1));
    prop_oneof![
        select(&SERVICES).prop_flat_map(move |name| (Just(Live::Service(name)), one(a_service(name).boxed()))),
        select(&SERVICES).prop_flat_map(move |name| (Just(Live::Slices(name)), some(a_slice("a").boxed()))),
        one(a_namespace("shop").boxed()).prop_map(|found| (Live::Namespace("shop"), found)),
        some(prop_oneof![a_canary(), a_workload()].boxed()).prop_map(|found| (Live::Makers, found)),
        (selector().prop_map(Live::Pods), some(a_pod().boxed())),
        (selector().prop_map(Live::Workloads), some(a_workload().boxed())),
    ]
    .prop_map(|(what, found)| Step::Read(what, found))
}

fn a_step() -> impl Strategy<Value = Step> {
    let available = prop_oneof![3 => Just(Ok(())), 1 => select(&REASONS).prop_map(Err)];
    prop_oneof![
        12 => an_object().prop_map(Step::Apply),
        4 => a_deletion(),
        8 => a_read(),
        2 => (select(&Kind::ALL), available).prop_map(|(kind, available)| Step::SetAvailable(kind, available)),
        1 => any::<bool>().prop_map(Step::SetOtherPolicies),
        1 => (0..200_u32).prop_map(Step::Wait),
    ]
}

/// When the worlds begin.
fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// An index, and what live reads said of the same cluster.
struct World {
    index: Index,
    live: LiveFacts,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_available(kind, Ok(()));
        }
        Self { index, live: LiveFacts::default(), now: start() }
    }

    /// Makes a change; the keys whose facts changed.
    fn change(&mut self, step: Step) -> Changes {
        match step {
            Step::Apply(object) => match read(&object) {
                // It does not count.
                Object::Other => Changes::default(),
                object => apply(&mut self.index, object),
            },
            Step::Delete(kind, name) => self.index.delete(kind, "shop", name),
            Step::SetAvailable(kind, available) => self.index.set_available(kind, available),
            Step::SetOtherPolicies(exist) => self.index.set_other_policies(exist),
            Step::Read(what, found) => self.read(what, found).into_iter().collect(),
            Step::Wait(seconds) => {
                self.now += SignedDuration::from_secs(seconds.into());
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
                objects
                    .into_iter()
                    .filter_map(|it| if let Object::Slice(_, _, facts) = it { Some(facts) } else { None })
                    .collect()
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
                for object in objects {
                    match object {
                        Object::Canary(_, facts) => drop(makers.canaries.insert(facts.name.clone(), facts)),
                        Object::Workload(_, facts) => drop(makers.workloads.insert((facts.kind, facts.name))),
                        other => panic!("{other:?}"),
                    }
                }
                makers
            })
            .then(|| Key::Makers("shop".into())),
            Live::Pods(labels) => replace(&mut live.pods, (space(), labels.clone()), objects, |objects| {
                objects
                    .into_iter()
                    .filter_map(|it| if let Object::Pod(_, facts) = it { Some(facts) } else { None })
                    .collect()
            })
            .then(|| Key::Pods("shop".into(), labels)),
            Live::Workloads(labels) => replace(&mut live.workloads, (space(), labels.clone()), objects, |objects| {
                objects
                    .into_iter()
                    .filter_map(|it| if let Object::Workload(_, facts) = it { Some(facts) } else { None })
                    .collect()
            })
            .then(|| Key::Workloads("shop".into(), labels)),
        }
    }

    /// All that is said of `subject`, and the keys that were looked up for it.
    fn judged(&self, subject: &Subject, fallback: &'static Profile) -> (String, BTreeSet<Key>) {
        let picture = self.index.picture(["shop", "ingress-nginx"]);
        let overlay = Overlay::new(&picture, &self.live);
        let trace = Trace::new(&overlay);
        let configuration = Configuration::default();
        let change = Change::creation(subject);
        let said = {
            let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), &trace);
            let settings = configuration.settings(Some(fallback), Some(self.now));
            let settings = Settings { controllers: &CONTROLLERS, ..settings };
            format!("{:#?}", judge(&circumstances, settings))
        };
        (said, trace.into_keys())
    }
}

/// Puts an answer in place of the old one; whether that is a change.
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

fn changes() -> usize {
    std::env::var("BACKSTOP_TRACE_CHANGES").map_or(20_000, |text| text.parse().expect("a number of changes"))
}

#[test]
fn a_result_changes_only_with_the_keys_that_were_looked_up() {
    let cases = u32::try_from(changes().div_ceil(CHANGES)).unwrap();
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let world = (an_ingress("web"), profile(), prop::collection::vec(a_step(), CHANGES));
    // How many changes met a key, and how many of those changed the result; how many met none.
    let (met, mattered, passed_by) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let result = runner.run(&world, |(json, profile, steps)| {
        let subject = subject(&json);
        let mut world = World::new();
        let (mut said, mut keys) = world.judged(&subject, profile);
        for step in steps {
            let shown = format!("{step:?}");
            // A result may change with time alone.
            let is_time = matches!(step, Step::Wait(_));
            let changed = world.change(step);
            let after = world.judged(&subject, profile);
            if changed.keys().iter().any(|key| keys.contains(key)) {
                met.set(met.get() + 1);
                mattered.set(mattered.get() + usize::from(after.0 != said));
            } else if !is_time {
                passed_by.set(passed_by.get() + 1);
                if after != (said.clone(), keys.clone()) {
                    return Err(TestCaseError::fail(format!(
                        "{shown} changed {changed:?}, none of {keys:?}:\n{said}\n{}",
                        after.0
                    )));
                }
            }
            (said, keys) = after;
        }
        Ok(())
    });
    result.unwrap();
    let (met, mattered, passed_by) = (met.get(), mattered.get(), passed_by.get());
    assert!(
        mattered * 20 > changes() && passed_by * 20 > changes(),
        "{met} met a key, {mattered} of them mattered, {passed_by} met none"
    );
}
