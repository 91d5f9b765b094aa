//! The single calls that live reads are made of.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::core::{NamespaceResourceScope, ObjectList, Request};
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::item::Item;
use super::permits::Permits;
use super::reply_limit::ReplyTooLarge;
use super::watch::Watched;
use crate::engine::manifest::Object;
use crate::engine::model::{NamespaceFacts, ObjectName, ServiceFacts, SliceFacts};
use crate::engine::view::{LiveFacts, Lookup, Need, Unknown};

/// The time limit of one call. A request's own deadline may end it earlier.
const CALL_LIMIT: Duration = Duration::from_secs(2);
/// Objects on a page, as client-go asks for.
const PAGE: u32 = 500;
/// The maximum number of pages of one list. Objects beyond it stay unread.
pub(super) const PAGES: usize = 4;
/// A longer reply is decoded outside the threads that serve I/O.
const DECODED_IN_PLACE: usize = 64 * 1024;
/// The pauses before an absent Service is asked for again (rulebook 7.1.2): another client may create it at the same
/// time.
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

/// Receives each live call to the API server, for metrics.
pub trait LiveObserver: Send + Sync {
    /// A call ended or was cancelled. `kind` is the API's plural name.
    fn read(&self, kind: &'static str, result: Lookup<()>, took: Duration);
}

/// An observer that ignores every call.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl LiveObserver for NoObserver {
    fn read(&self, _: &'static str, _: Lookup<()>, _: Duration) {}
}

/// Calls through one client, with the permits of that client.
pub(super) struct Reads {
    pub(super) client: Client,
    permits: Permits,
    observer: Arc<dyn LiveObserver>,
}

/// What is known so far; see [`super::flight`].
type Progress = watch::Sender<LiveFacts>;
/// The objects of one kind, without those that a Deployment manages; and why the list may be incomplete.
pub(super) type Listed = (Vec<Object>, Option<Unknown>);

impl Reads {
    pub(super) fn new(client: Client, permits: Permits, observer: Arc<dyn LiveObserver>) -> Self {
        Self { client, permits, observer }
    }

    /// Answers `need`, and sends each fact to `progress` as soon as it is known. Pods are read by
    /// [`Self::pods`] and [`Self::workloads`] instead.
    pub(super) async fn answer(&self, need: Need, progress: &Progress) {
        match need {
            Need::Namespace(name) => {
                let answer = self.namespace(&name).await;
                progress.send_modify(|facts| drop(facts.namespaces.insert(name, answer)));
            }
            Need::Makers(namespace) => {
                let answer = Box::pin(self.makers(&namespace)).await;
                progress.send_modify(|facts| drop(facts.makers.insert(namespace, answer)));
            }
            Need::Service(name) => {
                let answer = self.service_or_wait(&name).await;
                progress.send_modify(|facts| drop(facts.services.insert(name, answer)));
            }
            Need::Backend(name) => Box::pin(self.backend(name, progress)).await,
            Need::Pods(..) => {}
        }
    }

    /// Reads the Service and, if it exists, its EndpointSlices.
    async fn backend(&self, name: ObjectName, progress: &Progress) {
        let service = self.service_or_wait(&name).await;
        let found = matches!(service, Lookup::Found(_));
        progress.send_modify(|facts| {
            if !found {
                facts.slices.remove(&name);
            }
            facts.services.insert(name.clone(), service);
        });
        if found {
            let slices = self.slices(&name).await;
            progress.send_modify(|facts| drop(facts.slices.insert(name, slices)));
        }
    }

    /// Asks for a Service until it exists or has been absent for long enough.
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
        let get = async { decoded(api.get(&name.name).await) };
        match self.call("services", &name.namespace, get).await {
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
        match self.call("namespaces", name, async { decoded(api.get(name).await) }).await {
            Lookup::Found(Object::Namespace(_, facts)) => Lookup::Found(facts),
            Lookup::Found(_) => Lookup::Unknown(Unknown::Undecodable),
            Lookup::Absent => Lookup::Absent,
            Lookup::Unknown(why) => Lookup::Unknown(why),
        }
    }

    /// The EndpointSlices of a Service. An incomplete list answers nothing: the ready endpoint may be in the rest.
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

