//! Compares the index with a simple model: a map of the last applied state of every object.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use backstop::engine::kinds::Kind;
use backstop::engine::manifest::ingress;
use backstop::engine::model::{
    ClassFacts, EndpointCounts, LabelSelector, NamespaceFacts, NetworkPolicyFacts, PortRef, Protocol, ServiceFacts,
    ServiceTarget, SliceFacts, SlicePort, Target, TargetId,
};
use backstop::engine::subject::{Neighbour, Subject};
use backstop::engine::view::{Among, Changes, Index, Key, Lookup, Picture, Unknown, View};
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
enum Event {
    ApplyService(u8, u8),
    DeleteService(u8),
    ApplySlice {
        slice: u8,
        service: u8,
        ready: u16,
        port: u8,
    },
    DeleteSlice(u8),
    /// A list that holds only the slices with these numbers.
    RelistSlices(Vec<u8>),
    /// An Ingress, which may be a canary, and the numbers of its targets.
    ApplyIngress(u8, bool, Vec<u8>),
    DeleteIngress(u8),
    ApplyPolicy(u8, u8),
    DeletePolicy(u8),
    ApplyNamespace(u8),
    DeleteNamespace,
    /// An IngressClass, which may be a default, and the number of its controller.
    ApplyClass(u8, bool, u8),
    DeleteClass(u8),
    SetAvailable(Kind, bool),
    SetOtherPolicies(bool),
}

/// The objects that were applied and not deleted, by name.
#[derive(Default)]
struct Oracle {
    services: BTreeMap<u8, u8>,
    slices: BTreeMap<u8, (u8, SliceFacts)>,
    ingresses: BTreeMap<u8, (bool, Vec<u8>)>,
    policies: BTreeMap<u8, u8>,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (0..4u8, any::<u8>()).prop_map(|(name, mark)| Event::ApplyService(name, mark)),
        1 => (0..4u8).prop_map(Event::DeleteService),
        4 => (0..8u8, 0..4u8, 0..3u16, 0..3u8)
            .prop_map(|(slice, service, ready, port)| Event::ApplySlice { slice, service, ready, port }),
        2 => (0..8u8).prop_map(Event::DeleteSlice),
        1 => proptest::collection::vec(0..8u8, 0..8).prop_map(Event::RelistSlices),
        3 => (0..4u8, any::<bool>(), proptest::collection::vec(0..3u8, 0..4))
            .prop_map(|(name, canary, targets)| Event::ApplyIngress(name, canary, targets)),
        1 => (0..4u8).prop_map(Event::DeleteIngress),
        2 => (0..4u8, 0..4u8).prop_map(|(name, mark)| Event::ApplyPolicy(name, mark)),
        1 => (0..4u8).prop_map(Event::DeletePolicy),
        1 => (0..2u8).prop_map(Event::ApplyNamespace),
        1 => Just(Event::DeleteNamespace),
        2 => (0..2u8, any::<bool>(), 0..2u8)
            .prop_map(|(name, is_default, controller)| Event::ApplyClass(name, is_default, controller)),
        1 => (0..2u8).prop_map(Event::DeleteClass),
    ]
}

/// Any event, also those after which a kind may be unavailable.
fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => event(),
        1 => (proptest::sample::select(&Kind::ALL), any::<bool>()).prop_map(|(kind, yes)| Event::SetAvailable(kind, yes)),
        1 => any::<bool>().prop_map(Event::SetOtherPolicies),
    ]
}

pub fn facts(ready: u16, port: u8) -> SliceFacts {
    let port =
        SlicePort { name: format!("p{port}").into(), protocol: Protocol::Tcp, number: Some(u16::from(port) + 1) };
    SliceFacts {
        ports: [port].into(),
        counts: EndpointCounts { total: ready, ready, serving: ready, ..EndpointCounts::default() },
        host_names: false,
        mirrored: false,
    }
}

pub fn service(mark: u8) -> ServiceFacts {
    ServiceFacts { selector: [("mark", mark.to_string())].into_iter().collect(), ..ServiceFacts::default() }
}

