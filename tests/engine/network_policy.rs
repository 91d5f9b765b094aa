//! Compares label selectors and NetworkPolicies with a direct implementation of the API documentation.

use std::collections::{BTreeMap, BTreeSet};

use backstop::engine::manifest::{NetworkPolicySpec, network_policy_facts};
use backstop::engine::model::{
    ContainerFacts, ContainerPort, KnownLabels, LabelSelector, Labels, NetworkPolicies, NetworkPolicyFacts, Operator,
    PodSpecFacts, Protocol, Receiver, Sender, Truth, admits,
};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

/// Labels as a plain map.
type Map = BTreeMap<String, String>;

const KEYS: [&str; 3] = ["app", "tier", "zone"];
const VALUES: [&str; 3] = ["a", "b", "c"];

fn labels() -> impl Strategy<Value = Map> {
    let pair = (proptest::sample::select(&KEYS), proptest::sample::select(&VALUES));
    proptest::collection::btree_map(
        pair.clone().prop_map(|(key, _)| key.to_owned()),
        pair.prop_map(|(_, value)| value.to_owned()),
        0..4,
    )
}

/// A selector in the form of the API, sometimes with an unknown operator.
fn selector() -> impl Strategy<Value = Value> {
    let operator = prop_oneof![
        4 => Just("In"), 4 => Just("NotIn"), 4 => Just("Exists"), 4 => Just("DoesNotExist"), 1 => Just("Gt"),
    ];
    let values = proptest::collection::vec(proptest::sample::select(&VALUES), 1..3);
    let expression = (proptest::sample::select(&KEYS), operator, values).prop_map(|(key, operator, values)| {
        let values = if operator.ends_with("Exists") || operator == "DoesNotExist" { vec![] } else { values };
        json!({"key": key, "operator": operator, "values": values})
    });
    (labels(), proptest::collection::vec(expression, 0..3), any::<(bool, bool)>()).prop_map(
        |(labels, expressions, (few, none))| {
            let labels: Map = labels.into_iter().take(usize::from(few)).collect();
            let expressions = if none { vec![] } else { expressions };
            json!({"matchLabels": labels, "matchExpressions": expressions})
        },
    )
}

fn peer() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => selector().prop_map(|pods| json!({"podSelector": pods})),
        3 => selector().prop_map(|spaces| json!({"namespaceSelector": spaces})),
        3 => (selector(), selector()).prop_map(|(spaces, pods)| json!({"namespaceSelector": spaces, "podSelector": pods})),
        1 => Just(json!({"ipBlock": {"cidr": "10.0.0.0/8"}})),
        1 => Just(json!({"ipBlock": {"cidr": "0.0.0.0/0"}})),
    ]
}

fn port() -> impl Strategy<Value = Value> {
    let protocol = prop_oneof![3 => Just(json!(null)), 3 => Just(json!("TCP")), 1 => Just(json!("UDP"))];
    let which = prop_oneof![
        2 => Just(json!({})),
        4 => (79..83_u16).prop_map(|port| json!({"port": port})),
        2 => (78..82_u16, 0..3_u16).prop_map(|(first, more)| json!({"port": first, "endPort": first + more})),
        2 => Just(json!({"port": "http"})),
        1 => Just(json!({"port": "other"})),
    ];
    (protocol, which).prop_map(|(protocol, mut which)| {
        which["protocol"] = protocol;
        which
    })
}

fn policy() -> impl Strategy<Value = Value> {
    let rule = (proptest::collection::vec(peer(), 0..3), proptest::collection::vec(port(), 0..3))
        .prop_map(|(from, ports)| json!({"from": from, "ports": ports}));
    let types = prop_oneof![
        2 => Just(json!(null)), 2 => Just(json!(["Ingress"])), 1 => Just(json!(["Egress"])), 1 => Just(json!(["Ingress", "Egress"])),
    ];
    (selector(), types, proptest::collection::vec(rule, 0..3))
        .prop_map(|(pods, types, ingress)| json!({"podSelector": pods, "policyTypes": types, "ingress": ingress}))
}