    /// Lists the objects of a kind in a namespace, at most `pages` pages. The kind itself always exists: a 404 is a
    /// failure.
    pub(super) async fn list<K>(&self, kind: &'static str, namespace: &str, labels: &str, pages: usize) -> Listed
    where
        K: Watched<Scope = NamespaceResourceScope>,
        Item<K>: DeserializeOwned + Send + 'static,
    {
        let (mut objects, mut gap) = (Vec::new(), None);
        if !could_exist(namespace) {
            return (objects, gap);
        }
        let mut params = ListParams { limit: Some(PAGE), ..ListParams::default() };
        params.label_selector = Some(labels.to_owned()).filter(|labels| !labels.is_empty());
        for _ in 0..pages {
            let page = match self.page::<K>(kind, namespace, &params).await {
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

    async fn page<K>(&self, kind: &'static str, namespace: &str, params: &ListParams) -> Lookup<ObjectList<Item<K>>>
    where
        K: Watched<Scope = NamespaceResourceScope>,
        Item<K>: DeserializeOwned + Send + 'static,
    {
        let Ok(request) = Request::new(K::url_path(&(), Some(namespace))).list(params) else {
            return Lookup::Unknown(Unknown::Failed);
        };
        let page = async {
            match lookup(self.client.request_text(request).await) {
                Lookup::Found(text) => decode(text).await,
                Lookup::Absent => Lookup::Absent,
                Lookup::Unknown(why) => Lookup::Unknown(why),
            }
        };
        self.call(kind, namespace, page).await
    }

    /// Makes one call about `namespace` as soon as there is a permit, within the time limit of a call. Reports it to the
    /// observer even if the caller cancels it.
    pub(super) async fn call<T>(
        &self,
        kind: &'static str,
        namespace: &str,
        call: impl Future<Output = Lookup<T>>,
    ) -> Lookup<T> {
        let _permit = self.permits.acquire(namespace).await;
        let mut report = CallReport { observer: &*self.observer, kind, since: Instant::now(), result: None };
        let answer = timeout(CALL_LIMIT, call).await.unwrap_or(Lookup::Unknown(Unknown::Timeout));
        report.result = Some(answer.as_ref().map(|_| ()));
        answer
    }
}

/// Reports a call to the observer when it is dropped.
struct CallReport<'a> {
    observer: &'a dyn LiveObserver,
    kind: &'static str,
    since: Instant,
    /// `None` while the call is on its way.
    result: Option<Lookup<()>>,
}

impl Drop for CallReport<'_> {
    fn drop(&mut self) {
        let result = self.result.take().unwrap_or(Lookup::Unknown(Unknown::Timeout));
        self.observer.read(self.kind, result, self.since.elapsed());
    }
}

/// Whether an object can have this name. Any other name must not get into the path of a request.
fn could_exist(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.bytes().all(plain)
}

/// Decodes a page. A large page takes long enough to delay other requests, so that it gets a thread of its own.
async fn decode<T: DeserializeOwned + Send + 'static>(text: String) -> Lookup<T> {
    let parse = |text: &str| serde_json::from_str(text).map_or(Lookup::Unknown(Unknown::Undecodable), Lookup::Found);
    if text.len() <= DECODED_IN_PLACE {
        return parse(&text);
    }
    // A panic in the decoder is no answer either.
    spawn_blocking(move || parse(&text)).await.unwrap_or(Lookup::Unknown(Unknown::Failed))
}

/// The object in an answer of the API server.
fn decoded<K>(answer: kube::Result<Item<K>>) -> Lookup<Object> {
    match lookup(answer) {
        Lookup::Found(item) => item.object.map_or(Lookup::Unknown(Unknown::Undecodable), Lookup::Found),
        Lookup::Absent => Lookup::Absent,
        Lookup::Unknown(why) => Lookup::Unknown(why),
    }
}

/// Only the API's own `NotFound` proves absence: a proxy on the way may answer 404 for other reasons.
pub(super) fn lookup<T>(answer: kube::Result<T>) -> Lookup<T> {
    match answer {
        Ok(value) => Lookup::Found(value),
        Err(kube::Error::Api(status)) if status.code == 404 && status.reason == "NotFound" => Lookup::Absent,
        Err(kube::Error::Api(status)) if status.is_forbidden() => Lookup::Unknown(Unknown::Forbidden),
        Err(kube::Error::SerdeError(_) | kube::Error::FromUtf8(_)) => Lookup::Unknown(Unknown::Undecodable),
        Err(kube::Error::Service(error)) if error.is::<ReplyTooLarge>() => Lookup::Unknown(Unknown::TooLarge),
        Err(error) => {
            tracing::debug!(error = super::words::chain(&error), "a live read failed");
            Lookup::Unknown(Unknown::Failed)
        }
    }
}
