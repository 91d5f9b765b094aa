//! What the index contains of an Ingress: exactly what judgements of other subjects compare.

use std::collections::BTreeSet;

use backstop::engine::manifest::ingress;
use backstop::engine::model::{PortRef, ServiceTarget, Target, TargetId};
use backstop::engine::subject::{Hosts, Neighbour, shared_targets};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The number of targets up to which hosts are kept.
const WITH_HOSTS: usize = 1000;

fn neighbour(json: &Value) -> Neighbour {
    Neighbour::of(&ingress(&json.to_string(), "shop").unwrap())
}

fn path(service: &str) -> Value {
    json!({"backend": {"service": {"name": service, "port": {"number": 80}}}})
}

fn target(service: &str) -> TargetId {
    let (namespace, name, port) = ("shop".into(), service.into(), PortRef::Number(80));
    Target::Service(ServiceTarget { namespace, name, port }).id()
}

#[test]
fn a_neighbour_has_the_hosts_of_each_target() {
    let rule = |host: Option<&str>, services: &[&str]| {
        let paths: Vec<_> = services.iter().copied().map(path).collect();
        json!({"host": host, "http": {"paths": paths}})
    };
    let rules =
        [rule(Some("b.example"), &["web", "cart", "web"]), rule(Some("a.example"), &["web"]), rule(None, &["cart"])];
    let neighbour = neighbour(&json!({"metadata": {"name": "web"}, "spec": {"rules": rules}}));
    let hosts = |service: &str| {
        let at = neighbour.targets().binary_search(&target(service)).unwrap();
        neighbour.hosts(at).map(|Hosts { first, count }| (first.as_deref(), *count)).unwrap()
    };
    assert_eq!((hosts("web"), hosts("cart")), ((Some("a.example"), 2), (None, 2)));
}

#[test]
fn the_hosts_of_many_targets_are_not_kept() {
    let of = |count: usize| {
        let paths: Vec<_> = (0..count).map(|at| path(&format!("web-{at}"))).collect();
        neighbour(&json!({"metadata": {"name": "web"}, "spec": {"rules": [{"http": {"paths": paths}}]}}))
    };
    let (few, many) = (of(WITH_HOSTS), of(WITH_HOSTS + 1));
    assert_eq!((few.targets().len(), few.hosts(0).map(|hosts| hosts.count)), (WITH_HOSTS, Some(1)));
    assert_eq!((many.targets().len(), many.hosts(0)), (WITH_HOSTS + 1, None));
}

#[test]
fn classes_compare_like_those_of_subjects() {
    let class = |field: Option<&str>, annotation: Option<&str>| {
        let annotations = json!({"kubernetes.io/ingress.class": annotation});
        let annotations = if annotation.is_some() { annotations } else { json!({}) };
        neighbour(
            &json!({"metadata": {"name": "web", "annotations": annotations}, "spec": {"ingressClassName": field}}),
        )
        .class
    };
    for (class, of, default, expected) in [
        (class(Some("a"), None), Some("a"), None, true),
        (class(None, Some("a")), Some("a"), None, true),
        (class(Some("a"), Some("a")), Some("a"), None, true),
        (class(Some("a"), Some("b")), Some("a"), None, false),
        (class(Some("a"), Some("b")), None, Some("a"), true),
        (class(Some("a"), None), Some("b"), Some("a"), false),
        (class(None, None), Some("a"), Some("a"), true),
        (class(None, None), Some("a"), None, false),
        (class(None, None), None, None, true),
    ] {
        assert_eq!(class.is(of, default), expected, "{class:?} {of:?} {default:?}");
    }
}

#[test]
fn a_canary_is_one_under_its_prefix_only() {
    let canary = |annotations: Value| {
        let neighbour = neighbour(&json!({"metadata": {"name": "web", "annotations": annotations}}));
        (
            neighbour.may_be_canary(),
            neighbour.is_canary("edge.example"),
            neighbour.is_canary("nginx.ingress.kubernetes.io"),
        )
    };
    assert_eq!(canary(json!({"edge.example/canary": "true"})), (true, true, false));
    assert_eq!(canary(json!({"nginx.ingress.kubernetes.io/canary": "false"})), (false, false, false));
}

proptest! {
    #[test]
    fn shared_targets_are_the_intersection(a in proptest::collection::btree_set(0..200_u64, 0..60), b in proptest::collection::btree_set(0..200_u64, 0..9)) {
        let ids = |numbers: &BTreeSet<u64>| numbers.iter().map(|number| target(&number.to_string())).collect::<BTreeSet<_>>();
        let (a, b) = (ids(&a), ids(&b));
        let expected: Vec<TargetId> = a.intersection(&b).copied().collect();
        let (a, b): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
        let shared: Vec<_> = shared_targets(&a, &b).collect();
        prop_assert!(shared.iter().all(|(in_a, in_b)| a[*in_a] == b[*in_b]));
        let one_way: Vec<_> = shared.iter().map(|(in_a, _)| a[*in_a]).collect();
        prop_assert_eq!(one_way, &expected[..]);
        let other_way: Vec<_> = shared_targets(&b, &a).map(|(in_b, _)| b[in_b]).collect();
        prop_assert_eq!(other_way, expected);
    }
}
