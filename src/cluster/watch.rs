//! One watch: kube's watcher, whose events go to a [`Sink`], and the supervision that it leaves to its user.
//!
//! A watch that hangs, or that the API server refuses to continue, starts over with a list; one that panics, too.
//! Lost connections are resumed where they broke.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ahash::{HashMap, HashSet};
use futures::{FutureExt, Stream, StreamExt};
use kube::runtime::watcher::{self, DefaultBackoff, Event};
use kube::{Api, Resource};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::health::{Health, Trouble};
use super::item::Item;
use super::pulse::Pulse;
use crate::engine::manifest::Object;
use crate::engine::view::Unknown;

/// How patient the watches are.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How long the API server is asked to keep a watch open, in whole seconds. kube gives a silent one up 5 s later.
    pub watch: u32,
    /// A picture older than this is no longer trusted; an attempt that stirs nothing for as long starts over.
    pub blind: Duration,
    /// The longest pause between attempts; kube's backoff starts at 0.8 s and doubles.
    pub pause: Duration,
}

/// A watch is renewed, and so known to be alive, every 20 s at the latest: a dead one is noticed within 30 s.
impl Default for Bounds {
    fn default() -> Self {
        Self { watch: 20, blind: Duration::from_secs(30), pause: Duration::from_secs(10) }
    }
}

/// The names of objects of one kind, by namespace: asked for each object of the index, so without a copy of its name.
#[derive(Default)]
pub(super) struct Names(HashMap<Box<str>, HashSet<Box<str>>>);

impl Names {
    fn insert(&mut self, namespace: &str, name: &str) {
        match self.0.get_mut(namespace) {
            Some(names) => drop(names.insert(name.into())),
            None => drop(self.0.insert(namespace.into(), HashSet::from_iter([name.into()]))),
        }
    }

    pub(super) fn contains(&self, namespace: &str, name: &str) -> bool {
        self.0.get(namespace).is_some_and(|names| names.contains(name))
    }
}

/// Where the events of a watch go.
pub(super) trait Sink: Send + Sync {
    /// An object was added or changed.
    fn apply(&self, namespace: &str, name: &str, object: Object);
    /// An object was deleted, or is of no use.
    fn delete(&self, namespace: &str, name: &str);
    /// A list is complete: whatever it lacks was deleted while nobody watched.
    fn keep_only(&self, listed: &Names);
    /// Whether what it holds can be trusted, each time that changes.
    fn set_sight(&self, sight: Result<(), Unknown>);
}

/// What a watch shares with those who ask how it is.
#[derive(Clone, Debug)]
pub(super) struct Patient {
    pub(super) health: Arc<Mutex<Health>>,
    pub(super) pulse: Pulse,
    /// The API server's address, for messages.
    pub(super) server: Arc<str>,
}

/// The objects that kube's watcher can be asked for.
pub(super) trait Watched: Resource<DynamicType = ()> + Clone + std::fmt::Debug + Send + Sync + 'static {}

impl<K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + Send + Sync + 'static> Watched for K {}

/// Keeps `sink` up to date for ever. A panic costs the picture, not the watch.
pub(super) async fn keep<K: Watched>(api: Api<Item<K>>, sink: impl Sink, patient: Patient, bounds: Bounds)
where
    Item<K>: DeserializeOwned,
{
    loop {
        let pump = Pump::new(&sink, &patient, bounds);
        if AssertUnwindSafe(pump.run(&api)).catch_unwind().await.is_err() {
            tracing::error!(kind = %K::plural(&()), "the watch panicked; it starts over");
            patient.health.lock().lost("the watch panicked", Instant::now());
            sink.set_sight(Err(Unknown::Failed));
            tokio::time::sleep(bounds.pause).await;
        }
    }
}

struct Pump<'a, S> {
    sink: &'a S,
    patient: &'a Patient,
    bounds: Bounds,
    pauses: DefaultBackoff,
    look: Interval,
    /// When the last list began.
    list_began: Option<Instant>,
    /// What the list that is under way has named so far.
    listed: Names,
    /// What the sink was told last.
    sight: Option<Result<(), Unknown>>,
    /// The failure that was logged last, if the watch did not recover since.
    said: Option<(String, Instant)>,
}

/// How often the same failure is logged while it lasts.
const SAY_AGAIN: Duration = Duration::from_mins(1);

/// Whether a stream is worth another poll.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Poll,
    StartOver,
}

impl<'a, S: Sink> Pump<'a, S> {
    fn new(sink: &'a S, patient: &'a Patient, bounds: Bounds) -> Self {
        let mut look = tokio::time::interval((bounds.blind / 30).max(Duration::from_millis(10)));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let pauses = DefaultBackoff::default();
        Self {
            sink,
            patient,
            bounds,
            pauses,
            look,
            list_began: None,
            listed: Names::default(),
            sight: None,
            said: None,
        }
    }

