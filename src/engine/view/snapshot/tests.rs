use super::*;
use crate::engine::model::{EndpointCounts, PodSpecFacts, PortRef, ServiceTarget, Target};

fn unread(kind: Kind, namespace: &str, name: &str) -> Object {
    Object::Unread(kind, ObjectName::new(namespace, name))
}

const UNKNOWN: Unknown = Unknown::Undecodable;

#[test]
fn only_undecodable_objects_are_unknown() {
    let mut view = Snapshot::complete();
    for (kind, namespace, name) in [
        (Kind::Service, "shop", "web"),
        (Kind::EndpointSlice, "shop", "web-1"),
        (Kind::Pod, "shop", "web-1"),
        (Kind::Deployment, "shop", "web"),
        (Kind::IngressClass, "", "nginx"),
        (Kind::Namespace, "", "shop"),
        (Kind::NetworkPolicy, "shop", "all"),
        (Kind::Ingress, "shop", "web"),
    ] {
        view.insert(unread(kind, namespace, name));
    }
    let none = Labels::default();
    let target =
        Target::Service(ServiceTarget { namespace: "shop".into(), name: "web".into(), port: PortRef::Number(80) });
    assert_eq!(view.service("shop", "web"), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.service("shop", "cart"), Lookup::Absent);
    assert_eq!(view.service("other", "web"), Lookup::Absent);
    assert_eq!(view.slices("shop", "web"), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.slices("other", "web"), Lookup::Found(&[][..]));
    assert_eq!(view.pods("shop", &none), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.pods("other", &none), Lookup::Found(vec![]));
    assert_eq!(view.workloads("shop", &none), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.class("nginx"), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.class("other"), Lookup::Absent);
    assert_eq!(view.default_classes(), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.namespace("shop"), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.network_policies("shop"), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.ingresses_with_targets("shop", &[target.id()], Among::All), Lookup::Unknown(UNKNOWN));
    assert_eq!(view.ingresses_with_targets("other", &[target.id()], Among::All), Lookup::Found(vec![]));
}

#[test]
fn a_decoded_object_replaces_an_undecodable_one() {
    let mut view = Snapshot::complete();
    view.insert(unread(Kind::Service, "shop", "web"));
    view.insert(Object::Service(ObjectName::new("shop", "web"), ServiceFacts::default()));
    assert!(view.service("shop", "web").found().is_some());
}

/// A Service of Knative has a Pod template, so it is a workload. It replaces no Service of the same name.
#[test]
fn a_workload_replaces_no_undecodable_object_of_another_kind() {
    let mut view = Snapshot::complete();
    view.insert(unread(Kind::Service, "shop", "web"));
    let knative = WorkloadFacts {
        kind: "Service".to_owned(),
        name: "web".to_owned(),
        template_labels: Labels::default(),
        template_spec: PodSpecFacts::default(),
        replicas: None,
        first_ordinal: 0,
        is_expanded: false,
    };
    view.insert(Object::Workload("shop".to_owned(), knative));
    assert_eq!(view.service("shop", "web"), Lookup::Unknown(UNKNOWN));
}

#[test]
fn nothing_is_absent_if_an_unread_document_may_be_anything() {
    let mut view = Snapshot::complete();
    view.add_doubt(&Doubt::All);
    assert_eq!(view.service("shop", "web"), Lookup::Unknown(Unknown::Unreadable));
    let mut partial = Snapshot::partial();
    partial.add_doubt(&Doubt::All);
    assert_eq!(partial.service("shop", "web"), Lookup::Unknown(Unknown::Partial), "which was said already");
}

/// An unread Service says nothing about other kinds, nor about another namespace if its own is known.
#[test]
fn a_doubt_is_about_its_kinds_and_its_namespace_only() {
    let (none, unknown) = (Labels::default(), Unknown::Unreadable);
    let mut view = Snapshot::complete();
    view.add_doubt(&Doubt::Kinds(vec![Kind::Service], Some("shop".to_owned())));
    assert_eq!(view.service("shop", "web"), Lookup::Unknown(unknown));
    assert_eq!(view.service("blog", "web"), Lookup::Absent);
    assert_eq!(view.workloads("shop", &none), Lookup::Found(vec![]));
    view.add_doubt(&Doubt::Kinds(Kind::WORKLOADS.to_vec(), None));
    assert_eq!(view.workloads("blog", &none), Lookup::Unknown(unknown));
    assert_eq!(view.pods("shop", &none), Lookup::Found(vec![]));
    assert_eq!(view.service("blog", "web"), Lookup::Absent);
    assert_eq!(view.slices("shop", "web"), Lookup::Found(&[][..]));
    view.add_doubt(&Doubt::Kinds(vec![Kind::IngressClass], Some(String::new())));
    assert_eq!(view.class("nginx"), Lookup::Unknown(unknown));
    assert_eq!(view.default_classes(), Lookup::Unknown(unknown));
}

#[test]
fn objects_are_counted_by_kind() {
    let mut view = Snapshot::complete();
    for name in ["web", "cart"] {
        view.insert(Object::Service(ObjectName::new("shop", name), ServiceFacts::default()));
    }
    assert_eq!([view.count(Kind::Service), view.count(Kind::Ingress)], [2, 0]);
}

/// A slice of core Endpoints.
fn mirrored() -> SliceFacts {
    let counts = EndpointCounts { total: 1, ..EndpointCounts::default() };
    SliceFacts { ports: [].into(), counts, host_names: false, mirrored: true }
}

fn service(selector: &[(&str, &str)]) -> Object {
    let selector = selector.iter().copied().collect();
    Object::Service(ObjectName::new("shop", "web"), ServiceFacts { selector, ..ServiceFacts::default() })
}

#[test]
fn core_endpoints_count_for_a_service_without_a_selector_and_without_slices() {
    let mut view = Snapshot::complete();
    view.insert(Object::Endpoints(ObjectName::new("shop", "web"), vec![mirrored()]));
    assert_eq!(view.slices("shop", "web"), Lookup::Found(&[][..]), "there is no Service");
    view.insert(service(&[]));
    assert_eq!(view.slices("shop", "web"), Lookup::Found(&[mirrored()][..]));
    assert_eq!(view.slices("other", "web"), Lookup::Found(&[][..]));
    view.insert(service(&[("app", "web")]));
    assert_eq!(view.slices("shop", "web"), Lookup::Found(&[][..]), "Kubernetes mirrors nothing");
    view.insert(service(&[]));
    let own = SliceFacts { mirrored: false, ..mirrored() };
    view.insert(Object::Slice(ObjectName::new("shop", "web-1"), "web".to_owned(), own.clone()));
    assert_eq!(view.slices("shop", "web"), Lookup::Found(&[own][..]));
}

#[test]
fn core_endpoints_that_cannot_be_decoded_are_unknown_slices() {
    let mut view = Snapshot::complete();
    view.insert(unread(Kind::Endpoints, "shop", "web"));
    view.insert(service(&[("app", "web")]));
    assert_eq!(view.slices("shop", "web"), Lookup::Found(&[][..]));
    view.insert(service(&[]));
    assert_eq!(view.slices("shop", "web"), Lookup::Unknown(UNKNOWN));
}

#[test]
fn core_endpoints_count_in_a_partial_snapshot() {
    let mut view = Snapshot::partial();
    view.insert(service(&[]));
    assert_eq!(view.slices("shop", "web"), Lookup::Unknown(Unknown::Partial));
    view.insert(Object::Endpoints(ObjectName::new("shop", "web"), vec![mirrored()]));
    assert_eq!(view.slices("shop", "web"), Lookup::Found(&[mirrored()][..]));
}