/// An Ingress of the namespace `ns` that refers to the targets with these numbers.
pub fn subject(name: &str, canary: bool, targets: &[u8]) -> Subject {
    let path = |target: &u8| json!({"backend": {"service": {"name": format!("n{target}"), "port": {"number": 80}}}});
    let paths: Vec<Value> = targets.iter().map(path).collect();
    let json = json!({
        "metadata": {"name": name, "annotations": {"nginx.ingress.kubernetes.io/canary": canary.to_string()}},
        "spec": {"rules": [{"http": {"paths": paths}}]},
    });
    ingress(&json.to_string(), "ns").unwrap()
}

/// The same of the name `n{at}`, decoded once: thousands of events hold the same few Ingresses.
fn known_neighbour(at: u8, canary: bool, targets: &[u8]) -> Arc<Neighbour> {
    type Known = BTreeMap<(u8, bool, Vec<u8>), Arc<Neighbour>>;
    thread_local! {
        static KNOWN: RefCell<Known> = const { RefCell::new(BTreeMap::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        let entry = known.entry((at, canary, targets.to_vec()));
        Arc::clone(entry.or_insert_with(|| Arc::new(Neighbour::of(&subject(&format!("n{at}"), canary, targets)))))
    })
}

/// The target with this number.
pub fn target(number: u8) -> Target {
    Target::Service(ServiceTarget {
        namespace: "ns".into(),
        name: format!("n{number}").into(),
        port: PortRef::Number(80),
    })
}

/// The Ingresses that refer to `target`, sorted by name.
pub fn users<'v>(view: &'v dyn View, namespace: &str, target: TargetId, among: Among) -> Lookup<Vec<&'v Neighbour>> {
    view.ingresses_with_targets(namespace, &[target], among).map(|mut users| {
        users.sort_unstable_by_key(|user| &user.name);
        users
    })
}

pub fn policy(mark: u8) -> NetworkPolicyFacts {
    let labels = [("mark", mark.to_string())].into_iter().collect();
    NetworkPolicyFacts { pods: LabelSelector { labels, ..LabelSelector::default() }, rules: [].into() }
}

/// An index that answers lookups of every kind.
pub fn available() -> Index {
    let mut index = Index::default();
    for kind in Kind::ALL {
        index.set_available(kind, Ok(()));
    }
    index
}

/// Applies `event` to both. Returns the changes that the index reports.
fn apply(event: &Event, index: &mut Index, oracle: &mut Oracle) -> Changes {
    let Oracle { services, slices, ingresses, policies } = oracle;
    let name = |number: &u8| format!("n{number}");
    match event {
        Event::ApplyService(at, mark) => {
            services.insert(*at, *mark);
            index.apply_service("ns", &name(at), service(*mark))
        }
        Event::DeleteService(at) => {
            services.remove(at);
            index.delete_service("ns", &name(at))
        }
        Event::ApplySlice { slice, service, ready, port } => {
            slices.insert(*slice, (*service, facts(*ready, *port)));
            index.apply_slice("ns", &name(slice), &name(service), facts(*ready, *port))
        }
        Event::DeleteSlice(at) => {
            slices.remove(at);
            index.delete_slice("ns", &name(at))
        }
        Event::RelistSlices(listed) => {
            slices.retain(|at, _| listed.contains(at));
            let listed: Vec<String> = listed.iter().map(name).collect();
            let known = index.whole_picture();
            let gone =
                known.names(Kind::EndpointSlice).into_iter().filter(|(_, it)| !listed.iter().any(|one| one == it));
            gone.map(|(namespace, gone)| index.delete_slice(namespace, gone)).collect()
        }
        Event::ApplyIngress(at, canary, targets) => {
            ingresses.insert(*at, (*canary, targets.clone()));
            index.apply_neighbour("ns", known_neighbour(*at, *canary, targets))
        }
        Event::DeleteIngress(at) => {
            ingresses.remove(at);
            index.delete_ingress("ns", &name(at))
        }
        Event::ApplyPolicy(at, mark) => {
            policies.insert(*at, *mark);
            index.apply_network_policy("ns", &name(at), policy(*mark))
        }
        Event::DeletePolicy(at) => {
            policies.remove(at);
            index.delete_network_policy("ns", &name(at))
        }
        other => apply_to_cluster(other, index),
    }
}

