//! The server under load, over TLS and HTTP/1.1: the webhook compared with a handler that answers without reading.
//!
//! Run: `cargo bench --features mimalloc --bench server`, which uses the allocator of the image, on a machine that does
//! nothing else.
//!
//! Method: a separate process serves both handlers on one core, each with the same accept loop, TLS, body limits and
//! panic handler. The driver runs on another core and uses the handlers in turns. The ratio of the requests per second
//! shows the cost of the judgement: it must be at least 0.6, otherwise the exit code is 1. The ratio of the processor
//! time for each request shows the same with less noise. Use the second ratio if the server was not always busy. In the
//! open loop, requests are sent at a fixed rate, and latencies count from the time at which the request was due. As a
//! test of the driver, the server stops for a second, and the latencies must show it.
//!
//! The benchmark needs /proc of Linux. Without `taskset`, the server and the driver share their cores.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test or bench may panic at the first failure")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "support/figures.rs"]
mod figures;
#[path = "support/load.rs"]
mod load;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/world.rs"]
mod world;

use std::io::{BufRead as _, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::post;
use backstop::http::{Limits, Listener, Shutdown, Transport};
use backstop::telemetry::{logs, metrics};
use backstop::tls::{Certificates, install_crypto_provider};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use figures::{Bound, holds, measuring, median, percentile, sorted};
use load::{Connection, Load, Requests};
use machine::{Machine, cpu_seconds, on_core, stay_on};
use world::{CREATE, Size};

/// The connections of an API server with many active clients. It keeps 25 idle connections.
const CONNECTIONS: usize = 32;
const SERVER_CORE: usize = 0;
const DRIVER_CORE: usize = 1;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        serve();
        return ExitCode::SUCCESS;
    }
    let pinned = stay_on(DRIVER_CORE);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::start();
    println!("pinned to cores: {}", if pinned { "yes" } else { "NO" });
    if runtime.block_on(drive(&server, measuring())) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The process of the server: both handlers, until its stdin is closed.
fn serve() {
    install_crypto_provider();
    logs::init(logs::Format::Json, 0, false).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let certificates = Arc::new(Certificates::self_signed(&[], jiff::Timestamp::now()).unwrap());
        let webhook = world::webhook(Size::LARGE);
        let constant = constant(webhook.clone()).await;
        let mut addresses = Vec::new();
        for router in [constant, webhook] {
            let listener = Listener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().to_string());
            let tls = Transport::tls(&certificates).unwrap();
            tokio::spawn(backstop::http::serve(listener, tls, router, Limits::default(), Shutdown::immediate()));
        }
        println!("{}", json!({"addresses": addresses, "ca": certificates.ca_pem()}));
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    });
}

/// Gives every request the answer of `webhook` to a healthy Ingress.
async fn constant(webhook: axum::Router) -> axum::Router {
    let request = Request::post("/validate").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(Size::LARGE.review(CREATE, 0))).unwrap();
    let answer = webhook.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let handler = async move |_: Bytes| ([(header::CONTENT_TYPE, "application/json")], answer.clone());
    let (metrics, _) = metrics::new("bench");
    world::as_served(axum::Router::new().route("/validate", post(handler)), metrics)
}

struct Server {
    process: Child,
    constant: SocketAddr,
    webhook: SocketAddr,
    ca: String,
}

impl Server {
    fn start() -> Self {
        let mut command = on_core(SERVER_CORE, &std::env::current_exe().unwrap());
        let mut process = command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = |at: usize| said["addresses"][at].as_str().unwrap().parse().unwrap();
        Self { constant: address(0), webhook: address(1), ca: said["ca"].as_str().unwrap().to_owned(), process }
    }

