//! The objects by which programs create Services (rulebook 7.12, 7.15).
//!
//! Which groups the API server serves is known from its list of groups, which every account may read. Only the kinds with a
//! row in the table of kinds are listed, so that Backstop needs no permission for the other custom resources.

use futures::future::join_all;

use super::access::API_GROUPS;
use super::api_groups;
use super::error::ApiError;
use super::reads::{PAGES, PartialList, Reads, failed};
use crate::engine::kinds::{Kind, Object};
use crate::engine::model::{MakerKind, Makers};
use crate::engine::view::{Lookup, Unknown};

impl Reads {
    /// The objects by which programs create Services in `namespace`; absent if no such program is installed. An incomplete
    /// list makes the result unknown.
    pub(super) async fn makers(&self, namespace: &str) -> Lookup<Makers> {
        let served = async {
            let served = api_groups::served_makers(&self.client).await;
            served.map_or_else(|error| failed(&ApiError::of(&error)), Lookup::Found)
        };
        let served = match self.call(API_GROUPS, namespace, served).await {
            Lookup::Found(served) if served.is_empty() => return Lookup::Absent,
            Lookup::Found(served) => served,
            Lookup::Absent => return Lookup::Unknown(Unknown::Failed),
            Lookup::Unknown(why) => return Lookup::Unknown(why),
        };
        let mut makers = Makers::default();
        for kind in &served {
            if let Err(why) = self.add_listed(*kind, namespace, &mut makers).await {
                return Lookup::Unknown(why);
            }
        }
        makers.set_served(served);
        Lookup::Found(makers)
    }

    /// Adds the objects of `maker` and the workloads that may get such an object, if the kind has a row.
    async fn add_listed(&self, maker: MakerKind, namespace: &str, makers: &mut Makers) -> Result<(), Unknown> {
        let row = |name: &str| Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let own = row(maker.maker.kind).filter(|kind| kind.group() == maker.maker.group);
        let Some(own) = own else { return Ok(()) };
        let of_workloads =
            maker.maker.workloads.iter().flat_map(|workloads| workloads.kinds).filter_map(|kind| row(kind));
        let lists = std::iter::once(own).chain(of_workloads).map(|kind| self.list(kind, namespace, "", PAGES));
        for PartialList { objects, gap, .. } in join_all(lists).await {
            if let Some(why) = gap {
                return Err(why);
            }
            for object in objects {
                match object {
                    Object::Maker(_, facts, _) => makers.add(facts),
                    Object::Workload(_, facts) => makers.add_workload(maker, facts.kind, facts.name),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
