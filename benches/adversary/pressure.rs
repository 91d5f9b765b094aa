//! The effect of the most expensive reviews on other requests: the real program on one core, the driver on another.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::IN_FLIGHT;
use super::adversary::{Shape, ordinary};
use super::api_server::ApiServer;
use super::figures::{Bound, holds as bound_holds, percentile, sorted};
use super::load::{Connection, Load, post};
use super::machine::{on_core, stay_on};
use super::served::{Served, get};

const SERVER_CORE: usize = 0;
const DRIVER_CORE: usize = 1;

/// The duration of the measurement.
const TIME: Duration = Duration::from_secs(15);
/// The ordinary reviews per second, and their connections.
const RATE: f64 = 200.0;
const CONNECTIONS: usize = 16;
/// The time between two requests to `/livez`.
const LIVENESS_PERIOD: Duration = Duration::from_millis(50);

/// The delay of each answer of the API server.
const API_DELAY: Duration = Duration::from_millis(5);

/// One configuration for all shapes, because one server judges all of them.
const CONFIGURATION: &str = "apiVersion: backstop.dev/v1
kind: Configuration
allowIgnoreAnnotation: true
controllers:
  - match: {ingressClass: nginx}
    profile: ingress-nginx
    pods: {namespace: ingress-nginx, selector: {app.kubernetes.io/name: ingress-nginx}, hostNetwork: false}
";

/// Sends the reviews of `shapes` continuously, one of each at a time, and ordinary reviews at the same time. Returns
/// whether the ordinary reviews and `/livez` are answered in time.
pub(crate) fn holds(shapes: &[&'static Shape]) -> bool {
    // This comes first, so that every thread of the driver stays on the core.
    let pinned = stay_on(DRIVER_CORE);
    let folder = tempfile::tempdir().unwrap();
    let (review, mut objects) = ordinary();
    let mut worst = Vec::new();
    for (at, shape) in shapes.iter().enumerate() {
        let case = (shape.build)(shape.full).in_namespace(&format!("worst-{at}"));
        worst.push(post(&case.review));
        objects.extend(case.objects);
    }
    let api_server = ApiServer::start(&objects, API_DELAY);
    let program = on_core(SERVER_CORE, env!("CARGO_BIN_EXE_backstop").as_ref());
    let served = Served::start(program, &api_server, folder.path(), CONFIGURATION);
    println!("\nthe real program on one core, the driver on another: {}", if pinned { "yes" } else { "NO" });
    let names: Vec<&str> = shapes.iter().map(|shape| shape.name).collect();
    println!("{IN_FLIGHT} reviews in flight: {}", names.join(", "));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ordinary = Arc::new(vec![post(&review)]);
    let load = async || {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(served.admission, "localhost", &served.ca).await.unwrap());
        }
        Load::new(connections, Arc::clone(&ordinary))
    };
    let alone = runtime.block_on(async { load().await.open(RATE, TIME / 3).await }).unwrap().latencies;
    let alone = sorted(alone);
    println!("ordinary reviews alone: p50 {:.2} ms, p99 {:.2} ms", at(&alone, 50.0), at(&alone, 99.0));
    let stop = Arc::new(AtomicBool::new(false));
    let alive = thread::spawn({
        let (stop, admin) = (Arc::clone(&stop), served.admin);
        move || liveness(admin, &stop)
    });
    let pressure = Pressure::start(&served, worst, &stop);
    let outcome = runtime.block_on(async { load().await.open(RATE, TIME).await });
    stop.store(true, Relaxed);
    let (alive, answered) = (alive.join().unwrap(), pressure.end());
    match outcome {
        Ok(outcome) => report(outcome.latencies, alive, answered),
        Err(error) => {
            println!("an ordinary review failed beside them: {error}: MISSED");
            false
        }
    }
}

fn report(ordinary: Vec<f64>, alive: Vec<f64>, (answered, refused): (u32, u32)) -> bool {
    let (ordinary, alive) = (sorted(ordinary), sorted(alive));
    println!("reviews of the worst that were judged: {answered}; that were not: {refused}");
    println!(
        "ordinary reviews beside them: {}, p50 {:.2} ms, p99.9 {:.2} ms",
        ordinary.len(),
        at(&ordinary, 50.0),
        at(&ordinary, 99.9)
    );
    println!("/livez beside them: {}, p50 {:.2} ms", alive.len(), at(&alive, 50.0));
    let kept = [
        bound_holds("ordinary reviews beside them, p99", at(&ordinary, 99.0), " ms", Bound::AtMost(20.0)),
        bound_holds("/livez beside them, the slowest", at(&alive, 100.0), " ms", Bound::AtMost(100.0)),
        bound_holds("reviews of the worst that were judged", answered.into(), "", Bound::AtLeast(1.0)),
        bound_holds("reviews of the worst that were not", refused.into(), "", Bound::AtMost(0.0)),
    ];
    kept.into_iter().all(|kept| kept)
}

/// The percentile of `sorted`, which are microseconds, in milliseconds.
fn at(sorted: &[f64], percent: f64) -> f64 {
    percentile(sorted, percent) / 1e3
}

/// The microseconds of each request to `/livez`, until `stop`.
fn liveness(admin: SocketAddr, stop: &AtomicBool) -> Vec<f64> {
    let mut took = Vec::new();
    while !stop.load(Relaxed) {
        let asked = Instant::now();
        if get(admin, "/livez").ok() != Some(200) {
            println!("/livez failed after {:.1} s", asked.elapsed().as_secs_f64());
        }
        took.push(asked.elapsed().as_secs_f64() * 1e6);
        thread::sleep(LIVENESS_PERIOD);
    }
    took
}

/// Connections that each send one expensive review repeatedly.
struct Pressure {
    sender: thread::JoinHandle<(u32, u32)>,
}

impl Pressure {
    fn start(served: &Served, worst: Vec<Vec<u8>>, stop: &Arc<AtomicBool>) -> Self {
        let (address, ca, stop) = (served.admission, served.ca.clone(), Arc::clone(stop));
        let sender = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let senders = worst.iter().map(|review| send(address, &ca, review, &stop));
                let counts = futures::future::join_all(senders).await;
                counts.into_iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
            })
        });
        Self { sender }
    }

    /// The number of judged reviews, and the number of other answers.
    fn end(self) -> (u32, u32) {
        self.sender.join().unwrap()
    }
}

async fn send(address: SocketAddr, ca: &[u8], review: &[u8], stop: &AtomicBool) -> (u32, u32) {
    let (mut judged, mut refused) = (0, 0);
    let mut open = None;
    while !stop.load(Relaxed) {
        let mut connection = match open.take() {
            Some(connection) => connection,
            None => Connection::open(address, "localhost", ca).await.unwrap(),
        };
        match connection.status(review).await {
            Ok(200) => {
                judged += 1;
                open = Some(connection);
            }
            // The server closes the connection if it does not read the review.
            Ok(_) | Err(_) => refused += 1,
        }
    }
    (judged, refused)
}