    async fn run<K: Watched>(mut self, api: &Api<Item<K>>)
    where
        Item<K>: DeserializeOwned,
    {
        loop {
            self.patient.pulse.stir(Instant::now());
            let config = watcher::Config::default().timeout(self.bounds.watch);
            let mut events = pin!(watcher::watcher(api.clone(), config));
            while self.step(&mut events).await == Next::Poll {}
        }
    }

    async fn step<K: Watched>(
        &mut self,
        events: &mut (impl Stream<Item = watcher::Result<Event<Item<K>>>> + Unpin),
    ) -> Next {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => {
                    self.take(event);
                    self.tell_of_recovery::<K>();
                    Next::Poll
                }
                Some(Err(error)) => self.recover::<K>(&error).await,
                None => Next::StartOver,
            },
            _ = self.look.tick() => {
                self.judge();
                self.tell_of_recovery::<K>();
                let silence = Instant::now().saturating_duration_since(self.patient.pulse.last_stir());
                if silence > self.bounds.blind { Next::StartOver } else { Next::Poll }
            }
        }
    }

    fn take<K: Watched>(&mut self, event: Event<Item<K>>) {
        match event {
            Event::Init => {
                let now = Instant::now();
                self.listed = Names::default();
                self.list_began = Some(now);
                self.patient.health.lock().list_began(now);
            }
            Event::InitApply(item) => {
                self.listed.insert(item.namespace(), item.name());
                self.apply(item);
            }
            Event::InitDone => {
                self.sink.keep_only(&std::mem::take(&mut self.listed));
                self.patient.health.lock().list_done();
                self.judge();
            }
            Event::Apply(item) => self.apply(item),
            Event::Delete(item) => self.sink.delete(item.namespace(), item.name()),
        }
    }

    fn apply<K: Watched>(&self, item: Item<K>) {
        let (namespace, name) = (item.namespace().to_owned(), item.name().to_owned());
        match item.object {
            Ok(object) => self.sink.apply(&namespace, &name, object),
            Err(why) => {
                // What was known of it is out of date; a live read will say that it does not decode.
                tracing::warn!(kind = %K::plural(&()), namespace, name, %why, "skipped an object");
                self.patient.health.lock().skipped += 1;
                self.sink.delete(&namespace, &name);
            }
        }
    }

    /// Notes an error, waits, and says how to go on.
    async fn recover<K: Watched>(&mut self, error: &watcher::Error) -> Next {
        let now = Instant::now();
        if matches!(error, watcher::Error::WatchError(_)) {
            self.patient.pulse.forget_watch();
        }
        self.judge();
        let fault = Fault::of(error, &self.patient.server);
        self.tell_of::<K>(&fault.trouble.message, now);
        self.patient.health.lock().failed(fault.trouble.clone(), now);
        self.judge();
        let until = now + self.pause(&fault, now);
        while Instant::now() < until {
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                _ = self.look.tick() => self.judge(),
            }
        }
        self.patient.pulse.stir(Instant::now());
        if fault.resumable { Next::Poll } else { Next::StartOver }
    }

    /// Logs a failure: once, and again where it lasts or is another one.
    fn tell_of<K: Watched>(&mut self, error: &str, now: Instant) {
        let told = |(said, at): &(String, Instant)| said == error && now.saturating_duration_since(*at) < SAY_AGAIN;
        if self.said.as_ref().is_some_and(told) {
            tracing::debug!(kind = %K::plural(&()), error, "the watch failed again");
            return;
        }
        tracing::warn!(kind = %K::plural(&()), error, "the watch failed; trying again");
        self.said = Some((error.to_owned(), now));
    }

    fn tell_of_recovery<K: Watched>(&mut self) {
        if self.said.is_some() && self.sight == Some(Ok(())) && self.patient.health.lock().is_untroubled() {
            tracing::info!(kind = %K::plural(&()), "the watch works again");
            self.said = None;
        }
    }

    fn pause(&mut self, fault: &Fault, now: Instant) -> Duration {
        // After an outage the first answer is often that the watch is too old to go on; nothing is won by waiting then.
        let long_ago = |began| now.saturating_duration_since(began) > self.bounds.blind;
        if fault.expired && self.list_began.is_some_and(long_ago) {
            return Duration::ZERO;
        }
        let pause = self.pauses.next().unwrap_or(self.bounds.pause).min(self.bounds.pause);
        pause.max(fault.retry_after.min(self.bounds.blind))
    }

    /// Looks at the health, and tells the sink when the verdict changed.
    fn judge(&mut self) {
        let now = Instant::now();
        let sight = {
            let mut health = self.patient.health.lock();
            if let Some(heard) = self.patient.pulse.last_watch() {
                health.heard(heard);
            }
            health.sight(now, self.bounds.blind).map_err(|(why, _)| why)
        };
        if sight.is_ok() && self.sight != Some(Ok(())) {
            self.pauses = DefaultBackoff::default();
        }
        if self.sight.replace(sight) != Some(sight) {
            self.sink.set_sight(sight);
        }
    }
}

