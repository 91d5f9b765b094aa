//! A whole cluster, or some of its namespaces, listed once into a picture: for commands that look and leave.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use kube::api::ListParams;
use kube::core::NamespaceResourceScope;
use kube::{Api, Client, Resource};
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
    /// The user may not list what a judgement cannot do without.
    #[error("you may not list {}{}; ask for a role that allows it, as the ClusterRole view does", .kinds.join(", "), within(.namespaces))]
    Forbidden {
        /// The kinds, as their resources are called.
        kinds: Vec<String>,
        /// Where; empty for all namespaces.
        namespaces: Vec<String>,
    },
    /// The API server does not know the user.
    #[error(
        "does not accept the credentials: {0}; log in again, or check the user of the context (kubectl auth whoami)"
    )]
    Unauthorized(String),
    /// Some lists failed; each cause once.
    #[error("cannot be read: {}; check the address and the context (kubectl cluster-info)", .0.join("; "))]
    Failed(Vec<String>),
}

fn within(namespaces: &[String]) -> String {
    match namespaces {
        [] => " in all namespaces (-n names one)".to_owned(),
        [one] => format!(" in the namespace {one}"),
        some => format!(" in the namespaces {}", some.join(", ")),
    }
}

/// What was listed.
#[derive(Debug)]
pub struct Listed {
    /// The picture; what could not be read is unknown in it.
    pub view: Snapshot,
    /// What is unknown in it, and why; for people.
    pub gaps: Vec<String>,
}

/// What went wrong with one list.
struct Failure {
    why: Reason,
    message: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Forbidden,
    Unauthorized,
    Other,
}

/// What one list gave.
struct List {
    part: Part,
    resource: Cow<'static, str>,
    objects: Result<Vec<Object>, Failure>,
    /// Objects that do not decode, and why.
    broken: Vec<String>,
}

/// What a list is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Nothing can be judged without it.
    Required,
    Classes,
    Namespaces,
    Pods,
    Workloads,
    Makers,
    NetworkPolicies,
}

impl Part {
    /// What is not judged without it.
    fn loss(self) -> &'static str {
        match self {
            Self::Required => "nothing can be judged",
            Self::Classes => {
                "who serves an Ingress is not known, and no finding is more than a warning; --controller or a \
                 configuration file (controllers) can say it"
            }
            Self::Namespaces => "a mode that the label of a namespace sets is not known",
            Self::Pods => "why endpoints are missing or not ready is not told, and ports of Pods are not judged",
            Self::Workloads => "whether a workload is to start the Pods that a Service selects is not known",
            Self::Makers => "which Services a Canary makes is not known",
            Self::NetworkPolicies => "whether the controller may connect is not judged",
        }
    }

    fn set_unknown(self, view: &mut Snapshot, why: Unknown) {
        match self {
            Self::Required => {}
            Self::Classes => view.blind(Kind::IngressClasses, why),
            Self::Namespaces => view.blind(Kind::Namespaces, why),
            Self::Pods => view.set_pods_unknown(why),
            Self::Workloads => view.set_workloads_unknown(why),
            Self::Makers => view.set_makers_unknown(why),
            Self::NetworkPolicies => view.blind(Kind::NetworkPolicies, why),
        }
    }
}

/// Lists what a judgement needs of `namespaces` (empty: of all), as the user of `client`. Objects that do not decode
/// are unknown in it, and so is what could be left out and could not be listed.
///
/// # Errors
/// If a list fails that nothing can be judged without: all of them are named.
pub async fn snapshot(client: Client, namespaces: &[String]) -> Result<Listed, ClusterError> {
    let classes = all::<IngressClass>(Part::Classes, Api::all(client.clone()));
    let spaces = join_all(chosen(namespaces).into_iter().map(|space| contents(&client, space)));
    let (classes, spaces) = tokio::join!(classes, spaces);
    let lists: Vec<List> = spaces.into_iter().flatten().chain([classes]).collect();
    refused(&lists, namespaces)?;
    let mut listed = Listed { view: Snapshot::complete(), gaps: Vec::new() };
    listed.add(lists);
    listed.add(makers(&client, namespaces).await);
    Ok(listed)
}

/// Why nothing can be judged by `lists`, if so.
fn refused(lists: &[List], namespaces: &[String]) -> Result<(), ClusterError> {
    let failures = || lists.iter().filter_map(|list| Some((list, list.objects.as_ref().err()?)));
    if let Some((_, failure)) = failures().find(|(_, failure)| failure.why == Reason::Unauthorized) {
        return Err(ClusterError::Unauthorized(failure.message.clone()));
    }
    let required: Vec<_> = failures().filter(|(list, _)| list.part == Part::Required).collect();
    if required.is_empty() {
        return Ok(());
    }
    if required.iter().all(|(_, failure)| failure.why == Reason::Forbidden) {
        let kinds: BTreeSet<_> = required.iter().map(|(list, _)| list.resource.to_string()).collect();
        return Err(ClusterError::Forbidden { kinds: kinds.into_iter().collect(), namespaces: namespaces.to_vec() });
    }
    let causes: BTreeSet<_> = required.into_iter().map(|(_, failure)| failure.message.clone()).collect();
    Err(ClusterError::Failed(causes.into_iter().collect()))
}