/// The sender and the receiver, completely known.
#[derive(Clone, Debug)]
struct Ends {
    sender_namespace: &'static str,
    sender_namespace_labels: Map,
    sender: Map,
    receiver: Map,
    /// The number and name of the receiver's TCP port, which may be undeclared.
    port: (u16, Option<&'static str>),
}

const OWN: &str = "shop";

fn ends() -> impl Strategy<Value = Ends> {
    let names = prop_oneof![Just(OWN), Just("edge")];
    let port_name = prop_oneof![Just(None), Just(Some("http")), Just(Some(""))];
    (names, labels(), labels(), labels(), 79..83_u16, port_name).prop_map(
        |(sender_namespace, sender_namespace_labels, sender, receiver, number, name)| Ends {
            sender_namespace,
            sender_namespace_labels,
            sender,
            receiver,
            port: (number, name),
        },
    )
}

/// The oracle: evaluates policies by the API documentation, for each possible value of the parts that are unknown.
mod oracle {
    use super::{Ends, Map, OWN, Value};

    /// `unknown` is the assumed value of unknown operators and blocks of addresses. Callers enumerate both values.
    pub(super) fn selects(selector: &Value, labels: &Map, unknown: bool) -> bool {
        let pairs = selector["matchLabels"].as_object().unwrap();
        for (key, value) in pairs {
            if labels.get(key).map(String::as_str) != value.as_str() {
                return false;
            }
        }
        for expression in selector["matchExpressions"].as_array().unwrap() {
            let found = labels.get(expression["key"].as_str().unwrap());
            let listed =
                found.is_some_and(|found| expression["values"].as_array().unwrap().contains(&found.as_str().into()));
            let fits = match expression["operator"].as_str().unwrap() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => unknown,
            };
            if !fits {
                return false;
            }
        }
        true
    }

    /// Whether the policies admit the connection.
    pub(super) fn admits_connection(policies: &[Value], ends: &Ends, unknown: bool) -> bool {
        let mut isolated = false;
        for policy in policies {
            let egress_only = policy["policyTypes"] == serde_json::json!(["Egress"]);
            if egress_only || !selects(&policy["podSelector"], &ends.receiver, unknown) {
                continue;
            }
            isolated = true;
            for rule in policy["ingress"].as_array().unwrap() {
                let (from, ports) = (rule["from"].as_array().unwrap(), rule["ports"].as_array().unwrap());
                let from = from.is_empty() || from.iter().any(|peer| is_peer(peer, ends, unknown));
                let port = ports.is_empty() || ports.iter().any(|port| is_port(port, ends));
                if from && port {
                    return true;
                }
            }
        }
        !isolated
    }

    fn is_peer(peer: &Value, ends: &Ends, unknown: bool) -> bool {
        if !peer["ipBlock"].is_null() {
            return unknown;
        }
        let namespace = match &peer["namespaceSelector"] {
            Value::Null => ends.sender_namespace == OWN,
            selector => selects(selector, &ends.sender_namespace_labels, unknown),
        };
        namespace && (peer["podSelector"].is_null() || selects(&peer["podSelector"], &ends.sender, unknown))
    }

    fn is_port(port: &Value, ends: &Ends) -> bool {
        if port["protocol"] == "UDP" {
            return false;
        }
        let (number, name) = ends.port;
        match (&port["port"], port["endPort"].as_u64()) {
            (Value::Null, _) => true,
            (Value::String(wanted), _) => Some(wanted.as_str()) == name,
            (first, last) => {
                (first.as_u64().unwrap()..=last.unwrap_or(first.as_u64().unwrap())).contains(&number.into())
            }
        }
    }
}

fn facts(policy: &Value) -> Option<NetworkPolicyFacts> {
    network_policy_facts(serde_json::from_value::<NetworkPolicySpec>(policy.clone()).unwrap())
}

