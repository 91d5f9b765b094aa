//! The index against the simplest thing that could be right: a map of everything that was applied last.

use std::collections::BTreeMap;
use std::sync::Arc;

use backstop::engine::manifest::ingress;
use backstop::engine::model::{
    EndpointCounts, LabelSelector, NetworkPolicyFacts, Protocol, ServiceFacts, SliceFacts, SlicePort, Subject,
};
use backstop::engine::view::{Index, Kind, Lookup, Picture, Unknown, View};
use proptest::prelude::*;

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
    /// An Ingress, which may be a canary.
    ApplyIngress(u8, bool),
    DeleteIngress(u8),
    ApplyPolicy(u8, u8),
    DeletePolicy(u8),
}

/// What was applied last and not deleted: whole objects by name.
#[derive(Default)]
struct Oracle {
    services: BTreeMap<u8, u8>,
    slices: BTreeMap<u8, (u8, SliceFacts)>,
    ingresses: BTreeMap<u8, bool>,
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
        3 => (0..4u8, any::<bool>()).prop_map(|(name, canary)| Event::ApplyIngress(name, canary)),
        1 => (0..4u8).prop_map(Event::DeleteIngress),
        2 => (0..4u8, 0..4u8).prop_map(|(name, mark)| Event::ApplyPolicy(name, mark)),
        1 => (0..4u8).prop_map(Event::DeletePolicy),
    ]
}

pub fn facts(ready: u16, port: u8) -> SliceFacts {
    let port =
        SlicePort { name: format!("p{port}").into(), protocol: Protocol::Tcp, number: Some(u16::from(port) + 1) };
    SliceFacts {
        ports: [port].into(),
        counts: EndpointCounts { total: ready, ready, serving: ready, ..EndpointCounts::default() },
    }
}

pub fn service(mark: u8) -> ServiceFacts {
    ServiceFacts { selector: [("mark", mark.to_string())].into_iter().collect(), ..ServiceFacts::default() }
}

pub fn subject(name: &str, canary: bool) -> Subject {
    let json = format!(
        r#"{{"metadata":{{"name":"{name}","annotations":{{"nginx.ingress.kubernetes.io/canary":"{canary}"}}}}}}"#
    );
    ingress(&json, "ns").unwrap()
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

/// Applies `event` to both.
fn apply(event: &Event, index: &mut Index, oracle: &mut Oracle) {
    let Oracle { services, slices, ingresses, policies } = oracle;
    let name = |number: &u8| format!("n{number}");
    match event {
        Event::ApplyService(at, mark) => {
            index.apply_service("ns", &name(at), service(*mark));
            services.insert(*at, *mark);
        }
        Event::DeleteService(at) => {
            index.delete_service("ns", &name(at));
            services.remove(at);
        }
        Event::ApplySlice { slice, service, ready, port } => {
            index.apply_slice("ns", &name(slice), &name(service), facts(*ready, *port));
            slices.insert(*slice, (*service, facts(*ready, *port)));
        }
        Event::DeleteSlice(at) => {
            index.delete_slice("ns", &name(at));
            slices.remove(at);
        }
        Event::RelistSlices(listed) => {
            let listed: Vec<String> = listed.iter().map(name).collect();
            for (namespace, gone) in index.whole_picture().names(Kind::EndpointSlices) {
                if !listed.iter().any(|name| name == gone) {
                    index.delete_slice(namespace, gone);
                }
            }
            slices.retain(|at, _| listed.contains(&name(at)));
        }
        Event::ApplyIngress(at, canary) => {
            index.apply_ingress("ns", &name(at), Arc::new(subject(&name(at), *canary)));
            ingresses.insert(*at, *canary);
        }
        Event::DeleteIngress(at) => {
            index.delete_ingress("ns", &name(at));
            ingresses.remove(at);
        }
        Event::ApplyPolicy(at, mark) => {
            index.apply_network_policy("ns", &name(at), policy(*mark));
            policies.insert(*at, *mark);
        }
        Event::DeletePolicy(at) => {
            index.delete_network_policy("ns", &name(at));
            policies.remove(at);
        }
    }
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
        prop_assert_eq!(index.count(Kind::Services), services.len());
        prop_assert_eq!(index.count(Kind::EndpointSlices), slices.len());
        let all: Vec<Subject> = ingresses.iter().map(|(at, canary)| subject(&format!("n{at}"), *canary)).collect();
        let (canaries, counted) = (all.iter().filter(|it| it.is_canary()).cloned().map(Arc::new), all.len());
        prop_assert_eq!(view.canary_ingresses("ns"), Lookup::Found(&canaries.collect::<Vec<_>>()[..]));
        prop_assert_eq!(view.ingresses("ns"), Lookup::Found(all.iter().collect::<Vec<_>>()));
        prop_assert_eq!((index.count(Kind::Ingresses), view.names(Kind::Ingresses).len()), (counted, counted));
        let expected: Vec<_> = policies.iter().map(|(at, mark)| (format!("n{at}"), policy(*mark))).collect();
        let expected = expected.iter().map(|(name, facts)| (name.as_str(), facts)).collect();
        prop_assert_eq!(view.network_policies("ns"), Lookup::Found(expected));
        prop_assert_eq!(index.count(Kind::NetworkPolicies), policies.len());
    }

    /// What is deleted leaves nothing behind, so that a cluster in motion does not fill the memory.
    #[test]
    fn an_index_that_lost_everything_is_like_new(events in proptest::collection::vec(event(), 0..60)) {
        let mut index = available();
        for event in &events {
            apply(event, &mut index, &mut Oracle::default());
        }
        for at in 0..8u8 {
            for event in [Event::DeleteService(at), Event::DeleteSlice(at), Event::DeleteIngress(at), Event::DeletePolicy(at)] {
                apply(&event, &mut index, &mut Oracle::default());
            }
        }
        prop_assert!(format!("{index:?}").starts_with("Index { namespaces: {}"), "{:?}", index);
    }
}

