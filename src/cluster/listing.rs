//! Lists a whole cluster, or some of its namespaces, once into a snapshot, for commands that end after one judgement.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream;
use kube::Client;

use super::api::{self, Pages, Selection};
use super::api_groups;
use super::error::{ApiError, ErrorKind};
use super::item::Item;
use crate::engine::controllers::ControllerPods;
use crate::engine::kinds::{Kind, Object, Watch};
use crate::engine::manifest::OTHER_POLICY_GROUPS;
use crate::engine::model::ObjectName;
use crate::engine::view::{Snapshot, Unknown};

/// The maximum number of concurrent lists, for any number of namespaces.
const AT_ONCE: usize = 16;

/// Why a cluster could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The user may not list a kind that every judgement needs.
    #[error("you may not list {}{}; ask for a role that allows it, as the ClusterRole view does", .kinds.join(", "), within(.namespaces))]
    Forbidden {
        /// The plural names of the kinds.
        kinds: Vec<String>,
        /// The namespaces; empty for all namespaces.
        namespaces: Vec<String>,
    },
    /// The API server does not know the user.
    #[error(
        "does not accept the credentials: {0}; log in again, or check the user of the context (kubectl auth whoami)"
    )]
    Unauthorized(String),
    /// Some lists failed. Each cause is named once.
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

/// The result of listing a cluster.
#[derive(Debug)]
pub struct Listed {
    /// The objects. An object that could not be read is unknown.
    pub view: Snapshot,
    /// Which facts are unknown, and why; for people.
    pub gaps: Vec<String>,
}

/// The result of one list.
struct List {
    kind: Kind,
    objects: Result<Vec<Object>, ApiError>,
    /// Objects that do not decode, and why.
    broken: Vec<String>,
}

/// Lists the objects of `namespaces` that a judgement needs (empty: of all namespaces), as the user of `client`.
/// Objects that cannot be decoded are unknown. So are the optional kinds that could not be listed.
///
/// # Errors If a kind that every judgement needs could not be listed. The error names all of these kinds.
pub async fn snapshot(client: Client, namespaces: &[String]) -> Result<Listed, ClusterError> {
    let is_listed =
        |kind: &Kind| !kind.row().custom && kind.row().watched != Watch::WhereUsed && !kind.is_in_files_only();
    let kinds = Kind::ALL.into_iter().filter(is_listed);
    let (namespaced, of_cluster): (Vec<Kind>, Vec<Kind>) = kinds.partition(|kind| kind.is_namespaced());
    let each = scopes(namespaces).into_iter().flat_map(|scope| namespaced.iter().map(move |kind| (*kind, scope)));
    let others = of_cluster.into_iter().filter(|kind| *kind != Kind::Namespace).map(|kind| (kind, None));
    let (mut lists, spaces) =
        tokio::join!(list_all(&client, each.chain(others).collect()), list_namespaces(&client, namespaces));
    lists.extend(spaces);
    refused(&lists, namespaces)?;
    let mut listed = Listed { view: Snapshot::complete(), gaps: Vec::new() };
    listed.add(lists);
    listed.add_makers(&client, namespaces).await;
    Ok(listed)
}

/// An error if a kind that every judgement needs could not be listed.
fn refused(lists: &[List], namespaces: &[String]) -> Result<(), ClusterError> {
    let errors = || lists.iter().filter_map(|list| Some((list.kind, list.objects.as_ref().err()?)));
    if let Some((_, error)) = errors().find(|(_, error)| error.kind == ErrorKind::Unauthorized) {
        return Err(ClusterError::Unauthorized(error.message.clone()));
    }
    let required: Vec<_> = errors().filter(|(kind, _)| kind.row().without_permission.is_none()).collect();
    if required.is_empty() {
        return Ok(());
    }
    if required.iter().all(|(_, error)| error.kind == ErrorKind::Forbidden) {
        let kinds: BTreeSet<&str> = required.iter().map(|(kind, _)| kind.plural()).collect();
        let kinds = kinds.into_iter().map(str::to_owned).collect();
        return Err(ClusterError::Forbidden { kinds, namespaces: namespaces.to_vec() });
    }
    let causes: BTreeSet<_> = required.into_iter().map(|(_, error)| error.message.clone()).collect();
    Err(ClusterError::Failed(causes.into_iter().collect()))
}

