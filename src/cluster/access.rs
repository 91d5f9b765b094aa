//! The calls to the API, which the role of the service account must grant.

use crate::engine::kinds::{Kind, Watch};

/// Calls to one resource of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The kind of the resource.
    pub kind: Kind,
    /// The verbs, as RBAC rules name them, sorted.
    pub verbs: Vec<&'static str>,
}

/// Every call of the watches and the live reads. Calls of [`listing`](super::listing) are not included, because they
/// use the permissions of the user.
pub fn required_access() -> Vec<Access> {
    let access = Kind::ALL.into_iter().map(|kind| {
        let watch: &[&str] = if kind.row().watched == Watch::Never { &[] } else { &["list", "watch"] };
        let live = kind.row().live.iter().map(|read| read.verb());
        let mut verbs: Vec<&str> = watch.iter().copied().chain(live).collect();
        verbs.sort_unstable();
        verbs.dedup();
        Access { kind, verbs }
    });
    access.filter(|access| !access.verbs.is_empty()).collect()
}

/// The resources that live reads call, with the names that a [`LiveObserver`](super::LiveObserver) gets. The list of
/// the API groups is one of them.
pub fn live_resources() -> Vec<&'static str> {
    let kinds = Kind::ALL.into_iter().filter(|kind| !kind.row().live.is_empty());
    kinds.map(Kind::plural).chain([API_GROUPS]).collect()
}

/// The list of the API groups, which every account may read.
pub(super) const API_GROUPS: &str = "apigroups";