/// A view of the namespaces of these tests.
fn seen(index: &Index) -> Picture {
    index.picture(["ns", "other"])
}

#[test]
fn what_is_out_of_sight_is_unknown_and_never_absent() {
    let mut index = Index::default();
    index.apply_service("ns", "web", service(1));
    assert_eq!(seen(&index).service("ns", "web"), Lookup::Unknown(Unknown::NotSynced));
    index.set_available(Kind::Services, Ok(()));
    assert!(matches!(seen(&index).service("ns", "web"), Lookup::Found(_)));
    assert_eq!(seen(&index).service("ns", "other"), Lookup::Absent);
    assert_eq!(seen(&index).slices("ns", "web"), Lookup::Unknown(Unknown::NotSynced));
    index.set_available(Kind::Services, Err(Unknown::Forbidden));
    assert_eq!(seen(&index).service("ns", "web"), Lookup::Unknown(Unknown::Forbidden));
    assert_eq!(seen(&index).ingresses("ns"), Lookup::Unknown(Unknown::NotSynced));
    assert_eq!(seen(&index).canary_ingresses("ns"), Lookup::Unknown(Unknown::NotSynced));
}

/// Policies of other kinds can say otherwise, whatever the NetworkPolicies are (rulebook 5.11).
#[test]
fn network_policies_count_only_where_no_others_are() {
    let mut index = Index::default();
    index.apply_network_policy("ns", "deny", policy(1));
    assert_eq!(seen(&index).network_policies("ns"), Lookup::Unknown(Unknown::NotSynced));
    index.set_available(Kind::NetworkPolicies, Ok(()));
    assert_eq!(seen(&index).network_policies("ns"), Lookup::Found(vec![("deny", &policy(1))]));
    assert_eq!(seen(&index).network_policies("other"), Lookup::Found(Vec::new()));
    index.set_other_policies(true);
    assert_eq!(seen(&index).network_policies("ns"), Lookup::Unknown(Unknown::Overruled));
}
