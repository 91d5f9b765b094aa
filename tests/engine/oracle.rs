//! Compares ports and readiness with a direct implementation of the rulebook (3.6, 4.4), for every profile. The
//! implementation works on the JSON of the API server, without facts and counts.

use backstop::engine::controllers::{self, Profile};
use backstop::engine::kinds::{Object, object};
use backstop::engine::model::{PortRef, ServiceFacts, SliceFacts};
use backstop::engine::resolve::{Endpoints, PortMatch, Wanted, endpoints, match_port};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// The fields of a Service port that a controller compares with a reference (rulebook 4.4), in the order of preference.
/// Fields in one list have the same rank: the first port that matches any of them is used.
fn compares(profile: &Profile, by_number: bool) -> &'static [&'static [&'static str]] {
    match (profile.id, by_number) {
        ("ingress-nginx" | "agic", true) => &[&["port", "targetPort", "nameAsNumber"]],
        ("contour" | "cilium", true) => &[&["port", "nameAsNumber"]],
        ("ingress-nginx" | "agic" | "haproxy-ingress" | "kong", false) => &[&["name", "targetPort"]],
        ("haproxy-ingress", true) => &[&["targetPort"], &["port"]],
        ("nginx-inc", true) => &[&["port", "unnamed"]],
        (_, true) => &[&["port"]],
        (_, false) => &[&["name"]],
    }
}

/// The Service port that matches `wanted`. Contour and Istio look up the number of a named port; Contour does so for a
/// TCP port only.
fn meant<'v>(service: &'v Value, wanted: &Value, profile: &Profile) -> Option<&'v Value> {
    let found = matching(service, wanted, profile)?;
    match profile.id {
        "contour" if protocol(found) != "TCP" => Some(found),
        "contour" | "istio" if wanted.is_string() => matching(service, &found["port"], profile),
        _ => Some(found),
    }
}

/// The Service port that matches `wanted`. TCP ports come first (rulebook 3.8.4), but some controllers use the first
/// port.
fn matching<'v>(service: &'v Value, wanted: &Value, profile: &Profile) -> Option<&'v Value> {
    let ports: Vec<&Value> = service["spec"]["ports"].as_array()?.iter().collect();
    let has = |port: &Value, field: &str| match field {
        "unnamed" => name(port).is_empty(),
        "nameAsNumber" => wanted.as_u64().is_some_and(|number| name(port).parse() == Ok(number)),
        "targetPort" => target(port) == *wanted,
        _ => port[field] == *wanted,
    };
    for fields in compares(profile, wanted.is_number()) {
        let any: Vec<&Value> =
            ports.iter().copied().filter(|port| fields.iter().any(|field| has(port, field))).collect();
        let (first, tcp) = (any.first().copied(), any.iter().copied().find(|port| protocol(port) == "TCP"));
        let found = match profile.id {
            "contour" | "openshift" => first,
            // The name is found by the number only, so two names of one target are equal.
            "ingress-nginx" | "traefik" | "traefik-nginx" | "haproxytech" | "haproxy-ingress" | "kong"
            | "nginx-inc" => tcp.filter(|tcp| first.is_some_and(|first| target(first) == target(tcp))).or(first),
            _ => tcp.or(first),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The targetPort. The default is the port.
fn target(port: &Value) -> Value {
    if port["targetPort"].is_null() { port["port"].clone() } else { port["targetPort"].clone() }
}

/// Whether a controller finds a ready endpoint (rulebook 3.6), with the differences of controllers (rulebook 3.2, and
/// measured).
fn ready(slices: &[Value], port: &Value, profile: &Profile) -> bool {
    for slice in slices {
        let unseen = match profile.id {
            "traefik" | "traefik-nginx" | "kong" | "nginx-inc" => false,
            // It reads core Endpoints. The Service has no selector, so the slice must be mirrored.
            "agic" => slice["addressType"] == "FQDN" || slice["metadata"]["labels"][MANAGED_BY] != MIRRORING,
            _ => slice["addressType"] == "FQDN",
        };
        if unseen || !carries(slice, port, profile) {
            continue;
        }
        for endpoint in slice["endpoints"].as_array().into_iter().flatten() {
            let conditions = &endpoint["conditions"];
            let uses = match profile.id {
                "traefik" | "traefik-nginx" => conditions["serving"] != false && conditions["terminating"] != true,
                "nginx-inc" | "haproxytech" => conditions["ready"] == true,
                _ => conditions["ready"] != false,
            };
            if uses && endpoint["addresses"].as_array().is_some_and(|addresses| !addresses.is_empty()) {
                return true;
            }
        }
    }
    false
}

fn carries(slice: &Value, port: &Value, profile: &Profile) -> bool {
    let ports = slice["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let same_name = |it: &Value| name(it) == name(port);
    let same_protocol = |it: &Value| protocol(it) == protocol(port);
    // A slice port without a number is no port (rulebook 3.4.3).
    let numbered = |it: &Value| !it["port"].is_null();
    let (unnamed, numeric) = (name(port).is_empty(), !port["targetPort"].is_string());
    let any_protocol = ["traefik", "traefik-nginx", "haproxytech", "istio", "nginx-inc"].contains(&profile.id);
    let usable: Vec<&Value> = ports.iter().filter(|it| any_protocol || same_protocol(it)).collect();
    let exact = usable.iter().any(|it| same_name(it) && numbered(it));
    match profile.id {
        "contour" | "openshift" | "haproxy-ingress" => exact || (unnamed && usable.iter().any(|it| numbered(it))),
        // The controllers compare the number that they connect to (rulebook 3.5.5).
        "nginx-inc" | "agic" if numeric => usable.iter().any(|it| it["port"] == target(port)),
        "ingress-nginx" => {
            let read: Vec<_> = usable.iter().filter(|it| unnamed || same_name(it)).collect();
            let other = numeric && (!usable.is_empty() || ports.is_empty());
            if read.is_empty() { other } else { read.iter().all(|it| numbered(it)) }
        }
        _ => exact,
    }
}

fn name(port: &Value) -> &str {
    port["name"].as_str().unwrap_or_default()
}

fn protocol(port: &Value) -> &str {
    port["protocol"].as_str().unwrap_or("TCP")
}

/// The label of a slice with the program that writes it.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MIRRORING: &str = "endpointslicemirroring-controller.k8s.io";
const NAMES: [&str; 3] = ["http", "web", "admin"];
/// The names of ports of a Service. Only they may consist of digits (rulebook 4.4.5).
const PORT_NAMES: [&str; 4] = ["http", "web", "admin", "8080"];
const NUMBERS: [u16; 3] = [80, 8080, 443];
const PROTOCOLS: [Option<&str>; 4] = [None, Some("TCP"), Some("UDP"), Some("SCTP")];

/// Without the fields that are null: the API server leaves them out.
fn without_nulls(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}

/// The name of a port, its number, or both. There are few values, so that they match often.
fn word() -> impl Strategy<Value = Value> {
    prop_oneof![select(&NAMES).prop_map(Value::from), select(&NUMBERS).prop_map(Value::from)]
}

fn service() -> impl Strategy<Value = Value> {
    let name = prop_oneof![Just(Value::Null), select(&PORT_NAMES).prop_map(Value::from)];
    let target = prop_oneof![Just(Value::Null), word()];
    let port = (name, select(&NUMBERS), target, select(&PROTOCOLS)).prop_map(|(name, number, target, protocol)| {
        without_nulls(json!({"name": name, "port": number, "targetPort": target, "protocol": protocol}))
    });
    prop::collection::vec(port, 0..4).prop_map(
        |ports| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": ports}}),
    )
}

fn slice() -> impl Strategy<Value = Value> {
    let flag = || prop::option::of(any::<bool>());
    let endpoint = (0..3usize, flag(), flag(), flag()).prop_map(|(addresses, ready, serving, terminating)| {
        let conditions = without_nulls(json!({"ready": ready, "serving": serving, "terminating": terminating}));
        json!({"addresses": vec!["10.0.0.1"; addresses], "conditions": conditions})
    });
    let name = prop_oneof![Just(Value::Null), Just("".into()), select(&NAMES).prop_map(Value::from)];
    let port = (name, prop::option::of(select(&NUMBERS)), select(&PROTOCOLS)).prop_map(|(name, number, protocol)| {
        without_nulls(json!({"name": name, "port": number, "protocol": protocol}))
    });
    let (endpoints, ports) = (prop::collection::vec(endpoint, 0..3), prop::collection::vec(port, 0..3));
    let kind = select(&["IPv4", "IPv6", "FQDN"]);
    let writer = select(&["me", "endpointslice-controller.k8s.io", MIRRORING]);
    (kind, writer, endpoints, ports).prop_map(|(kind, writer, endpoints, ports)| {
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": kind,
            "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web", MANAGED_BY: writer}},
            "endpoints": endpoints, "ports": ports,
        })
    })
}

