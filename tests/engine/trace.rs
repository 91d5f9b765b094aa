//! What an evaluation looked up is what it depends on: while none of these keys changes, and until the moment that the
//! judgement names, its result does not change.
//!
//! Random worlds (an index, and live facts laid over it) change at random, and time passes. `BACKSTOP_TRACE_CHANGES` sets the
//! number of changes, which is 20,000 by default.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use backstop::engine::controllers::{IdentifiedBy, Profile};
use backstop::engine::evaluate::{Gap, Settings};
use backstop::engine::kinds::{Kind, Object};
use backstop::engine::model::{Action, CheckId, Labels, ObjectName};
use backstop::engine::policy::{Change, Circumstances, Configuration, Judged, Judgement, Occasion, Verdict, judge};
use backstop::engine::subject::Subject;
use backstop::engine::view::{Changes, Index, Key, LiveFacts, Lookup, Needs, Overlay, Trace, Unknown};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Value, json};

use crate::legal::{CLASSES, SERVICES, a_class, a_service, a_slice, an_ingress, profile, read, subject};
use crate::world::{CONTROLLERS, apply};

/// The number of changes of one cluster.
const CHANGES: usize = 50;
const SLICES: [&str; 4] = ["a", "b", "c", "d"];
const INGRESSES: [&str; 2] = ["other", "another"];
const POLICIES: [&str; 2] = ["one", "two"];
const REASONS: [Unknown; 3] = [Unknown::NotSynced, Unknown::Forbidden, Unknown::Timeout];

/// One change of a cluster.
#[derive(Clone, Debug)]
enum Step {
    /// A watch reports this object.
    Apply(Value),
    /// An object of a watched kind is deleted.
    Delete(Kind, &'static str),
    /// A kind becomes available or unavailable.
    SetAvailable(Kind, Result<(), Unknown>),
    SetOtherPolicies(bool),
    /// A live read has this result; `None`: it was not read.
    Read(Live, Option<Lookup<Vec<Value>>>),
    /// So many seconds pass.
    Wait(u32),
    /// Time passes until the result of the judgement expires: to the last moment of its validity, or just past it.
    WaitForExpiry {
        past: bool,
    },
}

/// The subjects of live reads.
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

/// A selector of one of the Services, or a selector that no Service has.
fn selector() -> impl Strategy<Value = Labels> {
    prop_oneof![
        6 => select(&SERVICES).prop_map(|app| [("app", app)].into_iter().collect()),
        1 => Just(Labels::default()),
    ]
}

/// A Pod of one of the Services.
fn a_pod() -> impl Strategy<Value = Value> {
    select(&SERVICES).prop_flat_map(a_pod_of)
}

fn a_pod_of(app: &'static str) -> impl Strategy<Value = Value> {
    let container = json!({"name": "app", "ports": [{"name": "http", "containerPort": 8080}], "readinessProbe": {}});
    // Pods from before the grace period, and Pods that grow old in the course of a world.
    (a_pod_status(), prop::option::weighted(0.9, -130..200_i64)).prop_map(move |(status, created)| {
        let at = created.map(|seconds| (start() + SignedDuration::from_secs(seconds)).to_string());
        json!({
            "apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}, "status": status,
            "metadata": {"name": format!("{app}-{}", created.unwrap_or(999)), "namespace": "shop", "labels": {"app": app},
                         "creationTimestamp": at},
        })
    })
}

/// The status of a Pod: ready; unready, of which time makes a fault; starting, of which time makes a slow start; waiting for
/// a readiness gate, crashing or ended, where time does not count.
fn a_pod_status() -> impl Strategy<Value = Value> {
    let status = |ready: &str, reason: &str, container: Value| {
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": ready, "reason": reason}],
               "containerStatuses": [container]})
    };
    let running = |ready: bool| json!({"name": "app", "ready": ready, "started": true, "state": {"running": {}}});
    let waiting = |reason: &str| json!({"name": "app", "ready": false, "state": {"waiting": {"reason": reason}}});
    let unschedulable = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable"});
    prop_oneof![
        2 => Just(status("True", "", running(true))),
        4 => Just(status("False", "ContainersNotReady", running(false))),
        2 => Just(json!({"phase": "Pending", "conditions": [unschedulable]})),
        4 => Just(status("False", "ContainersNotReady", waiting("ContainerCreating"))),
        1 => Just(status("False", "ReadinessGatesNotReady", running(true))),
        1 => Just(status("False", "ContainersNotReady", waiting("CrashLoopBackOff"))),
        1 => Just(json!({"phase": "Failed", "reason": "Evicted"})),
    ]
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
    let found_objects = |object: BoxedStrategy<Value>| lookup(prop::collection::vec(object, 0..3));
    let one = |object: BoxedStrategy<Value>| lookup(prop::collection::vec(object, 1));
    prop_oneof![
        select(&SERVICES).prop_flat_map(move |name| (Just(Live::Service(name)), one(a_service(name).boxed()))),
        select(&SERVICES).prop_flat_map(move |name| (Just(Live::Slices(name)), found_objects(a_slice("a").boxed()))),
        one(a_namespace("shop").boxed()).prop_map(|found| (Live::Namespace("shop"), found)),
        found_objects(prop_oneof![a_canary(), a_workload()].boxed()).prop_map(|found| (Live::Makers, found)),
        (selector().prop_map(Live::Pods), found_objects(a_pod().boxed())),
        (selector().prop_map(Live::Workloads), found_objects(a_workload().boxed())),
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
        2 => (0..60_u32).prop_map(Step::Wait),
        4 => any::<bool>().prop_map(|past| Step::WaitForExpiry { past }),
    ]
}

