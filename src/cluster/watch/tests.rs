use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::{Request, Response};
use http_body_util::Full;
use kube::client::Body;
use tower::service_fn;

use super::*;
use crate::cluster::list_turns::{BoundedLists, ListTurns};

/// Panics at the first object, and records the reported availability.
#[derive(Default)]
struct Fragile {
    broke: AtomicBool,
    reported: Mutex<Vec<Result<(), Unknown>>>,
}

impl Sink for Arc<Fragile> {
    fn apply(&self, _: &str, _: &str, _: Object) {
        assert!(self.broke.swap(true, Ordering::SeqCst), "as the test wants it");
    }

    fn delete(&self, _: &str, _: &str) {}

    fn keep_only(&self, _: &Names) {}

    fn set_available(&self, available: Result<(), Unknown>) {
        self.reported.lock().push(available);
    }
}

/// An API server with one Service, whose watches send no events.
fn client() -> Client {
    let answer = service_fn(|request: Request<Body>| async move {
        if request.uri().query().is_some_and(|query| query.contains("watch=true")) {
            std::future::pending::<()>().await;
        }
        let list = r#"{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"web","namespace":"shop"}}]}"#;
        Ok::<_, std::io::Error>(Response::new(Full::from(list)))
    });
    Client::new(answer, "default")
}

#[tokio::test]
async fn after_a_panic_the_kind_is_unavailable_until_the_next_list() {
    let sink = Arc::new(Fragile::default());
    let heartbeat = Heartbeat::new(Instant::now());
    let state = WatchState { health: Arc::default(), heartbeat, server: "here".into() };
    let bounds = Bounds { pause: Duration::from_millis(1), ..Bounds::default() };
    let source = WatchSource { kind: Kind::Service, client: client(), bounds, refusals: Refusals::default() };
    tokio::spawn(watch(source, Arc::clone(&sink), state.clone()));
    let deadline = Instant::now() + Duration::from_secs(20);
    while sink.reported.lock().last() != Some(&Ok(())) {
        assert!(Instant::now() < deadline, "{:?}", sink.reported.lock());
        tokio::task::yield_now().await;
    }
    assert!(sink.reported.lock().contains(&Err(Unknown::Failed)));
    assert_eq!(state.health.lock().availability(Instant::now(), bounds.max_age), Ok(()));
}

/// The number of objects that a list has found.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Sink for Arc<Counter> {
    fn apply(&self, _: &str, _: &str, _: Object) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn delete(&self, _: &str, _: &str) {}

    fn keep_only(&self, _: &Names) {}

    fn set_available(&self, _: Result<(), Unknown>) {}
}

/// The number of Services of [`large_services`], each of a mebibyte.
const LARGE: usize = 40;

/// An API server with large Services, whose watches send no events. It records the sizes of the requested pages.
fn large_services(pages: Arc<Mutex<Vec<usize>>>) -> Client {
    let service = |at: usize| {
        let note = "x".repeat(1 << 20);
        format!(r#"{{"metadata":{{"name":"web-{at}","namespace":"shop","annotations":{{"note":"{note}"}}}}}}"#)
    };
    let answer = service_fn(move |request: Request<Body>| {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
        let number = |name: &str| parameters.clone().find(|(key, _)| *key == name)?.1.parse::<usize>().ok();
        let (from, limit) = (number("continue").unwrap_or(0), number("limit").unwrap_or(0));
        if limit > 0 {
            pages.lock().push(limit);
        }
        let to = LARGE.min(from + limit);
        let next = if to < LARGE { to.to_string() } else { String::new() };
        let items = (from..to).map(service).collect::<Vec<_>>().join(",");
        let list = format!(r#"{{"metadata":{{"resourceVersion":"1","continue":"{next}"}},"items":[{items}]}}"#);
        async move {
            if query.contains("watch=true") {
                std::future::pending::<()>().await;
            }
            Ok::<_, std::io::Error>(Response::new(Full::from(list)))
        }
    });
    Client::new(BoundedLists::new(answer, ListTurns::default()), "default")
}

#[tokio::test]
async fn a_list_of_large_objects_has_small_pages() {
    let (sink, pages) = (Arc::new(Counter::default()), Arc::<Mutex<Vec<usize>>>::default());
    let state = WatchState { health: Arc::default(), heartbeat: Heartbeat::new(Instant::now()), server: "here".into() };
    let (client, bounds) = (large_services(Arc::clone(&pages)), Bounds::default());
    let source = WatchSource { kind: Kind::Service, client, bounds, refusals: Refusals::default() };
    tokio::spawn(watch(source, Arc::clone(&sink), state.clone()));
    let deadline = Instant::now() + Duration::from_mins(1);
    while sink.0.load(Ordering::SeqCst) < LARGE {
        assert!(Instant::now() < deadline, "{:?}", pages.lock());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(pages.lock()[..4], [500, 125, 31, 7], "40 mebibytes exceed the limit of a reply, and 7 do not");
    assert_eq!((pages.lock().len(), sink.0.load(Ordering::SeqCst)), (9, LARGE));
}
