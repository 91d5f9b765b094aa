//! Shutdown: no request is lost, and no client can delay the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use backstop::http::{Drain, Drained, Limits};
use backstop::tls::Certificates;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::support::{Client, Http1, Server, eventually, quick};

const DELAY: Duration = Duration::from_millis(800);
const GRACE: Duration = Duration::from_secs(4);

/// Requests as the API server sends them: at a fixed rate, over reused connections, without a retry.
struct Load {
    clients: [Client; 2],
    /// The server that gets new connections, which kube-proxy decides in a cluster.
    moved: AtomicBool,
    idle: Mutex<Vec<Http1>>,
    sent: AtomicUsize,
    dialled: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Load {
    async fn request(&self) {
        self.sent.fetch_add(1, Relaxed);
        if let Err(error) = self.try_request().await {
            self.failures.lock().push(error);
        }
    }

    async fn try_request(&self) -> Result<(), String> {
        let mut connection = self.connection().await?;
        let answer = connection.post("/echo", "review").await.map_err(|error| format!("{error:?}"))?;
        if answer.status() != 200 || answer.body() != "review" {
            return Err(format!("{answer:?}"));
        }
        let close = answer.headers().get("connection").is_some_and(|value| value == "close");
        let mut idle = self.idle.lock();
        if !close && idle.len() < 25 {
            idle.push(connection);
        }
        Ok(())
    }

    /// The connection that was used last, as in the pool of Go, or a new one.
    async fn connection(&self) -> Result<Http1, String> {
        while let Some(connection) = self.pop() {
            if !connection.0.is_closed() {
                return Ok(connection);
            }
        }
        self.dialled.fetch_add(1, Relaxed);
        let client = &self.clients[usize::from(self.moved.load(Relaxed))];
        client.try_http1().await.map_err(|error| format!("connect: {error}"))
    }

    fn pop(&self) -> Option<Http1> {
        self.idle.lock().pop()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_update_at_500_requests_a_second_loses_none() {
    let certificates = Arc::new(Certificates::self_signed(&[], Timestamp::now()).unwrap());
    // Clients get three seconds to follow the endpoints, as on a slow machine.
    let drain = Drain { delay: Duration::from_secs(3), grace: Duration::from_secs(20) };
    let old = Server::start_with(Arc::clone(&certificates), Limits::default(), drain).await;
    let new = Server::start_with(certificates, Limits::default(), drain).await;
    let load = Arc::new(Load {
        clients: [old.client(&["http/1.1"]), new.client(&["http/1.1"])],
        moved: AtomicBool::new(false),
        idle: Mutex::default(),
        sent: AtomicUsize::new(0),
        dialled: AtomicUsize::new(0),
        failures: Mutex::default(),
    });
    let rolling = tokio::spawn({
        let (load, shutdown) = (Arc::clone(&load), old.shutdown.clone());
        async move {
            sleep(Duration::from_millis(700)).await;
            shutdown.begin();
            // The endpoints change after the readiness, but within the delay.
            sleep(Duration::from_millis(300)).await;
            load.moved.store(true, Relaxed);
        }
    });
    let mut requests = JoinSet::new();
    let mut tick = interval(Duration::from_millis(2));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let end = Instant::now() + Duration::from_millis(2500);
    while Instant::now() < end {
        tick.tick().await;
        let load = Arc::clone(&load);
        requests.spawn(async move { load.request().await });
        while requests.try_join_next().is_some() {}
    }
    while requests.join_next().await.is_some() {}
    rolling.await.unwrap();
    let failures = load.failures.lock().clone();
    assert!(failures.is_empty(), "{} of {} failed: {:?}", failures.len(), load.sent.load(Relaxed), failures.first());
    assert!(load.sent.load(Relaxed) > 1000);
    assert!(load.dialled.load(Relaxed) > 50, "the old one asked to close, so clients must have dialled again");
    assert_eq!(timeout(2 * drain.grace, old.ended).await.unwrap().unwrap(), Drained { aborted: 0 });
}

#[tokio::test]
async fn after_the_signal_each_answer_closes_its_connection() {
    let server = Server::start(quick(), Drain { delay: DELAY, grace: GRACE }).await;
    let mut kept = server.client(&["http/1.1"]).http1().await;
    assert!(kept.post("/echo", "a").await.unwrap().headers().get("connection").is_none());
    server.shutdown.begin();
    assert!(server.shutdown.has_begun());
    assert_eq!(kept.post("/echo", "b").await.unwrap().headers()["connection"], "close");
    assert!(eventually(DELAY / 2, async || kept.0.is_closed()).await, "and closes");
    let mut fresh = server.client(&["http/1.1"]).http1().await;
    assert_eq!(fresh.post("/echo", "c").await.unwrap().headers()["connection"], "close", "new ones are still served");
}

#[tokio::test]
async fn idle_connections_end_with_the_delay() {
    let server = Server::start(quick(), Drain { delay: DELAY, grace: GRACE }).await;
    let mut idle = server.client(&["http/1.1"]).http1().await;
    assert_eq!(idle.post("/echo", "a").await.unwrap().status(), 200);
    let start = Instant::now();
    server.shutdown.begin();
    assert_eq!(timeout(GRACE, server.ended).await.unwrap().unwrap(), Drained { aborted: 0 });
    assert!(start.elapsed() >= DELAY);
    assert!(start.elapsed() < DELAY + Duration::from_secs(2));
    assert!(idle.0.is_closed());
}

#[tokio::test]
async fn requests_in_progress_are_answered() {
    let server = Server::start(quick(), Drain { delay: Duration::from_millis(100), grace: GRACE }).await;
    let mut client = server.client(&["http/1.1"]).http1().await;
    let slow = tokio::spawn(async move { client.post("/slow", "1000").await });
    sleep(Duration::from_millis(100)).await;
    server.shutdown.begin();
    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
    assert_eq!(server.ended.await.unwrap(), Drained { aborted: 0 });
}

#[tokio::test]
async fn a_hundred_stuck_connections_do_not_delay_the_end() {
    let grace = Duration::from_millis(1500);
    let limits = Limits { head: Duration::from_mins(1), ..quick() };
    let server = Server::start(limits, Drain { delay: Duration::from_millis(100), grace }).await;
    let mut stuck = JoinSet::new();
    for _ in 0..100 {
        let mut client = server.client(&["http/1.1"]).http1().await;
        stuck.spawn(async move { client.post("/slow", "60000").await.is_err() });
    }
    assert!(server.serves().await);
    let start = Instant::now();
    server.shutdown.begin();
    let drained = timeout(2 * grace, server.ended).await.expect("bounded").unwrap();
    assert_eq!(drained, Drained { aborted: 100 });
    assert!(start.elapsed() >= grace, "they had their time: {:?}", start.elapsed());
    while let Some(cut) = stuck.join_next().await {
        assert!(cut.unwrap());
    }
}

#[tokio::test]
async fn a_new_connection_is_still_served() {
    let server = Server::start(quick(), Drain { delay: Duration::from_millis(100), grace: GRACE }).await;
    let mut early = server.client(&["http/1.1"]).http1().await;
    server.shutdown.begin();
    sleep(Duration::from_millis(300)).await;
    let refused = server.client(&["http/1.1"]).try_http1().await.is_err();
    assert!(refused, "nothing new is accepted");
    assert_eq!(early.post("/echo", "first").await.unwrap().status(), 200);
    assert_eq!(server.ended.await.unwrap(), Drained { aborted: 0 });
}

#[tokio::test]
async fn sigterm_begins_the_shutdown_and_a_second_one_ends_it() {
    let server = Server::start(quick(), Drain { delay: Duration::from_mins(1), grace: Duration::from_mins(1) }).await;
    server.shutdown.on_signals().unwrap();
    let terminate = || {
        let pid = std::process::id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    };
    let mut stuck = server.client(&["http/1.1"]).http1().await;
    let stuck = tokio::spawn(async move { stuck.post("/slow", "60000").await });
    terminate();
    assert!(eventually(Duration::from_secs(5), async || server.shutdown.has_begun()).await);
    assert!(server.serves().await, "and goes on serving");
    // The connection of the last request closes a moment later. Until then it would count as aborted.
    sleep(Duration::from_millis(500)).await;
    terminate();
    assert_eq!(timeout(Duration::from_secs(5), server.ended).await.unwrap().unwrap(), Drained { aborted: 1 });
    assert!(stuck.await.unwrap().is_err());
}