fn known(map: &Map) -> Labels {
    map.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// The answer of the evaluator if the labels in `hidden` are not known.
fn answer(policies: &[Value], ends: &Ends, hidden: &BTreeSet<&str>, ports_known: bool) -> Truth {
    let policies: Vec<NetworkPolicyFacts> = policies.iter().filter_map(facts).collect();
    let result = |map: &Map| {
        known(
            &map.iter()
                .filter(|(key, _)| !hidden.contains(key.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        )
    };
    let (namespace, sender, receiver) =
        (result(&ends.sender_namespace_labels), result(&ends.sender), result(&ends.receiver));
    let labels = |labels| if hidden.is_empty() { KnownLabels::Exactly(labels) } else { KnownLabels::AtLeast(labels) };
    let (number, name) = ends.port;
    let declared = name.map(|name| ContainerPort { name: name.into(), number, protocol: Protocol::Tcp });
    // A port of another protocol. Its name is not a TCP port.
    let udp = ContainerPort { name: "other".into(), number, protocol: Protocol::Udp };
    let ports = declared.into_iter().chain([udp]).collect();
    let container = ContainerFacts { name: "app".into(), image: Box::default(), probed: false, ports };
    let spec = PodSpecFacts { containers: [container].into(), ..PodSpecFacts::default() };
    admits(
        &policies,
        Sender {
            namespace: ends.sender_namespace,
            namespace_labels: labels(&namespace),
            labels: labels(&sender),
            host_network: false,
        },
        Receiver {
            namespace: OWN,
            labels: labels(&receiver),
            port: number,
            protocol: Protocol::Tcp,
            spec: ports_known.then_some(&spec),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn selectors_select_as_the_api_says(selector in selector(), labels in labels()) {
        let facts = facts(&json!({"podSelector": selector})).unwrap();
        let result = facts.pods.selects(KnownLabels::Exactly(&known(&labels)));
        let possible = [false, true].map(|unknown| oracle::selects(&selector, &labels, unknown));
        let expected = match possible {
            [true, true] => Truth::Yes,
            [false, false] => Truth::No,
            _ => Truth::Unknown,
        };
        prop_assert_eq!(result, expected);
    }

    /// If everything is known, every answer equals that of the oracle.
    #[test]
    fn policies_admit_as_the_api_says(policies in proptest::collection::vec(policy(), 0..4), ends in ends()) {
        let result = answer(&policies, &ends, &BTreeSet::new(), true);
        let text = Value::Array(policies.clone()).to_string();
        if text.contains("ipBlock") || text.contains("\"Gt\"") {
            // A part is unknown: a certain answer must hold for each possible value of that part.
            for unknown in [false, true] {
                let truth = oracle::admits_connection(&policies, &ends, unknown);
                prop_assert_ne!(result, Truth::from(!truth), "with {}", unknown);
            }
        } else {
            prop_assert_eq!(result, Truth::from(oracle::admits_connection(&policies, &ends, false)));
        }
    }

    /// With fewer known facts, the answer may become unknown, but never wrong.
    #[test]
    fn what_is_not_known_is_never_guessed(
        policies in proptest::collection::vec(policy(), 0..4),
        ends in ends(),
        hidden in proptest::collection::btree_set(proptest::sample::select(&KEYS), 1..4),
        ports_known in any::<bool>(),
    ) {
        let result = answer(&policies, &ends, &hidden, ports_known);
        for unknown in [false, true] {
            let truth = oracle::admits_connection(&policies, &ends, unknown);
            prop_assert_ne!(result, Truth::from(!truth), "with {}", unknown);
        }
    }
}

fn edge_to_web(policies: &[Value]) -> Truth {
    let map = |key: &str, value: &str| Map::from([(key.to_owned(), value.to_owned())]);
    let ends = Ends {
        sender_namespace: "edge",
        sender_namespace_labels: map("kubernetes.io/metadata.name", "edge"),
        sender: map("app", "nginx"),
        receiver: map("app", "web"),
        port: (8080, Some("http")),
    };
    answer(policies, &ends, &BTreeSet::new(), true)
}

/// Common NetworkPolicies, and common mistakes (rulebook 5).
#[rstest]
#[case::no_policy(json!([]), Truth::Yes)]
#[case::deny_all(json!([{"podSelector": {}}]), Truth::No)]
#[case::deny_all_for_others(json!([{"podSelector": {"matchLabels": {"app": "db"}}}]), Truth::Yes)]
#[case::allow_all(json!([{"podSelector": {}, "ingress": [{}]}]), Truth::Yes)]
#[case::egress_does_not_isolate(json!([{"podSelector": {}, "policyTypes": ["Egress"]}]), Truth::Yes)]
#[case::same_namespace_only(json!([{"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}]), Truth::No)]
#[case::from_the_controller_s_namespace(
    json!([{"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}]}]}]),
    Truth::Yes
)]
#[case::one_of_two_peers_is_enough(
    json!([{"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"x": "y"}}}, {"namespaceSelector": {}}]}]}]),
    Truth::Yes
)]
#[case::both_selectors_of_a_peer_must_match(
    json!([{"ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "other"}}}]}]}]),
    Truth::No
)]
#[case::port_of_the_service_instead_of_the_pod(json!([{"ingress": [{"ports": [{"port": 80}]}]}]), Truth::No)]
#[case::the_pod_s_port(json!([{"ingress": [{"ports": [{"port": 8080}]}]}]), Truth::Yes)]
#[case::a_named_port(json!([{"ingress": [{"ports": [{"port": "http"}]}]}]), Truth::Yes)]
#[case::a_range(json!([{"ingress": [{"ports": [{"port": 8000, "endPort": 9000}]}]}]), Truth::Yes)]
#[case::another_protocol(json!([{"ingress": [{"ports": [{"port": 8080, "protocol": "UDP"}]}]}]), Truth::No)]
#[case::an_unknown_protocol(json!([{"ingress": [{"ports": [{"port": 8080, "protocol": "QUIC"}]}]}]), Truth::Unknown)]
#[case::some_addresses(json!([{"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}]), Truth::Unknown)]
#[case::all_addresses(
    json!([{"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]}]}]),
    Truth::Yes
)]
#[case::all_addresses_but_some(
    json!([{"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}]}]),
    Truth::Unknown
)]
#[case::policies_add_up(json!([{"podSelector": {}}, {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]}]), Truth::Yes)]
#[case::an_unknown_operator(
    json!([{"podSelector": {"matchExpressions": [{"key": "app", "operator": "Like", "values": ["w"]}]}}]),
    Truth::Unknown
)]
#[case::an_unknown_operator_of_a_policy_that_admits(
    json!([{"podSelector": {"matchExpressions": [{"key": "app", "operator": "Like", "values": ["w"]}]}, "ingress": [{}]}]),
    Truth::Yes
)]
fn recipes(#[case] policies: Value, #[case] expected: Truth) {
    assert_eq!(edge_to_web(policies.as_array().unwrap()), expected);
}

/// An evaluation pays for every part of a policy that it examines, so that policies cannot make a review slow.
#[rstest]
#[case::no_rule(json!({}), 1)]
#[case::an_empty_rule(json!({"ingress": [{}]}), 2)]
#[case::sources_and_ports(json!({"ingress": [{"from": [{"podSelector": {}}, {"podSelector": {}}], "ports": [{"port": 80}]}]}), 5)]
#[case::several_rules(json!({"ingress": [{"ports": [{"port": 80}, {"port": 81}, {"port": 82}]}, {}, {}]}), 7)]
#[case::labels(json!({"podSelector": {"matchLabels": {"app": "web", "tier": "front"}}}), 3)]
#[case::labels_of_sources(json!({"ingress": [{"from": [{"podSelector": {"matchLabels": {"a": "1"}}, "namespaceSelector": {"matchLabels": {"b": "1", "c": "1"}}}]}]}), 6)]
// The values of a requirement are sorted.
#[case::values(json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b", "c"]}]}}), 2)]
// Ten ports of a Pod are compared with a name.
#[case::named_port(json!({"ingress": [{"ports": [{"port": "http"}]}]}), 13)]
fn the_cost_of_a_policy(#[case] policy: Value, #[case] expected: usize) {
    let mut policies = NetworkPolicies::default();
    policies.insert("policy", facts(&policy).unwrap());
    assert_eq!(policies.evaluation_cost(10), expected);
}

/// No selector is certain to select a controller in the network of the node (rulebook 5.8).
#[test]
fn a_controller_in_the_node_s_network_is_never_certain_to_be_selected() {
    let policy = facts(&json!({"ingress": [{"from": [{"namespaceSelector": {}}]}]})).unwrap();
    let (none, labels) = (Labels::default(), known(&Map::from([("app".to_owned(), "web".to_owned())])));
    let sender = Sender {
        namespace: "edge",
        namespace_labels: KnownLabels::Exactly(&none),
        labels: KnownLabels::Exactly(&none),
        host_network: true,
    };
    let receiver = Receiver {
        namespace: OWN,
        labels: KnownLabels::Exactly(&labels),
        port: 80,
        protocol: Protocol::Tcp,
        spec: None,
    };
    assert_eq!(admits([&policy], sender, receiver), Truth::Unknown);
}

#[test]
fn an_unknown_operator_is_neither_a_match_nor_none() {
    let requirement = backstop::engine::model::Requirement { key: "app".into(), operator: Operator::Other };
    let selector = LabelSelector { labels: Labels::default(), requirements: [requirement].into() };
    assert_eq!(selector.selects(KnownLabels::Exactly(&Labels::default())), Truth::Unknown);
}
