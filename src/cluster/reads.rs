//! The single calls that live reads are made of.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::core::NamespaceResourceScope;
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep};

use super::item::Item;
use super::watch::Watched;
use crate::engine::manifest::Object;
use crate::engine::model::{Labels, NamespaceFacts, ObjectName, PodFacts, ServiceFacts, SliceFacts, WorkloadFacts};
use crate::engine::view::{LiveFacts, Lookup, Need, Unknown};

/// How many calls are on their way at once: a burst of admissions must not become one of reads.
const IN_FLIGHT: usize = 32;
/// Objects on a page, as client-go asks for.
const PAGE: u32 = 500;
/// Pages of one list; what lies beyond is left unread.
pub(super) const PAGES: usize = 4;
/// Pages of the Pods that are only looked at for labels that almost match.
const PAGES_OF_OTHERS: usize = 1;
/// When an absent Service is asked for again (rulebook 7.1.2): it may be made at the same time by another client.
const ASK_AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

/// The kinds that live reads call, by the API's plural names: all that a [`LiveObserver`] hears of.
pub const LIVE_KINDS: [&str; 10] = [
    "services",
    "endpointslices",
    "namespaces",
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "canaries",
    "apigroups",
];

/// Told of each live call to the API server, for metrics.
pub trait LiveObserver: Send + Sync {
    /// A call ended, or was given up. `kind` is the API's plural name.
    fn read(&self, kind: &'static str, result: Lookup<()>, took: Duration);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl LiveObserver for NoObserver {
    fn read(&self, _: &'static str, _: Lookup<()>, _: Duration) {}
}

pub(super) struct Reads {
    pub(super) client: Client,
    permits: Semaphore,
    observer: Arc<dyn LiveObserver>,
}

/// What is known so far; see `flight`.
type Progress = watch::Sender<LiveFacts>;
/// Objects of one kind but for what a Deployment made; and why it may be that they are not all.
pub(super) type Listed = (Vec<Object>, Option<Unknown>);

impl Reads {
    pub(super) fn new(client: Client, observer: Arc<dyn LiveObserver>) -> Self {
        Self { client, permits: Semaphore::new(IN_FLIGHT), observer }
    }

    /// Answers `need`, telling `progress` each fact as soon as it is known.
    pub(super) async fn answer(&self, need: Need, progress: &Progress) {
        match need {
            Need::Service(name) => {
                let answer = self.service_or_wait(&name).await;
                progress.send_modify(|facts| drop(facts.services.insert(name, answer)));
            }
            Need::Backend(name) => Box::pin(self.backend(&name, progress)).await,
            Need::Namespace(name) => {
                let answer = self.namespace(&name).await;
                progress.send_modify(|facts| drop(facts.namespaces.insert(name, answer)));
            }
            Need::Makers(namespace) => {
                let answer = Box::pin(self.makers(&namespace)).await;
                progress.send_modify(|facts| drop(facts.makers.insert(namespace, answer)));
            }
            Need::Pods(namespace, selector) => Box::pin(self.explain(&namespace, &selector, progress)).await,
        }
    }

    /// The Service, and what stands behind it.
    async fn backend(&self, name: &ObjectName, progress: &Progress) {
        let service = self.service_or_wait(name).await;
        let selector = match &service {
            Lookup::Found(service) => service.selector.clone(),
            Lookup::Absent | Lookup::Unknown(_) => Labels::default(),
        };
        let found = matches!(service, Lookup::Found(_));
        progress.send_modify(|facts| {
            if !found {
                facts.slices.remove(name);
            }
            facts.services.insert(name.clone(), service);
        });
        if !found {
            return;
        }
        let slices = self.slices(name).await;
        let ready = matches!(&slices, Lookup::Found(slices) if slices.iter().any(|slice| slice.counts.ready > 0));
        let none = matches!(&slices, Lookup::Found(_)) && !ready && !selector.is_empty();
        progress.send_modify(|facts| drop(facts.slices.insert(name.clone(), slices)));
        if none {
            Box::pin(self.explain(&name.namespace, &selector, progress)).await;
        }
    }

    /// Asks for a Service until it is there or has been absent long enough.
    async fn service_or_wait(&self, name: &ObjectName) -> Lookup<ServiceFacts> {
        let mut answer = self.service(name).await;
        for pause in ASK_AGAIN {
            if answer != Lookup::Absent {
                break;
            }
            sleep(pause).await;
            answer = self.service(name).await;
        }
        answer
    }

    async fn service(&self, name: &ObjectName) -> Lookup<ServiceFacts> {
        if !could_exist(&name.name) || !could_exist(&name.namespace) {
            return Lookup::Absent;
        }
        let api: Api<Item<Service>> = Api::namespaced(self.client.clone(), &name.namespace);
        match self.call("services", async { decoded(api.get(&name.name).await) }).await {
            Lookup::Found(Object::Service(_, facts)) => Lookup::Found(facts),
            Lookup::Found(_) => Lookup::Unknown(Unknown::Undecodable),
            Lookup::Absent => Lookup::Absent,
            Lookup::Unknown(why) => Lookup::Unknown(why),
        }
    }

    async fn namespace(&self, name: &str) -> Lookup<NamespaceFacts> {
        if !could_exist(name) {
            return Lookup::Absent;
        }
        let api: Api<Item<Namespace>> = Api::all(self.client.clone());
        match self.call("namespaces", async { decoded(api.get(name).await) }).await {
            Lookup::Found(Object::Namespace(_, facts)) => Lookup::Found(facts),
            Lookup::Found(_) => Lookup::Unknown(Unknown::Undecodable),
            Lookup::Absent => Lookup::Absent,
            Lookup::Unknown(why) => Lookup::Unknown(why),
        }
    }

    /// The slices of a Service. A part of them answers nothing: what it lacks may hold the ready endpoint.
    async fn slices(&self, service: &ObjectName) -> Lookup<Vec<SliceFacts>> {
        let of_service = format!("kubernetes.io/service-name={}", service.name);
        match self.list::<EndpointSlice>("endpointslices", &service.namespace, &of_service, PAGES).await {
            (_, Some(why)) => Lookup::Unknown(why),
            (objects, None) => {
                let slices = objects.into_iter().filter_map(|object| match object {
                    Object::Slice(_, _, facts) => Some(facts),
                    _ => None,
                });
                Lookup::Found(slices.collect())
            }
        }
    }

    /// The Pods that `selector`, which is not empty, selects, and the workloads that would make such Pods.
    async fn explain(&self, namespace: &str, selector: &Labels, progress: &Progress) {
        let key = (namespace.to_owned(), selector.clone());
        progress.send_modify(|facts| {
            facts.pods.insert(key.clone(), Lookup::Unknown(Unknown::Timeout));
            facts.workloads.insert(key.clone(), Lookup::Unknown(Unknown::Timeout));
        });
        let pods = async {
            let pods = self.pods(namespace, selector, PAGES).await;
            let none = matches!(&pods, Lookup::Found(pods) if pods.is_empty());
            progress.send_modify(|facts| drop(facts.pods.insert(key.clone(), pods)));
            none
        };
        let workloads = async {
            let (workloads, all) = self.workloads(namespace, selector).await;
            let none = !matches!(&workloads, Lookup::Found(workloads) if !workloads.is_empty());
            progress.send_modify(|facts| drop(facts.workloads.insert(key.clone(), workloads)));
            none.then_some(all)
        };
        if let (true, Some(workloads)) = tokio::join!(pods, workloads) {
            // Those whose labels almost match explain a selector that matches none (rulebook 6.2).
            let others = (namespace.to_owned(), Labels::default());
            let pods = self.pods(namespace, &others.1, PAGES_OF_OTHERS).await;
            progress.send_modify(|facts| {
                facts.pods.insert(others.clone(), pods);
                facts.workloads.insert(others, workloads);
            });
        }
    }

    /// Some of the Pods are enough: they are only asked what they have to say.
    async fn pods(&self, namespace: &str, selector: &Labels, pages: usize) -> Lookup<Vec<PodFacts>> {
        let (objects, gap) = self.list::<Pod>("pods", namespace, &selector.to_string(), pages).await;
        let pods = objects.into_iter().filter_map(|object| match object {
            Object::Pod(_, facts) => Some(facts),
            _ => None,
        });
        some_of(pods.collect(), gap)
    }

    /// The workloads whose Pods `selector` would select, and all that were read to find them.
    async fn workloads(
        &self,
        namespace: &str,
        selector: &Labels,
    ) -> (Lookup<Vec<WorkloadFacts>>, Lookup<Vec<WorkloadFacts>>) {
        let kinds = tokio::join!(
            self.list::<Deployment>("deployments", namespace, "", PAGES),
            self.list::<StatefulSet>("statefulsets", namespace, "", PAGES),
            self.list::<DaemonSet>("daemonsets", namespace, "", PAGES),
            self.list::<ReplicaSet>("replicasets", namespace, "", PAGES),
        );
        let kinds = [kinds.0, kinds.1, kinds.2, kinds.3];
        let gap = kinds.iter().find_map(|(_, gap)| *gap);
        let workloads = kinds.into_iter().flat_map(|(objects, _)| objects).filter_map(|object| match object {
            Object::Workload(_, facts) => Some(facts),
            _ => None,
        });
        let all: Vec<_> = workloads.collect();
        let matching = all.iter().filter(|facts| selector.selects(&facts.template_labels)).cloned().collect();
        (some_of(matching, gap), some_of(all, gap))
    }

    /// Lists a kind in a namespace, up to so many pages. A kind is never absent: a 404 here is a failure.
    pub(super) async fn list<K>(&self, kind: &'static str, namespace: &str, labels: &str, pages: usize) -> Listed
    where
        K: Watched<Scope = NamespaceResourceScope>,
        Item<K>: DeserializeOwned,
    {
        let (mut objects, mut gap) = (Vec::new(), None);
        if !could_exist(namespace) {
            return (objects, gap);
        }
        let api: Api<Item<K>> = Api::namespaced(self.client.clone(), namespace);
        let mut params = ListParams { limit: Some(PAGE), ..ListParams::default() };
        params.label_selector = Some(labels.to_owned()).filter(|labels| !labels.is_empty());
        for _ in 0..pages {
            let page = match self.call(kind, async { lookup(api.list(&params).await) }).await {
                Lookup::Found(page) => page,
                Lookup::Absent => return (objects, Some(Unknown::Failed)),
                Lookup::Unknown(why) => return (objects, Some(why)),
            };
            for item in page.items.into_iter().filter(|item| !item.of_deployment) {
                let name = item.name().to_owned();
                match item.object {
                    Ok(object) => objects.push(object),
                    Err(why) => {
                        tracing::debug!(kind, namespace, name, %why, "an object does not decode");
                        gap = Some(Unknown::Undecodable);
                    }
                }
            }
            params.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if params.continue_token.is_none() {
                return (objects, gap);
            }
        }
        (objects, gap.or(Some(Unknown::NotRead)))
    }

    /// Makes one call when there is room for it, and tells the observer, even if it is given up half-way.
    pub(super) async fn call<T>(&self, kind: &'static str, call: impl Future<Output = Lookup<T>>) -> Lookup<T> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.ok();
        let mut told = Told { observer: &*self.observer, kind, since: Instant::now(), result: None };
        let answer = call.await;
        told.result = Some(answer.as_ref().map(|_| ()));
        answer
    }
}

/// What was found answers the question; that nothing was only does so when all was looked at.
fn some_of<T>(found: Vec<T>, gap: Option<Unknown>) -> Lookup<Vec<T>> {
    match gap {
        Some(why) if found.is_empty() => Lookup::Unknown(why),
        _ => Lookup::Found(found),
    }
}

/// Tells the observer when it is dropped.
struct Told<'a> {
    observer: &'a dyn LiveObserver,
    kind: &'static str,
    since: Instant,
    /// `None` while the call is on its way.
    result: Option<Lookup<()>>,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let result = self.result.take().unwrap_or(Lookup::Unknown(Unknown::Timeout));
        self.observer.read(self.kind, result, self.since.elapsed());
    }
}

/// Whether an object can have this name. Anything else must not get into a request's path.
fn could_exist(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.bytes().all(plain)
}

/// What the API server said of one object.
fn decoded<K>(answer: kube::Result<Item<K>>) -> Lookup<Object> {
    match lookup(answer) {
        Lookup::Found(item) => item.object.map_or(Lookup::Unknown(Unknown::Undecodable), Lookup::Found),
        Lookup::Absent => Lookup::Absent,
        Lookup::Unknown(why) => Lookup::Unknown(why),
    }
}

/// Only the API's own `NotFound` proves absence: a proxy on the way may answer 404 for reasons of its own.
pub(super) fn lookup<T>(answer: kube::Result<T>) -> Lookup<T> {
    match answer {
        Ok(value) => Lookup::Found(value),
        Err(kube::Error::Api(status)) if status.code == 404 && status.reason == "NotFound" => Lookup::Absent,
        Err(kube::Error::Api(status)) if status.is_forbidden() => Lookup::Unknown(Unknown::Forbidden),
        Err(kube::Error::SerdeError(_) | kube::Error::FromUtf8(_)) => Lookup::Unknown(Unknown::Undecodable),
        Err(error) => {
            tracing::debug!(error = super::words::chain(&error), "a live read failed");
            Lookup::Unknown(Unknown::Failed)
        }
    }
}
