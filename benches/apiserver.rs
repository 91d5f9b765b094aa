//! What the webhook costs those who apply: creates of a healthy Ingress through a real API server, with it and
//! without.
//!
//! Run: `make bench-apiserver`, on a machine that does nothing else; it builds the control plane of the tests once.
//!
//! Read: etcd, kube-apiserver and one replica of Backstop run as in the tests, registered as `deploy/base` does it.
//! Blocks with and without the ValidatingWebhookConfiguration take turns, each pair in the other order than the
//! one before. Creates per second with it are at least 0.9 of those without, and the 99th percentile is at most 1 ms
//! later; else the exit code is 1. All share the machine's cores, so that what the API server itself spends on
//! calling a webhook counts, too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

#[path = "support/figures.rs"]
mod figures;
#[path = "../tests/control_plane/harness/mod.rs"]
#[allow(dead_code, unused_imports, clippy::exit, reason = "each bench uses its own part of it")]
mod harness;
#[path = "support/load.rs"]
mod load;

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use figures::{Bound, holds, measuring, median, percentile, sorted};
use harness::{Namespace, World, eventually};
use load::{Connection, Load};

/// Clients that apply at a time.
const CLIENTS: usize = 4;
/// Pairs of blocks.
const PAIRS: usize = 8;
const BLOCK: Duration = Duration::from_secs(4);
/// More creates than an API server can do in a block.
const CREATES: usize = 20_000;

/// What the Ingresses' backend needs to be healthy. Nothing runs here that would make the slice.
const BACKEND: &str = "apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.244.0.7], conditions: {ready: true}}]
";

fn main() -> ExitCode {
    if !measuring() {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = World::own(1);
    let namespace = world.namespace("bench");
    namespace.apply("backend.yaml", BACKEND).done();
    if runtime.block_on(compare(&namespace)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The registration of the webhook, to be taken away and put back.
struct Registration<'w> {
    namespace: &'w Namespace<'w>,
    on: bool,
}

impl<'w> Registration<'w> {
    fn of(namespace: &'w Namespace<'w>) -> Self {
        let world = namespace.world;
        let get = ["get", "validatingwebhookconfiguration", "backstop", "--output=json"];
        let mut registration: Value = serde_json::from_str(&world.kubectl(&get).done()).unwrap();
        registration["metadata"] = json!({"name": "backstop"});
        namespace.file("registration.json", &registration.to_string());
        Self { namespace, on: true }
    }

    /// Registers the webhook, or takes it away; returns when the API server acts by it.
    fn set(&mut self, on: bool) {
        if on == self.on {
            return;
        }
        if on {
            self.namespace.kubectl(&["create", "-f", "registration.json"]).done();
        } else {
            self.namespace.kubectl(&["delete", "validatingwebhookconfiguration", "backstop"]).done();
        }
        eventually("the API server to act by the registration", Duration::from_secs(20), || {
            let called = self.namespace.world.called();
            if called.is_ok() == on { Ok(()) } else { Err(format!("{called:?}")) }
        });
        self.on = on;
    }
}

/// Opens connections to the API server, as the administrator would.
async fn connect(world: &World) -> Vec<Connection> {
    let folder = &world.plane.folder;
    let kubeconfig = fs::read_to_string(folder.join("admin.kubeconfig")).unwrap();
    let server = kubeconfig.split("https://").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let ca = fs::read(folder.join("apiserver/apiserver.crt")).unwrap();
    let mut connections = Vec::new();
    for _ in 0..CLIENTS {
        connections.push(Connection::open(server.parse().unwrap(), "127.0.0.1", &ca).await.unwrap());
    }
    connections
}

/// Creates with names that no other block has.
fn creates(block: usize) -> Vec<Vec<u8>> {
    let http = |number: usize| {
        let path = |path: &str| json!({"path": path, "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}});
        let ingress = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": format!("web-{block}-{number}")},
            "spec": {"ingressClassName": "nginx", "rules": [
                {"host": "shop.example", "http": {"paths": [path("/"), path("/cart"), path("/api")]}}]},
        });
        let body = ingress.to_string();
        let head = "POST /apis/networking.k8s.io/v1/namespaces/bench/ingresses HTTP/1.1\r\nHost: 127.0.0.1\r\n\
                    Authorization: Bearer admin-token\r\nContent-Type: application/json\r\n";
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    (0..CREATES).map(http).collect()
}

/// What one block was like.
struct Block {
    per_second: f64,
    p50: f64,
    p99: f64,
}

async fn block(load: &mut Load, number: usize, time: Duration) -> Block {
    load.send(Arc::new(creates(number)));
    let outcome = load.closed(time).await.unwrap();
    let per_second = outcome.per_second();
    let latencies = sorted(outcome.latencies);
    Block { per_second, p50: percentile(&latencies, 50.0) / 1e3, p99: percentile(&latencies, 99.0) / 1e3 }
}

async fn compare(namespace: &Namespace<'_>) -> bool {
    let mut registration = Registration::of(namespace);
    let mut load = Load::new(connect(namespace.world).await, Arc::default());
    // A new API server is slow until it has seen some requests.
    block(&mut load, 0, BLOCK).await;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        for on in [pair % 2 == 0, pair % 2 != 0] {
            registration.set(on);
            let number = with.len() + without.len() + 1;
            let block = block(&mut load, number, BLOCK).await;
            if on { &mut with } else { &mut without }.push(block);
        }
    }
    let called = namespace.world.replicas[0]
        .metric(r#"backstop_admission_requests_total{operation="CREATE",verdict="pass",dry_run="false"}"#);
    println!("\n{CLIENTS} clients, {PAIRS} alternating pairs of blocks of {} s; medians", BLOCK.as_secs());
    println!("the webhook passed {} Ingresses", called.unwrap_or_default());
    for (name, blocks) in [("without", &without), ("with", &with)] {
        let of = |figure: fn(&Block) -> f64| median(blocks.iter().map(figure));
        let (rate, p50, p99) = (of(|it| it.per_second), of(|it| it.p50), of(|it| it.p99));
        println!("{name:8} {rate:6.0} creates/s, p50 {p50:.2} ms, p99 {p99:.2} ms");
    }
    let pairs = || with.iter().zip(&without);
    let rate = median(pairs().map(|(with, without)| with.per_second / without.per_second));
    let later = median(pairs().map(|(with, without)| with.p99 - without.p99));
    let rate = holds("creates per second, with to without", rate, "", Bound::AtLeast(0.9));
    holds("99th percentile, with less without", later, " ms", Bound::AtMost(1.0)) && rate
}
