//! The objects by which programs create Services: Flagger, if it is installed (rulebook 7.12).

use super::access::API_GROUPS;
use super::api_groups;
use super::error::ApiError;
use super::reads::{PAGES, PartialList, Reads, failed};
use crate::engine::kinds::{Kind, Object};
use crate::engine::model::Makers;
use crate::engine::view::{Lookup, Unknown};

impl Reads {
    /// The objects by which programs create Services in `namespace`. An incomplete list makes the result unknown.
    pub(super) async fn makers(&self, namespace: &str) -> Lookup<Makers> {
        let served = async {
            let served = api_groups::served(&self.client, &[Kind::Canary.group()]).await;
            served.map_or_else(|error| failed(&ApiError::of(&error)), Lookup::Found)
        };
        match self.call(API_GROUPS, namespace, served).await {
            Lookup::Found(true) => {}
            Lookup::Found(false) => return Lookup::Absent,
            Lookup::Absent => return Lookup::Unknown(Unknown::Failed),
            Lookup::Unknown(why) => return Lookup::Unknown(why),
        }
        let (canaries, deployments, daemon_sets) = tokio::join!(
            self.list(Kind::Canary, namespace, "", PAGES),
            self.list(Kind::Deployment, namespace, "", PAGES),
            self.list(Kind::DaemonSet, namespace, "", PAGES),
        );
        let mut makers = Makers::default();
        for PartialList { objects, gap, .. } in [canaries, deployments, daemon_sets] {
            if let Some(why) = gap {
                return Lookup::Unknown(why);
            }
            for object in objects {
                match object {
                    Object::Canary(_, facts) => makers.add_canary(facts),
                    Object::Workload(_, facts) => makers.add_workload(facts.kind, facts.name),
                    _ => {}
                }
            }
        }
        Lookup::Found(makers)
    }
}
