//! Pictures of an index: a picture shows one moment, never changes, and contains only the requested namespaces.

use backstop::engine::kinds::Kind;
use backstop::engine::model::{ClassFacts, NamespaceFacts, ServiceFacts, SliceFacts};
use backstop::engine::view::{Among, Index, Lookup, Picture, Unknown, View};

use crate::index::{available, facts, policy, service, subject, target, users};

/// The results of lookups in the namespace `ns`, one for each kind: whether the object is in state 1.
fn found(picture: &Picture) -> [Option<bool>; 6] {
    let is_one = |mark: u8| mark == 1;
    let service = picture.service("ns", "web").found().map(|found| is_one(u8::from(*found == service(1))));
    let slices = picture.slices("ns", "web").found().filter(|found| !found.is_empty());
    let slices = slices.map(|found| *found == [facts(1, 1)]);
    let ingresses = users(picture, "ns", target(0).id(), Among::All).found().filter(|found| !found.is_empty());
    let ingresses = ingresses.map(|found| found[0].may_be_canary());
    let policies = picture.network_policies("ns").found().filter(|found| !found.is_empty());
    let policies = policies.map(|found| found.iter().eq([("deny", &policy(1))]));
    let namespace = picture.namespace("ns").found().map(|found| *found == namespace(1));
    let class = picture.class("nginx").found().map(|found| *found == class(1));
    [service, slices, ingresses, policies, namespace, class]
}

fn namespace(mark: u8) -> NamespaceFacts {
    NamespaceFacts { labels: [("mark", mark.to_string())].into_iter().collect() }
}

fn class(mark: u8) -> ClassFacts {
    ClassFacts { controller: format!("example.com/{mark}").into(), is_default: false, parameters: false }
}

/// Puts every object into the state `mark`.
fn fill(index: &mut Index, mark: u8) {
    index.apply_service("ns", "web", service(mark));
    index.apply_slice("ns", "web-1", "web", facts(u16::from(mark), mark));
    index.apply_ingress(&subject("web", mark == 1, &[0]));
    index.apply_network_policy("ns", "deny", policy(mark));
    index.apply_namespace("ns", namespace(mark));
    index.apply_class("nginx", class(mark));
}

/// Deletes every object, as a watch does that knows a kind, a namespace and a name.
fn clear(index: &mut Index) {
    index.delete(Kind::Service, "ns", "web");
    index.delete(Kind::EndpointSlice, "ns", "web-1");
    index.delete(Kind::Ingress, "ns", "web");
    index.delete(Kind::NetworkPolicy, "ns", "deny");
    index.delete(Kind::Namespace, "", "ns");
    index.delete(Kind::IngressClass, "", "nginx");
}

#[test]
fn a_picture_does_not_change_with_the_index() {
    let mut index = available();
    let empty = index.picture(["ns"]);
    fill(&mut index, 1);
    let one = index.picture(["ns"]);
    fill(&mut index, 2);
    let two = index.picture(["ns"]);
    clear(&mut index);
    assert_eq!(found(&index.picture(["ns"])), [None; 6]);
    index.set_available(Kind::Service, Err(Unknown::Failed));
    assert_eq!(found(&empty), [None; 6]);
    assert_eq!(found(&one), [Some(true); 6]);
    assert_eq!(found(&two).map(|is_one| is_one.unwrap_or(false)), [false; 6]);
    assert!(matches!(two.service("ns", "web"), Lookup::Found(_)), "it was available then");
    assert_eq!(index.picture(["ns"]).service("ns", "web"), Lookup::Unknown(Unknown::Failed));
}

#[test]
fn other_namespaces_are_unknown_in_a_picture_and_never_absent() {
    let mut index = available();
    fill(&mut index, 1);
    index.apply_service("elsewhere", "web", ServiceFacts::default());
    let picture = index.picture(["ns", "nothing", "ns"]);
    assert_eq!(picture.service("ns", "none"), Lookup::Absent);
    assert_eq!(picture.service("nothing", "web"), Lookup::Absent, "the namespace was requested and is empty");
    assert_eq!(picture.slices("nothing", "web"), Lookup::Found::<&[SliceFacts]>(&[]));
    let not_read = Lookup::Unknown(Unknown::NotRead);
    for namespace in ["elsewhere", "other"] {
        assert_eq!(picture.service(namespace, "web").map(drop), not_read);
        assert_eq!(picture.slices(namespace, "web").map(drop), not_read);
        assert_eq!(picture.namespace(namespace).map(drop), not_read);
        assert_eq!(users(&picture, namespace, target(0).id(), Among::All).map(drop), not_read);
        assert_eq!(picture.network_policies(namespace).map(drop), not_read);
        assert_eq!(picture.service_names(namespace), [""; 0]);
    }
}

/// The time and memory for a picture must not grow with its content.
#[test]
fn a_picture_shares_its_content_with_the_index() {
    fn is_shared<T: Send + Sync + 'static>(_: &T) {}
    let mut index = available();
    fill(&mut index, 1);
    let (first, second) = (index.picture(["ns"]), index.picture(["ns"]));
    is_shared(&first);
    let address = |picture: &Picture| std::ptr::from_ref(picture.service("ns", "web").found().unwrap());
    assert_eq!(address(&first), address(&second));
    index.apply_slice("ns", "web-1", "web", facts(2, 1));
    assert_eq!(address(&first), address(&index.picture(["ns"])), "a change of one kind copies no other");
    fill(&mut index, 1);
    assert_eq!(address(&first), address(&index.picture(["ns"])), "equal facts are no change");
    index.apply_service("ns", "other", service(1));
    assert_ne!(address(&first), address(&index.picture(["ns"])));
}