impl Listed {
    fn add(&mut self, lists: Vec<List>) {
        // One message for all kinds with the same effect of a missing permission.
        let mut missing: BTreeMap<&str, (BTreeSet<Kind>, ApiError)> = BTreeMap::new();
        for List { kind, objects, broken } in lists {
            self.gaps.extend(broken);
            match objects {
                Ok(objects) => objects.into_iter().for_each(|object| self.view.insert(object)),
                Err(error) => {
                    self.view.set_unavailable(kind, unknown(&error));
                    let effect = kind.row().without_permission.unwrap_or_default();
                    missing.entry(effect).or_insert_with(|| (BTreeSet::new(), error)).0.insert(kind);
                }
            }
        }
        let mut missing: Vec<_> = missing.into_iter().collect();
        missing.sort_by_key(|(_, (kinds, _))| kinds.first().copied());
        for (effect, (kinds, error)) in missing {
            let resources = kinds.into_iter().map(Kind::plural).collect::<Vec<_>>().join(", ");
            let cause = match error.kind {
                ErrorKind::Forbidden => format!("you may not list {resources}"),
                _ => format!("cannot list {resources} ({})", error.message),
            };
            self.gaps.push(format!("{cause}: {effect}"));
        }
    }

    /// Adds the custom resources for which programs create Services, in `namespaces` (empty: in all). Only kinds that have
    /// rows and are installed are read. Also adds which kinds of such objects may be added later.
    async fn add_makers(&mut self, client: &Client, namespaces: &[String]) {
        let custom = || Kind::ALL.into_iter().filter(|kind| kind.row().custom);
        let served = match api_groups::served_makers(client).await {
            Ok(served) => served,
            Err(error) => {
                let failed = |kind| List { kind, objects: Err(ApiError::of(&error)), broken: Vec::new() };
                return self.add(custom().map(failed).collect());
            }
        };
        let installed = custom().filter(|kind| served.iter().any(|served| served.maker.group == kind.group()));
        let each = scopes(namespaces).into_iter().flat_map(|scope| installed.clone().map(move |kind| (kind, scope)));
        self.add(list_all(client, each.collect()).await);
        self.view.set_served(&served);
    }

    /// Adds the NetworkPolicies of `namespaces` (empty: of all), and whether policies of other kinds exist. This never
    /// fails: what cannot be listed is unknown.
    pub async fn add_network_policies(&mut self, client: Client, namespaces: &[String]) {
        let kind = Kind::NetworkPolicy;
        let each = scopes(namespaces).into_iter().map(|scope| (kind, scope)).collect();
        let (lists, others) = tokio::join!(list_all(&client, each), api_groups::served(&client, &OTHER_POLICY_GROUPS));
        self.add(lists);
        match others {
            Ok(true) => self.view.insert(Object::OtherPolicy),
            Ok(false) => {}
            Err(_) => self.view.set_unavailable(kind, Unknown::Failed),
        }
    }
}

