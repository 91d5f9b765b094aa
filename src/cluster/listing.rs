//! A whole cluster, or some of its namespaces, listed once into a picture: for commands that look and leave.

use futures::future::join_all;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use kube::api::ListParams;
use kube::core::NamespaceResourceScope;
use kube::{Api, Client};
use serde::de::DeserializeOwned;

use super::api_groups;
use super::canary::Canary;
use super::item::Item;
use super::watch::Watched;
use crate::engine::manifest::{FLAGGER_GROUP, OTHER_POLICY_GROUPS, Object};
use crate::engine::model::ObjectName;
use crate::engine::view::{Kind, Snapshot, Unknown};

const PAGE: u32 = 500;

/// Why a cluster could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The user may not list what a judgement needs.
    #[error("permission to read the cluster is missing: {}; ask for a role that allows it", .0.join("; "))]
    Forbidden(Vec<String>),
    /// Some lists failed; each cause once.
    #[error("cannot read the cluster: {}; check the address and the context (kubectl cluster-info)", .0.join("; "))]
    Failed(Vec<String>),
}

/// What went wrong with one list.
struct Failure {
    forbidden: bool,
    message: String,
}

type Facts = Result<Vec<Object>, Failure>;

/// Lists what a judgement needs of `namespaces` (empty: of all), as the user of `client`. Objects that do not decode
/// are unknown in it, with a warning in the log.
///
/// # Errors
/// If any list fails: all that failed are named, and a picture with holes would blame what it cannot see.
pub async fn snapshot(client: Client, namespaces: &[String]) -> Result<Snapshot, ClusterError> {
    let spaces = chosen(namespaces);
    let classes = all::<IngressClass>(Api::all(client.clone()));
    let spaces = join_all(spaces.into_iter().map(|space| contents(&client, space)));
    let (classes, spaces) = tokio::join!(classes, spaces);
    let mut snapshot = Snapshot::complete();
    let (mut forbidden, mut failed) = (Vec::new(), Vec::new());
    for facts in spaces.into_iter().flatten().chain([classes]) {
        match facts {
            Ok(objects) => objects.into_iter().for_each(|object| snapshot.insert(object)),
            Err(failure) if failure.forbidden => forbidden.push(failure.message),
            Err(failure) => failed.push(failure.message),
        }
    }
    match (failed.is_empty(), forbidden.is_empty()) {
        (true, true) => {
            add_makers(&mut snapshot, &client, namespaces).await;
            Ok(snapshot)
        }
        (true, false) => Err(ClusterError::Forbidden(forbidden)),
        (false, _) => {
            failed.extend(forbidden);
            failed.dedup();
            Err(ClusterError::Failed(failed))
        }
    }
}

/// Adds Flagger's Canaries, where Flagger is installed. This never fails: few need them, and without them `snapshot`
/// does not know who is to make Services.
async fn add_makers(snapshot: &mut Snapshot, client: &Client, namespaces: &[String]) {
    let lists = match api_groups::served(client, &[FLAGGER_GROUP]).await {
        Ok(false) => return,
        Ok(true) => join_all(chosen(namespaces).into_iter().map(|space| within::<Canary>(client, space))).await,
        Err(error) => vec![Err(failure::<Canary>(&error))],
    };
    for list in lists {
        match list {
            Ok(objects) => objects.into_iter().for_each(|object| snapshot.insert(object)),
            Err(failure) => snapshot.set_makers_unknown(left_out("Canaries", failure)),
        }
    }
}

/// Says that a list had to be left out; why the facts are unknown.
fn left_out(what: &str, Failure { forbidden, message }: Failure) -> Unknown {
    tracing::warn!(message, "left out {what}");
    if forbidden { Unknown::Forbidden } else { Unknown::Failed }
}

/// Adds the NetworkPolicies of `namespaces` (empty: of all), and whether policies of other kinds exist. This never
/// fails: what cannot be listed is unknown in `snapshot`.
pub async fn add_network_policies(snapshot: &mut Snapshot, client: Client, namespaces: &[String]) {
    let lists = chosen(namespaces).into_iter().map(|space| within::<NetworkPolicy>(&client, space));
    let (lists, others) = tokio::join!(join_all(lists), api_groups::served(&client, &OTHER_POLICY_GROUPS));
    if matches!(others, Ok(true)) {
        snapshot.insert(Object::OtherPolicy);
    }
    for list in lists {
        match list {
            Ok(objects) => objects.into_iter().for_each(|object| snapshot.insert(object)),
            Err(failure) => snapshot.blind(Kind::NetworkPolicies, left_out("NetworkPolicies", failure)),
        }
    }
    if others.is_err() {
        snapshot.blind(Kind::NetworkPolicies, Unknown::Failed);
    }
}

/// Each namespace, or all of them at once.
fn chosen(namespaces: &[String]) -> Vec<Option<&str>> {
    match namespaces {
        [] => vec![None],
        some => some.iter().map(|name| Some(name.as_str())).collect(),
    }
}

/// Everything of one namespace, or of all.
async fn contents(client: &Client, space: Option<&str>) -> [Facts; 9] {
    tokio::join!(
        spaces(client, space),
        within::<Ingress>(client, space),
        within::<Service>(client, space),
        within::<EndpointSlice>(client, space),
        within::<Pod>(client, space),
        within::<Deployment>(client, space),
        within::<StatefulSet>(client, space),
        within::<DaemonSet>(client, space),
        within::<ReplicaSet>(client, space),
    )
    .into()
}

/// The Namespace objects themselves; one that is asked for by name need not exist.
async fn spaces(client: &Client, space: Option<&str>) -> Facts {
    let api: Api<Item<Namespace>> = Api::all(client.clone());
    let Some(name) = space else { return all(api).await };
    match api.get_opt(name).await {
        Ok(found) => Ok(found.into_iter().filter_map(usable).collect()),
        Err(error) => Err(failure::<Namespace>(&error)),
    }
}

async fn within<K>(client: &Client, space: Option<&str>) -> Facts
where
    K: Watched<Scope = NamespaceResourceScope>,
    Item<K>: DeserializeOwned,
{
    let client = client.clone();
    all(space.map_or_else(|| Api::all(client.clone()), |space| Api::namespaced(client.clone(), space))).await
}

async fn all<K: Watched>(api: Api<Item<K>>) -> Facts
where
    Item<K>: DeserializeOwned,
{
    let mut params = ListParams { limit: Some(PAGE), ..ListParams::default() };
    let mut objects = Vec::new();
    loop {
        let page = api.list(&params).await.map_err(|error| failure::<K>(&error))?;
        objects.extend(page.items.into_iter().filter_map(usable));
        params.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
        if params.continue_token.is_none() {
            return Ok(objects);
        }
    }
}

/// The facts of an item; none for what a Deployment made, which repeats it, or is an old revision of it.
fn usable<K: Watched>(item: Item<K>) -> Option<Object> {
    let (namespace, name) = (item.namespace().to_owned(), item.name().to_owned());
    match item.object {
        Ok(Object::Workload(..)) if item.of_deployment => None,
        Ok(object) => Some(object),
        Err(why) => {
            tracing::warn!(kind = %K::plural(&()), namespace, name, %why, "an object does not decode");
            Some(Object::Unread(K::kind(&()).into_owned(), ObjectName::new(namespace, name)))
        }
    }
}

fn failure<K: Watched>(error: &kube::Error) -> Failure {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => {
            Failure { forbidden: status.is_forbidden(), message: status.message.clone() }
        }
        error => Failure { forbidden: false, message: super::words::chain(error) },
    }
}
