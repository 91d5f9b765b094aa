//! Every row of the table of kinds has its decoder and its place in the index. A new row fails here until its parts exist.

use backstop::engine::kinds::{Identity, Kind, Object, Watch, object};
use serde_json::{Value, json};

use crate::index::available;

/// The smallest object of `kind` that counts: a slice belongs to a Service, a NetworkPolicy isolates Pods, and an Ingress
/// refers to a Service.
fn smallest(kind: Kind) -> Value {
    let labels = json!({"kubernetes.io/service-name": "web"});
    let spec = match kind {
        Kind::NetworkPolicy => json!({"podSelector": {}, "policyTypes": ["Ingress"]}),
        Kind::Ingress => json!({"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}),
        _ => json!({}),
    };
    let mut value = json!({
        "apiVersion": kind.row().api_version, "kind": kind.name(),
        "metadata": {"name": "web", "labels": labels}, "spec": spec, "addressType": "IPv4", "endpoints": [], "ports": [],
    });
    if kind.is_namespaced() {
        value["metadata"]["namespace"] = "shop".into();
    }
    value
}

fn decoded(kind: Kind) -> Object {
    object(&smallest(kind), "default").unwrap_or_else(|unusable| panic!("{kind:?}: {unusable}"))
}

fn namespace(kind: Kind) -> &'static str {
    if kind.is_namespaced() { "shop" } else { "" }
}

#[test]
fn every_kind_is_decoded_with_its_identity() {
    for kind in Kind::ALL {
        let object = decoded(kind);
        let expected = Identity { kind: Some(kind), kind_name: kind.name(), namespace: namespace(kind), name: "web" };
        assert_eq!(object.identity(), Some(expected), "{object:?}");
    }
}

/// An object is applied, counted, listed by name and deleted. The second of two equal events changes nothing.
#[test]
fn the_index_holds_every_kind_that_is_watched() {
    for kind in Kind::indexed() {
        let mut index = available();
        assert!(!index.apply(decoded(kind)).is_empty(), "{kind:?}");
        assert!(index.apply(decoded(kind)).is_empty(), "{kind:?}");
        assert_eq!(index.count(kind), 1, "{kind:?}");
        assert_eq!(index.whole_picture().names(kind), [(namespace(kind), "web")], "{kind:?}");
        assert!(!index.delete(kind, namespace(kind), "web").is_empty(), "{kind:?}");
        assert!(index.delete(kind, namespace(kind), "web").is_empty(), "{kind:?}");
        assert_eq!(index.count(kind), 0, "{kind:?}");
    }
}

#[test]
fn the_index_holds_no_kind_that_is_only_read_live() {
    for kind in Kind::ALL.into_iter().filter(|kind| kind.row().watched == Watch::Never) {
        let mut index = available();
        assert!(index.apply(decoded(kind)).is_empty(), "{kind:?}");
        assert_eq!(index.count(kind), 0, "{kind:?}");
    }
}
