//! One watch: the watcher of kube, whose events go to a [`Sink`], and its supervision.
//!
//! A watch starts again with a list if it hangs, if the API server refuses to continue it, or if its task panics. After
//! a lost connection, the watch resumes without a list.
//!
//! A list begins with large pages, as those of client-go. If the objects are so large that a page exceeds the limit of a
//! reply, the list starts again with smaller pages.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use ahash::{HashMap, HashSet};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use kube::runtime::watcher::{self, DefaultBackoff, Event};
use kube::{Api, Client};
use parking_lot::Mutex;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::health::Health;
use super::heartbeat::Heartbeat;
use super::item::{Item, WatchedItem};
use super::permissions::Refusals;
use super::recovery::Recovery;
use crate::engine::kinds::{ForKind, Kind, Object};
use crate::engine::view::Unknown;

/// The time limits of the watches.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The requested duration of a watch, in whole seconds. kube ends a watch without activity 5 s later.
    pub watch: u32,
    /// The maximum lag of the index. An attempt without activity for this time starts again.
    pub max_age: Duration,
    /// The longest pause between attempts. The backoff of kube starts at 0.8 s and doubles.
    pub pause: Duration,
}

/// A watch is renewed after at most 20 s, so a failed watch is noticed within 30 s.
impl Default for Bounds {
    fn default() -> Self {
        Self { watch: 20, max_age: Duration::from_secs(30), pause: Duration::from_secs(10) }
    }
}

/// The names of objects of one kind, by namespace. A lookup does not copy the name.
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

/// The receiver of the events of a watch.
pub(super) trait Sink: Send + Sync {
    /// An object was added or changed.
    fn apply(&self, namespace: &str, name: &str, object: Object);
    /// An object was deleted, or cannot be used.
    fn delete(&self, namespace: &str, name: &str);
    /// A list is complete. Objects that are not in the list were deleted without an event.
    fn keep_only(&self, listed: &Names);
    /// The kind has become available or unavailable.
    fn set_available(&self, available: Result<(), Unknown>);
}

/// The state of a watch, shared with its readers.
#[derive(Clone, Debug)]
pub(super) struct WatchState {
    pub(super) health: Arc<Mutex<Health>>,
    pub(super) heartbeat: Heartbeat,
    /// The address of the API server, for messages.
    pub(super) server: Arc<str>,
}

/// The source of a watch.
pub(super) struct WatchSource {
    pub(super) kind: Kind,
    pub(super) client: Client,
    pub(super) bounds: Bounds,
    pub(super) refusals: Refusals,
}

/// The watcher of one attempt.
struct Watcher<'a> {
    source: &'a WatchSource,
    /// The number of objects on a page of the list.
    page: u32,
}

/// The number of objects on the first pages, as in client-go.
const LARGEST_PAGE: u32 = 500;
/// By how much the next pages are smaller if a page is too large.
const SMALLER: u32 = 4;

type Events = BoxStream<'static, watcher::Result<Event<Item>>>;

impl WatchSource {
    /// The events of a list with pages of this size, and of a watch. The stream does not end.
    fn events(&self, page: u32) -> Events {
        self.kind.call(Watcher { source: self, page })
    }
}

/// The watcher of kube for this kind.
impl ForKind for Watcher<'_> {
    type Output = Events;

    fn call<const KIND: usize>(self) -> Events {
        let api: Api<WatchedItem<KIND>> = Api::all(self.source.client.clone());
        let config = watcher::Config::default().timeout(self.source.bounds.watch).page_size(self.page);
        let item = |event| match event {
            Event::Apply(WatchedItem { item, .. }) => Event::Apply(item),
            Event::Delete(WatchedItem { item, .. }) => Event::Delete(item),
            Event::Init => Event::Init,
            Event::InitApply(WatchedItem { item, .. }) => Event::InitApply(item),
            Event::InitDone => Event::InitDone,
        };
        watcher::watcher(api, config).map_ok(item).boxed()
    }
}

/// Watches forever, and keeps `sink` up to date. After a panic, the watch starts again with a list.
pub(super) async fn watch(source: WatchSource, sink: impl Sink, state: WatchState) {
    loop {
        let driver = Driver::new(&source, &sink, &state);
        if AssertUnwindSafe(driver.run()).catch_unwind().await.is_err() {
            tracing::error!(kind = %source.kind.plural(), "the watch panicked; it starts over");
            state.health.lock().task_lost("the watch panicked", Instant::now());
            sink.set_available(Err(Unknown::Failed));
            tokio::time::sleep(source.bounds.pause).await;
        }
    }
}

struct Driver<'a, S> {
    source: &'a WatchSource,
    sink: &'a S,
    state: &'a WatchState,
    backoff: DefaultBackoff,
    /// The times at which the health is checked.
    checks: Interval,
    /// The number of objects on a page of a list.
    page: u32,
    /// The time at which the last list began.
    list_began: Option<Instant>,
    /// The objects in the current list so far.
    listed: Names,
    /// The availability that was reported to the sink last.
    reported: Option<Result<(), Unknown>>,
    /// The failure that was logged last, if the watch has not recovered since.
    logged: Option<(String, Instant)>,
}

/// The time after which a lasting failure is logged again.
const LOG_AGAIN: Duration = Duration::from_mins(1);

/// Whether the current stream of events continues.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Poll,
    StartOver,
}

