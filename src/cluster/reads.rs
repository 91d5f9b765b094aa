//! The single calls of live reads.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::api::{self, Pages, Selection};
use super::error::{ApiError, ErrorKind};
use super::facts_memory::{FactsMemory, HeldMemory};
use super::item::Item;
use super::permits::Permits;
use crate::engine::kinds::{Kind, Object};
use crate::engine::model::{NamespaceFacts, ObjectName, SliceFacts};
use crate::engine::view::{LiveFacts, Lookup, Need, Purpose, ServiceRead, Unknown};

/// The time limit of one call. A request's own deadline may end it earlier.
const CALL_LIMIT: Duration = Duration::from_secs(2);
/// The maximum number of pages of one list. Objects beyond it stay unread.
pub(super) const PAGES: usize = 4;
/// The pauses before an absent Service is read again (rulebook 7.1.2): another client may create it at the same time.
const ASK_AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

/// Receives each live call to the API server, for metrics.
pub trait LiveObserver: Send + Sync {
    /// A call ended or was cancelled. `kind` is the plural name in the API.
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
    memory: FactsMemory,
    observer: Arc<dyn LiveObserver>,
}

/// The partial result; see [`super::flight`].
type Progress = watch::Sender<LiveFacts>;
/// The objects of one kind, without those that a Deployment manages.
#[derive(Default)]
pub(super) struct PartialList {
    pub(super) objects: Vec<Object>,
    /// Why the list may be incomplete.
    pub(super) gap: Option<Unknown>,
    /// The memory of the facts.
    pub(super) memory: Option<HeldMemory>,
}

impl Reads {
    /// Calls through `client`. A proof has permits and memory of its own.
    pub(super) fn new(client: Client, purpose: Purpose, observer: Arc<dyn LiveObserver>) -> Self {
        let (permits, memory) = match purpose {
            Purpose::Proof => (Permits::of_proofs(), FactsMemory::of_proofs()),
            Purpose::Explanation => (Permits::of_explanations(), FactsMemory::of_explanations()),
        };
        Self { client, permits, memory, observer }
    }