/// A world in which time matters: an Ingress on two Services whose Pods are known and change.
fn steps_of_pods() -> impl Strategy<Value = (Value, Vec<Step>)> {
    let backend = |(path, name): (&str, &str)| json!({"path": path, "pathType": "Prefix", "backend": {"service": {"name": name, "port": {"number": 80}}}});
    let paths: Vec<Value> = [("/", "web"), ("/cart", "cart")].map(backend).into();
    let ingress = json!({"metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": paths}}]}});
    let labels = |name: &'static str| Labels::from_iter([("app", name)]);
    let known = move |name: &'static str| {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"app": name}, "ports": [{"port": 80}]}});
        [Step::Apply(service), Step::Read(Live::Workloads(labels(name)), Some(Lookup::Found(Vec::new())))]
    };
    let pods = select(&["web", "cart"]).prop_flat_map(move |name| {
        let pods = prop::collection::vec(a_pod_of(name), 0..3);
        pods.prop_map(move |pods| Step::Read(Live::Pods(labels(name)), Some(Lookup::Found(pods))))
    });
    let again = select(&["web", "cart"]).prop_map(move |name| known(name)[0].clone());
    let step = prop_oneof![
        6 => pods,
        2 => again,
        6 => any::<bool>().prop_map(|past| Step::WaitForExpiry { past }),
        2 => (0..60_u32).prop_map(Step::Wait),
        3 => a_step(),
    ];
    prop::collection::vec(step, CHANGES - 4).prop_map(move |steps| {
        let first = known("web").into_iter().chain(known("cart"));
        (ingress.clone(), first.chain(steps).collect())
    })
}

/// When the worlds begin.
fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// An index, and the results of live reads of the same cluster.
struct World {
    index: Index,
    live: LiveFacts,
    now: Timestamp,
    /// Until when the last judgement holds, if time can change it.
    valid_until: Option<Timestamp>,
}

/// All of a judgement, and what it asks for.
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

/// One judgement; `parts` are `None` where the subject is not to be judged.
#[derive(Debug, PartialEq)]
struct Seen {
    parts: Option<Parts>,
    keys: BTreeSet<Key>,
}

impl Seen {
    fn valid_until(&self) -> Option<Timestamp> {
        self.parts.as_ref()?.6
    }

    fn findings(&self) -> Option<&[Judged]> {
        Some(&self.parts.as_ref()?.2)
    }
}

/// Compares everything: a new field of a judgement does not compile here.
fn parts((judgement, needs): (Judgement, Needs)) -> Parts {
    let Judgement { controller, verdict, findings, counts, would_deny, gaps, valid_until, complete } = judgement;
    ((controller.profile.id, controller.by), verdict, findings, counts, would_deny, gaps, valid_until, complete, needs)
}

