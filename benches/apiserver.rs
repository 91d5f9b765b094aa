//! What the webhook costs those who apply: creates of a healthy Ingress through a real API server, without a webhook,
//! with one that only says yes, and with Backstop.
//!
//! Run: `make bench-apiserver`, on a machine that does nothing else; it builds the control plane of the tests once.
//!
//! Read: etcd, kube-apiserver and one replica of Backstop run as in the tests, registered as `deploy/base` does it.
//! The constant webhook is Backstop's server around a handler that reads the review and answers as Backstop does to a
//! healthy Ingress; it stands behind the same registration, Service and proxy. The three take turns in blocks, in
//! another order each round, and after each block both webhooks are asked whether they saw every create of it.
//!
//! All share the machine's cores, and the closed loop keeps those busy: creates per second say how much processor time
//! a create takes, of all programs together. Most of what a webhook adds is spent before it is reached and after it
//! has answered, by the API server, which encodes, encrypts, decodes and audits, and by the proxy that stands for the
//! cluster's network. "Constant to without" is therefore the floor: no webhook whatever comes nearer to an API server
//! without one, on this machine. The table of processor time says who spends it.
//!
//! Where cores are idle, as those of most API servers are, the floor costs nobody a create; what remains is latency,
//! which the open loop measures: a fixed rate, an eighth of what the API server can do alone, and latencies that count
//! from the moment at which each create was to be sent. From a quarter on, on two cores, the 99th percentile is made
//! of the moments in which the API server collects garbage, and tells nothing of who is asked.
//!
//! The exit code is 1 where a bound is missed. Compared with no webhook at all: at least 0.9 of the creates per second,
//! and in the open loop a 99th percentile at most 1 ms later; the floor beside each tells how much of a miss any webhook
//! would have. Compared with the constant webhook, which is what Backstop itself costs: 0.95 and 1 ms.
//!
//! Backstop runs and watches in all three, so that its watches are in no ratio; the column "webhook" of the first line
//! says what it spends on following the Ingresses that are created.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

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

/// Clients that apply at a time in the closed loop: enough to keep the cores busy.
const CLIENTS: usize = 8;
/// Connections of the open loop: more than there are creates at a time, or those would wait for each other.
const CONNECTIONS: usize = 32;
const BLOCK: Duration = Duration::from_secs(3);
/// Before a block, unmeasured: a new connection costs a handshake, and lasts for days elsewhere.
const LEAD_IN: Duration = Duration::from_millis(400);
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

/// Who is asked about an Ingress.
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

    /// Each arm once; in each round another one begins, and every other round goes backwards.
    fn order(round: usize) -> [Self; 3] {
        let mut order = Self::ALL;
        order.rotate_left(round % 3);
        if !round.is_multiple_of(2) {
            order.reverse();
        }
        order
    }
}

/// The cluster, and who answers for the webhook in it.
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

    /// Returns when the API server asks this one.
    fn set(&mut self, arm: Arm) {
        let world = self.namespace.world;
        world.route();
        self.register(arm != Arm::Without);
        if arm == Arm::Constant {
            world.plane.egress.route(&[self.constant.address]);
        }
        // Closes the connections to the one before.
        world.plane.egress.set_fault(Fault::None);
        sleep(Duration::from_millis(200));
    }

    /// Registers the webhook, or takes it away; returns when the API server acts by it.
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

    /// Creates that the constant webhook and Backstop have passed.
    fn passed(&mut self) -> [u64; 2] {
        let metric = r#"backstop_admission_requests_total{operation="CREATE",verdict="pass",dry_run="false"}"#;
        let passed = self.namespace.world.replicas[0].metric(metric).unwrap_or_default();
        [self.constant.answered(), format!("{passed:.0}").parse().unwrap()]
    }

    /// Seconds of processor time since the start: API server, etcd, both webhooks, driver with proxy.
    fn spent(&self) -> [f64; 4] {
        let world = self.namespace.world;
        let of = |name: &str| cpu_seconds(world.plane.process(name).unwrap());
        let webhooks = cpu_seconds(self.constant.id()) + cpu_seconds(world.replicas[0].process.id());
        [of("kube-apiserver"), of("etcd"), webhooks, cpu_seconds(std::process::id())]
    }

    /// Runs `load` against one arm, and makes sure that this one was asked about every create, and no other.
    async fn block(&mut self, arm: Arm, load: &mut Load, pace: Pace) -> Block {
        self.set(arm);
        self.blocks += 1;
        load.send(Arc::new(creates(self.blocks)));
        // All connections at once, so that the API server has as many as it keeps.
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

/// Opens connections to the API server, as the administrator would.
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

#[derive(Clone, Copy)]
enum Pace {
    /// As fast as they are answered.
    Closed,
    /// So many a second.
    Open(f64),
}

/// What one block was like.
struct Block {
    per_second: f64,
    /// Milliseconds, sorted.
    latencies: Vec<f64>,
    /// Connections that the API server opened to the webhook.
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

    /// The middle of a figure of an arm's blocks.
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

    /// How creates per second compare: the middle of the rounds.
    fn rate(&self, one: Arm, other: Arm) -> f64 {
        median(self.pairs(one, other).map(|(one, other)| one.per_second / other.per_second))
    }

    /// How much later the 99th percentile is: the middle of the rounds.
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
    // A new API server is slow until it has seen some requests.
    let mut clients = connect(namespace.world, CLIENTS).await;
    let alone = stage.block(Arm::Without, &mut clients, Pace::Closed).await.per_second;
    // The open loop first, while the API server holds few objects: collecting the garbage of many stops it for longer.
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
    // The API server has closed the first ones, idle for so long.
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
