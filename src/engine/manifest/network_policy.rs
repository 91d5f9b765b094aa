//! `networking.k8s.io/v1` NetworkPolicy, and the API groups whose policies can overrule one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

use super::service::protocol;
use super::string_map::string_map;
use super::wire::{IntOrString, nullable, port_number};
use crate::engine::model::{
    AdmittedPort, LabelSelector, NetworkPolicyFacts, Operator, Peer, PolicyRule, PortRange, Requirement,
};

/// API groups of other network policies that can overrule or add to NetworkPolicies (rulebook 5.11). If the cluster
/// serves one of these groups, NetworkPolicies alone do not determine which traffic is admitted.
pub const OTHER_POLICY_GROUPS: [&str; 5] =
    ["policy.networking.k8s.io", "cilium.io", "crd.projectcalico.org", "projectcalico.org", "crd.antrea.io"];

/// The needed fields of `spec` of a NetworkPolicy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPolicySpec {
    #[serde(deserialize_with = "nullable")]
    pod_selector: Selector,
    #[serde(deserialize_with = "nullable")]
    policy_types: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    ingress: Vec<Rule>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Selector {
    #[serde(deserialize_with = "string_map")]
    match_labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    match_expressions: Vec<Expression>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Expression {
    #[serde(deserialize_with = "nullable")]
    key: String,
    #[serde(deserialize_with = "nullable")]
    operator: String,
    #[serde(deserialize_with = "nullable")]
    values: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Rule {
    #[serde(deserialize_with = "nullable")]
    from: Vec<PeerSpec>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortSpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PeerSpec {
    pod_selector: Option<Selector>,
    namespace_selector: Option<Selector>,
    ip_block: Option<IpBlock>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct IpBlock {
    #[serde(deserialize_with = "nullable")]
    cidr: String,
    #[serde(deserialize_with = "nullable")]
    except: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PortSpec {
    protocol: Option<String>,
    port: Option<IntOrString>,
    end_port: Option<i64>,
}

/// The facts of a NetworkPolicy; `None` if the policy does not isolate Pods for incoming traffic.
pub fn network_policy_facts(spec: NetworkPolicySpec) -> Option<NetworkPolicyFacts> {
    // The default of `policyTypes` always contains `Ingress` (rulebook 5.2).
    let isolates = spec.policy_types.is_empty() || spec.policy_types.iter().any(|kind| kind == "Ingress");
    isolates.then(|| NetworkPolicyFacts {
        pods: selector(spec.pod_selector),
        rules: spec.ingress.into_iter().map(rule).collect(),
    })
}

fn selector(selector: Selector) -> LabelSelector {
    LabelSelector {
        labels: selector.match_labels.into_iter().collect(),
        requirements: selector.match_expressions.into_iter().map(requirement).collect(),
    }
}

fn requirement(Expression { key, operator, values }: Expression) -> Requirement {
    let given = !values.is_empty();
    let values = || values.into_iter().collect();
    // The API requires values for `In` and `NotIn`, and forbids them for the other operators.
    let operator = match operator.as_str() {
        "In" if given => Operator::In(values()),
        "NotIn" if given => Operator::NotIn(values()),
        "Exists" if !given => Operator::Exists,
        "DoesNotExist" if !given => Operator::DoesNotExist,
        _ => Operator::Other,
    };
    Requirement { key: key.into(), operator }
}

fn rule(rule: Rule) -> PolicyRule {
    PolicyRule { from: rule.from.into_iter().map(peer).collect(), ports: rule.ports.into_iter().map(port).collect() }
}

fn peer(peer: PeerSpec) -> Peer {
    match (peer.ip_block, peer.namespace_selector, peer.pod_selector) {
        // A client that does not know the kind of a peer sees an empty peer.
        (None, None, None) => Peer::SomeAddresses,
        (None, namespaces, pods) => Peer::Pods { namespaces: namespaces.map(selector), pods: pods.map(selector) },
        (Some(block), ..) => address_peer(&block),
    }
}

fn address_peer(block: &IpBlock) -> Peer {
    let whole = block.cidr.split_once('/').filter(|(_, bits)| bits.parse() == Ok(0_u8));
    match whole.and_then(|(address, _)| address.parse().ok()).filter(|_| block.except.is_empty()) {
        Some(IpAddr::V4(_)) => Peer::AllIpv4,
        Some(IpAddr::V6(_)) => Peer::AllIpv6,
        None => Peer::SomeAddresses,
    }
}

fn port(spec: PortSpec) -> AdmittedPort {
    let number = |number: i64| port_number(number);
    let which = match (spec.port, spec.end_port) {
        (None, None) => PortRange::All,
        (Some(IntOrString::String(name)), None) if !name.is_empty() => PortRange::Name(name.into()),
        (Some(IntOrString::Int(first)), last) => match (number(first), number(last.unwrap_or(first))) {
            (Some(first), Some(last)) => PortRange::Numbers(first, last),
            _ => PortRange::Other,
        },
        // A port name is never empty, and `endPort` requires a number (rulebook 5.5).
        (None | Some(IntOrString::String(_)), _) => PortRange::Other,
    };
    AdmittedPort { protocol: protocol(spec.protocol.as_deref()), which }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn facts(json: &str) -> Option<NetworkPolicyFacts> {
        network_policy_facts(serde_json::from_str(json).unwrap())
    }

    fn only_rule(json: &str) -> PolicyRule {
        let policy = facts(&format!(r#"{{"ingress":[{json}]}}"#)).unwrap();
        assert_eq!(policy.rules.len(), 1);
        policy.rules[0].clone()
    }

    #[rstest]
    #[case::types_left_out(r#"{"podSelector":{}}"#, true)]
    #[case::types_left_out_and_egress_rules(r#"{"podSelector":{},"egress":[{}]}"#, true)]
    #[case::ingress(r#"{"podSelector":{},"policyTypes":["Ingress"]}"#, true)]
    #[case::both(r#"{"podSelector":{},"policyTypes":["Egress","Ingress"]}"#, true)]
    #[case::egress_alone(r#"{"podSelector":{},"policyTypes":["Egress"],"ingress":[{}]}"#, false)]
    #[case::no_selector(r#"{"policyTypes":["Ingress"],"ingress":null}"#, true)]
    fn which_policies_isolate(#[case] json: &str, #[case] isolates: bool) {
        assert_eq!(facts(json).is_some(), isolates);
    }

    #[rstest]
    #[case::all_v4(r#"{"ipBlock":{"cidr":"0.0.0.0/0"}}"#, Peer::AllIpv4)]
    #[case::all_v6(r#"{"ipBlock":{"cidr":"::/0","except":[]}}"#, Peer::AllIpv6)]
    #[case::any_address_with_no_bits(r#"{"ipBlock":{"cidr":"10.1.2.3/0"}}"#, Peer::AllIpv4)]
    #[case::all_v4_except_some(r#"{"ipBlock":{"cidr":"0.0.0.0/0","except":["10.0.0.0/8"]}}"#, Peer::SomeAddresses)]
    #[case::some_addresses(r#"{"ipBlock":{"cidr":"10.0.0.0/8"}}"#, Peer::SomeAddresses)]
    #[case::nonsense(r#"{"ipBlock":{"cidr":"all/0"}}"#, Peer::SomeAddresses)]
    #[case::unknown_kind_of_peer(r#"{"serviceSelector":{}}"#, Peer::SomeAddresses)]
    #[case::all_pods_here(r#"{"podSelector":{}}"#, Peer::Pods { namespaces: None, pods: Some(LabelSelector::default()) })]
    #[case::all_namespaces(r#"{"namespaceSelector":{}}"#, Peer::Pods { namespaces: Some(LabelSelector::default()), pods: None })]
    fn peers(#[case] json: &str, #[case] expected: Peer) {
        assert_eq!(*only_rule(&format!(r#"{{"from":[{json}]}}"#)).from, [expected]);
    }

    #[rstest]
    #[case::all("{}", PortRange::All)]
    #[case::one(r#"{"port":8080}"#, PortRange::Numbers(8080, 8080))]
    #[case::range(r#"{"port":8080,"endPort":8090}"#, PortRange::Numbers(8080, 8090))]
    #[case::named(r#"{"port":"http"}"#, PortRange::Name("http".into()))]
    #[case::named_range(r#"{"port":"http","endPort":8090}"#, PortRange::Other)]
    #[case::end_without_begin(r#"{"endPort":8090}"#, PortRange::Other)]
    #[case::absurd(r#"{"port":99999999999}"#, PortRange::Other)]
    fn ports(#[case] json: &str, #[case] expected: PortRange) {
        assert_eq!(only_rule(&format!(r#"{{"ports":[{json}]}}"#)).ports[0].which, expected);
    }

    #[rstest]
    #[case::in_values(r#"{"key":"a","operator":"In","values":["x"]}"#, Operator::In(["x"].into_iter().collect()))]
    #[case::in_nothing(r#"{"key":"a","operator":"In","values":[]}"#, Operator::Other)]
    #[case::exists(r#"{"key":"a","operator":"Exists","values":null}"#, Operator::Exists)]
    #[case::exists_with_values(r#"{"key":"a","operator":"Exists","values":["x"]}"#, Operator::Other)]
    #[case::unknown_operator(r#"{"key":"a","operator":"Gt","values":["1"]}"#, Operator::Other)]
    fn requirements(#[case] json: &str, #[case] expected: Operator) {
        let policy = facts(&format!(r#"{{"podSelector":{{"matchExpressions":[{json}]}}}}"#)).unwrap();
        assert_eq!(policy.pods.requirements[0].operator, expected);
    }
}
