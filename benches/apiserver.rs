//! The cost of the webhook for clients: creates of a healthy Ingress through a real API server, without a webhook, with
//! a webhook that allows everything, and with Backstop.
//!
//! Run: `make bench-apiserver`, on a machine that does nothing else. The first run builds the control plane of the
//! tests.
//!
//! Method: etcd, kube-apiserver and one replica of Backstop run as in the tests, with the webhook configuration of
//! `deploy/base`. The constant webhook is the server of Backstop with a handler that reads the review and gives the
//! answer to a healthy Ingress. It has the same registration, Service and proxy. The three arms take turns in blocks,
//! in a different order in each round. After each block, the benchmark checks that the right webhook has seen every
//! create.
//!
//! All programs share the cores of the machine, and the closed loop keeps the cores busy. So creates per second show
//! how much processor time all programs together need for a create. Most of the cost of a webhook arises outside of it:
//! in the API server, which encodes, encrypts, decodes and audits, and in the proxy that replaces the network of the
//! cluster. Therefore "constant to without" is the lower bound for any webhook on this machine. The table of processor
//! time shows the share of each program.
//!
//! If cores are idle, as with most API servers, a webhook does not reduce the creates per second; it only adds latency.
//! The open loop measures this latency at a fixed rate, an eighth of the maximum rate without a webhook. Latencies
//! count from the time at which each create was due. At a quarter of the maximum rate or more, on two cores, the
//! garbage collection of the API server dominates the 99th percentile.
//!
//! The exit code is 1 if a bound is missed. Bounds compared with no webhook: at least 0.9 of the creates per second,
//! and in the open loop a 99th percentile at most 1 ms later. The lower bound for any webhook is printed beside each
//! figure. Bounds compared with the constant webhook, which show the cost of Backstop itself: 0.95 and 1 ms.
//!
//! Backstop runs and watches in all three arms, so no ratio includes its watches. The column "webhook" of the first
//! line shows the cost of the watches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "support/constant.rs"]
mod constant;
#[path = "../tests/cluster/control_plane/mod.rs"]
#[allow(dead_code, clippy::exit, reason = "tests use other parts of it")]
mod control_plane;
#[path = "support/figures.rs"]
mod figures;
#[path = "../tests/control_plane/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "tests use other parts of it")]
mod harness;
#[path = "support/load.rs"]
mod load;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/world.rs"]
mod world;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use constant::Constant;
use figures::{Bound, holds, measuring, median, percentile, sorted};
use harness::{Fault, Namespace, World, eventually};
use load::{Connection, Load, Outcome};
use machine::{Machine, cpu_seconds};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The concurrent clients of the closed loop: enough to keep the cores busy.
const CLIENTS: usize = 8;
/// The connections of the open loop: more than the concurrent creates, so that creates do not wait for each other.
const CONNECTIONS: usize = 32;
const BLOCK: Duration = Duration::from_secs(3);
/// The time before each block that is not measured, because a new connection needs a handshake. In a cluster,
/// connections last for days.
const LEAD_IN: Duration = Duration::from_millis(400);
/// More creates than an API server can answer in a block.
const CREATES: usize = 20_000;

/// The objects of a healthy backend. No controller runs here that would create the EndpointSlice.
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
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, serve, folder] = &*arguments
        && serve == constant::SERVE
    {
        constant::serve(Path::new(folder));
        return ExitCode::SUCCESS;
    }
    if !measuring() {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = World::own(1);
    let namespace = world.namespace("bench");
    namespace.apply("backend.yaml", BACKEND).done();
    if runtime.block_on(compare(&namespace)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The webhook that gets the reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arm {
    Without,
    Constant,
    With,
}

impl Arm {
    const ALL: [Self; 3] = [Self::Without, Self::Constant, Self::With];

    fn name(self) -> &'static str {
        match self {
            Self::Without => "without",
            Self::Constant => "constant",
            Self::With => "with",
        }
    }

    /// Each arm once. Each round begins with another arm, and every second round has the reverse order.
    fn order(round: usize) -> [Self; 3] {
        let mut order = Self::ALL;
        order.rotate_left(round % 3);
        if !round.is_multiple_of(2) {
            order.reverse();
        }
        order
    }
}

/// The cluster, and its webhook.
struct Stage<'w> {
    namespace: &'w Namespace<'w>,
    constant: Constant,
    registered: bool,
    blocks: usize,
}

impl<'w> Stage<'w> {
    fn new(namespace: &'w Namespace<'w>) -> Self {
        let world = namespace.world;
        let get = ["get", "validatingwebhookconfiguration", "backstop", "--output=json"];
        let mut registration: Value = serde_json::from_str(&world.kubectl(&get).done()).unwrap();
        registration["metadata"] = json!({"name": "backstop"});
        namespace.file("registration.json", &registration.to_string());
        let constant = Constant::start(&world.plane.folder.join("certs"));
        Self { namespace, constant, registered: true, blocks: 0 }
    }