fn service_facts(service: &Value) -> ServiceFacts {
    let Ok(Object::Service(_, facts)) = object(service, "shop") else { panic!("no Service: {service}") };
    facts
}

fn slice_facts(slices: &[Value]) -> Vec<SliceFacts> {
    let facts = |slice| match object(slice, "shop").unwrap() {
        Object::Slice(_, _, facts) => Some(facts),
        _ => None,
    };
    slices.iter().filter_map(facts).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn ports_are_found_as_the_rulebook_says(service in service(), wanted in word()) {
        let facts = service_facts(&service);
        let reference = match &wanted {
            Value::String(name) => PortRef::Name(name.as_str().into()),
            number => PortRef::Number(i32::try_from(number.as_i64().unwrap()).unwrap()),
        };
        for profile in controllers::ALL {
            let found = match match_port(&facts, &reference, profile.ports) {
                PortMatch::Port(port) => Some(json!([port.number, port.name, port.protocol.to_string()])),
                PortMatch::TargetOnly(_) | PortMatch::Nothing => None,
            };
            let expected = meant(&service, &wanted, profile);
            let expected = expected.map(|port| json!([port["port"], name(port), protocol(port)]));
            prop_assert_eq!(found, expected, "{} of {} on {}", wanted, service, profile.id);
        }
    }

    #[test]
    fn endpoints_are_ready_as_the_rulebook_says(
        service in service(), slices in prop::collection::vec(slice(), 0..4),
    ) {
        let (facts, slices_facts) = (service_facts(&service), slice_facts(&slices));
        for profile in controllers::ALL {
            for (port, json) in facts.ports.iter().zip(service["spec"]["ports"].as_array().unwrap()) {
                let wanted = Wanted { rules: profile.endpoints, service: &facts, port };
                let found = endpoints(&slices_facts, wanted) == Endpoints::Ready;
                let expected = ready(&slices, json, profile);
                prop_assert_eq!(found, expected, "{} in {} on {}", json, json!(slices), profile.id);
            }
        }
    }
}
