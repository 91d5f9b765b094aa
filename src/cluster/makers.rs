//! Who creates Services without being asked: Flagger, if it is installed (rulebook 7.12).

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};

use super::api_groups;
use super::canary::Canary;
use super::reads::{PAGES, Reads, lookup};
use crate::engine::manifest::{FLAGGER_GROUP, Object};
use crate::engine::model::Makers;
use crate::engine::view::{Lookup, Unknown};

impl Reads {
    /// What tells which Services may yet be created in `namespace`. An incomplete list answers nothing.
    pub(super) async fn makers(&self, namespace: &str) -> Lookup<Makers> {
        let served = async { lookup(api_groups::served(&self.client, &[FLAGGER_GROUP]).await) };
        match self.call("apigroups", namespace, served).await {
            Lookup::Found(true) => {}
            Lookup::Found(false) => return Lookup::Absent,
            Lookup::Absent => return Lookup::Unknown(Unknown::Failed),
            Lookup::Unknown(why) => return Lookup::Unknown(why),
        }
        let (canaries, deployments, daemon_sets) = tokio::join!(
            self.list::<Canary>("canaries", namespace, "", PAGES),
            self.list::<Deployment>("deployments", namespace, "", PAGES),
            self.list::<DaemonSet>("daemonsets", namespace, "", PAGES),
        );
        let mut makers = Makers::default();
        for (objects, gap) in [canaries, deployments, daemon_sets] {
            if let Some(why) = gap {
                return Lookup::Unknown(why);
            }
            for object in objects {
                match object {
                    Object::Canary(_, facts) => drop(makers.canaries.insert(facts.name.clone(), facts)),
                    Object::Workload(_, facts) => drop(makers.workloads.insert((facts.kind, facts.name))),
                    _ => {}
                }
            }
        }
        Lookup::Found(makers)
    }
}