    /// Routes reviews to this arm. Returns when the API server uses it.
    fn set(&mut self, arm: Arm) {
        let world = self.namespace.world;
        world.route();
        self.register(arm != Arm::Without);
        if arm == Arm::Constant {
            world.plane.egress.route(&[self.constant.address]);
        }
        // Closes the connections to the previous webhook.
        world.plane.egress.set_fault(Fault::None);
        sleep(Duration::from_millis(200));
    }

    /// Registers or removes the webhook. Returns when the change is effective.
    fn register(&mut self, on: bool) {
        if on == self.registered {
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
        self.registered = on;
    }

    /// The number of creates that the constant webhook and Backstop have allowed.
    fn passed(&mut self) -> [u64; 2] {
        let metric = r#"backstop_admission_requests_total{operation="CREATE",verdict="pass",dry_run="false"}"#;
        let passed = self.namespace.world.replicas[0].metric(metric).unwrap_or_default();
        [self.constant.answered(), format!("{passed:.0}").parse().unwrap()]
    }

    /// The processor time in seconds since the start: API server, etcd, both webhooks, driver with proxy.
    fn spent(&self) -> [f64; 4] {
        let world = self.namespace.world;
        let of = |name: &str| cpu_seconds(world.plane.process(name).unwrap());
        let webhooks = cpu_seconds(self.constant.id()) + cpu_seconds(world.replicas[0].process.id());
        [of("kube-apiserver"), of("etcd"), webhooks, cpu_seconds(std::process::id())]
    }

    /// Runs `load` with one arm, and verifies that this arm got every review.
    async fn block(&mut self, arm: Arm, load: &mut Load, pace: Pace) -> Block {
        self.set(arm);
        self.blocks += 1;
        load.send(Arc::new(creates(self.blocks)));
        // Opens all connections at once, so that the API server has as many as it keeps.
        load.closed(LEAD_IN).await.unwrap();
        let (passed, spent) = (self.passed(), self.spent());
        let connections = self.namespace.world.plane.egress.connections();
        let outcome = match pace {
            Pace::Closed => load.closed(BLOCK).await,
            Pace::Open(rate) => load.open(rate, BLOCK).await,
        };
        let outcome = outcome.unwrap();
        let connections = self.namespace.world.plane.egress.connections() - connections;
        let (passed_then, spent_then) = (self.passed(), self.spent());
        let created = u64::try_from(outcome.latencies.len()).unwrap();
        let expected = match arm {
            Arm::Without => [0, 0],
            Arm::Constant => [created, 0],
            Arm::With => [0, created],
        };
        assert_eq!([passed_then[0] - passed[0], passed_then[1] - passed[1]], expected, "who was asked: {arm:?}");
        let spent = std::array::from_fn(|program| spent_then[program] - spent[program]);
        Block::new(outcome, connections, spent)
    }
}

/// Opens connections to the API server as the administrator.
async fn connect(world: &World, count: usize) -> Load {
    let folder = &world.plane.folder;
    let kubeconfig = fs::read_to_string(folder.join("admin.kubeconfig")).unwrap();
    let server = kubeconfig.split("https://").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let ca = fs::read(folder.join("apiserver/apiserver.crt")).unwrap();
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(Connection::open(server.parse().unwrap(), "127.0.0.1", &ca).await.unwrap());
    }
    Load::new(connections, Arc::default())
}

/// Creates with names that are unique to the block.
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

#[derive(Clone, Copy)]
enum Pace {
    /// As fast as the answers arrive.
    Closed,
    /// This number per second.
    Open(f64),
}

/// The measurements of one block.
struct Block {
    per_second: f64,
    /// Milliseconds, sorted.
    latencies: Vec<f64>,
    /// The connections that the API server opened to the webhook.
    connections: usize,
    /// Microseconds of processor time for each create, by program as [`Stage::spent`] has them.
    spent: [f64; 4],
}

impl Block {
    fn new(outcome: Outcome, connections: usize, spent: [f64; 4]) -> Self {
        let per_second = outcome.per_second();
        let creates = per_second * outcome.took.as_secs_f64();
        let latencies = sorted(outcome.latencies.into_iter().map(|micros| micros / 1e3).collect());
        Self { per_second, latencies, connections, spent: spent.map(|seconds| seconds * 1e6 / creates) }
    }
}

/// The blocks of one loop, by arm and round.
struct Rounds([Vec<Block>; 3]);