/// Applies events of cluster-scoped objects.
fn apply_to_cluster(event: &Event, index: &mut Index) -> Changes {
    let name = |number: &u8| format!("n{number}");
    match event {
        Event::ApplyNamespace(mark) => {
            let labels = [("mark", mark.to_string())].into_iter().collect();
            index.apply_namespace("ns", NamespaceFacts { labels })
        }
        Event::DeleteNamespace => index.delete_namespace("ns"),
        Event::ApplyClass(at, is_default, controller) => {
            let controller = format!("example.com/{controller}").into();
            index.apply_class(&name(at), ClassFacts { controller, is_default: *is_default, parameters: false })
        }
        Event::DeleteClass(at) => index.delete_class(&name(at)),
        Event::SetAvailable(kind, yes) => {
            index.set_available(*kind, if *yes { Ok(()) } else { Err(Unknown::NotSynced) })
        }
        Event::SetOtherPolicies(exist) => index.set_other_policies(*exist),
        other => panic!("{other:?} belongs to a namespace"),
    }
}

/// What a lookup found.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Service(Lookup<ServiceFacts>),
    Slices(Lookup<Vec<SliceFacts>>),
    ServiceNames(Vec<String>),
    Class(Lookup<ClassFacts>),
    /// The names of all classes, and of the default ones.
    ClassList([Lookup<Vec<String>>; 2]),
    Namespace(Lookup<NamespaceFacts>),
    Users(Lookup<Vec<Neighbour>>),
    Policies(Lookup<Vec<(String, NetworkPolicyFacts)>>),
}

/// All keys that the events can change but for the availability of kinds, with what a lookup of each finds.
fn lookups(view: &Picture) -> BTreeMap<Key, Found> {
    let mut found = BTreeMap::new();
    for at in 0..4u8 {
        let name: Box<str> = format!("n{at}").into();
        let target = target(at).id();
        let users = users(view, "ns", target, Among::All).map(|users| users.into_iter().cloned().collect());
        let slices = view.slices("ns", &name).map(<[_]>::to_vec);
        found.insert(Key::Users("ns".into(), target), Found::Users(users));
        found.insert(Key::Slices("ns".into(), name.clone()), Found::Slices(slices));
        found.insert(Key::Class(name.clone()), Found::Class(view.class(&name).map(Clone::clone)));
        let service = view.service("ns", &name).map(Clone::clone);
        found.insert(Key::Service("ns".into(), name), Found::Service(service));
    }
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let mut names = owned(view.service_names("ns"));
    names.sort_unstable();
    found.insert(Key::ServiceNames("ns".into()), Found::ServiceNames(names));
    let classes = [view.class_names(), view.default_classes()].map(|names| names.map(owned));
    found.insert(Key::ClassList, Found::ClassList(classes));
    found.insert(Key::Namespace("ns".into()), Found::Namespace(view.namespace("ns").map(Clone::clone)));
    let policies = view.network_policies("ns");
    let policies = policies.map(|all| all.iter().map(|(name, facts)| (name.to_owned(), facts.clone())).collect());
    found.insert(Key::Policies("ns".into()), Found::Policies(policies));
    found
}