    async fn load(&self, address: SocketAddr, requests: &Requests) -> Load {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut connection = Connection::open(address, "localhost", self.ca.as_bytes()).await.unwrap();
            connection.exchange(requests.first().unwrap()).await.unwrap();
            let answer = String::from_utf8_lossy(connection.last()).into_owned();
            assert!(answer.contains(r#""verdict":"pass""#), "a healthy Ingress passes: {answer}");
            connections.push(connection);
        }
        Load::new(connections, Arc::clone(requests)).sleepless()
    }

    fn signal(process: u32, name: &str) {
        Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// A thousand different reviews, as HTTP requests.
fn requests() -> Requests {
    let http = |review: String| {
        let head = "POST /validate?timeout=5s HTTP/1.1\r\nHost: backstop.backstop.svc\r\nUser-Agent: kube-apiserver-admission\r\n\
                    Accept: application/json, */*\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n";
        format!("{head}Content-Length: {}\r\n\r\n{review}", review.len()).into_bytes()
    };
    Arc::new(Size::LARGE.reviews(CREATE, 1024).into_iter().map(http).collect())
}

async fn drive(server: &Server, measuring: bool) -> bool {
    let requests = requests();
    let mut sides = [server.load(server.constant, &requests).await, server.load(server.webhook, &requests).await];
    if !measuring {
        for side in &mut sides {
            side.closed(Duration::from_millis(50)).await.unwrap();
            side.open(200.0, Duration::from_millis(50)).await.unwrap();
        }
        return true;
    }
    let kept = closed(server, &mut sides).await;
    for rate in [2_000.0, 10_000.0] {
        open(&mut sides, rate).await;
    }
    let [_, webhook] = &mut sides;
    sees_a_stall(server, webhook).await && kept
}

/// The measurements of one side in one block.
struct Block {
    per_second: f64,
    p50: f64,
    p99: f64,
    /// The processor time of the server for each request, in microseconds.
    cpu: f64,
    /// The part of the time in which the server had work.
    busy: f64,
}

async fn block(server: &Server, load: &mut Load) -> Block {
    let before = cpu_seconds(server.process.id());
    let outcome = load.closed(Duration::from_secs(2)).await.unwrap();
    let cpu = cpu_seconds(server.process.id()) - before;
    let (per_second, took) = (outcome.per_second(), outcome.took.as_secs_f64());
    let latencies = sorted(outcome.latencies);
    let (p50, p99) = (percentile(&latencies, 50.0), percentile(&latencies, 99.0));
    Block { per_second, p50, p99, cpu: cpu * 1e6 / (per_second * took), busy: cpu / took }
}

async fn closed(server: &Server, sides: &mut [Load; 2]) -> bool {
    const ROUNDS: usize = 8;
    let started = (Machine::now(), cpu_seconds(server.process.id()), cpu_seconds(std::process::id()));
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let [constant, webhook] = sides;
        rounds.push([block(server, constant).await, block(server, webhook).await]);
    }
    let (busy, stolen) = Machine::now().since(started.0);
    let ours = cpu_seconds(server.process.id()) - started.1 + cpu_seconds(std::process::id()) - started.2;
    println!("\nclosed loop, {CONNECTIONS} connections, medians of {ROUNDS} alternating blocks of 2 s");
    println!("(others used {:.1} s of processor time meanwhile, the hypervisor {stolen:.1} s)", busy - ours);
    println!("           requests/s   p50 µs   p99 µs   server µs/request   server busy");
    for (at, name) in ["constant", "webhook"].into_iter().enumerate() {
        let of = |figure: fn(&Block) -> f64| median(rounds.iter().filter_map(|round| round.get(at)).map(figure));
        let (rate, p50, p99) = (of(|it| it.per_second), of(|it| it.p50), of(|it| it.p99));
        let (cpu, busy) = (of(|it| it.cpu), of(|it| it.busy) * 100.0);
        println!("{name:10} {rate:10.0} {p50:8.0} {p99:8.0} {cpu:19.1} {busy:11.0} %");
    }
    let cpu = median(rounds.iter().map(|[constant, webhook]| constant.cpu / webhook.cpu));
    let ratio = median(rounds.iter().map(|[constant, webhook]| webhook.per_second / constant.per_second));
    println!("processor time for each request, constant to webhook: {cpu:.2}");
    holds("requests per second, webhook to constant", ratio, "", Bound::AtLeast(0.6))
}

async fn open(sides: &mut [Load; 2], rate: f64) {
    const ROUNDS: usize = 5;
    let mut latencies = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (side, latencies) in sides.iter_mut().zip(&mut latencies) {
            latencies.push(sorted(side.open(rate, Duration::from_secs(2)).await.unwrap().latencies));
        }
    }
    println!("\nopen loop, {rate} requests/s, medians of {ROUNDS} alternating blocks of 2 s");
    for (name, blocks) in ["constant", "webhook"].into_iter().zip(latencies) {
        let of = |percent: f64| median(blocks.iter().map(|block| percentile(block, percent)));
        println!("{name:10} p50 {:.0} µs, p99 {:.0} µs, p99.9 {:.0} µs", of(50.0), of(99.0), of(99.9));
    }
}

/// Whether the latencies of the open loop show that the server stopped for a second: a third of the requests were due
/// in this second, and waited half a second on average.
async fn sees_a_stall(server: &Server, load: &mut Load) -> bool {
    let process = server.process.id();
    let stall = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        Server::signal(process, "-STOP");
        std::thread::sleep(Duration::from_secs(1));
        Server::signal(process, "-CONT");
    });
    let outcome = load.open(500.0, Duration::from_secs(3)).await.unwrap();
    stall.join().unwrap();
    let p90 = percentile(&sorted(outcome.latencies), 90.0) / 1e3;
    println!();
    holds("the driver's p90 on a server that stops for a second, truly 700", p90, " ms", Bound::AtLeast(600.0))
}