impl Listed {
    /// Adds the Pods of `controllers` and their Namespaces. This never fails: without them, only what the configuration
    /// states is known.
    pub async fn add_controllers<'c>(
        &mut self,
        client: Client,
        controllers: impl IntoIterator<Item = &'c ControllerPods>,
    ) {
        for ControllerPods { namespace, selector, .. } in controllers {
            let home = api::get(&client, Kind::Namespace, None, namespace).await.ok();
            if let Some(home) = home.and_then(|item| usable(Kind::Namespace, item, &mut self.gaps)) {
                self.view.insert(home);
            }
            let labels = selector.to_string();
            let selection = Selection { labels: &labels, ..Selection::all(Kind::Pod, Some(namespace)) };
            let (pods, broken) = read(Pages::new(&client, selection), Kind::Pod).await;
            self.gaps.extend(broken);
            match pods {
                Ok(pods) => pods.into_iter().for_each(|pod| self.view.insert(pod)),
                Err(error) => {
                    let message = format!("the Pods of the controller in namespace \"{namespace}\" are not known");
                    self.gaps.push(format!("{message}: {}", error.message));
                }
            }
        }
    }
}

/// Why a kind that could not be listed is unknown.
fn unknown(error: &ApiError) -> Unknown {
    match error.unknown() {
        Unknown::Forbidden => Unknown::Forbidden,
        _ => Unknown::Failed,
    }
}

/// Each namespace; one `None`, which stands for all namespaces, if none is named.
fn scopes(namespaces: &[String]) -> Vec<Option<&str>> {
    match namespaces {
        [] => vec![None],
        some => some.iter().map(|name| Some(name.as_str())).collect(),
    }
}

/// Lists each kind in its namespace, a few at once, in the given order.
async fn list_all(client: &Client, each: Vec<(Kind, Option<&str>)>) -> Vec<List> {
    stream::iter(each).map(|(kind, namespace)| list(client, kind, namespace)).buffered(AT_ONCE).collect().await
}

/// The Namespace objects: all of them, or the named ones. If a named one does not exist, all of them, so that a message
/// can suggest a similar name.
async fn list_namespaces(client: &Client, namespaces: &[String]) -> Vec<List> {
    let kind = Kind::Namespace;
    let each = stream::iter(scopes(namespaces)).map(|name| async move {
        let Some(name) = name else { return list(client, kind, None).await };
        let mut found = List { kind, objects: Ok(Vec::new()), broken: Vec::new() };
        match api::get(client, kind, None, name).await {
            Ok(item) => found.objects = Ok(usable(kind, item, &mut found.broken).into_iter().collect()),
            Err(error) if error.kind == ErrorKind::NotFound => {
                found.objects = Ok(list(client, kind, None).await.objects.unwrap_or_default());
            }
            Err(error) => found.objects = Err(error),
        }
        found
    });
    each.buffered(AT_ONCE).collect().await
}

/// Lists a kind in a namespace, or in all namespaces. If the version of a long list expires, the list starts once more.
async fn list(client: &Client, kind: Kind, namespace: Option<&str>) -> List {
    let mut again = true;
    loop {
        let (objects, broken) = read(Pages::new(client, Selection::all(kind, namespace)), kind).await;
        let expired = objects.as_ref().is_err_and(|error| error.kind == ErrorKind::Expired);
        if !(expired && std::mem::take(&mut again)) {
            return List { kind, objects, broken };
        }
    }
}

async fn read(mut pages: Pages<'_>, kind: Kind) -> (Result<Vec<Object>, ApiError>, Vec<String>) {
    let (mut found, mut broken) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        match page {
            Ok(items) => found.extend(items.into_iter().filter_map(|item| usable(kind, item, &mut broken))),
            Err(error) => return (Err(error), broken),
        }
    }
    (Ok(found), broken)
}

/// The facts of an item. `None` for a workload that a Deployment manages: it repeats the Deployment, or is an old
/// revision.
fn usable(kind: Kind, item: Item, broken: &mut Vec<String>) -> Option<Object> {
    match item.object {
        Ok(Object::Workload(..)) if item.of_deployment => None,
        Ok(object) => Some(object),
        Err(why) => {
            let at = ObjectName::new(item.namespace, item.name);
            let shown = if at.namespace.is_empty() { at.name.clone() } else { at.to_string() };
            broken.push(format!("{} {shown} does not decode and counts as unknown: {why}", kind.name()));
            Some(Object::Unread(kind, at))
        }
    }
}