/// An error of the watcher, and what it asks for.
struct Fault {
    trouble: Trouble,
    /// The watch is too old to go on, and a list is what the API server asks for.
    expired: bool,
    /// How long the API server asks to wait, where it does.
    retry_after: Duration,
    /// The stream may go on: either kube's watcher lists again by itself, or the watch continues where it was.
    resumable: bool,
}

impl Fault {
    /// client-go continues a watch after a lost connection and after "too many requests", and lists again after
    /// anything else (`tools/cache/reflector.go`). kube would continue for ever, whatever the API server says.
    fn of(error: &watcher::Error, server: &str) -> Self {
        use watcher::Error::{InitialListFailed, NoResourceVersion, WatchError, WatchFailed, WatchStartFailed};
        let (status, resumable) = match error {
            InitialListFailed(kube::Error::Api(status)) => (Some(&**status), true),
            InitialListFailed(_) | NoResourceVersion => (None, true),
            WatchStartFailed(kube::Error::Api(status)) | WatchError(status) => (Some(&**status), status.code == 429),
            WatchStartFailed(cause) | WatchFailed(cause) => (None, is_transport(cause)),
        };
        let on_watch = !matches!(error, InitialListFailed(_) | NoResourceVersion);
        let forbidden = status.is_some_and(kube::core::Status::is_forbidden);
        let message = status.map(|status| status.message.clone()).filter(|message| !message.is_empty());
        let message = message.unwrap_or_else(|| format!("{server}: {}", super::words::chain(error)));
        let wait = status.and_then(|status| status.details.as_ref()).map_or(0, |details| details.retry_after_seconds);
        Self {
            trouble: Trouble { message, forbidden, on_watch },
            expired: status.is_some_and(|status| status.code == 410),
            retry_after: Duration::from_secs(wait.into()),
            resumable,
        }
    }
}

fn is_transport(error: &kube::Error) -> bool {
    matches!(error, kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use http::{Request, Response};
    use http_body_util::Full;
    use k8s_openapi::api::core::v1::Service;
    use kube::Client;
    use kube::client::Body;
    use tower::service_fn;

    use super::*;

    /// Panics at the first object, and notes what it is told of its sight.
    #[derive(Default)]
    struct Fragile {
        broke: AtomicBool,
        told: Mutex<Vec<Result<(), Unknown>>>,
    }

    impl Sink for Arc<Fragile> {
        fn apply(&self, _: &str, _: &str, _: Object) {
            assert!(self.broke.swap(true, Ordering::SeqCst), "as the test wants it");
        }

        fn delete(&self, _: &str, _: &str) {}

        fn keep_only(&self, _: &Names) {}

        fn set_sight(&self, sight: Result<(), Unknown>) {
            self.told.lock().push(sight);
        }
    }

    /// An API server with one Service, whose watches never say a word.
    fn client() -> Client {
        let answer = service_fn(|request: Request<Body>| async move {
            if request.uri().query().is_some_and(|query| query.contains("watch=true")) {
                std::future::pending::<()>().await;
            }
            let list =
                r#"{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"web","namespace":"shop"}}]}"#;
            Ok::<_, std::io::Error>(Response::new(Full::from(list)))
        });
        Client::new(answer, "default")
    }

    #[tokio::test]
    async fn a_panic_blinds_and_the_watch_starts_over() {
        let sink = Arc::new(Fragile::default());
        let patient = Patient { health: Arc::default(), pulse: Pulse::new(Instant::now()), server: "here".into() };
        let bounds = Bounds { pause: Duration::from_millis(1), ..Bounds::default() };
        let api: Api<Item<Service>> = Api::all(client());
        tokio::spawn(keep(api, Arc::clone(&sink), patient.clone(), bounds));
        let deadline = Instant::now() + Duration::from_secs(20);
        while sink.told.lock().last() != Some(&Ok(())) {
            assert!(Instant::now() < deadline, "{:?}", sink.told.lock());
            tokio::task::yield_now().await;
        }
        assert!(sink.told.lock().contains(&Err(Unknown::Failed)));
        assert_eq!(patient.health.lock().sight(Instant::now(), bounds.blind), Ok(()));
    }
}
