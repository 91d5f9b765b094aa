//! Random changes of a cluster.

use backstop::engine::kinds::Kind;
use backstop::engine::model::Labels;
use backstop::engine::view::{Lookup, Unknown};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::world::start;
use crate::legal::{CLASSES, SERVICES, a_class, a_service, a_slice, an_ingress};

/// The number of changes of one cluster.
pub(super) const CHANGES: usize = 50;
const SLICES: [&str; 4] = ["a", "b", "c", "d"];
const INGRESSES: [&str; 2] = ["other", "another"];
const POLICIES: [&str; 2] = ["one", "two"];
const REASONS: [Unknown; 3] = [Unknown::NotSynced, Unknown::Forbidden, Unknown::Timeout];

/// One change of a cluster.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A watch reports this object.
    Apply(Value),
    /// An object of a watched kind is deleted.
    Delete(Kind, &'static str),
    /// A kind becomes available or unavailable.
    SetAvailable(Kind, Result<(), Unknown>),
    SetOtherPolicies(bool),
    /// A live read has this result; `None` if it was not made.
    Read(Live, Option<Lookup<Vec<Value>>>),
    /// This number of seconds passes.
    Wait(u32),
    /// Time passes until the result of the judgement expires: to the last moment of its validity, or just past it.
    WaitForExpiry {
        past: bool,
    },
}

/// The subjects of live reads.
#[derive(Clone, Debug)]
pub(super) enum Live {
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
    // Pods that are older than the grace period, and Pods that exceed it during the steps.
    (a_pod_status(), prop::option::weighted(0.9, -130..200_i64)).prop_map(move |(status, created)| {
        let at = created.map(|seconds| (start() + SignedDuration::from_secs(seconds)).to_string());
        json!({
            "apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}, "status": status,
            "metadata": {"name": format!("{app}-{}", created.unwrap_or(999)), "namespace": "shop", "labels": {"app": app},
                         "creationTimestamp": at},
        })
    })
}

/// The status of a Pod: ready; unready, which becomes a fault in time; starting, which becomes a slow start in time;
/// waiting for a readiness gate, crashing or ended, which time does not change.
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

pub(super) fn a_step() -> impl Strategy<Value = Step> {
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

/// An Ingress and steps in which time matters: its two Services have Pods that are known and change. Other Ingresses, which
/// may be canaries, refer to the first Service.
pub(super) fn steps_of_pods() -> impl Strategy<Value = (Value, Vec<Step>)> {
    let backend = |(path, name): (&str, &str)| json!({"path": path, "pathType": "Prefix", "backend": {"service": {"name": name, "port": {"number": 80}}}});
    let paths: [Value; 2] = [("/", "web"), ("/cart", "cart")].map(backend);
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
    let first_path = json!([paths[0]]);
    let neighbour = (select(&INGRESSES), select(&["true", "false"])).prop_map(move |(name, canary)| {
        let annotations = json!({"nginx.ingress.kubernetes.io/canary": canary});
        Step::Apply(json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
            "spec": {"ingressClassName": "nginx", "rules": [{"http": {"paths": first_path}}]}}))
    });
    let step = prop_oneof![
        6 => pods,
        2 => again,
        2 => neighbour,
        6 => any::<bool>().prop_map(|past| Step::WaitForExpiry { past }),
        2 => (0..60_u32).prop_map(Step::Wait),
        3 => a_step(),
    ];
    prop::collection::vec(step, CHANGES - 4).prop_map(move |steps| {
        let first = known("web").into_iter().chain(known("cart"));
        (ingress.clone(), first.chain(steps).collect())
    })
}
