//! Who is to make a Service that does not exist: Flagger, if it is installed (rulebook 7.12).

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use kube::core::NamespaceResourceScope;
use serde::de::DeserializeOwned;

use super::api_groups;
use super::canary::Canary;
use super::item::Item;
use super::reads::{Listed, PAGES, Reads, lookup};
use super::watch::Watched;
use crate::engine::manifest::{FLAGGER_GROUP, Object};
use crate::engine::model::{ObjectName, Promise};
use crate::engine::view::{Lookup, Unknown};

impl Reads {
    /// Why the Service `name`, which is absent, may be expected.
    pub(super) async fn promise(&self, name: &ObjectName) -> Lookup<Promise> {
        let served = async { lookup(api_groups::served(&self.client, &[FLAGGER_GROUP]).await) };
        match self.call("apigroups", served).await {
            Lookup::Found(true) => {}
            Lookup::Found(false) => return Lookup::Absent,
            Lookup::Absent => return Lookup::Unknown(Unknown::Failed),
            Lookup::Unknown(why) => return Lookup::Unknown(why),
        }
        let (canaries, deployments, daemon_sets) = tokio::join!(
            self.whole::<Canary>("canaries", &name.namespace),
            self.whole::<Deployment>("deployments", &name.namespace),
            self.whole::<DaemonSet>("daemonsets", &name.namespace),
        );
        let all = [canaries, deployments, daemon_sets];
        let objects = || all.iter().flat_map(|(objects, _)| objects);
        let canaries = objects().filter_map(|it| if let Object::Canary(_, facts) = it { Some(facts) } else { None });
        let workloads = objects().filter_map(|it| if let Object::Workload(_, facts) = it { Some(facts) } else { None });
        let promise = Promise::of(&name.name, &canaries.collect::<Vec<_>>(), &workloads.collect::<Vec<_>>());
        // One that is known counts, whatever could not be read.
        let gap = all.iter().find_map(|(_, gap)| *gap).filter(|_| promise.is_none());
        gap.map_or(Lookup::known(promise), Lookup::Unknown)
    }

    /// All objects of one kind in `namespace`; and why it may be that they are not all.
    async fn whole<K>(&self, kind: &'static str, namespace: &str) -> Listed
    where
        K: Watched<Scope = NamespaceResourceScope>,
        Item<K>: DeserializeOwned,
    {
        self.list::<K>(kind, namespace, "", PAGES).await
    }
}