impl Listed {
    fn add(&mut self, lists: Vec<List>) {
        let mut missing: BTreeMap<Part, (BTreeSet<Cow<'static, str>>, Failure)> = BTreeMap::new();
        for List { part, resource, objects, broken } in lists {
            self.gaps.extend(broken);
            match objects {
                Ok(objects) => objects.into_iter().for_each(|object| self.view.insert(object)),
                Err(failure) => {
                    missing.entry(part).or_insert_with(|| (BTreeSet::new(), failure)).0.extend([resource]);
                }
            }
        }
        for (part, (resources, Failure { why, message })) in missing {
            let resources = resources.into_iter().collect::<Vec<_>>().join(", ");
            let (unknown, cause) = match why {
                Reason::Forbidden => (Unknown::Forbidden, format!("you may not list {resources}")),
                _ => (Unknown::Failed, format!("cannot list {resources} ({message})")),
            };
            part.set_unknown(&mut self.view, unknown);
            self.gaps.push(format!("{cause}: {}", part.loss()));
        }
    }

    /// Adds the NetworkPolicies of `namespaces` (empty: of all), and whether policies of other kinds exist. This never
    /// fails: what cannot be listed is unknown.
    pub async fn add_network_policies(&mut self, client: Client, namespaces: &[String]) {
        let part = Part::NetworkPolicies;
        let lists = chosen(namespaces).into_iter().map(|space| within_space::<NetworkPolicy>(part, &client, space));
        let (lists, others) = tokio::join!(join_all(lists), api_groups::served(&client, &OTHER_POLICY_GROUPS));
        self.add(lists);
        match others {
            Ok(true) => self.view.insert(Object::OtherPolicy),
            Ok(false) => {}
            Err(_) => part.set_unknown(&mut self.view, Unknown::Failed),
        }
    }
}

/// Flagger's Canaries, where Flagger is installed.
async fn makers(client: &Client, namespaces: &[String]) -> Vec<List> {
    let part = Part::Makers;
    match api_groups::served(client, &[FLAGGER_GROUP]).await {
        Ok(false) => Vec::new(),
        Ok(true) => {
            join_all(chosen(namespaces).into_iter().map(|space| within_space::<Canary>(part, client, space))).await
        }
        Err(error) => {
            vec![List { part, resource: Canary::plural(&()), objects: Err(failure(&error)), broken: Vec::new() }]
        }
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
async fn contents(client: &Client, space: Option<&str>) -> [List; 9] {
    tokio::join!(
        spaces(client, space),
        within_space::<Ingress>(Part::Required, client, space),
        within_space::<Service>(Part::Required, client, space),
        within_space::<EndpointSlice>(Part::Required, client, space),
        within_space::<Pod>(Part::Pods, client, space),
        within_space::<Deployment>(Part::Workloads, client, space),
        within_space::<StatefulSet>(Part::Workloads, client, space),
        within_space::<DaemonSet>(Part::Workloads, client, space),
        within_space::<ReplicaSet>(Part::Workloads, client, space),
    )
    .into()
}

/// The Namespace objects themselves. Where one that is asked for by name does not exist, its neighbours, which it may
/// have been mistaken for.
async fn spaces(client: &Client, space: Option<&str>) -> List {
    let part = Part::Namespaces;
    let api: Api<Item<Namespace>> = Api::all(client.clone());
    let Some(name) = space else { return all(part, api).await };
    let mut list = List { part, resource: Namespace::plural(&()), objects: Ok(Vec::new()), broken: Vec::new() };
    match api.get_opt(name).await {
        Ok(Some(found)) => list.objects = Ok(usable(found, &mut list.broken).into_iter().collect()),
        Ok(None) => list.objects = Ok(all(part, api).await.objects.unwrap_or_default()),
        Err(error) => list.objects = Err(failure(&error)),
    }
    list
}

async fn within_space<K>(part: Part, client: &Client, space: Option<&str>) -> List
where
    K: Watched<Scope = NamespaceResourceScope>,
    Item<K>: DeserializeOwned,
{
    let client = client.clone();
    all(part, space.map_or_else(|| Api::all(client.clone()), |space| Api::namespaced(client.clone(), space))).await
}

async fn all<K: Watched>(part: Part, api: Api<Item<K>>) -> List
where
    Item<K>: DeserializeOwned,
{
    let mut params = ListParams { limit: Some(PAGE), ..ListParams::default() };
    let (mut found, mut broken) = (Vec::new(), Vec::new());
    let objects = loop {
        let page = match api.list(&params).await {
            Ok(page) => page,
            Err(error) => break Err(failure(&error)),
        };
        found.extend(page.items.into_iter().filter_map(|item| usable(item, &mut broken)));
        params.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
        if params.continue_token.is_none() {
            break Ok(found);
        }
    };
    List { part, resource: K::plural(&()), objects, broken }
}

/// The facts of an item; none for what a Deployment made, which repeats it, or is an old revision of it.
fn usable<K: Watched>(item: Item<K>, broken: &mut Vec<String>) -> Option<Object> {
    let (namespace, name) = (item.namespace().to_owned(), item.name().to_owned());
    match item.object {
        Ok(Object::Workload(..)) if item.of_deployment => None,
        Ok(object) => Some(object),
        Err(why) => {
            let (kind, at) = (K::kind(&()).into_owned(), ObjectName::new(namespace, name));
            let shown = if at.namespace.is_empty() { at.name.clone() } else { at.to_string() };
            broken.push(format!("{kind} {shown} does not decode and counts as unknown: {why}"));
            Some(Object::Unread(kind, at))
        }
    }
}

fn failure(error: &kube::Error) -> Failure {
    match error {
        kube::Error::Api(status) => {
            let why = match status.code {
                401 => Reason::Unauthorized,
                403 => Reason::Forbidden,
                _ => Reason::Other,
            };
            let message = Some(status.message.clone()).filter(|message| !message.is_empty());
            Failure { why, message: message.unwrap_or_else(|| super::words::chain(error)) }
        }
        error => Failure { why: Reason::Other, message: super::words::chain(error) },
    }
}