/// The keys whose lookups have different results in `after` and `before`.
fn differing(before: &BTreeMap<Key, Found>, after: &BTreeMap<Key, Found>) -> Vec<Key> {
    before.iter().filter(|(key, found)| after[*key] != **found).map(|(key, _)| key.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_index_is_a_function_of_the_last_state(events in proptest::collection::vec(event(), 0..60)) {
        let mut index = available();
        let mut oracle = Oracle::default();
        for event in &events {
            apply(event, &mut index, &mut oracle);
        }
        let Oracle { services, slices, ingresses, policies } = oracle;
        let view = index.picture(["ns"]);
        for at in 0..4u8 {
            let name = format!("n{at}");
            let expected = services.get(&at).map(|mark| service(*mark));
            prop_assert_eq!(view.service("ns", &name), Lookup::known(expected.as_ref()));
            let mut expected: Vec<&SliceFacts> = slices.values().filter(|(of, _)| *of == at).map(|(_, facts)| facts).collect();
            let Lookup::Found(found) = view.slices("ns", &name) else { panic!("slices are in sight") };
            let mut found: Vec<&SliceFacts> = found.iter().collect();
            let key = |facts: &&SliceFacts| (facts.ports.clone(), facts.counts.ready);
            expected.sort_by_key(key);
            found.sort_by_key(key);
            prop_assert_eq!(found, expected);
        }
        prop_assert_eq!(index.count(Kind::Service), services.len());
        prop_assert_eq!(index.count(Kind::EndpointSlice), slices.len());
        for number in 0..3u8 {
            let users = ingresses.iter().filter(|(_, (_, targets))| targets.contains(&number));
            let expected = users.map(|(at, (canary, targets))| known_neighbour(*at, *canary, targets));
            let expected: Vec<Arc<Neighbour>> = expected.collect();
            let canaries: Vec<&Neighbour> = expected.iter().map(|it| &**it).filter(|it| it.may_be_canary()).collect();
            let id = target(number).id();
            prop_assert_eq!(self::users(&view, "ns", id, Among::Canaries), Lookup::Found(canaries));
            prop_assert_eq!(self::users(&view, "ns", id, Among::All), Lookup::Found(expected.iter().map(|it| &**it).collect()));
        }
        let counted = ingresses.len();
        prop_assert_eq!((index.count(Kind::Ingress), view.names(Kind::Ingress).len()), (counted, counted));
        let expected: Vec<_> = policies.iter().map(|(at, mark)| (format!("n{at}"), policy(*mark))).collect();
        let all = view.network_policies("ns").map(|all| all.iter().map(|(name, facts)| (name.to_owned(), facts.clone())).collect());
        prop_assert_eq!(all, Lookup::Found(expected));
        prop_assert_eq!(index.count(Kind::NetworkPolicy), policies.len());
    }

    /// A change is reported for exactly the keys whose lookups have another result than before.
    #[test]
    fn changes_are_the_keys_whose_facts_changed(events in proptest::collection::vec(event(), 0..60)) {
        let mut index = available();
        let mut before = lookups(&index.picture(["ns"]));
        for event in &events {
            let changes = apply(event, &mut index, &mut Oracle::default());
            let after = lookups(&index.picture(["ns"]));
            prop_assert_eq!(changes.keys(), differing(&before, &after), "{:?}", event);
            before = after;
        }
    }

    /// If a kind may be unavailable, a change of its availability is reported instead of all its keys. Pictures never
    /// change.
    #[test]
    fn a_change_of_availability_is_reported(events in proptest::collection::vec(any_event(), 0..60)) {
        let mut index = available();
        let mut picture = index.picture(["ns"]);
        let mut before = lookups(&picture);
        for event in &events {
            let changes = apply(event, &mut index, &mut Oracle::default());
            prop_assert_eq!(&lookups(&picture), &before);
            picture = index.picture(["ns"]);
            let after = lookups(&picture);
            let differ = differing(&before, &after);
            before = after;
            match event {
                Event::SetAvailable(kind, _) => prop_assert!(changes.keys().iter().all(|key| *key == Key::Available(*kind))),
                _ => prop_assert!(differ.iter().all(|key| changes.keys().contains(key) || changes.keys() == [Key::Available(Kind::NetworkPolicy)])),
            }
            prop_assert!(differ.is_empty() || !changes.is_empty(), "{:?}", event);
        }
    }

    /// Deleted objects leave nothing in the index, so that memory does not grow in a changing cluster.
    #[test]
    fn an_index_without_objects_equals_a_new_one(events in proptest::collection::vec(event(), 0..60)) {
        let mut index = available();
        for event in &events {
            apply(event, &mut index, &mut Oracle::default());
        }
        for at in 0..8u8 {
            for event in [
                Event::DeleteService(at), Event::DeleteSlice(at), Event::DeleteIngress(at), Event::DeletePolicy(at),
                Event::DeleteNamespace, Event::DeleteClass(at),
            ] {
                apply(&event, &mut index, &mut Oracle::default());
            }
        }
        let empty = "Index { namespaces: {}, classes: Classes { all: {}, defaults: {} }";
        prop_assert!(format!("{index:?}").starts_with(empty), "{:?}", index);
    }
}