    /// Reads `need`, and sends each fact to `progress` as soon as it is known. [`Self::pods`] and [`Self::workloads`]
    /// read Pods instead.
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
                progress.send_modify(|facts| facts.set_service(name, answer));
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
            facts.set_service(name.clone(), service);
        });
        if found {
            let slices = self.slices(&name).await;
            progress.send_modify(|facts| drop(facts.slices.insert(name, slices)));
        }
    }

    /// Reads a Service until it exists or has been absent for long enough.
    async fn service_or_wait(&self, name: &ObjectName) -> Lookup<ServiceRead> {
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

    async fn service(&self, name: &ObjectName) -> Lookup<ServiceRead> {
        match self.get(Kind::Service, Some(&name.namespace), &name.name).await {
            Lookup::Found((Object::Service(_, facts), version)) => Lookup::Found((facts, version)),
            Lookup::Found(_) => Lookup::Unknown(Unknown::Undecodable),
            Lookup::Absent => Lookup::Absent,
            Lookup::Unknown(why) => Lookup::Unknown(why),
        }
    }

    async fn namespace(&self, name: &str) -> Lookup<NamespaceFacts> {
        match self.get(Kind::Namespace, None, name).await {
            Lookup::Found((Object::Namespace(_, facts), _)) => Lookup::Found(facts),
            Lookup::Found(_) => Lookup::Unknown(Unknown::Undecodable),
            Lookup::Absent => Lookup::Absent,
            Lookup::Unknown(why) => Lookup::Unknown(why),
        }
    }

    /// Gets one object and its resourceVersion. `namespace` is `None` for a cluster-scoped kind.
    async fn get(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Lookup<(Object, Option<Box<str>>)> {
        let get = async {
            match api::get(&self.client, kind, namespace, name).await {
                Ok(Item { object: Ok(object), resource_version, .. }) => {
                    Lookup::Found((object, resource_version.map(String::into_boxed_str)))
                }
                Ok(Item { object: Err(_), .. }) => Lookup::Unknown(Unknown::Undecodable),
                Err(error) => failed(&error),
            }
        };
        self.call(kind.plural(), namespace.unwrap_or(name), get).await
    }

    /// The EndpointSlices of a Service. An incomplete list makes the result unknown, because the rest may contain the
    /// ready endpoint.
    async fn slices(&self, service: &ObjectName) -> Lookup<Vec<SliceFacts>> {
        let of_service = format!("kubernetes.io/service-name={}", service.name);
        match self.list(Kind::EndpointSlice, &service.namespace, &of_service, PAGES).await {
            PartialList { gap: Some(why), .. } => Lookup::Unknown(why),
            PartialList { objects, .. } => {
                let slices = objects.into_iter().filter_map(|object| match object {
                    Object::Slice(_, _, facts) => Some(facts),
                    _ => None,
                });
                Lookup::Found(slices.collect())
            }
        }
    }

    /// Lists the objects of a kind in a namespace, at most `pages` pages, and no more than there is memory for. The kind
    /// itself always exists: a 404 is a failure.
    pub(super) async fn list(&self, kind: Kind, namespace: &str, labels: &str, pages: usize) -> PartialList {
        let mut read = PartialList::default();
        let mut list = Pages::new(&self.client, Selection { labels, ..Selection::all(kind, Some(namespace)) });
        for _ in 0..pages {
            if list.is_done() {
                return read;
            }
            let next = async {
                match list.next().await {
                    Some(Ok(items)) => Lookup::Found(items),
                    Some(Err(error)) => failed(&error),
                    None => Lookup::Found(Vec::new()),
                }
            };
            let added = match self.call(kind.plural(), namespace, next).await {
                Lookup::Found(items) => self.add(&mut read, items, (kind, namespace)),
                Lookup::Absent => Err(Unknown::Failed),
                Lookup::Unknown(why) => Err(why),
            };
            if let Err(why) = added {
                return PartialList { gap: Some(why), ..read };
            }
        }
        if !list.is_done() {
            read.gap = read.gap.or(Some(Unknown::NotRead));
        }
        read
    }

    /// Adds the items of a page to `read`, if there is memory for them.
    fn add(&self, read: &mut PartialList, items: Vec<Item>, (kind, namespace): (Kind, &str)) -> Result<(), Unknown> {
        let bytes = items.iter().filter_map(|item| item.object.as_ref().ok()).map(Object::heap_bytes).sum();
        let memory = self.memory.take(bytes).ok_or(Unknown::TooLarge)?;
        match &mut read.memory {
            Some(held) => held.add(memory),
            none => *none = Some(memory),
        }
        for item in items.into_iter().filter(|item| !item.of_deployment) {
            match item.object {
                Ok(object) => read.objects.push(object),
                Err(why) => {
                    tracing::debug!(kind = kind.plural(), namespace, name = item.name, %why, "an object does not decode");
                    read.gap = Some(Unknown::Undecodable);
                }
            }
        }
        Ok(())
    }

    /// Makes one call about `namespace` as soon as there is a permit, within the time limit of a call. Reports the call
    /// to the observer even if the caller cancels it.
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
    /// `None` during the call.
    result: Option<Lookup<()>>,
}

impl Drop for CallReport<'_> {
    fn drop(&mut self) {
        let result = self.result.take().unwrap_or(Lookup::Unknown(Unknown::Timeout));
        self.observer.read(self.kind, result, self.since.elapsed());
    }
}

/// Only `NotFound` of the API proves absence.
pub(super) fn failed<T>(error: &ApiError) -> Lookup<T> {
    if error.kind == ErrorKind::NotFound {
        return Lookup::Absent;
    }
    tracing::debug!(error = error.message, "a live read failed");
    Lookup::Unknown(error.unknown())
}