impl Rounds {
    async fn run(stage: &mut Stage<'_>, load: &mut Load, pace: Pace, count: usize) -> Self {
        let mut rounds = Self([Vec::new(), Vec::new(), Vec::new()]);
        let machine = Machine::now();
        for round in 0..count {
            for arm in Arm::order(round) {
                rounds.0[arm as usize].push(stage.block(arm, load, pace).await);
            }
        }
        let (busy, stolen) = Machine::now().since(machine);
        println!(
            "{count} alternating blocks of {} s for each ({busy:.0} s busy, {stolen:.1} s stolen)",
            BLOCK.as_secs()
        );
        rounds.print();
        rounds
    }

    /// The median of a figure over the blocks of an arm.
    fn of(&self, arm: Arm, figure: impl Fn(&Block) -> f64) -> f64 {
        median(self.0[arm as usize].iter().map(figure))
    }

    /// Percentiles of all creates of an arm, in milliseconds.
    fn latencies<const N: usize>(&self, arm: Arm, percents: [f64; N]) -> [f64; N] {
        let all = sorted(self.0[arm as usize].iter().flat_map(|block| block.latencies.iter().copied()).collect());
        percents.map(|percent| percentile(&all, percent))
    }

    /// The blocks of two arms, by round.
    fn pairs(&self, one: Arm, other: Arm) -> impl Iterator<Item = (&Block, &Block)> {
        self.0[one as usize].iter().zip(&self.0[other as usize])
    }

    /// The median ratio of the creates per second.
    fn rate(&self, one: Arm, other: Arm) -> f64 {
        median(self.pairs(one, other).map(|(one, other)| one.per_second / other.per_second))
    }

    /// The median difference of the 99th percentiles.
    fn later(&self, one: Arm, other: Arm) -> f64 {
        let p99 = |block: &Block| percentile(&block.latencies, 99.0);
        median(self.pairs(one, other).map(|(one, other)| p99(one) - p99(other)))
    }

    fn print(&self) {
        println!("                                                 new     processor time for each create, µs");
        println!(
            "          creates/s  p50 ms  p90 ms  p99 ms  conns  API server   etcd  webhook  driver, proxy    all"
        );
        for arm in Arm::ALL {
            let rate = self.of(arm, |block| block.per_second);
            let [p50, p90, p99] = self.latencies(arm, [50.0, 90.0, 99.0]);
            let connections: usize = self.0[arm as usize].iter().map(|block| block.connections).sum();
            let [server, etcd, webhook, driver] =
                std::array::from_fn(|program| self.of(arm, |block| block.spent[program]));
            let all = self.of(arm, |block| block.spent.iter().sum());
            println!(
                "{:9} {rate:9.0} {p50:7.2} {p90:7.2} {p99:7.2} {connections:6} {server:11.0} {etcd:6.0} {webhook:8.0} \
                 {driver:14.0} {all:6.0}",
                arm.name()
            );
        }
    }
}

async fn compare(namespace: &Namespace<'_>) -> bool {
    let mut stage = Stage::new(namespace);
    // A new API server is slow for its first requests.
    let mut clients = connect(namespace.world, CLIENTS).await;
    let alone = stage.block(Arm::Without, &mut clients, Pace::Closed).await.per_second;
    // The open loop comes first, while the API server holds few objects, because many objects make the garbage
    // collection longer.
    let rate = (alone / 8.0).round();
    println!("\nopen loop, {rate} creates/s: an eighth of what the API server can do without a webhook");
    let mut connections = connect(namespace.world, CONNECTIONS).await;
    let open = Rounds::run(&mut stage, &mut connections, Pace::Open(rate), 8).await;
    let floor = open.later(Arm::Constant, Arm::Without);
    println!("99th percentile, constant less without: {floor:.2} ms, the floor of any webhook here");
    let prompt = [Arm::Without, Arm::Constant].map(|arm| {
        let what = format!("99th percentile, with less {}", arm.name());
        holds(&what, open.later(Arm::With, arm), " ms", Bound::AtMost(1.0))
    });

    println!("\nclosed loop, {CLIENTS} clients");
    // The API server has closed the first connections, which were idle.
    let mut clients = connect(namespace.world, CLIENTS).await;
    let closed = Rounds::run(&mut stage, &mut clients, Pace::Closed, 6).await;
    let [constant, with] = [Arm::Constant, Arm::With].map(|arm| closed.later(arm, Arm::Without));
    println!("99th percentile, less that without: constant {constant:.2} ms, with {with:.2} ms");
    let floor = closed.rate(Arm::Constant, Arm::Without);
    println!("creates per second, constant to without: {floor:.2}, the floor of any webhook here");
    let quick = [(Arm::Without, 0.9), (Arm::Constant, 0.95)].map(|(arm, least)| {
        let what = format!("creates per second, with to {}", arm.name());
        holds(&what, closed.rate(Arm::With, arm), "", Bound::AtLeast(least))
    });
    prompt.into_iter().chain(quick).all(|kept| kept)
}