impl<'a, S: Sink> Driver<'a, S> {
    fn new(source: &'a WatchSource, sink: &'a S, state: &'a WatchState) -> Self {
        let mut checks = tokio::time::interval((source.bounds.max_age / 30).max(Duration::from_millis(10)));
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            source,
            sink,
            state,
            backoff: DefaultBackoff::default(),
            checks,
            page: LARGEST_PAGE,
            list_began: None,
            listed: Names::default(),
            reported: None,
            logged: None,
        }
    }

    async fn run(mut self) {
        loop {
            self.state.heartbeat.note_activity(Instant::now());
            let mut events = self.source.events(self.page);
            while self.step(&mut events).await == Next::Poll {}
        }
    }

    async fn step(&mut self, events: &mut Events) -> Next {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => {
                    self.take(event);
                    self.log_recovery();
                    Next::Poll
                }
                Some(Err(error)) => self.recover(&error).await,
                None => Next::StartOver,
            },
            _ = self.checks.tick() => {
                self.report_availability();
                self.log_recovery();
                let silence = Instant::now().saturating_duration_since(self.state.heartbeat.last_activity());
                if silence > self.source.bounds.max_age { Next::StartOver } else { Next::Poll }
            }
        }
    }

    fn take(&mut self, event: Event<Item>) {
        match event {
            Event::Init => {
                let now = Instant::now();
                self.listed = Names::default();
                self.list_began = Some(now);
                self.state.health.lock().list_began(now);
            }
            Event::InitApply(item) => {
                self.listed.insert(&item.namespace, &item.name);
                self.apply(item);
            }
            Event::InitDone => {
                self.sink.keep_only(&std::mem::take(&mut self.listed));
                self.state.health.lock().list_done();
                self.report_availability();
            }
            Event::Apply(item) => self.apply(item),
            Event::Delete(item) => self.sink.delete(&item.namespace, &item.name),
        }
    }

    fn apply(&self, Item { namespace, name, object, .. }: Item) {
        match object {
            Ok(object) => self.sink.apply(&namespace, &name, object),
            Err(why) => {
                // The facts in the index are out of date. A live read will find that the object cannot be decoded.
                tracing::warn!(kind = %self.source.kind.plural(), namespace, name, %why, "skipped an object");
                self.state.health.lock().skipped += 1;
                self.sink.delete(&namespace, &name);
            }
        }
    }

    /// Records an error, waits, and returns how to continue.
    async fn recover(&mut self, error: &watcher::Error) -> Next {
        let now = Instant::now();
        if matches!(error, watcher::Error::WatchError(_)) {
            self.state.heartbeat.forget_watch();
        }
        self.report_availability();
        let recovery = Recovery::of(error, &self.state.server);
        if recovery.too_large && self.page > 1 {
            self.page = (self.page / SMALLER).max(1);
            tracing::debug!(kind = %self.source.kind.plural(), page = self.page, "listing smaller pages");
            return Next::StartOver;
        }
        self.log_failure(&recovery.failure.message, now);
        if recovery.failure.forbidden {
            self.source.refusals.report();
        }
        self.state.health.lock().failed(recovery.failure.clone(), now);
        self.report_availability();
        let until = now + self.pause(&recovery, now);
        while Instant::now() < until {
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                _ = self.checks.tick() => self.report_availability(),
            }
        }
        self.state.heartbeat.note_activity(Instant::now());
        if recovery.resumable { Next::Poll } else { Next::StartOver }
    }

    /// Logs a failure once, and again if it lasts or if the error changes.
    fn log_failure(&mut self, error: &str, now: Instant) {
        let kind = self.source.kind.plural();
        let is_known =
            |(logged, at): &(String, Instant)| logged == error && now.saturating_duration_since(*at) < LOG_AGAIN;
        if self.logged.as_ref().is_some_and(is_known) {
            tracing::debug!(%kind, error, "the watch failed again");
            return;
        }
        tracing::warn!(%kind, error, "the watch failed; trying again");
        self.logged = Some((error.to_owned(), now));
    }

    fn log_recovery(&mut self) {
        if self.logged.is_some() && self.reported == Some(Ok(())) && self.state.health.lock().has_recovered() {
            tracing::info!(kind = %self.source.kind.plural(), "the watch works again");
            self.logged = None;
        }
    }

    fn pause(&mut self, recovery: &Recovery, now: Instant) -> Duration {
        let Bounds { max_age, pause: longest, .. } = self.source.bounds;
        // After an outage the first answer is often that the resourceVersion has expired. A pause is useless then.
        let long_ago = |began| now.saturating_duration_since(began) > max_age;
        if recovery.expired && self.list_began.is_some_and(long_ago) {
            return Duration::ZERO;
        }
        let pause = self.backoff.next().unwrap_or(longest).min(longest);
        pause.max(recovery.retry_after.min(max_age))
    }

    /// Checks the health, and reports a change of the availability to the sink.
    fn report_availability(&mut self) {
        let now = Instant::now();
        let available = {
            let mut health = self.state.health.lock();
            if let Some(heard) = self.state.heartbeat.watch_heard_at() {
                health.watch_heard(heard);
            }
            health.availability(now, self.source.bounds.max_age).map_err(|(why, _)| why)
        };
        if available.is_ok() && self.reported != Some(Ok(())) {
            self.backoff = DefaultBackoff::default();
        }
        if self.reported.replace(available) != Some(available) {
            self.sink.set_available(available);
        }
    }
}

#[cfg(test)]
mod tests;