impl World {
    fn new() -> Self {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_available(kind, Ok(()));
        }
        Self { index, live: LiveFacts::default(), now: start(), valid_until: None }
    }

    /// Makes a change. Returns the keys whose facts changed.
    fn change(&mut self, step: Step) -> Changes {
        match step {
            Step::Apply(object) => match read(&object) {
                // The object has no facts.
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
    fn judged(&mut self, subject: &Subject, fallback: &'static Profile) -> Seen {
        let picture = self.index.picture(["shop", "ingress-nginx"]);
        let overlay = Overlay::new(&picture, &self.live);
        let trace = Trace::new(&overlay);
        let configuration = Configuration::default();
        let change = Change::creation(subject);
        let parts = {
            let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), &trace);
            let settings = configuration.settings(Some(fallback), Some(self.now));
            let settings = Settings { controllers: &CONTROLLERS, ..settings };
            judge(&circumstances, settings).map(parts)
        };
        let seen = Seen { parts, keys: trace.into_keys() };
        self.valid_until = seen.valid_until();
        seen
    }
}

/// Replaces the old answer. Returns whether the answer changed.
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

/// How often what a test is about has happened.
#[derive(Default)]
struct Coverage {
    /// A change met a key, and how many of those changed the result.
    met: Cell<usize>,
    mattered: Cell<usize>,
    /// A change met no key.
    passed_by: Cell<usize>,
    /// A judgement said until when it holds.
    bounded: Cell<usize>,
    /// Time passed within that bound, and past it; and how often the findings were others then.
    within: Cell<usize>,
    expired: Cell<usize>,
    changed_by_time: Cell<usize>,
}

fn count(of: &Cell<usize>, happened: bool) {
    of.set(of.get() + usize::from(happened));
}

/// Makes one step: whatever leaves the keys alone, and comes before the result expires, must not change it.
fn step(
    world: &mut World,
    step: Step,
    before: &Seen,
    judged: impl Fn(&mut World) -> Seen,
    coverage: &Coverage,
) -> Result<Seen, TestCaseError> {
    let shown = format!("{step:?}");
    let is_time = matches!(step, Step::Wait(_) | Step::WaitForExpiry { .. });
    let changed = world.change(step);
    let met = changed.keys().iter().any(|key| before.keys.contains(key));
    let expired = before.valid_until().is_some_and(|until| world.now > until);
    let after = judged(world);
    let differs = after != *before;
    count(&coverage.met, met);
    count(&coverage.mattered, met && differs);
    count(&coverage.passed_by, !met && !is_time);
    count(&coverage.bounded, after.valid_until().is_some());
    count(&coverage.within, is_time && !expired && before.valid_until().is_some());
    count(&coverage.expired, expired);
    count(&coverage.changed_by_time, expired && !met && after.findings() != before.findings());
    if differs && !met && !expired {
        return Err(TestCaseError::fail(format!("{shown} changed {changed:?}:\n{before:#?}\n{after:#?}")));
    }
    Ok(after)
}

#[test]
fn a_result_changes_only_with_the_keys_that_were_looked_up_or_when_it_expires() {
    let cases = u32::try_from(changes().div_ceil(CHANGES)).unwrap();
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let any_world = (an_ingress("web"), prop::collection::vec(a_step(), CHANGES));
    let world = (prop_oneof![3 => any_world.boxed(), 1 => steps_of_pods().boxed()], profile());
    let coverage = Coverage::default();
    let result = runner.run(&world, |((json, steps), profile)| {
        let subject = subject(&json);
        let mut world = World::new();
        let mut seen = world.judged(&subject, profile);
        for one in steps {
            seen = step(&mut world, one, &seen, |world| world.judged(&subject, profile), &coverage)?;
        }
        Ok(())
    });
    result.unwrap();
    let Coverage { met, mattered, passed_by, bounded, within, expired, changed_by_time } = coverage;
    let of = |all: &Cell<usize>, share: usize| assert!(all.get() * share > changes(), "{} of {}", all.get(), changes());
    println!(
        "{} changes: {} met a key, {} of them mattered, {} met none; {} results were bounded in time, time passed {} times \
         within the bound and {} times past it, which changed {} results",
        changes(),
        met.get(),
        mattered.get(),
        passed_by.get(),
        bounded.get(),
        within.get(),
        expired.get(),
        changed_by_time.get(),
    );
    of(&mattered, 20);
    of(&passed_by, 20);
    of(&bounded, 50);
    of(&within, 500);
    of(&expired, 500);
    of(&changed_by_time, 1000);
}
