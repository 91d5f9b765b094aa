//! A kind that cannot be looked up is unknown, and never absent.

use backstop::engine::kinds::Kind;
use backstop::engine::view::{Among, Index, Lookup, Picture, Unknown, View};

use crate::index::{policy, service, target, users};

/// A view of the namespaces of these tests.
fn picture_of_ns(index: &Index) -> Picture {
    index.picture(["ns", "other"])
}

#[test]
fn unavailable_kinds_are_unknown_and_never_absent() {
    let mut index = Index::default();
    index.apply_service("ns", "web", service(1));
    assert_eq!(picture_of_ns(&index).service("ns", "web"), Lookup::Unknown(Unknown::NotSynced));
    index.set_available(Kind::Service, Ok(()));
    assert!(matches!(picture_of_ns(&index).service("ns", "web"), Lookup::Found(_)));
    assert_eq!(picture_of_ns(&index).service("ns", "other"), Lookup::Absent);
    assert_eq!(picture_of_ns(&index).slices("ns", "web"), Lookup::Unknown(Unknown::NotSynced));
    index.set_available(Kind::Service, Err(Unknown::Forbidden));
    assert_eq!(picture_of_ns(&index).service("ns", "web"), Lookup::Unknown(Unknown::Forbidden));
    assert_eq!(users(&picture_of_ns(&index), "ns", target(0).id(), Among::All), Lookup::Unknown(Unknown::NotSynced));
}

/// A watch that lists again, or fails again, changes no result.
#[test]
fn equal_availability_is_no_change() {
    let mut index = Index::default();
    let (synced, failed) = (Ok(()), Err(Unknown::Failed));
    for (available, equal) in [(Err(Unknown::NotSynced), true), (synced, false), (synced, true), (failed, false)] {
        assert_eq!(index.set_available(Kind::Service, available).is_empty(), equal, "{available:?}");
    }
    for (exist, equal) in [(false, true), (true, false), (true, true), (false, false)] {
        assert_eq!(index.set_other_policies(exist).is_empty(), equal, "{exist}");
    }
}

/// Policies of other kinds can overrule NetworkPolicies (rulebook 5.11).
#[test]
fn network_policies_are_known_only_without_other_policies() {
    let mut index = Index::default();
    index.apply_network_policy("ns", "deny", policy(1));
    assert_eq!(picture_of_ns(&index).network_policies("ns"), Lookup::Unknown(Unknown::NotSynced));
    index.set_available(Kind::NetworkPolicy, Ok(()));
    let names = |namespace| {
        picture_of_ns(&index)
            .network_policies(namespace)
            .map(|all| all.iter().map(|(name, _)| name.to_owned()).collect())
    };
    assert_eq!(names("ns"), Lookup::Found(vec!["deny".to_owned()]));
    assert_eq!(names("other"), Lookup::Found(Vec::new()));
    index.set_other_policies(true);
    assert_eq!(picture_of_ns(&index).network_policies("ns"), Lookup::Unknown(Unknown::Overruled));
}
