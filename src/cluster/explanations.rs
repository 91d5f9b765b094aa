//! Pods and workloads, which explain why a backend is not ready.

use futures::future::join_all;

use super::reads::{PAGES, PartialList, Reads};
use crate::engine::kinds::{Kind, Object};
use crate::engine::model::{Labels, PodFacts, WorkloadFacts};
use crate::engine::view::{ListFacts, Lookup, Unknown};

/// The maximum pages of all Pods of a namespace. These Pods are only compared with a selector that matches none of
/// them.
const PAGES_OF_ALL_PODS: usize = 1;

/// The Pods that a selector selects.
pub(super) type SelectedPods = Lookup<ListFacts<PodFacts>>;

/// The workloads of a namespace.
#[derive(Clone, Debug)]
pub(super) struct NamespaceWorkloads {
    all: ListFacts<WorkloadFacts>,
    /// Why `all` may be incomplete.
    gap: Option<Unknown>,
}

impl NamespaceWorkloads {
    /// The workloads of a namespace before the first read.
    pub(super) fn unread() -> Self {
        Self { all: ListFacts::default(), gap: Some(Unknown::Timeout) }
    }

    /// The workloads whose Pods `selector` selects. An empty selector gives all workloads.
    pub(super) fn matching(&self, selector: &Labels) -> Lookup<ListFacts<WorkloadFacts>> {
        if selector.is_empty() {
            return found_or_gap(self.all.clone(), self.gap);
        }
        found_or_gap(self.all.part(|facts| facts.makes(selector)), self.gap)
    }
}

impl Reads {
    /// The Pods that `selector` selects, or the first Pods of the namespace if it is empty. An incomplete list is
    /// enough, because the Pods only show why they are not ready.
    pub(super) async fn pods(&self, namespace: &str, selector: &Labels) -> SelectedPods {
        let pages = if selector.is_empty() { PAGES_OF_ALL_PODS } else { PAGES };
        let PartialList { objects, gap, memory } = self.list(Kind::Pod, namespace, &selector.to_string(), pages).await;
        let pods = objects.into_iter().filter_map(|object| match object {
            Object::Pod(_, facts) => Some(facts),
            _ => None,
        });
        found_or_gap(pods.collect::<ListFacts<_>>().holding(memory), gap)
    }

    /// The workloads of `namespace`, without those that a Deployment manages.
    pub(super) async fn workloads(&self, namespace: &str) -> NamespaceWorkloads {
        let kinds = join_all(Kind::WORKLOADS.map(|kind| self.list(kind, namespace, "", PAGES))).await;
        let gap = kinds.iter().find_map(|list| list.gap);
        let (objects, memory): (Vec<_>, Vec<_>) = kinds.into_iter().map(|list| (list.objects, list.memory)).unzip();
        let workloads = objects.into_iter().flatten().filter_map(|object| match object {
            Object::Workload(_, facts) => Some(facts),
            _ => None,
        });
        NamespaceWorkloads { all: workloads.collect::<ListFacts<_>>().holding(memory), gap }
    }
}

/// An incomplete list that found something answers the question. An empty list answers only if it is complete.
fn found_or_gap<T>(found: ListFacts<T>, gap: Option<Unknown>) -> Lookup<ListFacts<T>> {
    match gap {
        Some(why) if found.is_empty() => Lookup::Unknown(why),
        _ => Lookup::Found(found),
    }
}
